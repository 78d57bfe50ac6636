import assert from 'node:assert/strict';
import path from 'node:path';
import test, { after, before } from 'node:test';

import { assertAccessible } from './axe.mjs';
import { assertSound, called, looks, newPage, openBrowser } from './browser.mjs';
import { add, firstRun, heading, openMore, settled, upload } from './journeys.mjs';
import { fixtures, startServer } from './server.mjs';

let browser, server, state;
before(async () => {
  browser = await openBrowser();
  server = await startServer();
  const page = await newPage(browser, server);
  await firstRun(page, server);
  await upload(page, path.join(fixtures, 'users-with-headers.csv'));
  await add(page);
  state = await page.context().storageState();
});
after(async () => {
  await browser.close();
  await server.stop();
});

const boxes = (page) => page.locator('[data-tick]');
const ticked = (page) => page.locator('[data-tick]:checked').evaluateAll((all) => all.map((box) => box.value));
// On a phone it lies behind "More".
const button = (page) => page.locator('button[data-needs-ticks]', { hasText: /^Delete User/ });
const tray = (page, text) => page.locator('[data-selection-tray]').getByText(text, { exact: true }).waitFor();

// A page with nothing selected yet.
async function fresh(look, address = '/users') {
  const page = await newPage(browser, server, { ...look, state });
  await page.goto(address);
  const clear = page.getByRole('button', { name: 'Clear', exact: true });
  if (await clear.isVisible()) {
    await clear.click();
    await page.locator('[data-selection-count="0"]').waitFor({ state: 'attached' });
    await page.goto(address);
  }
  return page;
}

for (const look of looks.filter(({ script }) => script)) {
  test(`selecting, ${called(look)}`, async (t) => {
    const page = await fresh(look);

    await t.test('click, click with Shift, and what the buttons say', async () => {
      await boxes(page).nth(1).click();
      await tray(page, '1 user selected');
      await boxes(page).nth(4).click({ modifiers: ['Shift'] });
      await tray(page, '4 users selected');
      assert.equal((await button(page).innerText()).replace(/\s+/g, ' '), 'Delete User (4)');
      await page.getByRole('status').getByText('4 users selected').waitFor({ state: 'attached' });
      await boxes(page).nth(2).click();
      await tray(page, '3 users selected');
      await assertSound(page);
    });

    await t.test('it survives reloading, sorting, paging and searching', async () => {
      const before = await ticked(page);
      assert.equal(before.length, 3);
      await page.reload();
      assert.deepEqual(await ticked(page), before);
      await page.getByRole('link', { name: 'Next page' }).click();
      await page.waitForURL(/after=/);
      assert.deepEqual(await ticked(page), []);
      await boxes(page).first().click();
      await tray(page, '4 users selected');
      const search = page.getByRole('searchbox', { name: 'Search' });
      await search.pressSequentially('ibanez2@', { delay: 20 });
      await page.getByText('1 of 1 user', { exact: true }).waitFor();
      await tray(page, '4 users selected');
      await boxes(page).first().click();
      await tray(page, '5 users selected');
      await search.fill('nobody at all');
      await page.getByText('No user fits').waitFor();
      await tray(page, '5 users selected');
      assert.match(await button(page).innerText(), /\(5\)/);
      await assertSound(page);
    });

    await t.test('review and edit', async () => {
      await page.getByRole('link', { name: 'Review' }).click();
      await page.waitForURL(/selected=yes/);
      assert.equal((await ticked(page)).length, 5);
      assert.equal(await boxes(page).count(), 5);
      await boxes(page).nth(0).click();
      await tray(page, '4 users selected');
      await page.reload();
      assert.equal(await boxes(page).count(), 4);
      await assertSound(page);
      await page.getByRole('button', { name: 'Clear', exact: true }).click();
      await page.locator('[data-selection-count="0"]').waitFor({ state: 'attached' });
      assert.equal(await button(page).getAttribute('aria-disabled'), 'true');
      await page.getByRole('status').getByText('Nothing is selected').waitFor({ state: 'attached' });
    });

    await t.test('Shift with the arrows grows and shrinks', async () => {
      await page.goto('/users');
      await boxes(page).nth(2).focus();
      for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(`Shift+${key}`);
      await tray(page, '4 users selected');
      await page.keyboard.press('Shift+ArrowUp');
      await tray(page, '3 users selected');
      assert.equal(await page.evaluate(() => [...document.querySelectorAll('[data-tick]')].indexOf(document.activeElement)), 4);
      await page.keyboard.press('Space');
      await tray(page, '2 users selected');
    });

    await t.test('the page, then all that match, then all but one', async () => {
      await page.goto('/users?limit=25');
      const all = Number((await page.locator('.page-name [data-list-total]').innerText()).split(' ')[0]);
      await page.locator('[data-tick-all]').click();
      await tray(page, '25 users selected');
      await page.getByText('All 25 on this page are selected.').waitFor();
      await assertAccessible(page, 'the list with a page selected');
      await page.getByRole('button', { name: `Select all ${all} matching` }).click();
      await tray(page, `${all} users selected`);
      assert.match(await button(page).innerText(), new RegExp(`\\(${all}\\)`));
      await page.getByRole('link', { name: 'Next page' }).click();
      await page.waitForURL(/after=/);
      assert.equal((await ticked(page)).length, 25);
      assert.equal(await page.getByText('on this page are selected').isVisible(), false);
      await boxes(page).nth(3).click();
      await tray(page, `${all - 1} users selected`);
      await page.reload();
      assert.equal((await ticked(page)).length, 24);
      await assertSound(page);
    });

    await t.test('fast clicking keeps its order, also when the reader goes on at once', async () => {
      await page.getByRole('button', { name: 'Clear', exact: true }).click();
      await page.locator('[data-selection-count="0"]').waitFor({ state: 'attached' });
      await page.goto('/users');
      const wanted = await boxes(page).evaluateAll((all) => [all[0].value, all[3].value]);
      for (const n of [0, 1, 2, 0, 1, 0, 3, 2]) await boxes(page).nth(n).click();
      await page.getByRole('link', { name: 'Next page' }).click();
      await page.waitForURL(/after=/);
      await tray(page, '2 users selected');
      await page.goBack();
      // The address goes back at once, the rows when they have come.
      await page.locator(`tbody input[value="${wanted[0]}"]`).waitFor({ state: 'attached' });
      assert.deepEqual(await ticked(page), wanted);
    });

    await t.test('what does not arrive is seen and taken back', async () => {
      const before = await ticked(page);
      await page.route('**/users/selection', (route) => route.abort());
      await boxes(page).nth(7).click();
      await page.getByText('the last ticks were not kept').waitFor();
      assert.deepEqual(await ticked(page), before);
      assert.match(await button(page).innerText(), /\(2\)/);
      await page.unroute('**/users/selection');
      await boxes(page).nth(7).click();
      await tray(page, '3 users selected');
    });

    await t.test('an action waits for the last tick', async () => {
      await page.route('**/users/selection', async (route) => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        await route.continue();
      });
      await boxes(page).nth(9).click();
      await openMore(page);
      await button(page).click();
      await heading(page, 'Delete 4 users?');
      await page.unroute('**/users/selection');
      await assertSound(page);
    });

    await page.context().close();
  });
}

