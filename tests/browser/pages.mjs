// The readable pages, from the site map that `muster routes` prints, with real ids for their parameters.

// Pages that can be read without an id or with the id of something that exists; downloads and machine answers are left out.
export async function pagesOf(server, page) {
  const { stdout } = await server.command('routes');
  const patterns = stdout
    .split('\n')
    .map((line) => /\bGET\b.*?(\/\S*)/.exec(line)?.[1])
    .filter(Boolean);
  if (patterns.length < 5) throw new Error(`muster routes printed no pages:\n${stdout}`);
  const pages = [];
  for (const pattern of new Set(patterns)) {
    if (/^\/(static|healthz|set-up|login|activation|recovery)\b/.test(pattern)) continue;
    const address = await withIds(pattern, page);
    const answer = await page.request.get(address);
    if (answer.headers()['content-type']?.startsWith('text/html')) pages.push(address);
  }
  return pages;
}

// `/users/{id}/edit`: the first link of the list at `/users` that leads to such an address.
async function withIds(pattern, page) {
  if (!pattern.includes('{')) return pattern;
  const list = pattern.slice(0, pattern.indexOf('/{'));
  const wanted = new RegExp(`^${list}/(\\d+)(?:[/?]|$)`);
  for (const source of [list, '/users/import', '/users/deleted']) {
    await page.goto(source);
    const links = await page.locator('a[href]').evaluateAll((all) => all.map((link) => link.getAttribute('href')));
    const id = links.map((link) => wanted.exec(link)?.[1]).find(Boolean);
    if (id) return pattern.replace(/\{[^}]+\}/, id);
  }
  throw new Error(`no example for ${pattern}`);
}
