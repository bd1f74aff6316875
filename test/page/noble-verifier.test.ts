/** One signature has one answer: @noble/curves in the page, and node:crypto in the command. */
import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import { sha512 } from '@noble/hashes/sha2.js';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nobleVerifier } from '../../src/page/noble-verifier.ts';
import { type PublicKey, readTrustedKey } from '../../src/trust/keys.ts';
import { readPublicKey } from '../../src/trust/node-keys.ts';

const { Point } = ed25519;
const ORDER = Point.Fn.ORDER;

interface Both {
  readonly node: PublicKey;
  readonly noble: PublicKey;
}

function both(pem: string): Both {
  return { node: readPublicKey(pem, 'k'), noble: readTrustedKey(nobleVerifier, pem, 'k') };
}

const pemOf = (der: Buffer): string =>
  `-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`;
const ed25519Pem = (raw: Uint8Array): string =>
  pemOf(Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), raw]));

const pairs = (['ed25519', 'P-256'] as const).map((name) => {
  const { privateKey, publicKey } =
    name === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: name });
  return { name, privateKey, keys: both(publicKey.export({ format: 'pem', type: 'spki' }).toString()) };
});

function signed(key: KeyObject, message: Uint8Array): Buffer {
  return sign(key.asymmetricKeyType === 'ed25519' ? null : 'sha256', message, key);
}

const littleEndian = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).reverse().toString('hex')}`);
const bytesOf = (number: bigint): Buffer => Buffer.from(number.toString(16).padStart(64, '0'), 'hex').reverse();

describe.each(pairs)('a key of $name', ({ privateKey, keys: { node, noble } }) => {
  it('is the same key to both', () => {
    const { verifies: _, ...facts } = noble;
    expect(node).toMatchObject(facts);
  });

  it('verifies what it has signed, and to both the same of what was changed', () => {
    const change = fc.record({
      at: fc.nat(71),
      bits: fc.integer({ min: 0, max: 255 }),
      cut: fc.integer({ min: -2, max: 2 }),
    });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), change, (message, { at, bits, cut }) => {
        const honest = signed(privateKey, message);
        expect([node, noble].map((key) => key.verifies(message, honest))).toEqual([true, true]);
        const other = Buffer.concat([honest, Buffer.alloc(2)]).subarray(0, honest.length + cut);
        if (at < other.length) other[at] = (other[at] ?? 0) ^ bits;
        expect(noble.verifies(message, other)).toBe(node.verifies(message, other));
        expect(noble.verifies(Buffer.from(`${message}.`), honest)).toBe(false);
      }),
      { numRuns: 60 },
    );
  });
});

describe('a signer who plays with points of small order', () => {
  const torsion = ED25519_TORSION_SUBGROUP.map((hex) => Point.fromHex(hex, true));
  const secret = 0x1234567890abcdefn;

  /** A signature under [secret]B + `inKey`, with `inR` added to R: right but for those two. */
  function crafted(inKey: InstanceType<typeof Point>, inR: InstanceType<typeof Point>, message: Uint8Array) {
    const key = Point.BASE.multiply(secret).add(inKey).toBytes();
    const nonce = (littleEndian(randomBytes(32)) % (ORDER - 1n)) + 1n;
    const r = Point.BASE.multiply(nonce).add(inR).toBytes();
    const k = littleEndian(sha512(Buffer.concat([r, key, message]))) % ORDER;
    const s = (nonce + k * secret) % ORDER;
    return { key, signature: Buffer.concat([r, bytesOf(s)]), high: Buffer.concat([r, bytesOf(s + ORDER)]) };
  }

  it('gets one answer, and it is not always yes', () => {
    const answers = { yes: 0, no: 0, yesWithCofactor: 0 };
    for (const inKey of torsion) {
      for (const inR of torsion) {
        for (let times = 0; times < 3; times++) {
          const message = randomBytes(8);
          const { key, signature, high } = crafted(inKey, inR, message);
          const { node, noble } = both(ed25519Pem(key));
          const answer = node.verifies(message, signature);
          expect(noble.verifies(message, signature), Buffer.concat([key, signature, message]).toString('hex')).toBe(
            answer,
          );
          expect([node, noble].map((one) => one.verifies(message, high))).toEqual([false, false]);
          answers[answer ? 'yes' : 'no'] += 1;
          if (ed25519.verify(signature, message, key, { zip215: false })) answers.yesWithCofactor += 1;
        }
      }
    }
    // What the library does by itself would have said yes to all.
    expect(answers.yesWithCofactor).toBe(192);
    expect(answers.no).toBeGreaterThan(100);
    expect(answers.yes).toBeGreaterThan(0);
  });

  it('and so does a key that is no point of the curve', () => {
    // y = 2 has no x.
    const { node, noble } = both(ed25519Pem(bytesOf(2n)));
    const signature = Buffer.concat([bytesOf(1n), Buffer.alloc(32)]);
    expect([node, noble].map((key) => key.verifies(Buffer.from('m'), signature))).toEqual([false, false]);
    const off = Buffer.concat([
      Buffer.from('3059301306072a8648ce3d020106082a8648ce3d03010703420004', 'hex'),
      Buffer.alloc(64, 1),
    ]);
    expect(() => readPublicKey(pemOf(off), 'k')).toThrow('k: no public key that can be read');
    expect(() => readTrustedKey(nobleVerifier, pemOf(off), 'k')).toThrow('k: no public key that can be read');
  });
});
