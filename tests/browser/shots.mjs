// Pictures, after `cargo build`:
//   npm run shots       the two of the README, into ./pictures
//   npm run shots all   every page as well, wide and narrow, light and dark, into ./shots

import { mkdir, stat } from 'node:fs/promises';
import path from 'node:path';

import { newPage, openBrowser } from './browser.mjs';
import { add, firstRun, upload } from './journeys.mjs';
import { pagesOf } from './pages.mjs';
import { fixtures, startServer } from './server.mjs';

const LARGEST = 250_000; // bytes of a picture in the README

const browser = await openBrowser();
const server = await startServer({ demo: 3000 });
try {
  const page = await newPage(browser, server);
  await firstRun(page, server);
  await page.goto('/users?sort=-phone');
  await picture(page, 'user-list');
  await upload(page, path.join(fixtures, 'users-overlapping-repeated-and-bad.csv'));
  await picture(page, 'import-preview');
  if (process.argv.includes('all')) await everyPage(page);
} finally {
  await browser.close();
  await server.stop();
}

async function picture(page, name) {
  const file = new URL(`pictures/${name}.png`, import.meta.url).pathname;
  await mkdir(path.dirname(file), { recursive: true });
  // No trace of the last click: caret, focus ring, the row under the mouse.
  await page.mouse.move(100, 500);
  await page.evaluate(() => document.activeElement?.blur());
  await page.screenshot({ path: file, caret: 'hide' });
  const { size } = await stat(file);
  if (size > LARGEST) throw new Error(`${file} has ${size} bytes`);
}

async function everyPage(first) {
  await add(first);
  const state = await first.context().storageState();
  const folder = new URL('shots/', import.meta.url).pathname;
  await mkdir(folder, { recursive: true });
  const addresses = ['/login', ...(await pagesOf(server, first))];
  for (const [theme, width] of [['light', 1440], ['dark', 1440], ['light', 375], ['dark', 375], ['light', 1920]]) {
    const page = await newPage(browser, server, { theme, width, state });
    for (const address of addresses) {
      await page.goto(address);
      const name = address.slice(1).replaceAll('/', '-');
      await page.screenshot({ path: path.join(folder, `${name}-${width}-${theme}.png`), fullPage: true });
    }
    await page.context().close();
  }
}
