// The same journey on PostgreSQL: first run, import, list. tests/run gives the address of one; without it this is skipped.

import assert from 'node:assert/strict';
import path from 'node:path';
import test from 'node:test';

import { assertAccessible } from './axe.mjs';
import { assertSound, looks, newPage, openBrowser } from './browser.mjs';
import { add, enterRecoveryCode, firstRun, halfSignIn, heading, listed, outcomes, upload } from './journeys.mjs';
import { fixtures, sql, startServer } from './server.mjs';

const skip = process.env.MUSTER_TEST_DATABASE_URL ? false : 'MUSTER_TEST_DATABASE_URL is not set';

test('first run, import, list on PostgreSQL', { skip }, async (t) => {
  const browser = await openBrowser();
  const server = await startServer({ postgres: true });
  try {
    const page = await newPage(browser, server, looks[0]);
    const { recoveryCodes } = await firstRun(page, server);
    await upload(page, path.join(fixtures, 'users-with-headers.csv'));
    assert.equal((await outcomes(page)).New, 300);
    assert.equal((await add(page)).Added, 300);
    await assertSound(page);

    assert.equal(await listed(page), 301);
    assert.equal(await listed(page, 'IBANEZ2@'), 1);
    await page.getByRole('link', { name: 'Liam Ibáñez', exact: true }).click();
    await heading(page, 'Liam Ibáñez');
    await assertSound(page);

    await upload(page, path.join(fixtures, 'users-with-headers.csv'));
    assert.equal((await outcomes(page)).Unchanged, 300);
    await page.getByText('Nothing to add', { exact: true }).waitFor();

    // Nothing in the console sets somebody else's password yet, so the database is told that someone did.
    await t.test('a password that must be changed', async () => {
      await sql(server.databaseUrl, 'UPDATE credentials SET password_must_change = true');
      const other = await newPage(browser, server, looks[0]);
      await halfSignIn(other);
      await enterRecoveryCode(other, recoveryCodes[0]);
      await other.waitForURL('**/login/password');
      await assertAccessible(other, '/login/password');
    });
  } finally {
    await browser.close();
    await server.stop();
  }
});
