// What people do in Muster, step by step, by what they read on the page.

import assert from 'node:assert/strict';

import { assertSound } from './browser.mjs';
import { Authenticator } from './totp.mjs';

export const owner = { username: 'Oxford', email: 'oxford@example.org', password: 'correct horse battery staple' };

// From the one-time link to an empty User List; gives the owner's authenticator app and recovery codes.
export async function firstRun(page, server) {
  await page.goto(server.setUpLink);
  await page.getByLabel('Username').fill(owner.username);
  await page.getByLabel('Email').fill(owner.email);
  await page.getByLabel('Password', { exact: true }).fill(owner.password);
  await assertSound(page);
  await page.locator('main form button[type=submit]').last().click();

  await page.waitForURL('**/login/activation');
  await heading(page, 'Two factor authentication – activation');
  const app = new Authenticator(await activationKey(page));
  await assertSound(page);
  await page.getByLabel('Code').fill(await app.code());
  await page.getByRole('button', { name: 'Enable' }).click();

  const recoveryCodes = await page.locator('main li code').allInnerTexts();
  assert.equal(recoveryCodes.length, 10);
  await assertSound(page);
  await page.getByRole('link', { name: 'Continue' }).or(page.getByRole('button', { name: 'Continue' })).click();
  await page.waitForURL('**/users');
  await heading(page, 'User List');
  await assertSound(page);
  return { app, recoveryCodes };
}

export async function signIn(page, app) {
  await page.goto('/login');
  await page.getByLabel('Email').fill(owner.email);
  await page.getByLabel('Password', { exact: true }).fill(owner.password);
  await page.getByRole('button', { name: 'Sign In' }).click();
  await page.waitForURL('**/login/code');
  await page.getByLabel('Code').fill(await app.code());
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.waitForURL('**/users');
  await heading(page, 'User List');
}

export async function signOut(page) {
  await page.getByRole('button', { name: 'Sign Out' }).click();
  await page.waitForURL('**/login');
}

// Up to the preview; `add` takes it from there.
export async function upload(page, file) {
  await page.goto('/users');
  await page.getByRole('link', { name: 'Import User' }).first().click();
  await page.getByLabel('CSV file').setInputFiles(file);
  await page.getByRole('button', { name: 'Submit' }).click();
  await settled(page, () => page.getByRole('button', { name: 'Add', exact: true }).or(page.getByText('Nothing to add')));
}

export async function add(page) {
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await settled(page, () => page.getByText(/\bdone\b|\bfinished\b|\bimported\b/i));
}

// Waits for work in the background: script refreshes the page, without it the reader presses "Refresh".
export async function settled(page, sign, milliseconds = 30_000) {
  const deadline = Date.now() + milliseconds;
  while (!(await sign().first().isVisible())) {
    assert.ok(Date.now() < deadline, `nothing came of it at ${page.url()}`);
    const refresh = page.getByRole('link', { name: 'Refresh' });
    if (await refresh.isVisible()) await refresh.click().catch(() => {});
    else await page.waitForTimeout(100);
  }
}

export async function heading(page, text) {
  await page.getByRole('heading', { level: 1, name: text, exact: true }).waitFor();
}

// The key beside the QR code: base32, perhaps in groups of four.
async function activationKey(page) {
  const text = await page.locator('main').innerText();
  const key = /(?:[A-Z2-7]{4}[ \u00a0]?){8,}/.exec(text)?.[0];
  assert.ok(key, `no key in: ${text}`);
  return key;
}
