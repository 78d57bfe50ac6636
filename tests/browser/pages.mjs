// The readable pages, from the site map that `muster routes` prints.

import { openMore } from './journeys.mjs';

// The addresses of the pages for whoever is signed in, with real ids for their parameters.
export async function pagesOf(server, page) {
  const pages = [];
  for (const pattern of (await patternsOf(server)).filter(isSignedInPage)) pages.push(await withIds(pattern, page));
  return pages;
}

// Every GET route of the server, as it stands in the site map.
export async function patternsOf(server) {
  const { stdout } = await server.command('routes');
  const patterns = [...stdout.matchAll(/^GET\s+(\/\S*)/gm)].map(([, pattern]) => pattern);
  if (patterns.length < 5) throw new Error(`muster routes printed no pages:\n${stdout}`);
  return patterns;
}

// These answer with something else than a page of their own; what was left unfinished is only there right after a step-up.
export const notPages = [
  '/',
  '/healthz',
  '/static/{hash}/{path:.*}',
  '/users/import/sample',
  '/users/import/{id}/refused',
  '/links/{secret}',
  '/reports/{id}',
  // A part of every page, fetched by its script.
  '/operations/work',
  '/login/unfinished',
];

// Steps of signing in and setting up, which depend on how far one is.
export const signInPages = ['/login', '/login/code', '/login/activation', '/login/password', '/login/link', '/setup'];

export const isSignedInPage = (pattern) => !notPages.includes(pattern) && !signInPages.includes(pattern);

// `/users/{id}/edit`: the first link of the list at `/users` that leads to such an address.
async function withIds(pattern, page) {
  if (!pattern.includes('{')) return pattern;
  if (pattern === '/operations/{id}') return deletionPlan(page);
  if (pattern === '/users/views/{id}') return savedView(page);
  const list = pattern.slice(0, pattern.indexOf('/{'));
  const wanted = new RegExp(`^${list}/(\\d+)(?:[/?]|$)`);
  await page.goto(list);
  const links = await page.locator('main a[href]').evaluateAll((all) => all.map((link) => link.getAttribute('href')));
  const id = links.map((link) => wanted.exec(link)?.[1]).find(Boolean);
  if (!id) throw new Error(`no example for ${pattern}`);
  return pattern.replace(/\{[^}]+\}/, id);
}

// A view is linked to by the popup of its list.
async function savedView(page) {
  await page.goto('/users/views/new?q=an&sort=-email');
  await page.getByLabel('Name', { exact: true }).fill('People with an');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL(/\/users\?/);
  await page.goto('/users?panel=views');
  return (await page.getByRole('link', { name: 'Edit People with an' }).getAttribute('href')).split('?')[0];
}

// Nothing links to a plan: it is made by asking for it.
async function deletionPlan(page) {
  await page.goto('/users?sort=email');
  const ticks = page.locator('tbody').getByRole('checkbox');
  await ticks.nth(0).check();
  await ticks.nth(1).check();
  await openMore(page);
  await page.getByRole('button', { name: /^Delete User/ }).click();
  await page.waitForURL('**/operations/*');
  return new URL(page.url()).pathname;
}
