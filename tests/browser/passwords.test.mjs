// Passwords and second factors that an administrator sets and resets, and what their owner meets at the next sign-in.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';

import { assertSound, called, looks, newPage, openBrowser } from './browser.mjs';
import { activationKey, firstRun, halfSignIn, heading, openMore, recoveryCodesShown } from './journeys.mjs';
import { startServer } from './server.mjs';
import { Authenticator } from './totp.mjs';

let browser, server, state;
before(async () => {
  browser = await openBrowser();
  server = await startServer();
  const page = await newPage(browser, server);
  await firstRun(page, server);
  state = await page.context().storageState();
});
after(async () => {
  await browser.close();
  await server.stop();
});

// Everybody's first password here, and the one that they choose.
const FIRST = 'seven violet kettles hum';
const OWN = 'violins under the snow';

// Makes a Technician, who activates their account in a browser of their own; gives the address of their page, and their app.
async function person(page, other, name, email) {
  await page.goto('/users/new');
  await page.getByLabel('Username').fill(name);
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Role').selectOption({ label: 'Technician' });
  await page.getByRole('button', { name: 'Create User' }).click();
  await page.goto(`/users?q=${encodeURIComponent(email)}`);
  await page.locator('tbody th a').click();
  await heading(page, name);
  const address = new URL(page.url()).pathname;
  await page.getByRole('button', { name: 'New activation link' }).click();
  await other.goto(await page.locator('#activation-link').innerText());
  await other.getByLabel('Password', { exact: true }).fill(FIRST);
  await other.getByRole('button', { name: 'Save' }).click();
  return { address, app: await setUp(other) };
}

// Sets a second factor up, up to the end of signing in.
async function setUp(other) {
  await other.waitForURL('**/login/activation');
  const app = new Authenticator(await activationKey(other));
  await other.getByLabel('Code').fill(await app.code());
  await other.getByRole('button', { name: 'Enable' }).click();
  await recoveryCodesShown(other);
  await other.getByRole('link', { name: 'Continue' }).click();
  await other.waitForURL('**/users');
  return app;
}

for (const [index, look] of looks.entries()) {
  test(`somebody's password and 2FA, ${called(look)}`, async (t) => {
    const page = await newPage(browser, server, { ...look, state });
    const other = await newPage(browser, server, look);
    const name = `Cambridge ${index}`;
    const email = `cambridge${index}@example.org`;
    const { address, app } = await person(page, other, name, email);
    let given;

    await t.test('the rules are said while one types, and kept without', async () => {
      await page.goto(address);
      await page.getByRole('link', { name: 'Change Password' }).click();
      await heading(page, 'Change Password');
      const rules = page.getByRole('list', { name: 'What it has to be' });
      assert.equal(await rules.getByRole('listitem').count(), 3);
      await page.getByLabel('New password').fill(`${name} 1`);
      if (look.script) {
        await rules.getByText('Not met:').first().waitFor();
        await assertSound(page);
        await page.getByLabel('New password').fill('lantern gravel pigeon');
        await page.waitForFunction(() => document.querySelectorAll('.rule-met').length === 3);
        await page.getByLabel('New password').fill(`${name} 1`);
      }
      await page.getByRole('button', { name: 'Change', exact: true }).click();
      await page.getByRole('alert').waitFor();
      await assertSound(page);
    });

    await t.test('one is generated and given', async () => {
      assert.equal(await page.getByLabel('Ask for a password change at the next Sign-in').isChecked(), true);
      await page.getByRole('button', { name: 'Generate New Password' }).click();
      given = await page.getByLabel('New password').inputValue();
      assert.match(given, /^([a-z2-9]{5}-){4}[a-z2-9]{5}$/);
      await assertSound(page);
      await page.getByRole('button', { name: 'Change', exact: true }).click();
      await heading(page, name);
      await page.getByRole('status').getByText('was changed').waitFor();
    });

    await t.test('its owner is signed out, and has to choose their own', async () => {
      await other.goto('/users');
      assert.equal(new URL(other.url()).pathname, '/login');
      await halfSignIn(other, email, given);
      await other.getByLabel('Code').fill(await app.code());
      await other.getByRole('button', { name: 'Verify' }).click();
      await other.waitForURL('**/login/password');
      await assertSound(other);
      await other.getByLabel('New password').fill(OWN);
      await other.getByRole('button', { name: 'Save' }).click();
      await other.waitForURL('**/users');
    });

    await t.test('2FA is reset from the page and set up again', async () => {
      await page.goto(address);
      await page.getByRole('button', { name: 'Reset 2FA Token' }).click();
      await heading(page, 'Reset Two-Factor Authentication Token');
      await page.getByText(`Do you want to reset 2FA for User «${name}»?`).waitFor();
      await assertSound(page);
      await page.getByRole('link', { name: 'Cancel' }).click();
      await heading(page, 'User List');
      await page.goto(address);
      await page.getByRole('button', { name: 'Reset 2FA Token' }).click();
      await page.getByRole('button', { name: 'Confirm' }).click();
      await heading(page, 'User List');
      await page.goto(`/users?q=${email}&tfa=not-configured`);
      await page.getByText('Not configured', { exact: true }).first().waitFor();
      await other.goto('/users');
      assert.equal(new URL(other.url()).pathname, '/login');
      await halfSignIn(other, email, OWN);
      await setUp(other);
    });

    await t.test('from the list with nobody ticked it says so', async () => {
      await page.goto(`/users?q=${email}`);
      await openMore(page);
      const button = page.getByRole('button', { name: /^Change Password/ });
      if (look.script) {
        assert.equal(await button.getAttribute('aria-disabled'), 'true');
      } else {
        await button.click();
        await page.getByText('Tick at least one user first.').first().waitFor();
      }
      await page.goto(`/users?q=${email}`);
      await page.getByLabel(`Select ${name}`).check();
      await openMore(page);
      await page.getByRole('button', { name: /^Change Password/ }).click();
      await heading(page, 'Change Password');
      await assertSound(page);
      // The next look begins with nobody ticked.
      await page.goto(`/users?q=${email}`);
      await page.getByLabel(`Select ${name}`).uncheck();
      await page.waitForLoadState('networkidle');
    });

    await page.context().close();
    await other.context().close();
  });
}
