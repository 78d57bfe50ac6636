// What a list can do beside showing rows: filters with figures, columns in any order, density, marks, the place one comes
// back to, and saved views.

import assert from 'node:assert/strict';
import path from 'node:path';
import test, { after, before } from 'node:test';

import { assertSound, called, looks, newPage, openBrowser } from './browser.mjs';
import { add, firstRun, heading, upload } from './journeys.mjs';
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
  test(`filters, columns and density, ${called(look)}`, async (t) => {
    const page = await newPage(browser, server, { ...look, state });

    await t.test('a choice leaves as many as it says', async () => {
      await page.goto('/users?sort=email');
      assert.equal(await page.locator('[data-panel-content]').count(), 0);
      await panel(page, 'Filters');
      await assertSound(page);
      const tfa = page.getByRole('combobox', { name: '2FA status' });
      const label = await tfa.locator('option[value=not-active]').innerText();
      const figure = /\(([\d,]+)\)$/.exec(label)?.[1];
      assert.ok(figure, label);
      await tfa.selectOption('not-active');
      await page.getByRole('combobox', { name: 'Last login' }).selectOption('never');
      await page.getByRole('button', { name: 'Apply' }).click();
      await page.locator('.chip').nth(1).waitFor();
      assert.deepEqual(await chips(page), ['2FA status: Not active', 'Last login: Never logged in']);
      assert.match(await page.locator('.pager-summary').innerText(), new RegExp(`of ${figure} users`));
      assert.match(page.url(), /sort=email/);
      await assertSound(page);
    });

    await t.test('days that are typed, and one chip taken off', async () => {
      await page.goto('/users?login=never');
      await panel(page, 'Filters');
      await page.getByLabel('Idle for').fill('45');
      await page.getByRole('button', { name: 'Apply' }).click();
      await page.getByText('No user fits').waitFor();
      assert.deepEqual(await chips(page), ['Last login: Never logged in', 'Idle for: 45 days']);
      await page.locator('.chip').first().click();
      await page.waitForURL((url) => !url.searchParams.has('login') && url.searchParams.get('idle') === '45');
      await page.getByRole('link', { name: 'Clear all' }).click();
      await page.waitForURL((url) => url.search === '' || !url.searchParams.has('idle'));
      await assertSound(page);
    });

    await t.test('columns are put in order and back', async () => {
      await page.goto('/users?q=ibanez2@');
      await panel(page, 'Columns');
      await page.getByRole('button', { name: 'Move Email later' }).click();
      await page.getByRole('form', { name: 'Columns' }).waitFor();
      await page.getByLabel('# of devices', { exact: true }).uncheck();
      await page.getByLabel('Customer', { exact: true }).check();
      await page.getByLabel('Compact').check();
      await page.getByRole('button', { name: 'Show', exact: true }).click();
      await page.waitForURL(/density=compact/);
      await page.locator('.table-compact').waitFor();
      assert.deepEqual(await headings(page), ['Name', 'Phone number', 'Email', '2FA status', 'Last login', 'Customer']);
      assert.match(page.url(), /q=ibanez2/);
      await assertSound(page);
      // The rows stay close on the next page that says nothing of it.
      await page.goto('/users?limit=25');
      await page.locator('.table-compact').waitFor();
      await page.goto('/users?columns=name,customer,email');
      assert.equal(await page.locator('tbody tr').count(), 25);
      await panel(page, 'Columns');
      await page.getByRole('link', { name: 'Reset' }).click();
      // On a phone the headings are there for the ear alone.
      await page.locator('thead', { hasText: 'Last login' }).waitFor({ state: 'attached' });
      assert.deepEqual(await headings(page), ['Name', 'Email', 'Phone number', '# of devices', '2FA status', 'Last login']);
      await page.goto('/users?density=comfortable&limit=50');
      await assertSound(page);
    });

    await t.test('what matched is marked', async () => {
      await page.goto('/users');
      const search = page.getByRole('searchbox', { name: 'Search' });
      await search.fill('IBANEZ2@');
      await search.press('Enter');
      await page.locator('mark').first().waitFor();
      assert.deepEqual(await page.locator('tbody mark').allInnerTexts(), ['ibanez2@']);
      await assertSound(page);
    });

    await t.test('back is where one was', async () => {
      await page.goto('/users?limit=100&sort=email');
      await page.locator('tbody th a').nth(60).scrollIntoViewIfNeeded();
      const before = await page.evaluate(() => scrollY);
      assert.ok(before > 300, `${before}`);
      if (look.width === 1440) {
        const top = await page.locator('thead th').nth(1).evaluate((cell) => cell.getBoundingClientRect().top);
        assert.ok(top >= 0 && top < 2, `the heading stands at ${top}`);
      }
      await page.locator('tbody th a').nth(60).click();
      await page.waitForURL(/\/users\/\d+$/);
      await page.goBack();
      await page.waitForURL(/limit=100/);
      await page.locator('tbody th a').nth(60).waitFor();
      await page.waitForFunction((wanted) => Math.abs(scrollY - wanted) < 4, before);
      await page.goto('/users?limit=50');
    });
    await page.context().close();
  });

  test(`saved views, ${called(look)}`, async () => {
    const page = await newPage(browser, server, { ...look, state });
    const name = `Idle ${called(look)}`;
    await page.goto('/users?login=never&sort=-email');
    const shown = await page.locator('tbody th a').allInnerTexts();
    await panel(page, 'Views');
    await page.getByRole('link', { name: 'Save view' }).click();
    const form = page.locator('form[action="/users/views"]');
    await form.getByText('Last login: Never logged in').waitFor();
    assert.equal(await page.locator('dialog[open]').count(), look.script ? 1 : 0);
    await assertSound(page);
    // Refused, with what was typed.
    await page.getByLabel('Who sees it').selectOption({ label: 'Everybody with the role “Technician”' });
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByRole('alert').getByText('Enter a name').waitFor();
    assert.equal(await page.getByLabel('Who sees it').locator('option:checked').innerText(), 'Everybody with the role “Technician”');
    await assertSound(page);
    await page.getByLabel('Name', { exact: true }).fill(name);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await heading(page, 'User List');
    await page.getByRole('status').getByText(`The view “${name}” was saved.`).waitFor();
    assert.match(page.url(), /login=never&sort=-email$/);

    // Elsewhere it is one of the views, here it is the one that is shown.
    await panel(page, 'Views');
    assert.equal(await page.locator('.view-link[aria-current] bdi').filter({ hasText: name }).count(), 1);
    await page.goto('/users?q=an');
    await panel(page, 'Views');
    assert.equal(await page.locator('.view-link[aria-current]').count(), 0);
    await page.getByRole('link', { name: `Edit ${name}` }).click();
    await page.getByLabel('Name', { exact: true }).fill(`${name}!`);
    await page.getByLabel('Keep what the list shows now instead').check();
    await assertSound(page);
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.waitForURL(/\/users\?q=an$/);
    await page.goto('/users?panel=views');
    await page.locator('.view-link', { hasText: `${name}!` }).click();
    await page.waitForURL(/\/users\?q=an$/);
    await page.goto('/users?login=never&sort=-email');
    assert.deepEqual(await page.locator('tbody th a').allInnerTexts(), shown);
    await panel(page, 'Views');
    await page.getByRole('link', { name: `Edit ${name}!` }).click();
    await page.getByRole('button', { name: 'Delete view' }).click();
    await page.getByRole('status').getByText(`The view “${name}!” was deleted.`).waitFor();
    await panel(page, 'Views');
    assert.equal(await page.locator('.view-link', { hasText: name }).count(), 0);
    await assertSound(page);
    await page.context().close();
  });
}

