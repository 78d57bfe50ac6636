// The command palette, and the page that it is without script.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';

import { check } from './axe.mjs';
import { assertSound, called, looks, newPage, openBrowser } from './browser.mjs';
import { firstRun, heading, openMenu } from './journeys.mjs';
import { startServer } from './server.mjs';

let browser, server, state;
before(async () => {
  browser = await openBrowser();
  server = await startServer({ demo: 300 });
  const page = await newPage(browser, server);
  await firstRun(page, server);
  state = await page.context().storageState();
  await page.context().close();
});
after(async () => {
  await browser.close();
  await server.stop();
});

const palette = (page) => page.getByRole('dialog', { name: 'Search' });

test('Ctrl+K finds people, pages and actions, by keyboard alone', async () => {
  const page = await newPage(browser, server, { state });
  await page.goto('/users');
  const [person] = await page.locator('tbody th a').allInnerTexts();
  await page.keyboard.press('Control+k');
  await palette(page).waitFor();
  const field = palette(page).getByRole('combobox');
  assert.equal(await field.evaluate((field) => field === document.activeElement), true);
  // What one can begin and where one can go is there before anything is typed.
  await palette(page).getByRole('group', { name: 'Actions' }).getByRole('option', { name: 'Create User' }).waitFor();
  await assertSound(page);
  await check(page, 'palette');

  await field.fill(person);
  const found = palette(page).getByRole('group', { name: 'Users' }).getByRole('option', { name: person }).first();
  await found.waitFor();
  const active = await field.getAttribute('aria-activedescendant');
  assert.equal(await page.locator(`[id="${active}"]`).getAttribute('aria-selected'), 'true');
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await check(page, `palette with people, ${colorScheme}`);
  }
  await page.keyboard.press('Enter');
  await heading(page, person);

  // Enter right after the last key means what was typed.
  await page.keyboard.press('Control+k');
  await palette(page).waitFor();
  await page.keyboard.type('create gr');
  await page.keyboard.press('Enter');
  await page.waitForURL('**/groups/new');

  // Up and down go round.
  await page.keyboard.press('Control+k');
  await palette(page).waitFor();
  const first = await field.getAttribute('aria-activedescendant');
  await page.keyboard.press('ArrowDown');
  assert.notEqual(await field.getAttribute('aria-activedescendant'), first);
  await page.keyboard.press('ArrowUp');
  await page.keyboard.press('ArrowUp');
  assert.equal(await field.getAttribute('aria-activedescendant'), await palette(page).getByRole('option').last().getAttribute('id'));
  await field.fill('qqqq');
  await palette(page).getByText('Nothing found', { exact: true }).first().waitFor();
  assert.equal(await field.getAttribute('aria-expanded'), 'false');
  await check(page, 'palette with nothing');
  await page.keyboard.press('Escape');
  await palette(page).waitFor({ state: 'detached' });
  assert.equal(new URL(page.url()).pathname, '/groups/new');
  await assertSound(page);
});

test('it opens while one types, not above another question, and closes by its keys', async () => {
  const page = await newPage(browser, server, { state });
  await page.goto('/users');
  await page.getByRole('searchbox').focus();
  await page.keyboard.press('Control+k');
  await palette(page).waitFor();
  await page.keyboard.press('Control+k');
  await palette(page).waitFor({ state: 'detached' });
  await page.goto('/account');
  await page.keyboard.press('?');
  const help = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
  await help.getByText('Ctrl K').waitFor();
  await page.keyboard.press('Control+k');
  assert.equal(await page.locator('dialog[open]').count(), 1);
  await assertSound(page);
});

for (const look of looks) {
  test(`Search, ${called(look)}`, async () => {
    const page = await newPage(browser, server, { ...look, state });
    await page.goto('/users');
    const [person] = await page.locator('tbody th a').allInnerTexts();
    await openMenu(page);
    await page.getByRole('link', { name: 'Search', exact: true }).click();
    if (look.script === false) {
      await heading(page, 'Search');
      await page.getByRole('searchbox', { name: /^Search users/ }).fill(person);
      await page.getByRole('button', { name: 'Search', exact: true }).click();
      await page.waitForURL(/\/search\?q=/);
      await assertSound(page);
      await page.getByRole('region', { name: 'Users' }).getByRole('link', { name: person }).first().click();
    } else {
      await palette(page).getByRole('combobox').fill(person);
      await assertSound(page);
      await palette(page).getByRole('option', { name: person }).first().click();
    }
    await heading(page, person);
    await page.context().close();
  });
}
