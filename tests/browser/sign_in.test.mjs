import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';

import { assertSound, called, looks, newPage, openBrowser } from './browser.mjs';
import { enterRecoveryCode, firstRun, heading, openMenu, owner, signIn, signOut } from './journeys.mjs';
import { startServer } from './server.mjs';

let browser, server, app, recoveryCodes;
before(async () => {
  browser = await openBrowser();
  server = await startServer();
  const page = await newPage(browser, server);
  ({ app, recoveryCodes } = await firstRun(page, server));
  await signOut(page);
});
after(async () => {
  await browser.close();
  await server.stop();
});

test('sign in with a code', async () => {
  const page = await newPage(browser, server, looks[0]);
  await signIn(page, app);
  await assertSound(page);
});

for (const look of looks) {
  test(`sign in with a recovery code and out again, ${called(look)}`, async () => {
    const page = await newPage(browser, server, look);
    // Whoever is not signed in is asked to, and comes to where they wanted.
    await page.goto('/users?q=ox');
    await page.waitForURL('**/login*');
    await page.getByLabel('Email').fill(owner.email);
    await page.getByLabel('Password', { exact: true }).fill(owner.password);
    await assertSound(page);
    await page.getByRole('button', { name: 'Sign In' }).click();
    await page.waitForURL('**/login/code');
    await page.getByRole('link', { name: 'Back to Sign In' }).waitFor();
    await assertSound(page);
    await enterRecoveryCode(page, recoveryCodes.pop());
    await page.waitForURL('**/users?q=ox');
    await heading(page, 'User List');
    await openMenu(page);
    await page.getByRole('link', { name: owner.email }).waitFor();
    await assertSound(page);
    await page.reload();
    await signOut(page);
    await page.goto('/users');
    await page.waitForURL('**/login*');
  });
}

test('a wrong password is refused and the address kept', async () => {
  const page = await newPage(browser, server, looks[3]);
  await page.goto('/login');
  await page.getByLabel('Email').fill(owner.email);
  await page.getByLabel('Password', { exact: true }).fill('not the password at all');
  await page.getByRole('button', { name: 'Sign In' }).click();
  await page.getByRole('alert').first().waitFor();
  assert.equal(await page.getByLabel('Email').inputValue(), owner.email);
  assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), '');
  await assertSound(page);
});
