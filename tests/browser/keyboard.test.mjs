// Keys on lists, and lists that change under the reader without moving them.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';

import { assertAccessible } from './axe.mjs';
import { assertSound, newPage, openBrowser } from './browser.mjs';
import { firstRun, heading, openMenu } from './journeys.mjs';
import { startServer } from './server.mjs';

let browser, server, state;
before(async () => {
  browser = await openBrowser();
  server = await startServer({ demo: 400 });
  const page = await newPage(browser, server);
  await firstRun(page, server);
  state = await page.context().storageState();
  await page.context().close();
});
after(async () => {
  await browser.close();
  await server.stop();
});

const names = (page) => page.locator('tbody th a').allInnerTexts();
const focused = (page) => page.evaluate(() => document.activeElement.innerText || document.activeElement.getAttribute('aria-label') || '');
const cursor = (page) => page.evaluate(() => document.activeElement.closest('[data-row]')?.rowIndex ?? 0);

test('j, k, x, Enter and e work on the row that has the focus', async () => {
  const page = await newPage(browser, server, { state });
  await page.goto('/users?sort=email&limit=25');
  const people = await names(page);
  const at = [];
  for (const key of ['j', 'j', 'j', 'k', 'k', 'k']) {
    await page.keyboard.press(key);
    at.push(await cursor(page));
  }
  assert.deepEqual(at, [1, 2, 3, 2, 1, 1]);
  assert.equal(await focused(page), people[0]);
  await page.keyboard.press('j');
  await page.keyboard.press('x');
  assert.equal(await page.locator('tbody tr').nth(1).getByRole('checkbox').isChecked(), true);
  assert.equal(await page.locator('tbody input:checked').count(), 1);
  await page.keyboard.press('x');
  assert.equal(await page.locator('tbody input:checked').count(), 0);
  // From a tick box to the next one.
  await page.locator('tbody').getByRole('checkbox').nth(3).focus();
  await page.keyboard.press('j');
  assert.equal(await focused(page), `Select ${people[4]}`);
  await page.keyboard.press('Enter');
  await heading(page, people[4]);
  await page.goBack();
  await page.keyboard.press('j');
  await page.keyboard.press('e');
  await page.waitForURL(/\/users\/\d+\/edit$/);
  await assertSound(page);
});

test('keys are left alone while typing, with modifiers, and under a dialog', async () => {
  const page = await newPage(browser, server, { state });
  await page.goto('/users');
  await page.keyboard.press('/');
  assert.equal(await focused(page), 'Search');
  await page.keyboard.type('x?j/k');
  assert.equal(await page.getByRole('searchbox').inputValue(), 'x?j/k');
  assert.equal(await page.locator('dialog[open]').count(), 0);
  await page.goto('/users');
  await page.keyboard.press('Control+j');
  assert.equal(await cursor(page), 0);
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await help.waitFor();
  await page.keyboard.press('j');
  assert.equal(await cursor(page), 0);
  await page.keyboard.press('Escape');
  await help.waitFor({ state: 'hidden' });
  await assertSound(page);
});

test('the help is a press away too, and single keys can be switched off', async () => {
  const page = await newPage(browser, server, { state, width: 375 });
  await page.goto('/users');
  await openMenu(page);
  await page.getByRole('link', { name: 'Keyboard shortcuts' }).click();
  await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).getByRole('link', { name: 'switched off' }).click();
  await page.getByLabel('Single-key shortcuts').uncheck();
  await page.locator('#keyboard').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('status').getByText('Single-key shortcuts are off.').waitFor();
  await page.goto('/users');
  for (const key of ['j', '/', '?']) await page.keyboard.press(key);
  assert.equal(await page.evaluate(() => document.activeElement === document.body), true);
  assert.equal(await page.locator('dialog[open]').count(), 0);
  await page.goto('/account');
  await page.getByLabel('Single-key shortcuts').check();
  await page.locator('#keyboard').getByRole('button', { name: 'Save' }).click();
  await page.getByRole('status').getByText('Single-key shortcuts are on.').waitFor();
  await assertSound(page);
  await assertAccessible(page, 'account');
});

