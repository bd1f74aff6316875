/** The hash functions that a declared recipe may name: published values, and two implementations held to each other. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { portableDigests } from '../../src/core/custody/declared.ts';
import { utf8 } from '../../src/core/platform.ts';
import { ALGORITHMS, type Algorithm } from '../../src/core/snapshot/declared-recipe.ts';
import { nodeDigests } from '../../src/engine/node-engines.ts';
import { runs } from '../long.ts';

/** Of `abc`: FIPS 180-4, FIPS 202, and the reference implementation of BLAKE3. */
const OF_ABC: Readonly<Record<Algorithm, string>> = {
  sha1: 'a9993e364706816aba3e25717850c26c9cd0d89d',
  sha256: 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
  sha384: 'cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7',
  sha512:
    'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f',
  'sha3-256': '3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532',
  blake3: '6437b3ac38465133ffb63b75273a8db548c558465d79db03fd359c6cd5bd9d85',
};

describe.each(ALGORITHMS)('%s', (algorithm) => {
  it.each([portableDigests, nodeDigests])('gives the published digest of abc, by implementation %#', (digests) => {
    expect(digests.digest(algorithm, utf8('abc'))).toBe(OF_ABC[algorithm]);
  });

  it('is the same by both, also as an HMAC', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.uint8Array({ minLength: 1, maxLength: 200 }), (bytes, key) => {
        expect(nodeDigests.digest(algorithm, bytes)).toBe(portableDigests.digest(algorithm, bytes));
        expect(nodeDigests.hmac(algorithm, key, bytes)).toBe(portableDigests.hmac(algorithm, key, bytes));
      }),
      { numRuns: runs(50, 5000) },
    );
  });
});

it('an HMAC is that of RFC 4231, test case 2', () => {
  const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843';
  for (const digests of [portableDigests, nodeDigests]) {
    expect(digests.hmac('sha256', utf8('Jefe'), utf8('what do ya want for nothing?'))).toBe(expected);
  }
});
