import assert from 'node:assert/strict';
import path from 'node:path';
import test, { after, before } from 'node:test';

import { assertSound, called, looks, newPage, openBrowser } from './browser.mjs';
import { add, firstRun, heading, listed, openMore, upload } from './journeys.mjs';
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

for (const look of looks) {
  test(`the list, ${called(look)}`, async (t) => {
    const page = await newPage(browser, server, { ...look, state });

    await t.test('search, whatever the accents', async () => {
      await page.goto('/users');
      const search = page.getByRole('searchbox', { name: 'Search' });
      if (look.script) await search.pressSequentially('ibanez2@', { delay: 20 });
      else {
        await search.fill('ibanez2@');
        await search.press('Enter');
      }
      await page.waitForURL(/[?&]q=ibanez2/);
      await page.getByText('1 of 1 user', { exact: true }).waitFor();
      assert.deepEqual(await names(page), ['Liam Ibáñez']);
      await assertSound(page);
    });

    await t.test('filter, and take it back', async () => {
      await page.goto('/users?sort=email');
      await panel(page, 'Filters');
      await page.getByRole('combobox', { name: '2FA status' }).selectOption('active');
      await page.getByRole('button', { name: 'Apply' }).click();
      await page.getByText('1 of 1 user', { exact: true }).waitFor();
      assert.match(page.url(), /sort=email/);
      assert.match(page.url(), /tfa=/);
      assert.deepEqual(await names(page), ['Oxford']);
      await assertSound(page);
      await page.getByRole('link', { name: 'Clear all' }).click();
      await page.waitForURL((url) => !url.searchParams.has('tfa'));
      assert.ok((await names(page)).length > 1);
      assert.match(page.url(), /sort=email/);
    });

    await t.test('sort and page, and back', async () => {
      await page.goto('/users?sort=email&limit=25');
      const first = await names(page);
      assert.equal(first.length, 25);
      const addresses = await page.locator('tbody .cell-email').allInnerTexts();
      assert.deepEqual(addresses, [...addresses].sort());
      await page.getByRole('link', { name: 'Next page' }).click();
      await page.waitForURL(/after=/);
      const second = await names(page);
      assert.equal(second.length, 25);
      assert.deepEqual(second.filter((name) => first.includes(name)), []);
      assert.match(page.url(), /sort=email/);
      await page.goBack();
      // The address goes back at once, the rows when they have come.
      await page.waitForURL((url) => !url.searchParams.has('after'));
      await page.locator('tbody th').filter({ hasText: first[0] }).first().waitFor();
      assert.deepEqual(await names(page), first);
      await page.getByRole('link', { name: 'Last page' }).click();
      await page.getByRole('link', { name: 'Previous page' }).waitFor();
      assert.equal(await page.getByRole('link', { name: 'Next page' }).count(), 0);
      await assertSound(page);
    });

    await t.test('fewer columns', async () => {
      await page.goto('/users?q=ibanez2@');
      await panel(page, 'Columns');
      await page.getByRole('group', { name: 'Columns' }).getByLabel('Phone number', { exact: true }).uncheck();
      await page.getByRole('button', { name: 'Show', exact: true }).click();
      await page.waitForURL(/columns=/);
      assert.match(page.url(), /q=ibanez2/);
      assert.deepEqual(await names(page), ['Liam Ibáñez']);
      assert.equal(await page.locator('tbody td[data-label="Phone number"]').count(), 0);
      await assertSound(page);
    });

    await page.context().close();
  });

  test(`create, edit, delete and restore a user, ${called(look)}`, async () => {
    const page = await newPage(browser, server, { ...look, state });
    const name = `Ćwiek ${called(look)}`;
    const email = `cwiek-${look.script}-${look.width}@example.org`;

    await page.goto('/users');
    await page.getByRole('link', { name: 'Create User' }).first().click();
    await page.waitForURL('**/users/new');
    // What is wrong is said, and what was typed is kept.
    await page.getByLabel('Username').fill(name);
    await page.getByLabel('Email').fill('no-at-sign');
    await page.getByRole('button', { name: 'Create User' }).click();
    await page.getByRole('alert').getByRole('link').first().waitFor();
    assert.equal(await page.getByLabel('Username').inputValue(), name);
    assert.equal(await page.getByLabel('Email').inputValue(), 'no-at-sign');
    assert.equal(await page.getByLabel('Email').getAttribute('aria-invalid'), 'true');
    await assertSound(page);
    await page.getByLabel('Email').fill(email);
    await page.getByRole('button', { name: 'Create User' }).click();
    await heading(page, name);
    await assertSound(page);
    const address = page.url();

    await page.getByRole('link', { name: 'Edit', exact: true }).click();
    await page.getByLabel('Phone number').fill('+44 20 7946 0123');
    await page.getByRole('button', { name: 'Save' }).click();
    await heading(page, name);
    await page.locator('dd', { hasText: '+44 20 7946 0123' }).waitFor();
    await assertSound(page);

    await page.getByRole('button', { name: 'Delete User' }).click();
    await heading(page, `Delete ${name} <${email}>?`);
    await assertSound(page);
    assert.equal(await listed(page, email), 1, 'deleted before it was confirmed');
    await page.goto(address);
    await page.getByRole('button', { name: 'Delete User' }).click();
    await heading(page, `Delete ${name} <${email}>?`);
    await page.getByRole('button', { name: 'Delete User' }).click();
    await heading(page, 'User List');
    await page.getByRole('status').getByText('1 user was deleted.').waitFor();
    await assertSound(page);
    assert.equal((await page.goto(address)).status(), 404);

    await page.goto('/users/deleted');
    await assertSound(page);
    await page.getByLabel(`Select ${name}`, { exact: true }).check();
    await page.getByRole('button', { name: /^Restore/ }).click();
    await page.getByRole('status').getByText('1 user was restored.').waitFor();
    await assertSound(page);
    assert.equal((await page.goto(address)).status(), 200);
    await heading(page, name);
    await page.context().close();
  });

  test(`delete and restore the ticked ones, ${called(look)}`, async () => {
    const page = await newPage(browser, server, { ...look, state });
    const people = await listed(page);
    await page.goto('/users?sort=email&limit=25');
    const before = await names(page);
    const remove = page.getByRole('button', { name: /^Delete User/ });
    await tick(page, before[0]);
    await tick(page, before[1]);
    await openMore(page);
    if (look.script) assert.match(await remove.innerText(), /\(2\)/);
    await remove.click();
    await heading(page, 'Delete 2 users?');
    assert.deepEqual((await page.locator('main tbody th bdi').allInnerTexts()).length, 2);
    await assertSound(page);
    await page.getByRole('button', { name: 'Delete User' }).click();
    await heading(page, 'User List');
    await page.getByRole('status').getByText('2 users were deleted.').waitFor();
    await assertSound(page);
    assert.equal(await listed(page), people - 2);
    await page.goto('/users?sort=email&limit=25');
    assert.deepEqual((await names(page)).slice(0, 5), before.slice(2, 7));

    await page.goto('/users/deleted');
    await tick(page, before[0]);
    await tick(page, before[1]);
    await page.getByRole('button', { name: /^Restore/ }).click();
    await page.getByRole('status').getByText('2 users were restored.').waitFor();
    assert.equal(await listed(page), people);
    await page.context().close();
  });

  test(`nothing ticked: it says so, ${called(look)}`, async () => {
    const page = await newPage(browser, server, { ...look, state });
    await page.goto('/users');
    await openMore(page);
    const remove = page.getByRole('button', { name: /^Delete User/ });
    if (look.script) {
      assert.equal(await remove.getAttribute('aria-disabled'), 'true');
      // Reachable all the same, and pressing it tells why nothing happens.
      await remove.click({ force: true });
      await page.getByRole('status').getByText('Tick at least one user first').waitFor();
      assert.equal(new URL(page.url()).pathname, '/users');
    } else {
      const [answer] = await Promise.all([page.waitForResponse((response) => response.request().isNavigationRequest()), remove.click()]);
      assert.equal(answer.status(), 422);
      await page.getByText('Tick at least one user first').waitFor();
    }
    await assertSound(page);
    await page.context().close();
  });
}

test('shift-click ticks the range, and the box in the heading the page', async () => {
  const page = await newPage(browser, server, { ...looks[0], state });
  await page.goto('/users?limit=25');
  const boxes = page.locator('tbody').getByRole('checkbox');
  await boxes.nth(1).click();
  await boxes.nth(4).click({ modifiers: ['Shift'] });
  assert.equal(await page.locator('tbody input:checked').count(), 4);
  await page.getByLabel('Select all on this page').check();
  assert.equal(await page.locator('tbody input:checked').count(), 25);
  await assertSound(page);
});

const names = (page) => page.locator('tbody th a').allInnerTexts();
async function panel(page, name) {
  await page.locator('.list-bar').getByRole('link', { name: new RegExp(`^${name}`) }).click();
  await page.getByRole('form', { name, exact: true }).waitFor();
}
const tick = (page, name) => page.getByLabel(`Select ${name}`, { exact: true }).check();
