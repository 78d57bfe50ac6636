// Time-based one-time passwords (RFC 6238: SHA-1, 6 digits, 30 seconds), as an authenticator app makes them.

import { createHmac } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const STEP = 30_000;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

// The code of a secret (base32, spaces allowed) for a step, a step being a number of half minutes since 1970.
export function codeAt(secret, step) {
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', bytes(secret)).update(counter).digest();
  const offset = digest[digest.length - 1] & 15;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

// An app whose every code is good for one sign-in: the server takes this step and the one before, each once. Using up the
// one before first saves half a minute of waiting.
export class Authenticator {
  #secret;
  #spent = 0;

  constructor(secret) {
    this.#secret = secret;
  }

  // The same app for a server that began with a copy of the data: what is spent here from now on is not spent there.
  copy() {
    const other = new Authenticator(this.#secret);
    other.#spent = this.#spent;
    return other;
  }

  async code() {
    // Not at the very end of a step, or the server would read it in the next.
    if (STEP - (Date.now() % STEP) < 4000) await sleep(STEP - (Date.now() % STEP) + 100);
    const now = Math.floor(Date.now() / STEP);
    const step = Math.max(now - 1, this.#spent + 1);
    if (step > now) {
      await sleep(STEP - (Date.now() % STEP) + 100);
      return this.code();
    }
    this.#spent = step;
    return codeAt(this.#secret, step);
  }
}

function bytes(base32) {
  let bits = '';
  for (const letter of base32.replace(/[\s=]/g, '').toUpperCase()) {
    const value = ALPHABET.indexOf(letter);
    if (value < 0) throw new Error(`not base32: ${base32}`);
    bits += value.toString(2).padStart(5, '0');
  }
  return Buffer.from(bits.match(/.{8}/g).map((byte) => parseInt(byte, 2)));
}
