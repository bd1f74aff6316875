/**
 * Signed verdicts before the verifiers of others: Sigstore's own for JavaScript, and OpenSSL. What they refuse we refuse, and
 * what changes nothing that they look at (a hint, white space) changes nothing here.
 */
import { execFileSync } from 'node:child_process';
import { createPublicKey, generateKeyPairSync } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { bundleFromJSON } from '@sigstore/bundle';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { verifyVerdict } from '../../src/index.ts';
import { preAuthEncoding } from '../../src/trust/dsse.ts';
import { readPrivateKey } from '../../src/trust/node-keys.ts';
import { signBundle } from '../../src/trust/sigstore-bundle.ts';
import { run } from '../cli/in-process.ts';
import { ROOT } from '../e2e/documents.ts';
import { runs, seed } from '../long.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const ALGORITHMS = ['ed25519', 'p256'] as const;
type Members = Record<string, unknown>;

beforeAll(async () => {
  const pairs = {
    ed25519: generateKeyPairSync('ed25519'),
    p256: generateKeyPairSync('ec', { namedCurve: 'P-256' }),
  };
  const fixtures = join(ROOT, 'fixtures/quickstart');
  for (const algorithm of ALGORITHMS) {
    const { privateKey, publicKey } = pairs[algorithm];
    writeFileSync(at(algorithm), privateKey.export({ type: 'pkcs8', format: 'pem' }));
    writeFileSync(at(`${algorithm}.pub`), publicKey.export({ type: 'spki', format: 'pem' }));
    for (const [verdict, current] of [
      ['PASS', 'current'],
      ['FAIL', 'tampered'],
    ] as const) {
      const sides = [join(fixtures, 'baseline.json'), join(fixtures, `${current}.json`)];
      const attested = ['--attest', `${verdict}.${algorithm}`, '--key', algorithm, '--output', 'r.json'];
      expect((await run([...sides, ...attested], { cwd: folder })).status).toBe(verdict === 'PASS' ? 0 : 1);
    }
  }
});

/** What Sigstore says of a bundle under a key: whatever its hint names, that key is the one that is trusted. */
function sigstoreAccepts(text: string, pem: string): boolean {
  const none = { certificateAuthorities: [], timestampAuthorities: [], tlogs: [], ctlogs: [] };
  // biome-ignore lint/suspicious/noExplicitAny: a trusted root without anything in it
  const material = toTrustMaterial(none as any, () => ({ publicKey: createPublicKey(pem), validFor: () => true }));
  const verifier = new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 0 });
  try {
    verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(text))));
    return true;
  } catch {
    return false;
  }
}

async function weAccept(text: Uint8Array, algorithm: string): Promise<boolean> {
  writeFileSync(at('tried'), text);
  const { statement, findings } = await verifyVerdict(at('tried'), { trustedKeys: [at(`${algorithm}.pub`)] });
  return statement !== undefined && findings.length === 0;
}

/** All that a verifier decides by, as Sigstore reads it; undefined for what it does not read as a bundle. */
function decidedBy(text: string): string | undefined {
  try {
    const { mediaType, content } = bundleFromJSON(JSON.parse(text));
    if (content.$case !== 'dsseEnvelope') return undefined;
    const { payload, payloadType, signatures } = content.dsseEnvelope;
    const parts = [payload, ...signatures.map(({ sig }) => sig)].map((bytes) => Buffer.from(bytes).toString('hex'));
    return [mediaType, payloadType, ...parts].join(' ');
  } catch {
    return undefined;
  }
}

const BUNDLES = ALGORITHMS.flatMap((algorithm) =>
  (['PASS', 'FAIL'] as const).map((verdict) => ({ verdict, algorithm })),
);

