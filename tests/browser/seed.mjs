// A server's data after the first run, to begin many tests from: the first run itself is proven in first_run.test.mjs.

import { newPage } from './browser.mjs';
import { firstRun } from './journeys.mjs';
import { startServer } from './server.mjs';

// `home` is for startServer({ from }), `state` a signed-in browser's cookies; `app` and `recoveryCodes` are the owner's.
export async function seed(browser) {
  const server = await startServer();
  const page = await newPage(browser, server);
  const { app, recoveryCodes } = await firstRun(page, server);
  const state = await page.context().storageState();
  await page.context().close();
  return { home: await server.stopAndKeep(), state, app, recoveryCodes };
}
