import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import test, { after, before } from 'node:test';

import { assertSound, called, looks, newPage, openBrowser } from './browser.mjs';
import { firstRun, heading } from './journeys.mjs';
import { startServer } from './server.mjs';

let browser, server, state;
before(async () => {
  browser = await openBrowser();
  server = await startServer({ demo: 40 });
  const page = await newPage(browser, server);
  await firstRun(page, server);
  await page.goto('/users');
  await page.goto(`${await page.locator('tbody th a').first().getAttribute('href')}/edit`);
  await page.getByLabel('Username').fill('Wilhelmina Renamed');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL(/\/users\/\d+$/);
  state = await page.context().storageState();
});
after(async () => {
  await browser.close();
  await server.stop();
});

for (const look of looks) {
  test(`the audit, ${called(look)}`, async (t) => {
    const page = await newPage(browser, server, { ...look, state });

    await t.test('narrow it, and read one entry', async () => {
      await page.goto('/audit');
      await heading(page, 'Audit');
      await assertSound(page);
      const filters = page.getByRole('link', { name: 'Filters' });
      await filters.click();
      await page.getByRole('combobox', { name: 'Action' }).selectOption('user.edit');
      await page.getByRole('button', { name: 'Apply' }).click();
      await page.waitForURL(/action=user.edit/);
      await page.locator('.pager-summary', { hasText: /^1 of 1 entry$/ }).waitFor();
      await assertSound(page);
      await page.locator('tbody th a').click();
      await heading(page, 'User edited');
      await page.getByRole('cell', { name: 'Wilhelmina Renamed' }).waitFor();
      await assertSound(page);
      await page.getByRole('link', { name: 'All about them' }).click();
      await page.waitForURL(/\/audit\?person=\d+$/);
      await page.locator('.pager-summary', { hasText: /^1 of 1 entry$/ }).waitFor();
    });

    await t.test('search for a person, and nothing is there', async () => {
      await page.goto('/audit');
      const search = page.getByRole('searchbox', { name: 'Search' });
      await search.fill('Renamed');
      await search.press('Enter');
      await page.waitForURL(/q=Renamed/);
      await page.locator('.pager-summary', { hasText: /^1 of 1 entry$/ }).waitFor();
      await page.goto('/audit?action=user.purge');
      await page.getByRole('heading', { name: 'Nothing fits' }).waitFor();
      await assertSound(page);
    });

    await t.test('take it away as a file', async () => {
      await page.goto('/audit?action=user.edit');
      const [file] = await Promise.all([page.waitForEvent('download'), page.getByRole('button', { name: 'Export' }).click()]);
      assert.equal(file.suggestedFilename(), 'audit.csv');
      const lines = (await readFile(await file.path(), 'utf8')).trim().split('\n');
      assert.match(lines[0], /^Entry,Time,Who,/);
      assert.match(lines[1], /Wilhelmina Renamed/);
    });
    await page.context().close();
  });
}