test('a popup closes on Escape and gives the focus back, and goes on as the list does', async () => {
  const page = await newPage(browser, server, { ...looks[0], state });
  await page.goto('/users');
  await panel(page, 'Filters');
  await page.keyboard.press('Escape');
  await page.locator('[data-panel-content]').waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.dataset.panel), 'filters');
  // Typed in the search first, then filtered before the page is loaded again: both hold, and the figures follow.
  await page.getByRole('searchbox', { name: 'Search' }).fill('ib');
  await page.waitForURL(/q=ib/);
  await panel(page, 'Filters');
  const source = page.getByRole('combobox', { name: 'Source' });
  const figures = await source.locator('option').allInnerTexts();
  await page.getByRole('combobox', { name: '2FA status' }).selectOption('active');
  await page.waitForURL(/q=ib.*tfa=active/);
  await page.waitForFunction(
    ([id, before]) => document.querySelector(id).textContent.replaceAll(/\s+/g, ' ') !== before.join(' '),
    ['#filter-source', figures],
  );
  assert.equal(await page.getByRole('combobox', { name: '2FA status' }).inputValue(), 'active');
  assert.equal(await source.inputValue(), '');
  // The dialog of a view stands above its popup, which is there again.
  await panel(page, 'Views');
  await page.getByRole('link', { name: 'Save view' }).click();
  await page.locator('dialog[open]').waitFor();
  await page.keyboard.press('Escape');
  await page.locator('dialog:not(#keys)').waitFor({ state: 'detached' });
  assert.equal(await page.evaluate(() => document.activeElement.textContent.trim()), 'Save view');
  await assertSound(page);
});

const chips = (page) => page.locator('.chip bdi').allInnerTexts();
const headings = (page) => page.locator('thead a.sort').allInnerTexts();
async function panel(page, name) {
  await page.locator('.list-bar').getByRole('link', { name: new RegExp(`^${name}`) }).click();
  await page.locator('[data-panel-content]').waitFor();
}
