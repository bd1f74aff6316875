import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, verify } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isWorthlessKey } from '../../src/trust/keys.ts';
import { newKeyPair, readPrivateKey, readPublicKey } from '../../src/trust/node-keys.ts';
import { TrustError } from '../../src/trust/trust-error.ts';

const ED25519_SPKI = Buffer.from('302a300506032b6570032100', 'hex');
const pemOf = (label: string, der: Buffer): string =>
  `-----BEGIN ${label}-----\n${der.toString('base64').replace(/.{64}/g, '$&\n').trimEnd()}\n-----END ${label}-----\n`;
const ed25519Pem = (raw: Buffer): string => pemOf('PUBLIC KEY', Buffer.concat([ED25519_SPKI, raw]));
const publicPem = (key: KeyObject): string => key.export({ format: 'pem', type: 'spki' }).toString();
const privatePem = (key: KeyObject): string => key.export({ format: 'pem', type: 'pkcs8' }).toString();

function refusal(read: () => unknown): string {
  try {
    read();
  } catch (fault) {
    if (fault instanceof TrustError && fault.kind === 'key-untrusted') return fault.message;
    throw fault;
  }
  return 'accepted';
}

const pair = newKeyPair('k');
const MESSAGE = Buffer.from('a baseline');

describe('a pair of keys', () => {
  it('signs and verifies, and node:crypto agrees', () => {
    const key = readPrivateKey(pair.privatePem, 'k');
    const signature = key.sign(MESSAGE);
    expect(pair.publicKey.verifies(MESSAGE, signature)).toBe(true);
    expect(readPublicKey(pair.publicPem, 'k.pub').verifies(MESSAGE, signature)).toBe(true);
    expect(verify(null, MESSAGE, createPublicKey(pair.publicPem), signature)).toBe(true);
    expect(newKeyPair('other').publicKey.verifies(MESSAGE, signature)).toBe(false);
  });

  it('has the SHA-256 of its SubjectPublicKeyInfo as its id, read from either file', () => {
    const der = createPublicKey(pair.publicPem).export({ format: 'der', type: 'spki' });
    expect(pair.publicKey.id).toBe(createHash('sha256').update(der).digest('hex'));
    expect(readPrivateKey(pair.privatePem, 'k').publicKey.id).toBe(pair.publicKey.id);
    expect(pair.publicKey.bytes).toEqual(Uint8Array.from(der.subarray(-32)));
  });

  it('of ECDSA on P-256 is read too, as cosign and openssl write it', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const key = readPublicKey(publicPem(publicKey), 'cosign.pub');
    const signature = readPrivateKey(privatePem(privateKey), 'cosign.key').sign(MESSAGE);
    expect([key.algorithm, key.verifies(MESSAGE, signature)]).toEqual(['ecdsa-p256-sha256', true]);
    expect(key.verifies(Buffer.from('another'), signature)).toBe(false);
  });

  it('has one id, however its private file holds the point', () => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const sec1 = privateKey.export({ format: 'der', type: 'sec1' });
    const point = sec1.subarray(-65);
    const compressed = Buffer.concat([Buffer.of(2 + ((point.at(-1) ?? 0) & 1)), point.subarray(1, 33)]);
    const inner = Buffer.concat([sec1.subarray(2, 7 + 32), Buffer.from('a124032200', 'hex'), compressed]);
    const octets = Buffer.concat([Buffer.of(0x30, inner.length), inner]);
    const algorithm = Buffer.from('301306072a8648ce3d020106082a8648ce3d030107', 'hex');
    const body = Buffer.concat([Buffer.of(2, 1, 0), algorithm, Buffer.of(4, octets.length), octets]);
    const pem = pemOf('PRIVATE KEY', Buffer.concat([Buffer.of(0x30, 0x81, body.length), body]));
    const key = readPrivateKey(pem, 'k');
    const known = readPublicKey(publicPem(publicKey), 'k.pub');
    expect(key.publicKey.id).toBe(known.id);
    expect(known.verifies(MESSAGE, key.sign(MESSAGE))).toBe(true);
  });

  it('verifies no signature with a bit flipped anywhere, and no other message', () => {
    const signature = readPrivateKey(pair.privatePem, 'k').sign(MESSAGE);
    for (let bit = 0; bit < signature.length * 8; bit++) {
      const flipped = Uint8Array.from(signature);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(pair.publicKey.verifies(MESSAGE, flipped), `bit ${bit}`).toBe(false);
    }
    for (const length of [0, 1, 32, 63, 65]) {
      expect(pair.publicKey.verifies(MESSAGE, new Uint8Array(length))).toBe(false);
    }
  });
});

