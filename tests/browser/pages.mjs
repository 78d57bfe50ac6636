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
  '/branding/{version}/{file}',
  '/users/import/sample',
  '/users/import/{id}/refused',
  '/links/{secret}',
  '/reports/{id}',
  // A part of every page, fetched by its script.
  '/operations/work',
  // What the script of a field asks for.
  '/groups/suggestions',
  '/login/unfinished',
];

// Steps of signing in and setting up, which depend on how far one is.
export const signInPages = ['/login', '/login/code', '/login/activation', '/login/password', '/login/link', '/login/forgot', '/setup'];

export const isSignedInPage = (pattern) => !notPages.includes(pattern) && !signInPages.includes(pattern);

// `/users/{id}/edit`: the first link of the list at `/users` that leads to such an address.
async function withIds(pattern, page) {
  if (!pattern.includes('{')) return pattern;
  if (pattern === '/operations/{id}') return deletionPlan(page);
  if (/^\/roles\/\{id\}\/(edit|deletion)$/.test(pattern)) return pattern.replace('{id}', await customRole(page));
  if (pattern === '/customers/{id}/archive') return pattern.replace('{id}', await otherCustomer(page));
  if (pattern.endsWith('/views/{id}')) return savedView(page, pattern.replace('/views/{id}', ''));
  if (pattern === '/users/{id}/password') return pattern.replace('{id}', await signer(page));
  if (pattern.startsWith('/groups/{id}')) return pattern.replace('{id}', await group(page));
  const list = pattern.slice(0, pattern.indexOf('/{'));
  const wanted = new RegExp(`^${list}/(\\d+)(?:[/?]|$)`);
  await page.goto(list);
  const links = await page.locator('main a[href]').evaluateAll((all) => all.map((link) => link.getAttribute('href')));
  const id = links.map((link) => wanted.exec(link)?.[1]).find(Boolean);
  if (!id) throw new Error(`no example for ${pattern}`);
  return pattern.replace(/\{[^}]+\}/, id);
}

// Somebody else who may sign in, once they are created; the same for every page.
async function signer(page) {
  const email = 'signer@example.org';
  await page.goto(`/users?q=${email}`);
  if (!(await page.locator('tbody th a').count())) {
    await page.goto('/users/new');
    await page.getByLabel('Username').fill('Somebody who signs in');
    await page.getByLabel('Email').fill(email);
    await page.getByLabel('Role').selectOption({ label: 'Technician' });
    await page.getByRole('button', { name: 'Create User' }).click();
    await page.goto(`/users?q=${email}`);
  }
  return /\d+$/.exec(await page.locator('tbody th a').first().getAttribute('href'))[0];
}

// There is a group once somebody has made one; the same for every page.
async function group(page) {
  await page.goto('/groups');
  const first = page.locator('tbody th a').first();
  if (await first.count()) return (await first.getAttribute('href')).split('/').pop();
  await page.goto('/groups/new');
  await page.getByLabel('Group name', { exact: true }).fill('Field Staff');
  await page.getByRole('button', { name: 'Create Group' }).click();
  await page.waitForURL(/\/groups\/\d+$/);
  return new URL(page.url()).pathname.split('/').pop();
}

// A view is linked to by the popup of its list.
async function savedView(page, list) {
  await page.goto(`${list}/views/new?q=an`);
  await page.getByLabel('Name', { exact: true }).fill('What has an');
  await page.getByRole('button', { name: 'Save' }).click();
  await page.waitForURL((url) => url.pathname === list);
  await page.goto(`${list}?panel=views`);
  return (await page.getByRole('link', { name: 'Edit What has an' }).getAttribute('href')).split('?')[0];
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

// The built-in roles are not edited: one of its own, made once.
async function customRole(page) {
  await page.goto('/roles?kind=custom');
  const made = page.locator('tbody th a').first();
  if (!(await made.count())) {
    await page.goto('/roles/new?preset=read-only');
    await page.getByRole('button', { name: 'Create Role' }).click();
    await page.waitForURL(/\/roles\/\d+$/);
    return new URL(page.url()).pathname.split('/').pop();
  }
  return (await made.getAttribute('href')).split('/').pop();
}

// Not the one that the reader belongs to.
async function otherCustomer(page) {
  await page.goto('/customers?q=to+be+archived');
  const made = page.locator('tbody th a').first();
  if (await made.count()) return (await made.getAttribute('href')).split('/').pop();
  await page.goto('/customers/new');
  await page.getByLabel('Name', { exact: true }).fill('To be archived');
  await page.getByRole('button', { name: 'Create Customer' }).click();
  await page.waitForURL(/\/customers\/\d+$/);
  return new URL(page.url()).pathname.split('/').pop();
}
