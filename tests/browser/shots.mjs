// Pictures of every page into ./shots: `npm run shots`, after `cargo build`.

import { mkdir } from 'node:fs/promises';
import path from 'node:path';

import { newPage, openBrowser } from './browser.mjs';
import { add, firstRun, upload } from './journeys.mjs';
import { pagesOf } from './pages.mjs';
import { fixtures, startServer } from './server.mjs';

const folder = new URL('shots/', import.meta.url).pathname;
await mkdir(folder, { recursive: true });
const browser = await openBrowser();
const server = await startServer();
try {
  const first = await newPage(browser, server);
  await firstRun(first, server);
  await upload(first, path.join(fixtures, 'users-with-headers.csv'));
  await add(first);
  const state = await first.context().storageState();
  for (const [theme, width] of [['light', 1440], ['dark', 1440], ['light', 375], ['dark', 375], ['light', 1920]]) {
    const page = await newPage(browser, server, { theme, width, state });
    for (const address of ['/login', ...(await pagesOf(server, first))]) {
      await page.goto(address);
      const name = address.slice(1).replaceAll('/', '-') || 'home';
      await page.screenshot({ path: path.join(folder, `${name}-${width}-${theme}.png`), fullPage: true });
    }
  }
} finally {
  await browser.close();
  await server.stop();
}