describe('as a public key is refused', () => {
  it('C11: a private key, and nothing of it is told', () => {
    const told = refusal(() => readPublicKey(pair.privatePem, 'k'));
    expect(told).toMatch(/^k: it is a private key/);
    const digits = pair.privatePem.split('\n')[1] ?? '';
    for (let at = 0; at + 8 <= digits.length; at++) expect(told).not.toContain(digits.slice(at, at + 8));
  });

  // The points of small order in every encoding that hides one: also y of p or more, and both signs of x.
  const P = 2n ** 255n - 19n;
  const encoded = (y: bigint, sign: boolean): Buffer => {
    const raw = Buffer.from(y.toString(16).padStart(64, '0'), 'hex').reverse();
    raw[31] = (raw[31] ?? 0) | (sign ? 0x80 : 0);
    return raw;
  };
  const ORDER_8 = [
    '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
    'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
  ];
  const small = [
    0n,
    1n,
    P - 1n,
    ...ORDER_8.map((hex) => BigInt(`0x${Buffer.from(hex, 'hex').reverse().toString('hex')}`)),
  ];
  const hidden = Array.from({ length: 19 }, (_, more) => P + BigInt(more));

  it.each(
    [...small, ...hidden].flatMap((y) => [encoded(y, false), encoded(y, true)].map((raw) => [raw.toString('hex')])),
  )('C05: the Ed25519 key %s, under which anybody can sign', (hex) => {
    expect(refusal(() => readPublicKey(ed25519Pem(Buffer.from(hex, 'hex')), 'k.pub'))).toMatch(/small order/);
  });

  it('C05: the identity, since most releases of OpenSSL would take one signature for every message', () => {
    expect(isWorthlessKey(encoded(1n, false))).toBe(true);
  });

  it('and no honest Ed25519 key is', () => {
    for (let times = 0; times < 200; times++) {
      expect(isWorthlessKey(newKeyPair('k').publicKey.bytes)).toBe(false);
    }
  });

  it('C04: a key of any other algorithm', () => {
    const others: readonly KeyObject[] = [
      generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey,
      generateKeyPairSync('ec', { namedCurve: 'P-384' }).publicKey,
      generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey,
      generateKeyPairSync('ed448').publicKey,
      generateKeyPairSync('x25519').publicKey,
    ];
    for (const key of others) expect(refusal(() => readPublicKey(publicPem(key), 'k.pub'))).toMatch(/Ed25519 or ECDSA/);
  });

  it.each([
    ['nothing', ''],
    ['two keys', `${pair.publicPem}${pair.publicPem}`],
    ['text before it', `hello\n${pair.publicPem}`],
    ['a certificate', pair.publicPem.replaceAll('PUBLIC KEY', 'CERTIFICATE')],
    ['base64 with a space', pair.publicPem.replace('MCow', 'MC ow')],
    ['bytes behind the key', pemOf('PUBLIC KEY', Buffer.concat([ED25519_SPKI, Buffer.alloc(33, 7)]))],
    ['a key that is too short', pemOf('PUBLIC KEY', Buffer.concat([ED25519_SPKI, Buffer.alloc(31, 7)]))],
    ['another label at its end', pair.publicPem.replace('END PUBLIC', 'END PRIVATE')],
  ])('%s', (_, text) => {
    expect(refusal(() => readPublicKey(text, 'k.pub'))).toMatch(/^k\.pub: /);
  });

  it('whatever else a file may hold, by a named fault and no other', () => {
    fc.assert(
      fc.property(fc.nat(pair.publicPem.length - 1), fc.string({ maxLength: 3 }), (at, put) => {
        const text = `${pair.publicPem.slice(0, at)}${put}${pair.publicPem.slice(at + put.length + 1)}`;
        const told = refusal(() => readPublicKey(text, 'k.pub'));
        expect(told === 'accepted' || told.startsWith('k.pub: ')).toBe(true);
      }),
    );
  });
});

describe('as a private key is refused', () => {
  it('a public key, by what it is and what to give', () => {
    const told = refusal(() => readPrivateKey(pair.publicPem, 'k.pub'));
    expect(told).toBe(
      'k.pub: it is a public key, with which nothing can be signed: give the private one, whose name has no .pub',
    );
  });

  it.each([
    ['a public key', pair.publicPem],
    ['a key of another algorithm', privatePem(generateKeyPairSync('ec', { namedCurve: 'P-384' }).privateKey)],
    ['garbage', pemOf('PRIVATE KEY', Buffer.alloc(48, 1))],
    [
      'an encrypted key',
      generateKeyPairSync('ed25519')
        .privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' })
        .toString(),
    ],
  ])('%s', (_, text) => {
    expect(refusal(() => readPrivateKey(text, 'k'))).toMatch(/^k: /);
  });
});

describe('a file with a block of another kind', () => {
  const file = (label: string): string => pemOf(label, Buffer.alloc(48, 1));

  it.each([
    [
      readPublicKey,
      'PRIVATE KEY',
      /it is a private key: keep it secret, and give the public one, which keygen wrote beside it as \.pub/,
    ],
    [readPublicKey, 'EC PRIVATE KEY', /it is a private key/],
    [readPrivateKey, 'PUBLIC KEY', /it is a public key, .* give the private one, whose name has no \.pub/],
    [readPublicKey, 'CERTIFICATE', /it is a certificate: give its public key \(openssl x509/],
    [readPrivateKey, 'ENCRYPTED PRIVATE KEY', /the private key is encrypted: decrypt it first \(openssl pkey\)/],
    [readPrivateKey, 'EC PRIVATE KEY', /it is a key in SEC 1 form: convert it \(openssl pkcs8/],
    [readPublicKey, 'PKCS7', /it holds "PKCS7", not PUBLIC KEY/],
    [readPrivateKey, 'PKCS7', /it holds "PKCS7", not PRIVATE KEY/],
  ])('%o of %s says what to do', (read, label, told) => {
    expect(refusal(() => read(file(label), 'K'))).toMatch(told);
  });
});
