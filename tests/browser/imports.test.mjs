import assert from 'node:assert/strict';
import path from 'node:path';
import test, { after, before } from 'node:test';

import { assertSound, called, looks, newPage, openBrowser } from './browser.mjs';
import { add, firstRun, heading, settled, upload } from './journeys.mjs';
import { fixtures, startServer } from './server.mjs';

let browser;
before(async () => (browser = await openBrowser()));
after(() => browser.close());

// File, how many people it adds, and one of them whose letters must be intact.
const files = [
  ['users-with-headers.csv', 300, 'Liam Ibáñez', 'liam.ibanez2@example.org'],
  ['users-bare.csv', 200, 'Arjun Fernández', 'arjun.fernandez203@example.org'],
  ['users-bare-names-semicolon-windows1252.csv', 150, 'Óscar Khan', 'oscar.khan302@example.org'],
  ['users-semicolon-bom.csv', 150, 'Fatima Németh', 'fatima.nemeth401@example.org'],
  ['users-tab-utf16.csv', 120, 'Fionnuala Horváth', 'fionnuala.horvath501@example.org'],
];

for (const look of [looks[0], looks[3]]) {
  test(`import, ${called(look)}`, async (t) => {
    const server = await startServer();
    const page = await newPage(browser, server, look);
    let people = 1;
    try {
      await firstRun(page, server);

      for (const [file, count, name, email] of files) {
        await t.test(file, async () => {
          await upload(page, path.join(fixtures, file));
          await assertSound(page);
          assert.match(await page.locator('main').innerText(), new RegExp(`\\b${count}\\b`));
          await add(page);
          await assertSound(page);
          people += count;
          assert.equal(await listed(page, ''), people);
          assert.equal(await listed(page, email), 1);
          await page.getByRole('link', { name, exact: true }).waitFor();
        });
      }

      await t.test('a file with other headers asks what they mean', async () => {
        await page.goto('/users/import');
        await page.getByLabel('CSV file').setInputFiles(path.join(fixtures, 'users-other-headers.csv'));
        await page.getByRole('button', { name: 'Submit' }).click();
        await settled(page, () => page.getByLabel('Vorname'));
        await assertSound(page);
      });

      await t.test('a file the second time changes nothing', async () => {
        await upload(page, path.join(fixtures, files[0][0]));
        assert.match(await page.locator('main').innerText(), /300\s+unchanged|unchanged\s+300/i);
        assert.equal(await listed(page, ''), people);
      });
    } finally {
      await server.stop();
    }
  });
}

// How many people the list says there are.
async function listed(page, query) {
  await page.goto(`/users?q=${encodeURIComponent(query)}`);
  await heading(page, 'User List');
  const summary = await page.locator('main').innerText();
  return Number(/\bof ([\d,]+)/.exec(summary)?.[1].replaceAll(',', ''));
}
