import assert from 'node:assert/strict';
import path from 'node:path';
import test, { after, before } from 'node:test';

import { assertSound, called, looks, newPage, openBrowser } from './browser.mjs';
import { add, firstRun, heading, upload } from './journeys.mjs';
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

for (const look of looks) {
  test(`the list, ${called(look)}`, async (t) => {
    const page = await newPage(browser, server, { ...look, state });

    await t.test('search, whatever the accents', async () => {
      await page.goto('/users');
      const search = page.getByRole('searchbox').first();
      if (look.script) await search.pressSequentially('ibanez2@', { delay: 20 });
      else {
        await search.fill('ibanez2@');
        await search.press('Enter');
      }
      await page.waitForURL(/[?&]q=ibanez2/);
      await page.getByRole('link', { name: 'Liam Ibáñez', exact: true }).waitFor();
      await page.waitForFunction(() => document.querySelectorAll('tbody tr').length === 1);
      await assertSound(page);
    });

    await t.test('sort and page, and back', async () => {
      await page.goto('/users?sort=email&limit=25');
      const first = await names(page);
      assert.equal(first.length, 25);
      await page.getByRole('link', { name: 'Next' }).click();
      await page.waitForURL(/after=/);
      const second = await names(page);
      assert.notDeepEqual(second, first);
      assert.match(page.url(), /sort=email/);
      await page.goBack();
      await page.waitForURL((url) => !url.searchParams.has('after'));
      assert.deepEqual(await names(page), first);
      await assertSound(page);
    });
  });

  test(`create, edit, delete and restore a user, ${called(look)}`, async () => {
    const page = await newPage(browser, server, { ...look, state });
    const name = `Ćwiek ${called(look)}`;
    const email = `cwiek-${look.script}-${look.width}@example.org`;

    await page.goto('/users');
    await page.getByRole('link', { name: 'Create User' }).first().click();
    await page.waitForURL('**/users/new');
    // Both faults are named at once, and what was typed is kept.
    await page.getByLabel('Email').fill('no-at-sign');
    await submit(page);
    await page.getByRole('alert').first().waitFor();
    assert.equal(await page.getByLabel('Email').inputValue(), 'no-at-sign');
    await assertSound(page);
    await page.getByLabel('Username').fill(name);
    await page.getByLabel('Email').fill(email);
    await submit(page);
    await heading(page, name);
    await assertSound(page);
    const address = page.url();

    await page.getByRole('link', { name: 'Edit' }).first().click();
    await page.getByLabel('Phone number').fill('+44 20 7946 0123');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('+44 20 7946 0123').first().waitFor();
    await assertSound(page);

    await page.getByRole('link', { name: 'Delete User' }).or(page.getByRole('button', { name: 'Delete User' })).first().click();
    await page.getByRole('button', { name: /^(Delete|Confirm)/ }).last().click();
    await heading(page, 'User List');
    await assertSound(page);
    assert.equal((await page.goto(address)).status(), 404);

    await page.goto('/users/deleted');
    await assertSound(page);
    const row = page.getByRole('row').filter({ hasText: email });
    await row.getByRole('button', { name: 'Restore' }).click();
    assert.equal((await page.goto(address)).status(), 200);
    await heading(page, name);
  });
}

test('delete the ticked ones', async () => {
  for (const look of [looks[0], looks[3]]) {
    const page = await newPage(browser, server, { ...look, state });
    await page.goto('/users?sort=email&limit=25');
    const before = await names(page);
    await page.getByLabel(`Select ${before[0]}`, { exact: true }).first().check();
    await page.getByLabel(`Select ${before[1]}`, { exact: true }).first().check();
    await page.getByRole('button', { name: 'Delete User' }).first().click();
    await page.getByRole('button', { name: /2 users|^(Delete|Confirm)/ }).last().click();
    await heading(page, 'User List');
    await assertSound(page);
    await page.goto('/users?sort=email&limit=25');
    assert.deepEqual((await names(page)).slice(0, 5), before.slice(2, 7));
  }
});

test('nothing ticked: without script the button says so', async () => {
  const page = await newPage(browser, server, { ...looks[2], state });
  await page.goto('/users');
  const [answer] = await Promise.all([
    page.waitForResponse((response) => response.request().isNavigationRequest()),
    page.getByRole('button', { name: 'Delete User' }).first().click(),
  ]);
  assert.equal(answer.status(), 422);
  await assertSound(page);
});

const names = (page) => page.locator('tbody tr td a').allInnerTexts();
const submit = (page) => page.locator('main form button[type=submit]').last().click();
