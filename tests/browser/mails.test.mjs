// Mails: the ledger with a test mail, and a password that was forgotten.

import assert from 'node:assert/strict';
import { readFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import test, { after, before } from 'node:test';

import { assertSound, called, looks, newPage, openBrowser } from './browser.mjs';
import { heading, owner } from './journeys.mjs';
import { seed } from './seed.mjs';
import { startServer } from './server.mjs';

let browser, seeded;
before(async () => {
  browser = await openBrowser();
  seeded = await seed(browser);
});
after(async () => {
  await browser.close();
  await rm(seeded.home, { recursive: true, force: true });
});

// The link in the newest mail that has one, once it is there.
async function mailedLink(server) {
  const folder = path.join(server.home, 'data/mail');
  for (let tries = 0; tries < 300; tries++) {
    const names = await readdir(folder).catch(() => []);
    const numbers = names.filter((name) => name.endsWith('.eml')).map((name) => parseInt(name, 10)).sort((a, b) => b - a);
    for (const number of numbers) {
      const text = (await readFile(path.join(folder, `${number}.eml`), 'utf8')).replaceAll('=\r\n', '').replaceAll('=3D', '=');
      const link = /http:\/\/localhost:\d+\/links\/[\w-]{43}/.exec(text)?.[0];
      if (link) return link;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error('no mail with a link');
}

for (const look of looks) {
  test(`mails, ${called(look)}`, async () => {
    const server = await startServer({ from: seeded.home });
    try {
      const page = await newPage(browser, server, { ...look, state: seeded.state });
      await page.goto('/mails');
      await heading(page, 'Mails');
      await page.getByText('No mail server is set').waitFor();
      await assertSound(page);
      await page.getByRole('button', { name: 'Send Test Mail' }).click();
      await page.waitForURL(/\/mails\/\d+$/);
      for (let tries = 0; tries < 100 && !(await page.getByText('Written to mail/').count()); tries++) {
        await page.waitForTimeout(100);
        await page.reload();
      }
      await page.getByText('Written to mail/').waitFor();
      await assertSound(page);
      await page.goto('/account');
      await heading(page, 'Your account');
      await page.getByRole('table', { name: 'Sign-ins and changes' }).waitFor();
      await assertSound(page);

      const visitor = await newPage(browser, server, look);
      await visitor.goto('/login');
      await visitor.getByRole('link', { name: 'Forgot password' }).click();
      await heading(visitor, 'Forgot password');
      await visitor.getByLabel('Email').fill(owner.email);
      await assertSound(visitor);
      await visitor.getByRole('button', { name: 'Send Link' }).click();
      await visitor.getByText('a mail is on its way').waitFor();
      await assertSound(visitor);
      await visitor.goto(await mailedLink(server));
      await heading(visitor, 'Choose a password');
      await visitor.getByLabel('New password').fill('violins under the snow');
      await visitor.getByRole('button', { name: 'Save' }).click();
      await visitor.waitForURL('**/login/code');
      // The other session has ended.
      await page.goto('/users');
      assert.equal(new URL(page.url()).pathname, '/login');
    } finally {
      await server.stop();
    }
  });
}
