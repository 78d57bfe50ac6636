// Long work is seen from every page while it runs, and its end is said once.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import test, { after, before } from 'node:test';

import { assertSound, called, looks, newPage, openBrowser } from './browser.mjs';
import { firstRun, settled } from './journeys.mjs';
import { startServer } from './server.mjs';

const ROWS = 40_000;
let browser, server, state, folder;
before(async () => {
  browser = await openBrowser();
  server = await startServer();
  const page = await newPage(browser, server);
  await firstRun(page, server);
  state = await page.context().storageState();
  await page.context().close();
  folder = await mkdtemp(path.join(tmpdir(), 'muster-work-'));
});
after(async () => {
  await browser.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

for (const look of [looks[0], looks[3]]) {
  test(`an entry on every page, and a notice at the end: ${called(look)}`, async () => {
    const file = path.join(folder, `${look.width}.csv`);
    const rows = Array.from({ length: ROWS }, (_, n) => `Elm ${n},elm${n}.${look.width}@example.org,+44 20 ${n}`);
    await writeFile(file, ['Display Name,Email,Mobile', ...rows].join('\n'));
    const page = await newPage(browser, server, { ...look, state });
    await page.goto('/users/import');
    await page.getByLabel('CSV file').setInputFiles(file);
    await page.getByRole('button', { name: 'Submit' }).click();
    await page.waitForURL(/\/users\/import\/\d+/);
    const entry = page.locator('.work-entry');
    for (const address of ['/users', '/operations', '/account']) {
      await page.goto(address);
      assert.equal(await entry.count(), 1, address);
      assert.match(await entry.getAttribute('href'), /^\/users\/import\/\d+$/);
      await assertSound(page);
    }
    // Nobody has to ask where script runs; elsewhere "Refresh" does.
    assert.equal(await page.getByRole('link', { name: 'Refresh' }).isVisible(), !look.script);
    const notice = page.getByRole('status').getByText('The preview is ready.');
    await settled(page, () => notice, 120_000);
    assert.equal(new URL(page.url()).pathname, '/account');
    assert.equal(await entry.count(), 0);
    await assertSound(page);
    await page.goto('/users');
    assert.equal(await notice.count(), 0, 'said once');
    await page.context().close();
  });
}
