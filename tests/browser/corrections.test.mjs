// Cells at fault are corrected where they stand; what stays refused is taken away as a file; an upload shows how far it is.

import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import test, { after, before } from 'node:test';

import { assertAccessible } from './axe.mjs';
import { assertSound, called, looks, newPage, openBrowser } from './browser.mjs';
import { add, heading, listed, outcomes, upload } from './journeys.mjs';
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

const rows = [
  'One,one@example.org,112',
  'Two,two.example.org,call me',
  ',three@example.org,',
  'Four,one@example,113',
  'Five,five,114',
];
const file = { name: 'people.csv', mimeType: 'text/csv', buffer: Buffer.from(['Display Name,Email,Mobile', ...rows].join('\n')) };

for (const look of looks) {
  test(`cells are corrected in place, ${called(look)}`, () => onFreshServer(look, async (page) => {
    await upload(page, file);
    await page.getByRole('navigation', { name: 'Rows by outcome' }).getByRole('link', { name: 'Refused' }).click();
    await page.waitForURL(/show=refused/);
    const address = page.url();
    if (look.script) await assertAccessible(page);
    const cell = (name) => page.getByRole('textbox', { name, exact: true });
    const outcome = (row) => page.locator(`#row-${row} .badge`);
    const check = async (row) => {
      if (look.script) await page.keyboard.press('Tab');
      else await page.getByRole('button', { name: `Check row ${row}` }).click();
    };
    assert.equal(await cell('Email of row 3').getAttribute('aria-invalid'), 'true');
    assert.match(await described(cell('Email of row 3')), /@/);

    // One of two faults: the row stays refused, and what was typed stays.
    await cell('Email of row 3').fill('two@example.org');
    await check(3);
    await page.locator('#row-3-2:not([aria-invalid])').waitFor();
    assert.equal(await cell('Email of row 3').inputValue(), 'two@example.org');
    assert.equal(await outcome(3).innerText(), 'Refused');
    if (look.script) {
      assert.equal(await page.evaluate(() => document.activeElement.id), 'row-3-3', 'on to the next field');
      assert.equal(page.url(), address);
    } else {
      await page.getByRole('alert').getByRole('link', { name: /^Row 3: / }).waitFor();
    }
    await assertSound(page);

    await cell('Mobile of row 3').fill('112 113');
    await check(3);
    await figure(page, 'Refused', 3);
    if (look.script) {
      // It stays where it was, for another look; what is typed elsewhere meanwhile stays too.
      assert.equal(await outcome(3).innerText(), 'New');
      await cell('Email of row 5').fill('one@example.org');
      await page.keyboard.press('Enter');
      await page.keyboard.type('.uk');
      await figure(page, 'Refused', 2);
      assert.equal(await cell('Email of row 5').inputValue(), 'one@example.org.uk');
      await page.keyboard.press('Enter');
    } else {
      assert.equal(await page.locator('#row-3').count(), 0, 'it is not refused any more');
      await cell('Email of row 5').fill('one@example.org.uk');
      await check(5);
    }
    await figure(page, 'New', 3);
    if (look.script) await assertAccessible(page);

    // The rest is taken away, with the reasons.
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download refused rows' }).click(),
    ]);
    assert.equal(download.suggestedFilename(), 'people-refused.csv');
    const lines = (await readFile(await download.path(), 'utf8')).trimEnd().split('\r\n');
    assert.equal(lines[0], '\ufeffDisplay Name,Email,Mobile,Reason');
    assert.deepEqual(lines.slice(1).map((line) => line.split(',').slice(0, 3)), [['', 'three@example.org', ''], ['Five', 'five', '114']]);
    assert.ok(lines.every((line) => line.split(',')[3]));

    // Typed, and "Add" pressed at once: looked at first, never added unseen.
    await cell('Display Name of row 4').fill('Three');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await figure(page, 'New', 4);
    if (await page.getByRole('button', { name: 'Add', exact: true }).isVisible()) {
      assert.equal((await add(page)).Added, 4);
    } else {
      await page.getByText('4Added').waitFor();
    }
    await page.getByRole('heading', { name: 'Refused rows' }).waitFor();
    await page.getByRole('link', { name: 'Download refused rows' }).waitFor();
    await page.getByRole('button', { name: 'Undo', exact: true }).first().waitFor();
    await assertSound(page);
    assert.equal(await listed(page, 'two@example.org'), 1);
  }));
}

test('an upload shows how far it is, and breaks off without a trace', () => onFreshServer(looks[0], async (page) => {
  await page.goto('/users/import');
  const network = await page.context().newCDPSession(page);
  await network.send('Network.enable');
  const slowly = (uploadThroughput) => network.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput });
  const lines = Array.from({ length: 60_000 }, (_, n) => `Person ${n},person${n}@example.org`);
  const large = { ...file, buffer: Buffer.from(['Display Name,Email', ...lines].join('\n')) };
  await slowly(100_000);
  await page.getByLabel('CSV file').setInputFiles(large);
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByText(/^[\d.]+ MB of 2(\.\d)? MB$/).waitFor();
  await assertAccessible(page);
  await page.getByRole('button', { name: 'Cancel upload' }).click();
  await page.getByText('The upload was cancelled. Nothing of it was kept.').waitFor();
  await page.getByRole('button', { name: 'Submit' }).waitFor();
  await slowly(-1);
  // The file is still chosen: sent again, it arrives.
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.waitForURL(/import\/\d+$/);
  await page.goto('/users/import');
  assert.equal(await page.locator('tbody tr').count(), 1, 'one import, not two');
  await assertSound(page);
}));

test('no file is too large to be told so', () => onFreshServer(looks[0], async (page) => {
  await page.goto('/users/import');
  await page.locator('form[data-upload]').evaluate((form) => (form.dataset.largest = '10'));
  await page.getByLabel('CSV file').setInputFiles(file);
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByText(/A file may be up to .* large/).waitFor();
  await page.getByLabel('CSV file').setInputFiles({ name: 'picture.csv', mimeType: 'text/csv', buffer: Buffer.from('\x89PNG\r\n\x1a\n', 'latin1') });
  await page.locator('form[data-upload]').evaluate((form) => (form.dataset.largest = '1000000'));
  await page.getByRole('button', { name: 'Submit' }).click();
  await page.getByRole('alert').getByText('This is a picture').waitFor();
  await heading(page, 'Import User');
}));

async function figure(page, label, count) {
  await page.getByRole('navigation', { name: /Rows by outcome|What came of it/ }).getByText(new RegExp(`^\\s*${count}\\s*${label === 'New' ? '(New|Added)' : label}$`)).waitFor();
}

async function described(field) {
  const id = await field.getAttribute('aria-describedby');
  return field.page().locator(`#${id}`).innerText();
}

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
