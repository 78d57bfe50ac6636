import assert from 'node:assert/strict';
import path from 'node:path';
import test, { after, before } from 'node:test';

import { assertAccessible } from './axe.mjs';
import { assertSound, called, looks, newPage, openBrowser } from './browser.mjs';
import { add, firstRun, heading, openMore, upload } from './journeys.mjs';
import { fixtures, startServer } from './server.mjs';

let browser, server, state, user;
before(async () => {
  browser = await openBrowser();
  server = await startServer();
  const page = await newPage(browser, server);
  await firstRun(page, server);
  await upload(page, path.join(fixtures, 'users-with-headers.csv'));
  await add(page);
  for (const name of ['Drivers', 'Sales North', 'Sales South']) {
    await page.goto('/groups/new');
    await page.getByLabel('Group name', { exact: true }).fill(name);
    await page.getByRole('button', { name: 'Create Group' }).click();
    await page.waitForURL(/\/groups\/\d+$/);
  }
  await page.goto('/users?sort=email');
  user = await page.locator('tbody th a').nth(3).getAttribute('href');
  state = await page.context().storageState();
});
after(async () => {
  await browser.close();
  await server.stop();
});

const chips = (page) => page.locator('.combobox-chosen button').allInnerTexts().then((all) => all.map((text) => text.split('×')[0].trim()));

test('groups are chosen by keys alone, in a dialog', async () => {
  const page = await newPage(browser, server, { ...looks[0], state });
  await page.goto(`${user}/groups`);
  const opener = page.getByRole('link', { name: 'Add to Group' }).first();
  await opener.focus();
  await page.keyboard.press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Add User to Group' });
  await dialog.waitFor();
  const field = dialog.getByRole('combobox', { name: 'Choose group(s)' });
  await assert.doesNotReject(field.waitFor());
  assert.equal(await field.evaluate((one) => one === document.activeElement), true, 'the field has the focus');
  await page.keyboard.type('sal');
  const options = dialog.getByRole('option');
  await options.first().waitFor();
  assert.deepEqual(await options.allInnerTexts(), ['Sales North', 'Sales South']);
  assert.equal(await field.getAttribute('aria-expanded'), 'true');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('ArrowDown');
  const active = await field.getAttribute('aria-activedescendant');
  assert.equal(await page.locator(`#${active}`).innerText(), 'Sales South');
  await page.keyboard.press('Enter');
  assert.equal(await page.locator(`#${active}`).getAttribute('aria-selected'), 'true');
  await page.keyboard.press('Escape');
  assert.equal(await field.getAttribute('aria-expanded'), 'false');
  assert.equal(await dialog.isVisible(), true, 'Escape closes the list first');
  await page.keyboard.type('dri');
  await page.getByRole('option', { name: 'Drivers' }).waitFor();
  await page.keyboard.press('Enter');
  assert.deepEqual((await chips(page)).toSorted(), ['Drivers', 'Sales South']);
  await page.keyboard.press('Escape');
  // Takes the last back, and chooses it again by pointing.
  await page.keyboard.press('Backspace');
  assert.equal((await chips(page)).length, 1);
  await field.click();
  await dialog.getByRole('option', { name: 'Sales South' }).click();
  assert.equal((await chips(page)).length, 2);
  await page.keyboard.press('Escape');
  await dialog.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText('was added to 2 groups').waitFor();
  assert.deepEqual(await page.locator('tbody th').allInnerTexts(), ['Drivers', 'Sales South']);
  await page.context().close();
});

test('ticked groups stay ticked while one searches, are reviewed, and what is shown is kept as a view', async () => {
  const page = await newPage(browser, server, { ...looks[0], state });
  await page.goto('/groups');
  await page.getByRole('checkbox', { name: 'Select Drivers' }).check();
  const tray = page.locator('[data-selection-tray]');
  await tray.getByText('1 group selected').waitFor();
  await page.getByLabel('Search', { exact: true }).fill('south');
  await page.getByRole('checkbox', { name: 'Select Drivers' }).waitFor({ state: 'detached' });
  await page.getByRole('checkbox', { name: 'Select Sales South' }).check();
  await tray.getByText('2 groups selected').waitFor();
  assert.equal(await tray.getByRole('link', { name: /Export/ }).count(), 0);
  await assertAccessible(page);
  await tray.getByRole('link', { name: 'Review' }).click();
  await page.waitForURL(/selected=yes/);
  assert.deepEqual(await page.locator('tbody th').allInnerTexts(), ['Drivers', 'Sales South']);
  await page.getByRole('button', { name: /^Delete Group/ }).click();
  await heading(page, 'Delete 2 groups?');
  await page.goto('/groups');
  await tray.getByRole('button', { name: 'Clear' }).click();
  await tray.getByText('selected').waitFor({ state: 'detached' });
  assert.equal(await page.locator('[data-tick]:checked').count(), 0);
  await page.goto('/groups?q=sales');
  await page.locator('.list-bar').getByRole('link', { name: /^Views/ }).click();
  await page.getByRole('link', { name: /Save view/ }).click();
  const dialog = page.getByRole('dialog', { name: 'Save view' });
  await dialog.getByLabel('Name', { exact: true }).fill('Sales groups');
  await dialog.getByRole('button', { name: 'Save' }).click();
  await page.getByRole('status').getByText('The view “Sales groups” was saved.').waitFor();
  assert.equal(new URL(page.url()).pathname + new URL(page.url()).search, '/groups?q=sales');
  await page.context().close();
});