for (const look of looks) {
  test(`pasting a list, ${called(look)}`, async () => {
    const page = await fresh(look);
    await openMore(page);
    await page.getByRole('link', { name: 'Paste a list' }).click();
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByRole('alert').getByRole('link').first().waitFor();
    await assertSound(page);
    await page.getByLabel('People').fill('Liam Ibáñez, nobody@example.org\nOxford <oxford@example.org>');
    await page.getByRole('button', { name: 'Find' }).click();
    await page.getByText('2 found, 1 not found.').waitFor();
    if (look.script) await assertAccessible(page, 'what was found of a pasted list');
    await assertSound(page);
    assert.match(await page.locator('main').innerText(), /nobody@example\.org/);
    await page.getByRole('button', { name: 'Select these users' }).click();
    await page.waitForURL(/selected=yes/);
    await tray(page, '2 users selected');
    assert.equal((await ticked(page)).length, 2);
    await assertSound(page);
    await page.context().close();
  });
}

for (const look of looks.filter(({ script }) => !script)) {
  test(`one page at a time, ${called(look)}`, async () => {
    const page = await fresh(look);
    await page.getByText('Without JavaScript').waitFor();
    await boxes(page).nth(1).check();
    await boxes(page).nth(2).check();
    await openMore(page);
    await button(page).click();
    await heading(page, 'Delete 2 users?');
    await assertSound(page);
    await page.context().close();
  });
}

// Last, since it takes nearly everybody away.
test('more than run in one go are planned first, then deleted with progress', async () => {
  const many = await startServer({ demo: 1600 });
  try {
    const page = await newPage(browser, many);
    await firstRun(page, many);
    await page.locator('[data-tick-all]').click();
    await page.getByRole('button', { name: /^Select all 1,\d\d\d matching/ }).click();
    await page.locator('[data-selection-tray]').getByText(/^1,\d\d\d users selected/).waitFor();
    await openMore(page);
    await button(page).click();
    await settled(page, () => page.getByRole('heading', { level: 1, name: /^Delete 1,\d\d\d users\?/ }));
    await page.getByText('You cannot delete yourself.').waitFor();
    await assertAccessible(page, 'the plan of a large deletion');
    await page.getByRole('button', { name: 'Delete User', exact: true }).click();
    await settled(page, () => page.getByText(/^1,\d\d\d users were deleted\./));
    await assertAccessible(page, 'what came of a deletion');
    await page.context().close();
  } finally {
    await many.stop();
  }
});
