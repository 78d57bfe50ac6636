// The dashboard: numbers that lead to lists, charts with their figures.

import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';

import { assertSound, called, looks, newPage, openBrowser } from './browser.mjs';
import { firstRun, heading, openMenu } from './journeys.mjs';
import { startServer } from './server.mjs';

let browser, server, state;
before(async () => {
  browser = await openBrowser();
  server = await startServer({ demo: 2000 });
  const page = await newPage(browser, server);
  await firstRun(page, server);
  state = await page.context().storageState();
  await page.context().close();
});
after(async () => {
  await browser.close();
  await server.stop();
});

for (const look of looks) {
  test(`what needs attention, ${called(look)}`, async () => {
    const page = await newPage(browser, server, { ...look, state });
    await page.goto('/users');
    await openMenu(page);
    await page.getByRole('link', { name: 'Overview' }).click();
    await heading(page, 'Dashboard');
    await assertSound(page);
    const links = page.getByRole('navigation', { name: 'Needs attention' }).getByRole('link');
    const first = await links.first().innerText();
    const number = first.match(/^[\d,]+/)[0];
    await page.getByText('Figures', { exact: true }).click();
    assert.equal(await page.locator('tbody tr').count(), 30);
    await assertSound(page);
    await links.first().click();
    await heading(page, 'User List');
    await page.getByText(new RegExp(`of ${number} users?$`)).first().waitFor();
    await page.context().close();
  });
}

test('the drawings are of the days that the table has', async () => {
  const page = await newPage(browser, server, { state });
  // Reckoned in the background soon after the start.
  for (let left = 60; left > 0; left -= 1) {
    await page.goto('/dashboard');
    if (await page.locator('.chart-bar').count()) break;
    await page.waitForTimeout(500);
  }
  const rows = await page.locator('tbody tr').evaluateAll((all) => all.map((row) => row.textContent));
  const charts = page.locator('.chart');
  assert.equal(await charts.count(), 3);
  const drawn = await charts.nth(1).locator('title').allTextContents();
  assert.equal(drawn.length, 30);
  for (const text of drawn) {
    const [day, number] = text.split(': ');
    const row = rows.find((row) => row.startsWith(day));
    assert.ok(row?.includes(number), `${text} is not in the table: ${row}`);
  }
  await assertSound(page);
});