test('paging and sorting replace the rows alone, keep the focus, say the result, and can be gone back on', async () => {
  const page = await newPage(browser, server, { state });
  await page.goto('/users?limit=25');
  await page.evaluate(() => (window.same = true));
  const first = await names(page);
  await page.getByRole('link', { name: 'Next page' }).focus();
  await page.keyboard.press('Enter');
  await page.waitForURL(/after=/);
  assert.equal(await page.evaluate(() => document.activeElement.title), 'Next page');
  assert.match(await page.locator('[data-list-status]').textContent(), /users, sorted by Name$/);
  const second = await names(page);
  assert.notDeepEqual(second, first);

  await page.getByRole('link', { name: 'Email', exact: true }).click();
  await page.waitForURL(/sort=email/);
  assert.equal(await focused(page), 'Email');
  assert.match(await page.locator('[data-list-status]').textContent(), /sorted by Email$/);
  await page.setViewportSize({ width: 1440, height: 500 });
  await page.evaluate(() => scrollTo(0, 300));
  // Pressed where it is: playwright would scroll to it first.
  await page.getByRole('link', { name: 'Last page' }).evaluate((link) => link.click());
  await page.waitForURL(/before=end/);
  await page.goBack();
  await page.waitForURL((url) => !url.searchParams.has('before'));
  await page.waitForFunction(() => !document.querySelector('[data-list][aria-busy]'));
  assert.equal(await page.evaluate(() => scrollY), 300);
  await page.goBack();
  await page.waitForFunction((name) => document.querySelector('tbody th a').innerText === name, second[0]);
  await page.goBack();
  await page.waitForFunction((name) => document.querySelector('tbody th a').innerText === name, first[0]);
  assert.equal(await page.evaluate(() => window.same), true, 'the page was loaded anew');
  await assertSound(page);
});

for (const script of [true, false]) {
  test(`on a phone four people and more fit, and everything is within reach, ${script ? 'with' : 'without'} script`, async () => {
    const page = await newPage(browser, server, { state, script, width: 375 });
    await page.setViewportSize({ width: 375, height: 667 });
    await page.goto('/users');
    const whole = await page.locator('tbody tr').evaluateAll((rows) => rows.filter((row) => row.getBoundingClientRect().bottom <= 667).length);
    assert.ok(whole >= 4, `${whole} people are in sight`);
    await assertSound(page);
    await page.getByRole('combobox', { name: 'Sort by' }).selectOption('-email');
    if (!script) await page.getByRole('button', { name: 'Sort', exact: true }).click();
    await page.waitForURL(/sort=-email/);
    const addresses = await page.locator('tbody .cell-email').allInnerTexts();
    assert.deepEqual(addresses, [...addresses].sort().reverse());
    await page.getByRole('button', { name: 'More' }).click();
    await page.getByRole('link', { name: 'Import User' }).waitFor();
    // Tick boxes are looked at by axe: what can be hit is larger there than what is seen.
    const small = await page.locator('main :is(a, button, select, input:not([type=checkbox]))').evaluateAll((all) =>
      all.map((part) => [part.innerText || part.name, part.getBoundingClientRect()])
        .filter(([, { width, height }]) => width > 1 && (width < 24 || height < 24))
        .map(([name, { width, height }]) => `${name}: ${width} × ${height}`));
    assert.deepEqual(small, []);
    await assertSound(page);
    await page.context().close();
  });
}

test('what a 2FA status means is said by keyboard, by a press and in the help', async () => {
  const page = await newPage(browser, server, { state });
  await page.goto('/users?sort=email');
  const tip = page.locator('.tip');
  await page.locator('tbody th a').first().focus();
  await page.keyboard.press('Tab');
  assert.match(await focused(page), /Active|Not active|Not configured|Not available/);
  assert.match(await tip.innerText(), /required|set up|set-up|identity provider/i);
  await page.keyboard.press('Escape');
  assert.equal(await tip.isVisible(), false);
  await page.locator('tbody .badge').nth(3).click();
  assert.equal(await tip.isVisible(), true);
  // The row is still where the keys are.
  await page.keyboard.press('j');
  assert.equal(await cursor(page), 5);
  assert.equal(await tip.isVisible(), false);
  await page.keyboard.press('?');
  await page.getByRole('dialog').getByText('Reset by an administrator').waitFor();
  await assertSound(page);
});
