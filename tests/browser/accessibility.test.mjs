// Every page that can be read, wide and narrow, in both themes, with everything open that opens: no rule of axe is broken.

import assert from 'node:assert/strict';
import path from 'node:path';
import test, { after, before } from 'node:test';

import { assertAccessible } from './axe.mjs';
import { newPage, openBrowser } from './browser.mjs';
import { add, firstRun, halfSignIn, heading, owner, recoveryCodesShown, activationKey, upload } from './journeys.mjs';
import { isSignedInPage, notPages, pagesOf, patternsOf, signInPages } from './pages.mjs';
import { fixtures, startServer } from './server.mjs';
import { Authenticator } from './totp.mjs';

let browser, server, state;
before(async () => {
  browser = await openBrowser();
  server = await startServer();
});
after(async () => {
  await browser.close();
  await server.stop();
});

test('the set-up page', async () => {
  const page = await newPage(browser, server);
  await page.goto(server.setUpLink);
  await page.waitForURL('**/setup');
  await assertAccessible(page, '/setup');
  await page.getByRole('button', { name: 'Create account' }).click();
  await page.getByRole('alert').waitFor();
  await assertAccessible(page, '/setup, refused');
  await page.context().close();
});

test('pages of an import', async (t) => {
  const page = await newPage(browser, server);
  await firstRun(page, server);
  await t.test('an empty list', () => assertAccessible(page, '/users, nobody but oneself'));

  await t.test('columns to choose', async () => {
    await upload(page, path.join(fixtures, 'users-other-headers.csv'));
    await heading(page, 'Import User');
    await assertAccessible(page, 'columns of an import');
  });
  await t.test('preview, all of it good', async () => {
    await upload(page, path.join(fixtures, 'users-bare.csv'));
    await assertAccessible(page, 'preview of a clean import');
    await add(page);
  });
  await t.test('preview, with conflicts, repeated and refused rows', async () => {
    await upload(page, path.join(fixtures, 'users-overlapping-repeated-and-bad.csv'));
    await assertAccessible(page, 'preview of an import');
  });
  await t.test('result, with refused rows', async () => {
    await add(page);
    await assertAccessible(page, 'result of an import');
  });
  await t.test('progress', async () => {
    // What would bring the page on is held back, so that it stays as it was first shown.
    await page.route('**', (route) => (route.request().headers()['x-fragment'] ? undefined : route.continue()));
    const rows = Array.from({ length: 60_000 }, (_, n) => `Person ${n},person${n}@example.org,,,,,`);
    const buffer = Buffer.from(['Display Name,Email,Mobile,Ownership,Device Name,Serial Number,Platform', ...rows].join('\n'));
    await page.goto('/users/import');
    await page.getByLabel('CSV file').setInputFiles({ name: 'many.csv', mimeType: 'text/csv', buffer });
    await page.getByRole('button', { name: 'Submit' }).click();
    // Sending the file has a progress bar of its own.
    await page.waitForURL(/\/users\/import\/\d+$/);
    await page.getByRole('progressbar').waitFor();
    await assertAccessible(page, 'progress of an import');
    await page.unrouteAll({ behavior: 'ignoreErrors' });
    await page.getByRole('button', { name: 'Cancel import' }).click();
    await page.waitForURL('**/users/import');
  });
  state = await page.context().storageState();
  await page.context().close();
});

test('every page of the site map', async (t) => {
  const page = await newPage(browser, server, { state });
  // Someone under "Deleted users" first.
  await page.goto('/users?q=olena.demir201');
  await page.locator('tbody').getByRole('checkbox').check();
  await page.getByRole('button', { name: /^Delete User/ }).click();
  await page.getByRole('button', { name: 'Delete User' }).click();
  await heading(page, 'User List');

  const patterns = await patternsOf(server);
  // A route that goes away goes from these lists too.
  assert.deepEqual([...notPages, ...signInPages].filter((pattern) => !patterns.includes(pattern)), []);
  const addresses = await pagesOf(server, page);
  assert.equal(addresses.length, patterns.filter(isSignedInPage).length);
  for (const address of addresses) {
    await t.test(address, async () => {
      const answer = await page.goto(address);
      assert.equal(answer.status(), 200, address);
      assert.equal(new URL(page.url()).pathname, address);
      await assertAccessible(page, address);
    });
  }
  await t.test('a list with rows ticked', async () => {
    await page.goto('/users?limit=25');
    await page.getByLabel('Select all on this page').check();
    await assertAccessible(page, '/users, ticked');
  });
  await t.test('a list that is filtered to nobody', async () => {
    await page.goto('/users?q=nobodyofthisname');
    await assertAccessible(page, '/users, nobody found');
  });
  await t.test('a form that is refused', async () => {
    await page.goto('/users/new');
    await page.getByRole('button', { name: 'Create User' }).click();
    await page.getByRole('alert').waitFor();
    await assertAccessible(page, '/users/new, refused');
  });
  await t.test('an address that does not exist', async () => {
    assert.equal((await page.goto('/users/999999999')).status(), 404);
    await assertAccessible(page, 'not found');
  });
  await page.context().close();
});

test('signing in, step by step', async (t) => {
  const page = await newPage(browser, server);
  await t.test('/login', async () => {
    await page.goto('/login');
    await assertAccessible(page, '/login');
    await page.getByRole('button', { name: 'Sign In' }).click();
    await page.getByRole('alert').waitFor();
    await assertAccessible(page, '/login, refused');
  });
  await t.test('/login/code', async () => {
    await halfSignIn(page);
    assert.equal(new URL(page.url()).pathname, '/login/code');
    await assertAccessible(page, '/login/code');
    await page.goto('/login/code?recovery');
    await assertAccessible(page, '/login/code, recovery');
  });
  await t.test('/login/link and /login/activation', async () => {
    await page.context().clearCookies();
    const { stdout } = await server.command('admin', 'create', '--email', 'second@example.org', '--username', 'Second');
    const link = /https?:\/\/\S+/.exec(stdout)[0];
    await page.goto(link);
    await page.waitForURL('**/login/link');
    await assertAccessible(page, '/login/link');
    await page.getByLabel('Password', { exact: true }).fill(owner.password);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.waitForURL('**/login/activation');
    await assertAccessible(page, '/login/activation');
    const app = new Authenticator(await activationKey(page));
    await page.getByLabel('Code').fill(await app.code());
    await page.getByRole('button', { name: 'Enable' }).click();
    await recoveryCodesShown(page);
    await assertAccessible(page, 'recovery codes');
    // The link once more: its page says that it is used up.
    await page.goto(link);
    await heading(page, 'This link no longer works');
    await assertAccessible(page, 'a used link');
  });
  await page.context().close();
});
