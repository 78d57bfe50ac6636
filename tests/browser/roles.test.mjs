// Roles and customers, as whoever administers the installation works with them: with and without script, wide and narrow.

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
  await upload(page, path.join(fixtures, 'users-bare.csv'));
  await add(page);
  state = await page.context().storageState();
});
after(async () => {
  await browser.close();
  await server.stop();
});

for (const look of looks) {
  const name = `Helpers ${called(look)}`;

  test(`a role, ${called(look)}`, async (t) => {
    const page = await newPage(browser, server, { ...look, state });
    let role, person;

    await t.test('what is built in stays as it is, and says why', async () => {
      await page.goto('/roles');
      const cut = await page.locator('thead th').evaluateAll((all) => all.filter((one) => {
        const words = document.createRange();
        words.selectNodeContents(one);
        return words.getBoundingClientRect().left < one.getBoundingClientRect().left;
      }).map((one) => one.innerText));
      assert.deepEqual(cut, [], 'headings that do not fit');
      await page.getByRole('link', { name: 'Account Admin' }).click();
      await heading(page, 'Account Admin');
      const edit = page.getByRole('button', { name: 'Edit' });
      assert.equal(await edit.getAttribute('aria-disabled'), 'true');
      await edit.focus();
      await page.keyboard.press('Enter');
      await page.getByText('is built in, so it stays as it is').first().waitFor();
      await page.keyboard.press('Escape');
      await assertSound(page);
    });

    await t.test('made', async () => {
      await page.goto('/roles');
      await page.getByRole('link', { name: 'New Role', exact: true }).click();
      await page.getByRole('button', { name: 'Create Role' }).click();
      await page.getByRole('alert').waitFor();
      await page.getByLabel('Name', { exact: true }).fill(name);
      await page.getByLabel('See users').check();
      await page.getByLabel('Create users').check();
      await page.getByRole('button', { name: 'Create Role' }).click();
      await heading(page, name);
      role = new URL(page.url()).pathname;
      await assertSound(page);
    });

    await t.test('given, and seen under its tabs and on the page of whoever holds it', async () => {
      await page.goto('/users?q=example');
      await page.locator('tbody th a').nth(2).click();
      await page.waitForURL(/\/users\/\d+$/);
      person = new URL(page.url()).pathname;
      await page.goto(`${person}/roles`);
      for (const ticked of await page.locator('input[name=role]:checked').all()) await ticked.uncheck();
      await page.getByLabel(name, { exact: true }).check();
      await page.getByRole('button', { name: 'Save' }).click();
      await page.goto(`${person}/rights`);
      await page.getByRole('row', { name: /users\.create/ }).getByRole('link', { name }).click();
      await heading(page, name);
      await page.getByRole('link', { name: 'Assigned users' }).click();
      await page.getByText('1 user holds this role').waitFor();
      await assertSound(page);
      await page.getByRole('link', { name: 'Access scope' }).click();
      await page.getByRole('row', { name: /Default Customer/ }).waitFor();
      await assertSound(page);
    });

    await t.test('changed: what that does is shown first', async () => {
      await page.goto(`${role}/edit`);
      await page.getByLabel('Create users').uncheck();
      await page.getByRole('button', { name: 'Save' }).click();
      await heading(page, `Edit ${name}`);
      const impact = page.getByRole('region', { name: 'This changes what people may do' });
      await impact.getByText('lose permissions').waitFor();
      assert.match(await impact.innerText(), /1 user/);
      await assertSound(page);
      await page.getByRole('button', { name: 'Save' }).click();
      await heading(page, name);
    });

    await t.test('compared', async () => {
      await page.getByRole('link', { name: 'Compare' }).click();
      await heading(page, 'Compare roles');
      await page.getByLabel('With').selectOption({ label: 'Technician' });
      await page.getByRole('button', { name: 'Compare' }).click();
      await page.getByText('They differ in 2 permissions.').waitFor();
      await assertSound(page);
    });

    await t.test('deleted', async () => {
      await page.goto(`${role}/deletion`);
      await page.getByText('May not sign in any more').first().waitFor();
      await assertSound(page);
      await page.getByRole('button', { name: 'Delete Role' }).click();
      await heading(page, 'Roles');
      await page.getByText('and taken from 1 user').waitFor();
    });
    await page.context().close();
  });

  test(`a customer, ${called(look)}`, async (t) => {
    const page = await newPage(browser, server, { ...look, state });
    const customer = `Hazel ${called(look)}`;

    await t.test('made and renamed', async () => {
      await page.goto('/customers');
      await assertSound(page);
      await page.getByRole('link', { name: 'New Customer' }).click();
      await page.getByLabel('Name', { exact: true }).fill(`${customer} Old`);
      await page.getByRole('button', { name: 'Create Customer' }).click();
      await heading(page, `${customer} Old`);
      await page.getByRole('link', { name: 'Rename' }).click();
      await page.getByLabel('Name', { exact: true }).fill(customer);
      await page.getByRole('button', { name: 'Save' }).click();
      await heading(page, customer);
      await assertSound(page);
    });

    await t.test('the lists show it, and then all again', async () => {
      await page.goto('/customers/switch');
      await page.getByLabel(customer, { exact: true }).check();
      await page.getByRole('button', { name: 'Switch' }).click();
      await page.waitForURL(/\/users\?customer=\d+$/);
      // The filter above the list; on a phone the navigation lies behind "Menu".
      await page.locator('main').getByText(`Customer: ${customer}`).first().waitFor();
      await page.goto('/customers/switch');
      await assertSound(page);
      await page.getByLabel('All customers').check();
      await page.getByRole('button', { name: 'Switch' }).click();
      await page.waitForURL(/\/users$/);
    });

    await t.test('archived and restored', async () => {
      await page.goto(`/customers?q=${encodeURIComponent(customer)}`);
      await page.locator('tbody th a').first().click();
      await heading(page, customer);
      await page.getByRole('link', { name: 'Archive' }).click();
      await page.getByText('may not sign in any more').waitFor();
      await assertSound(page);
      await page.getByRole('button', { name: 'Archive Customer' }).click();
      await heading(page, customer);
      await page.getByText('Archived', { exact: true }).first().waitFor();
      await assertSound(page);
      await page.getByRole('button', { name: 'Restore' }).click();
      await page.getByRole('link', { name: 'Archive' }).waitFor();
    });
    await page.context().close();
  });
}
