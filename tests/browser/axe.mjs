// The accessibility rules of axe-core, all of them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { assertSound } from './browser.mjs';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// The page as it stands, wide in one theme and narrow in the other, by all rules; a theme changes colours only and a width everything but colours, so
// the other two ways of seeing it are asked about colours alone. Each of its dialogs, popups and folds is then opened and asked about by itself.
export async function assertAccessible(page, what) {
  for (const [theme, width, whole] of [['light', 1440, true], ['dark', 1440, false], ['dark', 375, true], ['light', 375, false]]) {
    await page.emulateMedia({ colorScheme: theme });
    await page.setViewportSize({ width, height: width < 600 ? 812 : 900 });
    const seen = `${what}, ${theme}, ${width} px`;
    await check(page, seen, whole ? {} : { rules: ['color-contrast', 'link-in-text-block'] });
    if (!whole) continue;
    await withDialogsOpen(page, seen);
    await withMenuOpen(page, seen);
    await withFoldsOpen(page, seen);
    await withPanelsOpen(page, seen);
  }
}

async function withDialogsOpen(page, what) {
  const openers = page.locator('[data-dialog]:visible:not([aria-disabled=true])');
  const ids = new Set(await openers.evaluateAll((all) => all.map((opener) => opener.dataset.dialog)));
  for (const id of ids) {
    await page.locator(`[data-dialog="${id}"]:visible`).first().click();
    const dialog = page.locator(`dialog#${id}[open]`);
    await dialog.waitFor();
    await check(page, `${what}, dialog ${id}`, { within: `dialog#${id}` });
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
  }
}

// The navigation on a phone; the browser itself opens and closes it.
async function withMenuOpen(page, what) {
  const opener = page.locator('button[popovertarget="menu"]:not([popovertargetaction]):visible');
  if ((await opener.count()) === 0) return;
  await opener.click();
  const menu = page.locator('#menu:popover-open');
  await menu.waitFor();
  await check(page, `${what}, menu`, { within: '#menu' });
  await page.keyboard.press('Escape');
  await menu.waitFor({ state: 'detached' });
}

async function withFoldsOpen(page, what) {
  const folds = page.locator('details:not([open]) > summary:visible');
  const count = await folds.count();
  for (let index = 0; index < count; index++) {
    // Opening one takes it off the list of the closed, closing it puts it back: the index stands.
    const summary = await folds.nth(index).elementHandle();
    await summary.click();
    await check(page, `${what}, ${(await summary.innerText()).trim()} open`, { within: 'details[open]' });
    await summary.click();
  }
}

// What a list asks the server for when it is wanted.
async function withPanelsOpen(page, what) {
  for (const link of await page.locator('a[data-panel]:visible').all()) {
    await link.click();
    await page.locator('[data-popup][data-open] [data-panel-content]').waitFor();
    await check(page, `${what}, ${(await link.innerText()).trim()} open`, { within: '[data-popup][data-open]' });
    await link.click();
  }
}

// The page as it stands alone; by some rules only, or only what lies within something.
export async function check(page, what, { rules, within = 'html' } = {}) {
  // A transition caught half-way would be measured with colours that nobody reads.
  // (One without an end, as of a progress bar, is not waited for.)
  await page.evaluate(() => {
    const ending = document.getAnimations().filter((animation) => animation.effect.getComputedTiming().endTime !== Infinity);
    // None here takes a second; one that the browser holds back (nothing to draw) must not hold the test.
    const enough = new Promise((done) => setTimeout(done, 1_000));
    return Promise.race([Promise.allSettled(ending.map((animation) => animation.finished)).then(() => {}), enough]);
  });
  await assertSound(page);
  page.holdsAxe = true;
  if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(source);
  const asked = { within, options: { resultTypes: ['violations'], ...(rules && { runOnly: rules }) } };
  const violations = await answer(page, asked);
  const said = violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((node) => `  ${node.html}\n    ${node.failureSummary.replaceAll('\n', '\n    ')}`).join('\n')}`);
  assert.equal(said.join('\n'), '', what);
}

// A call into the page has no end of its own in playwright: one that hangs is made once more, and then fails.
async function answer(page, asked, seconds = 60, tries = 2) {
  let timer;
  const late = new Promise((done) => (timer = setTimeout(done, seconds * 1_000, 'late')));
  const call = page.evaluate(({ within, options }) => axe.run(within, options).then((result) => result.violations), asked);
  const said = await Promise.race([call, late]).finally(() => clearTimeout(timer));
  if (said !== 'late') return said;
  assert.ok(tries > 1, `${page.url()}: no answer in ${seconds} s`);
  await page.bringToFront();
  return answer(page, asked, seconds, tries - 1);
}
