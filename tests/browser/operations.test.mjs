import assert from 'node:assert/strict';
import path from 'node:path';
import test, { after, before } from 'node:test';

import { assertAccessible } from './axe.mjs';
import { assertSound, called, looks, newPage, openBrowser } from './browser.mjs';
import { add, firstRun, heading, openMore, upload } from './journeys.mjs';
import { fixtures, startServer } from './server.mjs';

let browser, server, state;
before(async () => {
  browser = await openBrowser();
  server = await startServer();
  const page = await newPage(browser, server);
  await firstRun(page, server);
  await upload(page, path.join(fixtures, 'users-with-headers.csv'));
  await add(page);
  state = await page.context().storageState();
});
after(async () => {
  await browser.close();
  await server.stop();
});

// A page with two people ticked.
async function ticked(look) {
  const page = await newPage(browser, server, { ...look, state });
  await page.goto('/users');
  const clear = page.getByRole('button', { name: 'Clear', exact: true });
  if (await clear.isVisible()) {
    await clear.click();
    await page.locator('[data-selection-count="0"]').waitFor({ state: 'attached' });
  }
  await page.goto('/users?sort=email&limit=25');
  const boxes = page.locator('[data-tick]');
  await boxes.nth(4).check();
  await boxes.nth(5).check();
  return page;
}

// The rules look at both widths and themes themselves; they need script, which changes nothing of these pages' markup.
const accessible = (page, look) => (look === looks[0] ? assertAccessible(page, page.url()) : null);

async function press(page, name) {
  await openMore(page);
  await page.getByRole('button', { name }).click();
}

for (const look of looks) {
  test(`delete, undo, undo that: ${called(look)}`, async () => {
    const page = await ticked(look);
    await press(page, /^Delete User/);
    await heading(page, 'Delete 2 users?');
    await assertSound(page);
    await page.getByRole('button', { name: 'Delete User' }).click();
    await page.getByText('2 users were deleted.').waitFor();
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await heading(page, 'Undo for 2 users?');
    await assertSound(page);
    await accessible(page, look);
    await page.locator('main').getByRole('button', { name: 'Undo', exact: true }).click();
    await page.locator('.flash').getByText('2 users were set back.').waitFor();
    await assertSound(page);
    await accessible(page, look);
    await page.locator('.toolbar').getByRole('button', { name: 'Undo', exact: true }).click();
    await heading(page, 'Undo for 2 users?');
    await page.goto('/operations');
    await heading(page, 'Operations');
    await assertSound(page);
    await accessible(page, look);
    assert.ok((await page.getByRole('link', { name: 'Delete users' }).count()) > 0);
  });

  test(`edit many: ${called(look)}`, async () => {
    const page = await ticked(look);
    await press(page, /^Edit Users/);
    await heading(page, 'Edit Users');
    await page.getByText('2 users selected').waitFor();
    await assertSound(page);
    await accessible(page, look);
    await page.getByRole('button', { name: 'Show what changes' }).click();
    await page.getByText('Choose at least one thing to change.').first().waitFor();
    await assertSound(page);
    await page.getByLabel('Status').selectOption('disabled');
    await page.getByRole('button', { name: 'Show what changes' }).click();
    await heading(page, 'Edit 2 users?');
    await assertSound(page);
    await accessible(page, look);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('2 users were edited.').waitFor();
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await page.locator('.form-actions').getByRole('button', { name: 'Undo', exact: true }).click();
    await page.locator('.flash').getByText('2 users were set back.').waitFor();
  });
}
