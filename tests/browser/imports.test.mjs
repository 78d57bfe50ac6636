import assert from 'node:assert/strict';
import { rm } from 'node:fs/promises';
import path from 'node:path';
import test, { after, before } from 'node:test';

import { assertSound, called, looks, newPage, openBrowser } from './browser.mjs';
import { add, heading, listed, outcomes, upload } from './journeys.mjs';
import { seed } from './seed.mjs';
import { fixtures, startServer } from './server.mjs';

let browser, seeded;
before(async () => {
  browser = await openBrowser();
  seeded = await seed(browser);
});
after(async () => {
  await browser.close();
  await rm(seeded.home, { recursive: true, force: true });
});

// Every file into a database of its own, since people are in several of them: what it holds, and one person whose letters
// must be intact.
const files = [
  ['users-with-headers.csv', { new: 300 }, 'Liam Ibáñez', 'liam.ibanez2@example.org', looks],
  ['users-bare.csv', { new: 200 }, 'Arjun Fernández', 'arjun.fernandez203@example.org', [looks[1]]],
  ['users-bare-names-semicolon-windows1252.csv', { new: 150 }, 'Óscar Khan', 'oscar.khan302@example.org', [looks[2]]],
  ['users-semicolon-bom.csv', { new: 150 }, 'Fatima Németh', 'fatima.nemeth401@example.org', [looks[3]]],
  ['users-tab-utf16.csv', { new: 120 }, 'Fionnuala Horváth', 'fionnuala.horvath501@example.org', [looks[0]]],
  ['users-overlapping-repeated-and-bad.csv', { new: 305, refused: 41, repeated: 54 }, 'Ricardo García', 'ricardo.garcia101@example.org', [looks[3]]],
  ['users-hostile.csv', { new: 4, refused: 4 }, 'مريم حداد', 'rtl@example.org', [looks[1]]],
];

for (const [file, { new: people, refused = 0, repeated = 0 }, name, email, inLooks] of files) {
  for (const look of inLooks) {
    test(`${file}, ${called(look)}`, () => onFreshServer(look, async (page) => {
      await upload(page, path.join(fixtures, file));
      await assertSound(page);
      const preview = await outcomes(page);
      assert.deepEqual(
        { rows: preview['All rows'], new: preview.New, refused: preview.Refused, repeated: preview.Repeated ?? 0 },
        { rows: people + refused + repeated, new: people, refused, repeated },
      );
      if (refused) await reasons(page, refused);

      const result = await add(page);
      await assertSound(page);
      assert.deepEqual({ added: result.Added, changed: result.Changed }, { added: people, changed: 0 });

      assert.equal(await listed(page), people + 1);
      assert.equal(await listed(page, email), 1);
      await page.getByRole('link', { name, exact: true }).waitFor();
      await assertSound(page);

      // The same file again changes nothing.
      await upload(page, path.join(fixtures, file));
      const again = await outcomes(page);
      assert.deepEqual(
        { new: again.New, change: again['Will change'], refused: again.Refused },
        { new: 0, change: 0, refused },
      );
      await page.getByText('Nothing to add', { exact: true }).waitFor();
      assert.equal(await page.getByRole('button', { name: 'Add', exact: true }).count(), 0);
      await assertSound(page);
    }));
  }
}

for (const look of [looks[0], looks[3]]) {
  test(`a file with other headers asks what they mean, once, ${called(look)}`, () => onFreshServer(look, async (page) => {
    const file = path.join(fixtures, 'users-other-headers.csv');
    await upload(page, file);
    await page.getByRole('heading', { name: 'What do the columns hold?' }).waitFor();
    await assertSound(page);
    for (const [column, meaning] of [['Mail', 'Email'], ['Vorname', 'First name'], ['Nachname', 'Last name'], ['Telefon', 'Mobile']]) {
      await page.getByLabel(column, { exact: true }).selectOption({ label: meaning });
    }
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('navigation', { name: 'Rows by outcome' }).waitFor();
    assert.equal((await outcomes(page)).New, 100);
    await assertSound(page);
    assert.equal((await add(page)).Added, 100);
    assert.equal(await listed(page, 'kofi.lindqvist601@example.org'), 1);
    await page.getByRole('link', { name: 'Kofi Lindqvist', exact: true }).waitFor();

    // Remembered: straight to the preview.
    await upload(page, file);
    const again = await outcomes(page);
    assert.deepEqual({ new: again.New, unchanged: again.Unchanged }, { new: 0, unchanged: 100 });
  }));
}

