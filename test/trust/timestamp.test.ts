/** Time stamps of an authority of OpenSSL: what is refused, and that OpenSSL says the same. */
import { spawnSync } from 'node:child_process';
import { createHash, type X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { nonceText, timestampQuery } from '../../src/trust/timestamp-token.ts';
import { TrustError } from '../../src/trust/trust-error.ts';
import {
  readCertificates,
  stampedBytes,
  type VerifiedTimestamp,
  verifyTimestamp,
} from '../../src/trust/verify-timestamp.ts';
import { runs, seed } from '../long.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { Authority, opensslMissing, type Purpose, skippedWithoutOpenssl, stampedBy } from './authority.ts';

const folder = temporaryFolder();
const DATA = Buffer.from('a baseline\n');
const NONCE = Buffer.from('8000000000000001', 'hex');
const QUERY = timestampQuery(createHash('sha256').update(DATA).digest(), NONCE);
/** Where the status stands in a reply. */
const STATUS = 8;
let authority: Authority;

const certificates = (...names: readonly string[]): readonly X509Certificate[] =>
  names.flatMap((name) => readCertificates(readFileSync(authority.at(`${name}.crt`), 'utf8'), name));

interface Checked {
  readonly data?: Uint8Array;
  readonly given?: readonly X509Certificate[];
  readonly now?: number;
  readonly nonce?: string;
}

function check(reply: Uint8Array, { data = DATA, given, now = Date.now(), nonce }: Checked = {}): VerifiedTimestamp {
  return verifyTimestamp(reply, stampedBytes(data), { certificates: given ?? certificates('root'), nowMs: now }, nonce);
}

function kindOf(act: () => unknown): string {
  try {
    act();
  } catch (fault) {
    if (fault instanceof TrustError) return fault.kind;
    throw fault;
  }
  return 'verified';
}

describe.skipIf(opensslMissing)(`a time stamp${skippedWithoutOpenssl}`, () => {
  let reply: Buffer;

  beforeAll(() => {
    authority = new Authority(join(folder, 'authority'));
    authority.issue('ec', 'ec', 'stamps');
    authority.issue('rsa', 'rsa', 'stamps');
    authority.issue('server', 'ec', 'server');
    authority.issue('more', 'ec', 'more');
    authority.issue('uncritical', 'ec', 'uncritical');
    authority.issue('expired', 'ec', 'stamps', '20200101000000Z', '20210101000000Z');
    authority.issue('later', 'ec', 'stamps', '20480101000000Z');
    reply = authority.reply(QUERY, 'ec');
    const below = (name: string, purpose: Purpose, issuer: string) =>
      authority.issue(name, 'ec', purpose, undefined, undefined, issuer);
    for (const purpose of ['root', 'short', 'within', 'strange'] as const)
      below(purpose === 'root' ? 'sub' : purpose, purpose, 'root');
    below('ec-sub', 'stamps', 'sub');
    below('ec-within', 'stamps', 'within');
    below('ec-short', 'stamps', 'short');
    below('sub-short', 'root', 'short');
    below('ec-sub-short', 'stamps', 'sub-short');
  }, 300_000);

  it.each([
    ['issued by one that the root has issued', 'ec-sub', ['sub'], 'verified'],
    ['issued by one that may issue no issuers', 'ec-short', ['short'], 'verified'],
    ['below such a one by way of an issuer', 'ec-sub-short', ['short', 'sub-short'], 'key-untrusted'],
    ['below one that may issue within names', 'ec-within', ['within'], 'key-untrusted'],
    ['with an extension that nobody may overlook', 'strange', [], 'key-untrusted'],
  ] as const)('under a certificate %s is what X.509 says: OpenSSL says the same', (_, name, between, kind) => {
    const chain = between.map((one) => readFileSync(authority.at(`${one}.crt`), 'utf8')).join('');
    writeFileSync(authority.at('chain.crt'), chain);
    const args = ['-signer', `${name}.crt`, '-inkey', `${name}.key`, '-chain', 'chain.crt', '-sha256'];
    writeFileSync(authority.at('chain.tsq'), QUERY);
    const sent = ['ts', '-reply', '-config', 'config', '-queryfile', 'chain.tsq', '-out', 'chain.tsr'];
    authority.openssl([...sent, ...args.slice(0, 4), ...(between.length === 0 ? [] : args.slice(4, 6)), '-sha256']);
    writeFileSync(authority.at('data'), DATA);
    const verify = ['ts', '-verify', '-in', 'chain.tsr', '-data', 'data', '-CAfile', 'root.crt'];
    const { status } = spawnSync('openssl', verify, { cwd: authority.folder });
    expect(kindOf(() => check(readFileSync(authority.at('chain.tsr'))))).toBe(kind);
    expect(status === 0).toBe(kind === 'verified');
  });

  it.each(['ec', 'rsa'] as const)('under a key of the kind %s is verified by its issuer, and by itself', (name) => {
    for (const digest of ['sha256', 'sha384', 'sha512']) {
      const own = authority.reply(timestampQuery(createHash('sha256').update(DATA).digest(), NONCE), name, digest);
      for (const given of [certificates('root'), certificates(name), certificates('server', 'root')]) {
        const { time, authority: by } = check(own, { given, nonce: nonceText(NONCE) });
        expect(Math.abs(Date.now() - Date.parse(time))).toBeLessThan(60_000);
        expect(by.subject).toBe(`CN=${name}`);
      }
    }
  });

  it('is asked for by a query that OpenSSL reads, and OpenSSL verifies the reply', () => {
    writeFileSync(authority.at('q.tsq'), QUERY);
    const shown = authority.openssl(['ts', '-query', '-in', 'q.tsq', '-text']);
    expect(shown).toMatch(/Hash Algorithm: sha256[\s\S]*Nonce: 0x8000000000000001\nCertificate required: yes/);
    writeFileSync(authority.at('data'), DATA);
    writeFileSync(authority.at('r.tsr'), reply);
    const args = ['ts', '-verify', '-in', 'r.tsr', '-data', 'data', '-CAfile', 'root.crt'];
    expect(spawnSync('openssl', args, { cwd: authority.folder }).status).toBe(0);
  });

  it.each([
    ['of other bytes', () => check(reply, { data: Buffer.from('another baseline\n') }), 'digest-mismatch'],
    ['by an authority that is not given', () => check(reply, { given: certificates('rsa') }), 'key-untrusted'],
    ['by one that nobody is given for', () => check(reply, { given: [] }), 'key-untrusted'],
    ['that was asked for by somebody else', () => check(reply, { nonce: '01' }), 'signature-invalid'],
    ['of the future', () => check(reply, { now: Date.now() - 3_600_000 }), 'baseline-stale'],
    ['under an expired one', () => check(authority.reply(QUERY, 'expired')), 'key-untrusted'],
    [
      'under an expired one that is given',
      () => check(authority.reply(QUERY, 'expired'), { given: certificates('expired') }),
      'key-untrusted',
    ],
    ['under one of the future', () => check(authority.reply(QUERY, 'later')), 'key-untrusted'],
    ['that is empty', () => check(Buffer.alloc(0)), 'signature-invalid'],
    ['that is the query', () => check(QUERY), 'signature-invalid'],
    ['that something follows', () => check(Buffer.concat([reply, Buffer.alloc(1)])), 'signature-invalid'],
    ['that is cut', () => check(reply.subarray(0, -1)), 'signature-invalid'],
    ['that was refused', () => check(Buffer.from('30053003020102', 'hex')), 'signature-missing'],
  ] as const)('%s is refused', (_, act, kind) => {
    expect(kindOf(act)).toBe(kind);
  });

  /** A time stamp of `name` that brings those certificates with it. */
  function bringing(name: string, ...chain: readonly string[]): Buffer {
    writeFileSync(
      authority.at('came.crt'),
      chain.map((one) => readFileSync(authority.at(`${one}.crt`), 'utf8')).join(''),
    );
    writeFileSync(authority.at('came.tsq'), QUERY);
    const signer = ['-signer', `${name}.crt`, '-inkey', `${name}.key`, '-chain', 'came.crt', '-sha256'];
    authority.openssl(['ts', '-reply', '-config', 'config', '-queryfile', 'came.tsq', ...signer, '-out', 'came.tsr']);
    return readFileSync(authority.at('came.tsr'));
  }

  it('finds the way by any of its issuers, whichever comes first', () => {
    authority.certify('sub', 'sub-old', 'root', '20200101000000Z', '20210101000000Z');
    for (const chain of [
      ['sub-old', 'sub'],
      ['sub', 'sub-old'],
    ]) {
      expect(kindOf(() => check(bringing('ec-sub', ...chain)))).toBe('verified');
      const given = certificates(...chain);
      expect(kindOf(() => check(bringing('ec-sub', 'sub'), { given }))).toBe('verified');
    }
    expect(kindOf(() => check(bringing('ec-sub', 'sub-old')))).toBe('key-untrusted');
    expect(() => check(bringing('ec-sub', 'sub-old'))).toThrow(/valid from/);
  });

  it.each(['weak', 'small'] as const)('is not believed below an issuer with a %s key', (kind) => {
    authority.issue(kind, kind, 'root');
    authority.issue(`below-${kind}`, 'ec', 'stamps', undefined, undefined, kind);
    const stamp = bringing(`below-${kind}`, kind);
    expect(() => check(stamp)).toThrow(/has fewer than|of fewer than/);
    expect(() => check(stamp, { given: certificates(kind) })).toThrow(/has fewer than|of fewer than/);
  });

  it('is not believed below a certificate that was signed over SHA-1, unless that is given itself', () => {
    authority.certify('sub', 'sub-sha1', 'root', undefined, undefined, 'root', 'sha1');
    const stamp = bringing('ec-sub', 'sub-sha1');
    expect(() => check(stamp)).toThrow(/signed by the algorithm 1\.2\.840\.10045\.4\.1/);
    expect(kindOf(() => check(stamp, { given: certificates('sub-sha1') }))).toBe('verified');
  });

  it.each([
    ['signs', 'verified'],
    ['encrypts', 'key-untrusted'],
    ['signsAndEncrypts', 'key-untrusted'],
  ] as const)('by a key of which its certificate says that it %s is what OpenSSL says: %s', (purpose, kind) => {
    authority.issue(purpose, 'ec', purpose);
    const stamp = stampedBy(authority, reply, purpose);
    expect(kindOf(() => check(stamp))).toBe(kind);
    expect(kindOf(() => check(stamp, { given: certificates(purpose) }))).toBe(kind);
    writeFileSync(authority.at('data'), DATA);
    writeFileSync(authority.at('purpose.tsr'), stamp);
    const verify = ['ts', '-verify', '-in', 'purpose.tsr', '-data', 'data', '-CAfile', 'root.crt'];
    expect(spawnSync('openssl', verify, { cwd: authority.folder }).status === 0).toBe(kind === 'verified');
  });

  it.each([
    ['rootOfTime', 'verified'],
    ['rootOfSites', 'key-untrusted'],
  ] as const)(
    'below an issuer for other purposes is not believed, unless that is given itself: %s',
    (purpose, kind) => {
      authority.issue(purpose, 'ec', purpose);
      authority.issue(`below-${purpose}`, 'ec', 'stamps', undefined, undefined, purpose);
      const stamp = bringing(`below-${purpose}`, purpose);
      expect(kindOf(() => check(stamp))).toBe(kind);
      expect(kindOf(() => check(stamp, { given: certificates(purpose) }))).toBe('verified');
    },
  );

  it('may bring a certificate of version 1 along, which has no extensions', () => {
    authority.openssl(['x509', '-req', '-in', 'server.csr', '-signkey', 'server.key', '-out', 'v1.crt']);
    expect(kindOf(() => check(bringing('ec', 'v1')))).toBe('verified');
  });

  it('with what nobody may overlook behind its time is refused', () => {
    const extension = (critical: string): Buffer => Buffer.from(critical, 'hex');
    const oid = '06042a030405';
    const of = (...more: readonly Uint8Array[]) => kindOf(() => check(stampedBy(authority, reply, 'ec', ...more)));
    expect(of()).toBe('verified');
    expect(of(extension(`a10e300c${oid}040400000000`))).toBe('verified');
    expect(of(extension(`a10f300d${oid}0101ff04020500`))).toBe('signature-invalid');
    expect(() => check(stampedBy(authority, reply, 'ec', extension(`a10f300d${oid}0101ff04020500`)))).toThrow(
      /critical/,
    );
    expect(of(Buffer.from('0500', 'hex'))).toBe('signature-invalid');
    expect(of(Buffer.from('020101', 'hex'))).toBe('signature-invalid');
  });

  it.each(['server', 'more', 'uncritical', 'expired'])(
    'stamped with the key of %s is refused, and with that of an authority is not',
    (name) => {
      expect(kindOf(() => check(stampedBy(authority, reply, 'ec')))).toBe('verified');
      expect(kindOf(() => check(stampedBy(authority, reply, name)))).toBe('key-untrusted');
      expect(kindOf(() => check(stampedBy(authority, reply, name), { given: certificates(name, 'root') }))).toBe(
        'key-untrusted',
      );
    },
  );

  it(`of which one bit was flipped is refused, wherever: ${runs(300, 1000, 120)} flips, and all of them up to the token`, () => {
    const text = reply.indexOf('Operation Okay.');
    const given = certificates('root');
    let next = seed >>> 0;
    const drawn = Array.from({ length: runs(300, 1000, 120) }, () => {
      next = (Math.imul(next, 1664525) + 1013904223) >>> 0;
      return next % (reply.length * 8);
    });
    const first = Array.from({ length: 40 * 8 }, (_, bit) => bit);
    const believed = [...first, ...drawn].filter((bit) => {
      const flipped = Buffer.from(reply);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      return kindOf(() => check(flipped, { given })) === 'verified';
    });
    // Two things are not signed: what the authority has written for people, and whether it says granted (0) or granted with
    // modifications (1); what was granted is in the token.
    const isUnsigned = (bit: number): boolean =>
      bit === STATUS * 8 || (text >= 0 && bit >> 3 >= text && bit >> 3 < text + 15);
    expect(believed.filter((bit) => !isUnsigned(bit)).map((bit) => [bit >> 3, bit & 7])).toEqual([]);
  });
});

it('a file without a certificate is refused, and is no list of none', () => {
  expect(() => readCertificates('no certificate', 'a.pem')).toThrow(/a\.pem: no certificate in PEM/);
});
