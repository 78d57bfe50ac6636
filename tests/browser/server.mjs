// Muster itself, as its owner would start it: an empty directory, a port of its own.

import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../..');
const binary = path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, 'target'), 'debug/muster');
export const fixtures = path.join(root, 'tests/fixtures');

// Starts a server in a directory of its own, on an empty SQLite database unless told otherwise:
//   from      begin with a copy of what a server left that was ended by `stopAndKeep`
//   demo      begin with a made-up organisation of so many people
//   postgres  a new database in the PostgreSQL of MUSTER_TEST_DATABASE_URL
// `url` is its address, `home` its directory, `setUpLink` the one-time link if nobody is there yet, `command(...)` runs another muster command on
// its data.
export async function startServer({ from, demo, postgres = false } = {}) {
  const home = await mkdtemp(path.join(tmpdir(), 'muster-browser-'));
  if (from) await cp(from, home, { recursive: true });
  const port = await freePort();
  const url = `http://localhost:${port}`;
  // Variables of the surroundings stay outside: an unknown MUSTER_ variable is an error.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MUSTER_')));
  Object.assign(env, {
    MUSTER_LISTEN: `127.0.0.1:${port}`,
    MUSTER_PUBLIC_URL: url,
    MUSTER_DATA_DIR: path.join(home, 'data'),
  });
  if (postgres) env.MUSTER_DATABASE_URL = await newDatabase(process.env.MUSTER_TEST_DATABASE_URL);
  const command = (...words) => run(binary, words, { cwd: home, env, maxBuffer: 1 << 26 });
  if (demo) await command('demo', '--users', String(demo));

  const child = spawn(binary, { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', (text) => (log = (log + text).slice(-20_000)));
  const ended = new Promise((resolve) => child.once('close', (status, signal) => resolve(status ?? signal)));
  const setUpLink = await firstLines(child.stdout, ended, () => log, !from);

  async function stopAndKeep() {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
    const status = await ended;
    clearTimeout(late);
    if (status !== 0) throw new Error(`muster ended with ${status}:\n${log}`);
    return home;
  }
  async function stop() {
    try {
      await stopAndKeep();
    } finally {
      await rm(home, { recursive: true, force: true });
    }
  }
  return { url, home, setUpLink, command, databaseUrl: env.MUSTER_DATABASE_URL, stop, stopAndKeep };
}

// Reads standard output until it has said where it listens and, on an empty database, how to begin.
function firstLines(stdout, ended, log, isEmpty) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`muster does not listen after 60 s:\n${log()}`)), 60_000);
    ended.then((status) => reject(new Error(`muster ended with ${status}:\n${log()}`)));
    let listening = false;
    let link;
    createInterface({ input: stdout }).on('line', (line) => {
      if (line.startsWith('listening on http')) listening = true;
      else link ??= /https?:\/\/\S+/.exec(line)?.[0];
      if (listening && (link || !isEmpty)) {
        clearTimeout(late);
        resolve(link);
      }
    });
  });
}

async function newDatabase(administrator) {
  const name = `browser_${process.pid}_${Date.now()}`;
  await sql(administrator, `CREATE DATABASE ${name}`);
  const url = new URL(administrator);
  url.pathname = `/${name}`;
  return url.href;
}

// One statement, by PostgreSQL's own client.
export function sql(database, statement) {
  return run('psql', [database, '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', '--command', statement]);
}

function freePort() {
  return new Promise((resolve, reject) => {
    const probe = createServer().once('error', reject);
    probe.listen(0, '127.0.0.1', () => {
      const { port } = probe.address();
      probe.close(() => resolve(port));
    });
  });
}
