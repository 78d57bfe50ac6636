// The accessibility rules of axe-core, all of them.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const source = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

// The page as it stands, and again with each of its dialogs open.
export async function assertAccessible(page, what) {
  await check(page, what);
  const openers = page.locator('[data-dialog]:visible');
  for (let index = 0; index < (await openers.count()); index++) {
    const opener = openers.nth(index);
    if ((await opener.getAttribute('aria-disabled')) === 'true') continue;
    const id = await opener.getAttribute('data-dialog');
    await opener.click();
    await page.locator(`dialog#${id}[open]`).waitFor();
    await check(page, `${what}, dialog ${id}`);
    await page.keyboard.press('Escape');
    await page.locator(`dialog#${id}[open]`).waitFor({ state: 'detached' });
  }
}

async function check(page, what) {
  // A transition caught half-way would be measured with colours that nobody reads.
  await page.evaluate(() => Promise.allSettled(document.getAnimations().map((animation) => animation.finished)));
  await page.evaluate(source);
  const { violations } = await page.evaluate(() => axe.run(document, { resultTypes: ['violations'] }));
  const said = violations.map(({ id, help, nodes }) => `${id}: ${help}\n${nodes.map((node) => `  ${node.html}\n    ${node.failureSummary.replaceAll('\n', '\n    ')}`).join('\n')}`);
  assert.equal(said.join('\n'), '', what);
}
