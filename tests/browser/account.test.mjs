// One's own account: password, second factor, recovery codes, and where one is signed in.

import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import test, { after, before } from 'node:test';

import { assertSound, called, looks, newPage, openBrowser } from './browser.mjs';
import { activationKey, enterRecoveryCode, halfSignIn, heading, openMenu, owner, recoveryCodesShown, signInByRecoveryCode } from './journeys.mjs';
import { seed } from './seed.mjs';
import { startServer } from './server.mjs';
import { Authenticator } from './totp.mjs';

let browser, seeded;
before(async () => {
  browser = await openBrowser();
  seeded = await seed(browser);
});
after(async () => {
  await browser.close();
  await rm(seeded.home, { recursive: true, force: true });
});

for (const look of looks) {
  test(`account, ${called(look)}`, async (t) => {
    // Everything here ends sessions or voids codes, so each look has a server of its own.
    const server = await startServer({ from: seeded.home });
    const page = await newPage(browser, server, { ...look, state: seeded.state });
    const elsewhere = await newPage(browser, server, { script: false });
    const oldApp = seeded.app.copy();
    let recoveryCodes = seeded.recoveryCodes;
    const signedIn = async (other) => new URL((await other.goto('/users'), other.url())).pathname === '/users';
    try {
      await t.test('see and end another session', async () => {
        await signInByRecoveryCode(elsewhere, recoveryCodes[0]);
        await page.goto('/users');
        await openMenu(page);
        await page.getByRole('link', { name: owner.email }).click();
        await heading(page, 'Your account');
        await page.getByText('9 of 10', { exact: true }).waitFor();
        const sessions = page.getByRole('table', { name: 'Where you are signed in' }).locator('tbody tr');
        assert.equal(await sessions.count(), 2);
        assert.equal(await sessions.filter({ hasText: 'This session' }).count(), 1);
        await assertSound(page);
        await page.getByRole('button', { name: /^End the session of / }).click();
        await page.getByRole('status').getByText('The session has ended.').waitFor();
        assert.equal(await sessions.count(), 1);
        await assertSound(page);
        assert.equal(await signedIn(elsewhere), false);
        assert.equal(await signedIn(page), true);
      });

      // The rest differs in nothing but script and width.
      if (look.script !== (look.width === 1440)) return;

      await t.test('new recovery codes void the old ones', async () => {
        await page.goto('/account');
        await page.getByRole('link', { name: 'New recovery codes' }).click();
        await page.getByRole('button', { name: 'New recovery codes' }).click();
        const fresh = await recoveryCodesShown(page);
        await assertSound(page);
        assert.deepEqual(fresh.filter((code) => recoveryCodes.includes(code)), []);
        await page.getByRole('link', { name: 'Continue' }).click();
        await page.getByText('10 of 10', { exact: true }).waitFor();
        await halfSignIn(elsewhere);
        await enterRecoveryCode(elsewhere, recoveryCodes[1]);
        await elsewhere.getByRole('alert').waitFor();
        await signInByRecoveryCode(elsewhere, fresh[0]);
        recoveryCodes = fresh;
      });

      await t.test('change the password', async () => {
        await page.goto('/account');
        await page.getByRole('link', { name: 'Change password' }).click();
        await heading(page, 'Change password');
        const password = 'a quite different pass phrase';
        await page.getByLabel('Current password', { exact: true }).fill('not the current one');
        await page.getByLabel('New password', { exact: true }).fill(password);
        await page.getByRole('button', { name: 'Change', exact: true }).click();
        await page.getByRole('alert').waitFor();
        assert.equal(await page.getByLabel('New password', { exact: true }).inputValue(), '');
        await assertSound(page);
        await page.getByLabel('Current password', { exact: true }).fill(owner.password);
        await page.getByLabel('New password', { exact: true }).fill(password);
        await page.getByRole('button', { name: 'Change', exact: true }).click();
        await page.getByRole('status').getByText('Your password is changed.').waitFor();
        await assertSound(page);
        assert.equal(await signedIn(elsewhere), false);
        await halfSignIn(elsewhere, owner.email, password);
        assert.equal(new URL(elsewhere.url()).pathname, '/login/code');
      });

      await t.test('renew the second factor', async () => {
        await page.goto('/account');
        await page.getByRole('link', { name: 'Renew' }).click();
        // With the new password came a new session, which has not shown a code yet.
        await heading(page, 'Confirm that it is you');
        await assertSound(page);
        await page.getByLabel('Code').fill(await oldApp.code());
        await page.getByRole('button', { name: 'Verify' }).click();
        await heading(page, 'Two-factor authentication');
        const app = new Authenticator(await activationKey(page));
        await assertSound(page);
        await page.getByLabel('Code').fill('000000');
        await page.getByRole('button', { name: 'Enable' }).click();
        await page.getByRole('alert').first().waitFor();
        await assertSound(page);
        // The key that is shown stays the same, or the app would have to be set up again.
        await page.getByLabel('Code').fill(await app.code());
        await page.getByRole('button', { name: 'Enable' }).click();
        const fresh = await recoveryCodesShown(page);
        assert.deepEqual(fresh.filter((code) => recoveryCodes.includes(code)), []);
        await assertSound(page);
        await page.getByRole('link', { name: 'Continue' }).click();
        await heading(page, 'Your account');
        assert.equal(await signedIn(page), true);
      });
    } finally {
      await page.context().close();
      await elsewhere.context().close();
      await server.stop();
    }
  });
}
