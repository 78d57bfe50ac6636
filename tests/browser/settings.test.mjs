// Portal Management: each page of settings, what it refuses, and what people see of it.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';

import { assertSound, called, looks, newPage, openBrowser } from './browser.mjs';
import { firstRun, heading, openMenu } from './journeys.mjs';
import { startServer } from './server.mjs';

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

const save = (page) => page.getByRole('button', { name: 'Save', exact: true }).click();
const said = (page, text) => page.getByRole('status').getByText(text).first().waitFor();

// A PNG of the browser's own making, so many points wide and high.
async function picture(context, width, height) {
  const canvas = await context.newPage();
  await canvas.setViewportSize({ width, height });
  const bytes = await canvas.screenshot();
  await canvas.close();
  return { name: 'logo.png', mimeType: 'image/png', buffer: bytes };
}

for (const look of looks) {
  test(`settings, ${called(look)}`, async (t) => {
    const page = await newPage(browser, server, { ...look, state });

    await t.test('are found in the navigation', async () => {
      await page.goto('/users');
      await openMenu(page);
      await page.getByRole('link', { name: 'Portal Management' }).click();
      await heading(page, 'Portal Management');
      await assertSound(page);
      await page.getByRole('main').getByRole('link', { name: 'Account Security' }).click();
      await heading(page, 'Account Security');
      await assertSound(page);
    });

    await t.test('a mail server, and none again', async () => {
      await page.goto('/settings/mail');
      await page.getByLabel('Server').fill('not a host');
      await save(page);
      await page.getByRole('alert').waitFor();
      await assertSound(page);
      await page.getByLabel('Server').fill('mail.example.org');
      await page.getByLabel('Signs in as').fill('postmaster');
      await page.getByLabel('Password', { exact: true }).fill('hunter two two');
      await save(page);
      await said(page, 'The mail settings were saved.');
      assert.equal(await page.getByLabel('Port', { exact: true }).inputValue(), '587');
      assert.equal(await page.getByLabel('Password', { exact: true }).inputValue(), '');
      await assertSound(page);
      await page.getByLabel('Server').fill('');
      await save(page);
      await said(page, 'The mail settings were saved.');
    });

    await t.test('2FA by role, with what it does shown before', async () => {
      await page.goto('/settings/account-security');
      const force = page.getByRole('group', { name: 'Force users to use 2FA' });
      await force.getByLabel('Those who hold one of the roles ticked below').check();
      await save(page);
      await page.getByRole('alert').waitFor();
      await page.getByLabel('Account Admin').check();
      await save(page);
      await page.getByRole('heading', { name: 'What this does' }).waitFor();
      await assertSound(page);
      await save(page);
      await said(page, 'Account security was saved.');
      assert.equal(await force.getByLabel('Those who hold one of the roles ticked below').isChecked(), true);
      await force.getByLabel('Everybody who may sign in').check();
      await save(page);
      await save(page);
      await said(page, 'Account security was saved.');
    });

    await t.test('session times and password rules', async () => {
      await page.goto('/settings/sessions');
      const other = look.script ? '8' : '4';
      await page.getByLabel('Signed out in any case so long after signing in').selectOption(other);
      await save(page);
      await said(page, 'Session times were saved.');
      await assertSound(page);
      await page.goto('/settings/passwords');
      await page.getByLabel('Shortest password of everybody else').fill('3');
      await save(page);
      await page.getByRole('alert').waitFor();
      await assertSound(page);
      await page.getByLabel('Shortest password of everybody else').fill('16');
      await page.getByLabel('Words of your organisation').fill(`Lanternworks\nKettle${look.width}${look.script}`);
      await save(page);
      await said(page, 'The password rules were saved.');
    });

    await t.test('name, colour and logo', async () => {
      const name = `Northwind ${look.width}`;
      await page.goto('/settings/branding');
      await page.getByLabel('Name of this installation').fill(name);
      await page.getByLabel('Accent colour').fill('#ffcc00');
      await save(page);
      await page.getByRole('alert').getByText('cannot be read in light').waitFor();
      assert.equal(await page.getByLabel('Name of this installation').inputValue(), name);
      await assertSound(page);
      await page.getByLabel('Accent colour').fill('#7a0030');
      await save(page);
      await said(page, 'Name and colour were saved.');
      assert.ok((await page.title()).endsWith(name), await page.title());
      const colour = await page.getByRole('button', { name: 'Save', exact: true }).evaluate((button) => getComputedStyle(button).backgroundColor);
      assert.equal(colour === 'rgb(122, 0, 48)', look.theme === 'light', colour);
      await page.getByLabel('Picture').setInputFiles(await picture(page.context(), 300, 90));
      await page.getByRole('button', { name: 'Use this picture' }).click();
      await said(page, 'The logo was saved.');
      const logo = page.getByAltText('The logo as it is now');
      assert.ok(await logo.evaluate((image) => image.complete && image.naturalWidth > 0 && image.naturalHeight <= 64));
      await assertSound(page);
      await page.getByRole('button', { name: 'Take the logo away' }).click();
      await said(page, 'The logo was taken away.');
      await assertSound(page);
    });

    await page.context().close();
  });
}