for (const look of looks) {
  test(`one user's groups, added and removed: ${called(look)}`, async () => {
    const page = await newPage(browser, server, { ...look, state });
    await page.goto(`${user}/groups/new`);
    await heading(page, 'Add User to Group');
    await assertSound(page);
    if (look.script === false) {
      await page.getByLabel('Choose group(s)').selectOption({ label: 'Sales North' });
    } else {
      const field = page.getByRole('combobox', { name: 'Choose group(s)' });
      await field.fill('north');
      await page.getByRole('option', { name: 'Sales North' }).click();
      await page.keyboard.press('Escape');
    }
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('was added to “Sales North”').waitFor();
    await assertSound(page);
    await page.getByRole('checkbox', { name: 'Select Sales North' }).check();
    await page.getByRole('button', { name: /^Remove from Group/ }).click();
    await heading(page, 'Remove from Group');
    await page.getByText('Do you really want to remove this user from user group?').waitFor();
    await assertSound(page);
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByText('was removed from “Sales North”').waitFor();
    await page.context().close();
  });

  test(`a selection is added to a group, which is deleted and comes back: ${called(look)}`, async () => {
    const page = await newPage(browser, server, { ...look, state });
    await page.goto('/users?sort=email&limit=25');
    const boxes = page.locator('[data-tick]');
    await boxes.nth(4).check();
    await boxes.nth(5).check();
    await openMore(page);
    await page.getByRole('button', { name: /^Add to Group/ }).click();
    await heading(page, 'Add Users to Group');
    await assertSound(page);
    if (look.script === false) await page.getByLabel('Choose group(s)').selectOption({ label: 'Sales North' });
    else {
      await page.getByRole('combobox', { name: 'Choose group(s)' }).fill('north');
      await page.getByRole('option', { name: 'Sales North' }).click();
      await page.keyboard.press('Escape');
    }
    await page.getByRole('button', { name: 'Show what changes' }).click();
    await heading(page, 'Add 2 users to group?');
    await assertSound(page);
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('2 users were added to the group.').waitFor();
    await page.goto('/groups');
    await page.getByRole('link', { name: 'Sales North' }).click();
    await heading(page, 'Sales North');
    assert.equal(await page.locator('tbody th').count(), 2);
    await assertSound(page);
    await page.getByRole('button', { name: 'Delete Group' }).click();
    await heading(page, 'Delete group “Sales North”?');
    await page.getByText('2 users leave by that.').waitFor();
    await assertSound(page);
    await page.getByRole('button', { name: 'Delete Group' }).click();
    await page.getByText('1 group was deleted.').waitFor();
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await page.getByRole('button', { name: 'Undo', exact: true }).click();
    await page.goto('/groups');
    await page.getByRole('link', { name: 'Sales North' }).click();
    assert.equal(await page.locator('tbody th').count(), 2);
    // As it was, for the next look.
    for (const box of await page.locator('[data-tick]').all()) await box.check();
    await page.getByRole('button', { name: /^Remove from Group/ }).click();
    await page.getByRole('button', { name: 'Confirm' }).click();
    await page.getByText('2 users were removed from the group.').waitFor();
    await page.goto('/users');
    const clear = page.getByRole('button', { name: 'Clear', exact: true });
    if (await clear.isVisible()) await clear.click();
    await page.context().close();
  });
}

test('the field with its suggestions is accessible', async () => {
  const page = await newPage(browser, server, { ...looks[0], state });
  await page.goto(`${user}/groups/new`);
  await page.getByRole('combobox', { name: 'Choose group(s)' }).fill('s');
  await page.getByRole('option').first().waitFor();
  await page.keyboard.press('ArrowDown');
  await assertAccessible(page, 'a combobox');
  await page.context().close();
});
