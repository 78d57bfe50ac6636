import assert from 'node:assert/strict';
import test from 'node:test';

import { codeAt } from './totp.mjs';

// RFC 6238, appendix B, the SHA-1 rows cut to six digits.
test('codes are those of the standard', () => {
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  for (const [seconds, code] of [[59, '287082'], [1111111109, '081804'], [1234567890, '005924'], [20000000000, '353130']]) {
    assert.equal(codeAt(secret, Math.floor(seconds / 30)), code);
  }
});
