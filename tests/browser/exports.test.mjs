import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test, { after, before } from 'node:test';

import { assertAccessible } from './axe.mjs';
import { assertSound, called, looks, newPage, openBrowser } from './browser.mjs';
import { firstRun, heading, openMore, outcomes, upload } from './journeys.mjs';
import { startServer } from './server.mjs';

let browser, server, state;
before(async () => {
  browser = await openBrowser();
  server = await startServer({ demo: 120 });
  const page = await newPage(browser, server);
  await firstRun(page, server);
  state = await page.context().storageState();
});
after(async () => {
  await browser.close();
  await server.stop();
});

for (const look of looks) {
  test(`a list goes out as a file and comes back unchanged, ${called(look)}`, async () => {
    const page = await newPage(browser, server, { ...look, state });
    await page.goto('/users?sort=-email');
    await openMore(page);
    await page.getByRole('link', { name: 'Export 1', exact: false }).first().click();
    await heading(page, 'Export 121 users');
    await assertSound(page);
    await page.getByLabel('Semicolon').check();
    await page.getByRole('button', { name: 'Export', exact: true }).click();
    await page.waitForURL('**/reports');
    const file = page.getByRole('link', { name: /^users-.*\.csv$/ }).first();
    if (!look.script) {
      for (let turn = 0; turn < 50 && !(await file.isVisible()); turn += 1) await page.reload();
    }
    await file.waitFor();
    await assertSound(page);
    const [download] = await Promise.all([page.waitForEvent('download'), file.click()]);
    const path = await download.path();
    const lines = (await readFile(path, 'utf8')).trimEnd().split('\r\n');
    assert.equal(lines.length, 122);
    assert.equal(lines[0], '\ufeffName;Email;Phone number;# of devices;2FA status;Last login');
    const addresses = lines.slice(1).map((line) => line.split(';')[1].toLowerCase());
    assert.ok(addresses[0] > addresses[120], 'in the order of the list');

    await upload(page, path);
    const again = await outcomes(page);
    assert.deepEqual([again.New, again['Will change'], again.Unchanged, again.Refused], [0, 0, 121, 0]);
    // So that the next one finds its own file first, and none.
    await page.goto('/reports');
    await page.getByRole('button', { name: /^Delete users-/ }).first().click();
    await page.getByText('The report was deleted.').waitFor();
    await assertSound(page);
    await page.context().close();
  });
}

test('the link follows a search, the tray exports who is ticked, and both pages are accessible', async () => {
  const page = await newPage(browser, server, { state });
  await page.goto('/users');
  await page.getByRole('searchbox').fill('oxford');
  await page.waitForURL('**/users?q=oxford');
  await page.locator('a[data-list-follows]').filter({ hasText: 'Export 1 user' }).click();
  await heading(page, 'Export 1 user');
  await assertAccessible(page, 'export');
  await page.setViewportSize({ width: 1440, height: 900 });
  await page.goto('/users');
  await page.locator('input[data-tick]').nth(1).check();
  await page.locator('input[data-tick]').nth(2).check();
  await page.getByRole('link', { name: 'Export 2 users' }).click();
  await heading(page, 'Export 2 users');
  await page.getByRole('button', { name: 'Export', exact: true }).click();
  await page.getByRole('link', { name: /^users-.*\.csv$/ }).first().waitFor();
  await assertAccessible(page, 'reports');
  if (process.env.SHOTS) {
    for (const [width, name] of [[1440, 'reports'], [375, 'reports-phone']]) {
      await page.setViewportSize({ width, height: 812 });
      await page.screenshot({ path: `${process.env.SHOTS}/${name}.png` });
    }
    await page.goto('/users/exports/new?q=a');
    await page.screenshot({ path: `${process.env.SHOTS}/export-phone.png` });
    await page.setViewportSize({ width: 1440, height: 812 });
    await page.goto('/users');
    await page.screenshot({ path: `${process.env.SHOTS}/users.png` });
  }
});
