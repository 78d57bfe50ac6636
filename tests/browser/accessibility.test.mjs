// Every page that can be read, in both themes, with every dialog open: no rule of axe is broken.

import assert from 'node:assert/strict';
import path from 'node:path';
import test, { after, before } from 'node:test';

import { assertAccessible } from './axe.mjs';
import { assertSound, newPage, openBrowser } from './browser.mjs';
import { add, firstRun, owner, upload } from './journeys.mjs';
import { pagesOf } from './pages.mjs';
import { fixtures, startServer } from './server.mjs';

let browser, server, state, pages;
before(async () => {
  browser = await openBrowser();
  server = await startServer();
  const page = await newPage(browser, server);
  await firstRun(page, server);
  await upload(page, path.join(fixtures, 'users-overlapping-repeated-and-bad.csv'));
  await assertAccessible(page, 'preview of an import');
  await add(page);
  state = await page.context().storageState();
  pages = await pagesOf(server, page);
});
after(async () => {
  await browser.close();
  await server.stop();
});

for (const [theme, width] of [['light', 1440], ['dark', 1440], ['light', 375], ['dark', 375]]) {
  test(`signed in, ${theme}, ${width} px`, async (t) => {
    const page = await newPage(browser, server, { theme, width, state });
    for (const address of pages) {
      await t.test(address, async () => {
        const answer = await page.goto(address);
        assert.ok(answer.status() < 400, `${address} answers ${answer.status()}`);
        await assertSound(page);
        await assertAccessible(page, `${address}, ${theme}`);
      });
    }
  });

  test(`signed out, ${theme}, ${width} px`, async (t) => {
    const page = await newPage(browser, server, { theme, width });
    await t.test('/login', async () => {
      await page.goto('/login');
      await assertAccessible(page, `/login, ${theme}`);
    });
    await t.test('/login/code', async () => {
      await page.getByLabel('Email').fill(owner.email);
      await page.getByLabel('Password', { exact: true }).fill(owner.password);
      await page.getByRole('button', { name: 'Sign In' }).click();
      await page.waitForURL('**/login/code');
      await assertAccessible(page, `/login/code, ${theme}`);
    });
    await t.test('an address that does not exist', async () => {
      await page.goto('/no-such-page');
      await assertAccessible(page, `not found, ${theme}`);
    });
  });
}
