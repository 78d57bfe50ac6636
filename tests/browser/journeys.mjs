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

  const recoveryCodes = await recoveryCodesShown(page);
  await assertSound(page);
  await page.getByRole('link', { name: 'Continue' }).click();
  await page.waitForURL('**/users');
  await heading(page, 'User List');
  await assertSound(page);
  return { app, recoveryCodes };
}

export async function signIn(page, app) {
  await halfSignIn(page);
  await page.waitForURL('**/login/code');
  await page.getByLabel('Code').fill(await app.code());
  await page.getByRole('button', { name: 'Verify' }).click();
  await page.waitForURL('**/users');
  await heading(page, 'User List');
}

// Up to the second factor, by an address and a password.
export async function halfSignIn(page, email = owner.email, password = owner.password) {
  await page.goto('/login');
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign In' }).click();
  await page.waitForURL((url) => url.pathname.startsWith('/login/'));
}

// A recovery code in place of the six digits: unlike them, it need not be waited for.
export async function signInByRecoveryCode(page, recoveryCode) {
  await halfSignIn(page);
  await enterRecoveryCode(page, recoveryCode);
  await page.waitForURL('**/users');
}

export async function enterRecoveryCode(page, recoveryCode) {
  await page.getByRole('link', { name: 'Use a recovery code instead' }).click();
  await page.waitForURL('**/login/code?recovery');
  await assertSound(page);
  await page.getByLabel('Code', { exact: true }).fill(recoveryCode);
  await page.getByRole('button', { name: 'Verify' }).click();
}

export async function signOut(page) {
  await openMenu(page);
  await page.getByRole('button', { name: 'Sign Out' }).click();
  await page.waitForURL('**/login');
}

// On a phone the navigation lies behind "Menu"; on a wide screen it is always there.
export async function openMenu(page) {
  const menu = page.getByRole('button', { name: 'Menu', exact: true });
  if (await menu.isVisible()) await menu.click();
}

// On a phone the less frequent actions lie behind "More".
export async function openMore(page) {
  const more = page.getByRole('button', { name: 'More', exact: true });
  if (await more.isVisible()) await more.click();
}

// Sends a file from the User List; ends at the preview, or where it is asked what the columns hold.
export async function upload(page, file) {
  await page.goto('/users');
  await openMore(page);
  await page.getByRole('link', { name: 'Import User' }).first().click();
  await page.getByLabel('CSV file').setInputFiles(file);
  await page.getByRole('button', { name: 'Submit' }).click();
  const reached = page.getByRole('navigation', { name: 'Rows by outcome' }).or(page.getByRole('heading', { name: 'What do the columns hold?' }));
  await settled(page, () => reached);
}

// What the preview says, by its own words: { 'All rows': 300, New: 300, … }.
export const outcomes = (page) => figures(page, 'Rows by outcome');

// Adds what the preview shows; gives what the result says: { Added: 300, Changed: 0, … }.
export async function add(page) {
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await settled(page, () => page.getByRole('navigation', { name: 'What came of it' }));
  await page.locator('h1 + *').getByText('Done', { exact: true }).waitFor();
  return figures(page, 'What came of it');
}

async function figures(page, name) {
  const stats = await page.getByRole('navigation', { name }).locator('.stat').allInnerTexts();
  return Object.fromEntries(stats.map((stat) => {
    const [, count, label] = /^\s*([\d,]+)\s*(.+?)\s*$/s.exec(stat);
    return [label, Number(count.replaceAll(',', ''))];
  }));
}

// How many people the list says there are.
export async function listed(page, query = '') {
  await page.goto(`/users?q=${encodeURIComponent(query)}`);
  await heading(page, 'User List');
  const summary = await page.getByRole('navigation', { name: /^Pages, / }).innerText();
  return Number(/\bof ([\d,]+) users?\b/.exec(summary)[1].replaceAll(',', ''));
}

// Waits for work in the background: script refreshes the page, without it the reader presses "Refresh".
export async function settled(page, sign, milliseconds = 30_000) {
  const deadline = Date.now() + milliseconds;
  while (!(await sign().first().isVisible())) {
    assert.ok(Date.now() < deadline, `nothing came of it at ${page.url()}`);
    const refresh = page.getByRole('link', { name: 'Refresh' }).first();
    if (await refresh.isVisible()) await refresh.click().catch(() => {});
    else await page.waitForTimeout(100);
  }
}

export async function heading(page, text) {
  await page.getByRole('heading', { level: 1, name: text, exact: true }).waitFor();
}

// The key beside the QR code: base32, perhaps in groups of four.
export async function activationKey(page) {
  const text = await page.locator('main').innerText();
  const key = /(?:[A-Z2-7]{4}[ \u00a0]?){8,}/.exec(text)?.[0];
  assert.ok(key, `no key in: ${text}`);
  return key;
}

// The ten of them, each shown once and never again.
export async function recoveryCodesShown(page) {
  await heading(page, 'Recovery codes');
  const codes = await page.locator('main li code').allInnerTexts();
  assert.equal(new Set(codes).size, 10);
  return codes;
}