for (const look of [looks[1], looks[2]]) {
  test(`users who exist already: kept, replaced, by row, ${called(look)}`, () => onFreshServer(look, async (page) => {
    await upload(page, path.join(fixtures, 'users-with-headers.csv'));
    await add(page);
    const rows = ['Other Name,liam.ibanez2@example.org', 'New Person,new.person@example.org'];
    const buffer = Buffer.from(['Display Name,Email', ...rows, `Third Name,${await someone(page)}`].join('\n'));
    await upload(page, { name: 'conflicts.csv', mimeType: 'text/csv', buffer });
    const kept = await outcomes(page);
    assert.deepEqual({ new: kept.New, change: kept['Will change'], kept: kept['Kept as is'] }, { new: 1, change: 0, kept: 2 });

    await page.getByLabel('Replace existing user(s)').check();
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('navigation', { name: 'Rows by outcome' }).getByRole('link', { name: /^2\s*Will change/ }).waitFor();
    const replaced = await outcomes(page);
    assert.deepEqual({ new: replaced.New, kept: replaced['Kept as is'] ?? 0 }, { new: 1, kept: 0 });
    await assertSound(page);

    // One of them is left as it is after all.
    const choice = page.getByLabel('What to do about row 2, Other Name');
    await choice.selectOption(await choice.locator('option', { hasText: /^Keep/ }).getAttribute('value'));
    await page.getByRole('button', { name: 'Continue' }).click();
    await page.getByRole('navigation', { name: 'Rows by outcome' }).getByRole('link', { name: /^1\s*Will change/ }).waitFor();
    const chosen = await outcomes(page);
    await assertSound(page);

    const result = await add(page);
    assert.deepEqual({ added: result.Added, changed: result.Changed }, { added: chosen.New, changed: chosen['Will change'] });
    assert.equal(await listed(page), 301 + chosen.New);
    await listed(page, 'liam.ibanez2@');
    await page.getByRole('link', { name: 'Liam Ibáñez', exact: true }).waitFor();
    assert.equal(await listed(page, 'Third Name'), 1);
  }));
}

test('no file, and a file that is empty: said on the form', () => onFreshServer(looks[3], async (page) => {
  await page.goto('/users/import');
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByRole('alert').getByText('Choose a CSV file.').waitFor();
  await page.getByLabel('CSV file').setInputFiles({ name: 'empty.csv', mimeType: 'text/csv', buffer: Buffer.alloc(0) });
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByRole('alert').waitFor();
  await heading(page, 'Import User');
  await assertSound(page);
}));

async function onFreshServer(look, journey) {
  const server = await startServer({ from: seeded.home });
  const page = await newPage(browser, server, { ...look, state: seeded.state });
  try {
    await journey(page);
  } finally {
    await page.context().close();
    await server.stop();
  }
}

// The address of somebody in the middle of the list.
async function someone(page) {
  await page.goto('/users?q=%40example.org&sort=email&limit=25');
  return page.locator('tbody .cell-email').nth(9).innerText();
}

// Every refused row says why.
async function reasons(page, refused) {
  const preview = page.url();
  await page.getByRole('navigation', { name: 'Rows by outcome' }).getByRole('link', { name: 'Refused' }).click();
  await page.waitForURL(/show=/);
  const rows = await page.locator('.import-rows tbody tr').all();
  assert.equal(rows.length, refused);
  for (const row of rows) assert.ok(await row.locator('.field-error, .change').count(), `a refused row without a reason: ${await row.innerText()}`);
  await assertSound(page);
  await page.goto(preview);
}
