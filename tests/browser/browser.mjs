// Debian's Chromium, and pages that notice what goes wrong behind a reader's back.

import assert from 'node:assert/strict';
import { chromium } from 'playwright-core';

// Every journey is made with and without script, on a phone and a wide screen, in both themes.
export const looks = [
  { script: true, width: 1440, theme: 'light' },
  { script: true, width: 375, theme: 'dark' },
  { script: false, width: 1440, theme: 'dark' },
  { script: false, width: 375, theme: 'light' },
];

export const called = ({ script, width, theme }) => `${script ? 'with' : 'without'} script, ${width} px, ${theme}`;

export function openBrowser() {
  return chromium.launch({
    // Without windows of its own and without a graphics processor to imitate it takes half the time of the whole Chromium.
    executablePath: '/usr/bin/chromium-headless-shell',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking'],
  });
}

// A page in a browser session of its own; `state` is what an earlier session's `context().storageState()` gave.
export async function newPage(browser, server, { script = true, width = 1440, theme = 'light', state } = {}) {
  const context = await browser.newContext({
    baseURL: server.url,
    javaScriptEnabled: script,
    viewport: { width, height: width < 600 ? 812 : 900 },
    colorScheme: theme,
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    storageState: state,
    acceptDownloads: true,
  });
  context.setDefaultTimeout(20_000);
  const page = await context.newPage();
  page.problems = [];
  page.on('pageerror', (error) => page.problems.push(`script error: ${error.message}`));
  // axe tries inline styles of its own, which the policy refuses: no fault of the page that holds it.
  page.holdsAxe = false;
  page.on('framenavigated', () => (page.holdsAxe = false));
  page.on('console', (message) => {
    if (page.holdsAxe && message.text().startsWith('Applying inline style')) return;
    // A refused form is a 422 and reported here as such; sub-resources are looked at below.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource')) page.problems.push(`console: ${message.text()}`);
  });
  page.on('response', (response) => {
    const document = response.request().isNavigationRequest();
    const status = response.status();
    if (status >= 500 || (status >= 400 && !document)) page.problems.push(`${status} ${response.request().method()} ${response.url()}`);
    if (!response.url().startsWith(server.url) && !response.url().startsWith('data:')) page.problems.push(`foreign request: ${response.url()}`);
  });
  return page;
}

// Nothing failed unseen, and nothing sticks out of the window.
export async function assertSound(page) {
  // Without its style sheets a page has other measures.
  await page.waitForLoadState('load');
  assert.deepEqual(page.problems, [], page.url());
  const [overhang, culprits] = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    if (scrollWidth <= clientWidth) return [0, []];
    const outside = [...document.body.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > clientWidth);
    return [scrollWidth - clientWidth, outside.slice(0, 5).map((one) => one.outerHTML.slice(0, 120))];
  });
  assert.ok(overhang <= 0, `${page.url()} is ${overhang} px too wide: ${culprits.join('\n')}`);
}