describe.each(BUNDLES)('a $verdict signed with $algorithm', ({ verdict, algorithm }) => {
  const bundle = (): string => readFileSync(at(`${verdict}.${algorithm}`), 'utf8');
  const pem = (): string => readFileSync(at(`${algorithm}.pub`), 'utf8');

  it('is accepted by @sigstore/verify, and by us', async () => {
    expect(sigstoreAccepts(bundle(), pem())).toBe(true);
    expect(await weAccept(Buffer.from(bundle()), algorithm)).toBe(true);
    const other = algorithm === 'p256' ? 'ed25519' : 'p256';
    expect(sigstoreAccepts(bundle(), readFileSync(at(`${other}.pub`), 'utf8'))).toBe(false);
    expect(await weAccept(Buffer.from(bundle()), other)).toBe(false);
  });

  it('is refused by both once a bit was flipped that anything is decided by', async () => {
    const honest = Buffer.from(bundle());
    const key = pem();
    const decided = decidedBy(bundle());
    expect(decided).toBeDefined();
    let changed = 0;
    await fc.assert(
      fc.asyncProperty(fc.nat(honest.length - 1), fc.nat(7), async (where, bit) => {
        const flipped = Buffer.from(honest);
        flipped[where] = (flipped[where] ?? 0) ^ (1 << bit);
        const text = flipped.toString('latin1');
        const [theirs, ours] = [sigstoreAccepts(text, key), await weAccept(flipped, algorithm)];
        // What they refuse we refuse. We are stricter where a reader of base64 or JSON would look away.
        if (!theirs) expect(ours).toBe(false);
        if (decidedBy(text) === decided) return;
        changed += 1;
        expect({ theirs, ours }).toEqual({ theirs: false, ours: false });
      }),
      // A few flips hit a hint or white space: so that 1,000 hit something else in the long campaigns.
      { numRuns: runs(100, 1300, 50), seed },
    );
    expect(changed).toBeGreaterThanOrEqual(runs(80, 1000, 40));
  });

  it('is accepted by both whatever its hints say', async () => {
    const text = bundle()
      .replace(/"hint": "[^"]*"/, '"hint": "another"')
      .replace(/"keyid": "[^"]*"/, '"keyid": "another"');
    expect(text).not.toBe(bundle());
    expect(sigstoreAccepts(text, pem())).toBe(true);
    expect(await weAccept(Buffer.from(text), algorithm)).toBe(true);
  });

  it.each([
    ['a signature over bytes beside its envelope', 'messageSignature', (json: Members) => json],
    ['a certificate beside its key', 'certificate', (json: Members) => json['verificationMaterial'] as Members],
    ['certificates beside its key', 'x509CertificateChain', (json: Members) => json['verificationMaterial'] as Members],
  ])('is refused with %s: a verifier may look at that alone', async (_, name, place) => {
    const json: Members = JSON.parse(bundle());
    place(json)[name] = {
      rawBytes: 'AAAA',
      messageDigest: { algorithm: 'SHA2_256', digest: 'AAAA' },
      signature: 'AAAA',
    };
    writeFileSync(at('both'), JSON.stringify(json));
    const { verdict: found, findings } = await verifyVerdict(at('both'), { trustedKeys: [at(`${algorithm}.pub`)] });
    expect({ found, kinds: findings.map(({ kind }) => kind) }).toEqual({
      found: 'INCOMPLETE',
      kinds: ['schema-violation'],
    });
    expect(findings[0]?.message).toContain(name);
  });

  it('is verified by OpenSSL over its pre-authentication encoding', () => {
    const { payload, payloadType, signatures } = JSON.parse(bundle()).dsseEnvelope;
    writeFileSync(at('message'), preAuthEncoding(payloadType, Buffer.from(payload, 'base64')));
    writeFileSync(at('signature'), Buffer.from(signatures[0].sig, 'base64'));
    const args =
      algorithm === 'p256'
        ? ['dgst', '-sha256', '-verify', at('p256.pub'), '-signature', at('signature'), at('message')]
        : [
            'pkeyutl',
            '-verify',
            '-rawin',
            '-pubin',
            '-inkey',
            at('ed25519.pub'),
            '-sigfile',
            at('signature'),
            '-in',
            at('message'),
          ];
    expect(execFileSync('openssl', args, { encoding: 'utf8' })).toMatch(/Verified OK|Verified Successfully/);
    writeFileSync(at('message'), 'DSSEv1 another message');
    expect(() => execFileSync('openssl', args, { stdio: 'pipe' })).toThrow();
  });
});

describe('a bundle that is signed, and no verdict', () => {
  const signed = (body: object): Uint8Array => {
    const key = readPrivateKey(readFileSync(at('ed25519'), 'latin1'), 'ed25519');
    return Buffer.from(signBundle('application/vnd.in-toto+json', Buffer.from(JSON.stringify(body)), key));
  };
  // biome-ignore lint/suspicious/noExplicitAny: JSON that others define
  const honest = (verdict = 'PASS'): any =>
    JSON.parse(
      Buffer.from(JSON.parse(readFileSync(at(`${verdict}.ed25519`), 'utf8')).dsseEnvelope.payload, 'base64').toString(),
    );

  it('is accepted as it was', async () => {
    expect(await weAccept(signed(honest()), 'ed25519')).toBe(true);
    const more = honest();
    more.predicate['https://others.example/member'] = 1;
    expect(await weAccept(signed(more), 'ed25519')).toBe(true);
  });

  // biome-ignore lint/suspicious/noExplicitAny: JSON that others define
  it.each<[string, (statement: any) => unknown]>([
    [
      'another verifier',
      ({ predicate }) => Object.assign(predicate.verifier, { id: 'https://others.example/verifier' }),
    ],
    ['another policy', ({ predicate }) => Object.assign(predicate.policy, { uri: 'https://others.example/policy' })],
    ['PASSED of a FAIL', ({ predicate }) => Object.assign(predicate.policy.annotations, { result: 'FAIL' })],
    ['FAILED of a PASS', ({ predicate }) => Object.assign(predicate, { verificationResult: 'FAILED' })],
    ['other levels', ({ predicate }) => predicate.verifiedLevels.push('SLSA_BUILD_LEVEL_3')],
    ['what stands against it', ({ predicate }) => predicate.policy.annotations.reasons.push('record-missing')],
    ['a broken relation', ({ predicate }) => Object.assign(predicate.policy.annotations, { relation: 'broken' })],
    ['one side', ({ subject }) => subject.shift()],
    ['no records', ({ subject }) => Object.assign(subject[1].annotations, { records: 0 })],
    ['a side twice', ({ subject }) => subject.push(subject[0])],
    ['another store', ({ predicate }) => Object.assign(predicate, { resourceUri: 'urn:evidence-diff:store:other' })],
    ['no report', ({ predicate }) => Object.assign(predicate, { inputAttestations: [] })],
    ['no time', ({ predicate }) => Object.assign(predicate, { timeVerified: 'yesterday' })],
    ['another predicate', (statement) => Object.assign(statement, { predicateType: 'https://slsa.dev/provenance/v1' })],
    ['another statement', (statement) => Object.assign(statement, { _type: 'https://in-toto.io/Statement/v0.1' })],
  ])('is refused: %s', async (_, edit) => {
    const statement = honest();
    edit(statement);
    writeFileSync(at('edited'), signed(statement));
    const { verdict, findings } = await verifyVerdict(at('edited'), { trustedKeys: [at('ed25519.pub')] });
    expect({ verdict, kinds: findings.map(({ kind }) => kind) }).toEqual({
      verdict: 'UNTRUSTED',
      kinds: ['signature-invalid'],
    });
  });
});
