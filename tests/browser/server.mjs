// Muster itself, as its owner would start it: an empty directory, a port of its own.

import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = path.resolve(import.meta.dirname ?? path.dirname(new URL(import.meta.url).pathname), '../..');
const binary = path.join(process.env.CARGO_TARGET_DIR ?? path.join(root, 'target'), 'debug/muster');
export const fixtures = path.join(root, 'tests/fixtures');

// Starts a server on an empty database: SQLite, or a new database in the PostgreSQL of MUSTER_TEST_DATABASE_URL.
// `url` is its address, `setUpLink` the one-time link, `command(...)` runs another muster command on its data.
export async function startServer() {
  const home = await mkdtemp(path.join(tmpdir(), 'muster-browser-'));
  const port = await freePort();
  const url = `http://localhost:${port}`;
  // Variables of the surroundings stay outside: an unknown MUSTER_ variable is an error.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('MUSTER_')));
  Object.assign(env, {
    MUSTER_LISTEN: `127.0.0.1:${port}`,
    MUSTER_PUBLIC_URL: url,
    MUSTER_DATA_DIR: path.join(home, 'data'),
  });
  if (process.env.MUSTER_TEST_DATABASE_URL) env.MUSTER_DATABASE_URL = await newDatabase(process.env.MUSTER_TEST_DATABASE_URL);

  const child = spawn(binary, { cwd: home, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let log = '';
  child.stderr.on('data', (text) => (log = (log + text).slice(-20_000)));
  const ended = new Promise((resolve) => child.once('close', (status, signal) => resolve(status ?? signal)));
  const setUpLink = await firstLines(child.stdout, ended, () => log);
  return {
    url,
    setUpLink,
    log: () => log,
    command: (...words) => run(binary, words, { cwd: home, env, maxBuffer: 1 << 26 }),
    async stop() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 15_000);
      const status = await ended;
      clearTimeout(late);
      await rm(home, { recursive: true, force: true });
      if (status !== 0) throw new Error(`muster ended with ${status}:\n${log}`);
    },
  };
}

// Reads standard output until it has said where it listens and how to begin.
function firstLines(stdout, ended, log) {
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => reject(new Error(`muster does not listen after 60 s:\n${log()}`)), 60_000);
    ended.then((status) => reject(new Error(`muster ended with ${status}:\n${log()}`)));
    let listening = false;
    let link;
    createInterface({ input: stdout }).on('line', (line) => {
      if (line.startsWith('listening on http')) listening = true;
      else link ??= /https?:\/\/\S+/.exec(line)?.[0];
      if (listening && link) {
        clearTimeout(late);
        resolve(link);
      }
    });
  });
}

async function newDatabase(administrator) {
  const name = `browser_${process.pid}_${Date.now()}`;
  await run('psql', [administrator, '--quiet', '--command', `CREATE DATABASE ${name}`]);
  const url = new URL(administrator);
  url.pathname = `/${name}`;
  return url.href;
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
