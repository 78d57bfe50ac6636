import assert from 'node:assert/strict';
import test, { after, before } from 'node:test';

import { called, looks, newPage, openBrowser } from './browser.mjs';
import { firstRun } from './journeys.mjs';
import { startServer } from './server.mjs';

let browser;
before(async () => (browser = await openBrowser()));
after(() => browser.close());

for (const look of looks) {
  test(`first run, ${called(look)}`, async () => {
    const server = await startServer();
    try {
      const page = await newPage(browser, server, look);
      await firstRun(page, server);
      // The empty list says what to do next.
      await page.locator('main').getByRole('link', { name: 'Import User' }).first().waitFor();
      await page.locator('main').getByRole('link', { name: 'Create User' }).first().waitFor();

      // The link has done its work.
      const stranger = await newPage(browser, server, look);
      await stranger.goto(server.setUpLink);
      assert.equal(await stranger.getByLabel('Password', { exact: true }).count(), 0);
    } finally {
      await server.stop();
    }
  });
}
