/**
 * One honest sample of each layout, made here from the published descriptions: no originals were at hand. Nothing of the
 * readers is used.
 */
import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import type { Files } from './pack.ts';

export function hash(bytes: Buffer | string, algorithm = 'sha256'): string {
  return createHash(algorithm).update(bytes).digest('hex');
}

export function json(value: unknown): Buffer {
  return Buffer.from(JSON.stringify(value));
}

/* Attestations. */

export interface Subject {
  readonly name: string;
  readonly digest: Readonly<Record<string, string>>;
}

export const SBOM: Buffer = json({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  version: 1,
  components: [{ name: 'zlib' }],
});
const VERDICT: Buffer = json({ verdict: 'PASS', policy: 'p1' });

export function statement(name: string, predicateType = 'https://cyclonedx.org/bom'): Buffer {
  const subject: readonly Subject[] = [{ name, digest: { sha256: hash(name) } }];
  return json({ _type: 'https://in-toto.io/Statement/v1', subject, predicateType, predicate: { of: name } });
}

export function envelope(payload: Buffer): {
  payloadType: string;
  payload: string;
  signatures: { keyid: string; sig: string }[];
} {
  const sig = Buffer.from(hash(payload), 'hex').toString('base64');
  return {
    payloadType: 'application/vnd.in-toto+json',
    payload: payload.toString('base64'),
    signatures: [{ keyid: 'k1', sig }],
  };
}

const dsse = (name: string): Buffer => json(envelope(statement(name)));

export function inToto(): Files {
  return new Map([
    ['release.intoto.jsonl', Buffer.concat([dsse('one'), Buffer.from('\n'), dsse('two'), Buffer.from('\n')])],
    ['nested/three.dsse.json', dsse('three')],
  ]);
}

/** A Sigstore bundle with a log of two entries, of which it is the second. */
export function sigstoreBundle(name: string): Record<string, unknown> {
  const payload = statement(name);
  const body = json({
    apiVersion: '0.0.1',
    kind: 'dsse',
    spec: { payloadHash: { algorithm: 'sha256', value: hash(payload) } },
  });
  const leaf = createHash('sha256')
    .update(Buffer.concat([Buffer.from([0]), body]))
    .digest();
  const other = Buffer.alloc(32, 7);
  const root = createHash('sha256')
    .update(Buffer.concat([Buffer.from([1]), other, leaf]))
    .digest();
  const inclusionProof = {
    logIndex: '1',
    treeSize: '2',
    rootHash: root.toString('base64'),
    hashes: [other.toString('base64')],
  };
  return {
    mediaType: 'application/vnd.dev.sigstore.bundle.v0.3+json',
    verificationMaterial: {
      publicKey: { hint: 'k1' },
      tlogEntries: [{ logIndex: '1', canonicalizedBody: body.toString('base64'), inclusionProof }],
    },
    dsseEnvelope: envelope(payload),
  };
}

export function sigstore(): Files {
  const digest = Buffer.from(hash(SBOM), 'hex').toString('base64');
  const message = {
    mediaType: 'application/vnd.dev.sigstore.bundle+json;version=0.2',
    verificationMaterial: { publicKey: { hint: 'k1' } },
    messageSignature: { messageDigest: { algorithm: 'SHA2_256', digest }, signature: 'AAAA' },
  };
  return new Map([
    ['one.sigstore.json', json(sigstoreBundle('one'))],
    ['image.sigstore.json', json(message)],
  ]);
}

export function gitoid(bytes: Buffer): string {
  return hash(Buffer.concat([Buffer.from(`blob ${bytes.length}\0`), bytes]));
}

export function archivista(): Files {
  const [one, two] = [dsse('one'), dsse('two')];
  return new Map([
    [`${gitoid(one)}.json`, one],
    [`${gitoid(two)}.json`, two],
    ['all.intoto.jsonl', Buffer.concat([one, Buffer.from('\n'), two, Buffer.from('\n')])],
  ]);
}

/* OCI. */

export function descriptor(
  mediaType: string,
  bytes: Buffer,
): Record<string, unknown> & { digest: string; size: number } {
  return { mediaType, digest: `sha256:${hash(bytes)}`, size: bytes.length };
}

export const MANIFEST_TYPE = 'application/vnd.oci.image.manifest.v1+json';
const EMPTY = Buffer.from('{}');

/** An image, and a referrer of `subjectOf` it. */
export function oci(
  change: { readonly subject?: (image: object, other: object) => object; readonly name?: string } = {},
): Files {
  const blobs = new Map<string, Buffer>();
  const put = (mediaType: string, bytes: Buffer): Record<string, unknown> & { digest: string; size: number } => {
    blobs.set(`blobs/sha256/${hash(bytes)}`, bytes);
    return descriptor(mediaType, bytes);
  };
  const config = put('application/vnd.oci.empty.v1+json', EMPTY);
  const image = (text: string): object => {
    const layer = put('application/vnd.oci.image.layer.v1.tar', Buffer.from(text));
    return put(MANIFEST_TYPE, json({ schemaVersion: 2, mediaType: MANIFEST_TYPE, config, layers: [layer] }));
  };
  const [first, second] = [image('layer one'), image('layer two')];
  const attested = put('application/vnd.dsse.envelope.v1+json', dsse('image'));
  const subject = (change.subject ?? ((own) => own))(first, second);
  const artifactType = 'application/vnd.in-toto+json';
  const referrer = put(
    MANIFEST_TYPE,
    json({ schemaVersion: 2, mediaType: MANIFEST_TYPE, artifactType, config, layers: [attested], subject }),
  );
  const named = (of: object, name: string): object => ({
    ...of,
    annotations: { 'org.opencontainers.image.ref.name': name },
  });
  const index = {
    schemaVersion: 2,
    manifests: [named(first, 'v1'), named(second, 'v2'), { ...referrer, artifactType }],
  };
  return new Map([['oci-layout', json({ imageLayoutVersion: '1.0.0' })], ['index.json', json(index)], ...blobs]);
}

/* Tiles. */

const sha = (...parts: readonly Buffer[]): Buffer => createHash('sha256').update(Buffer.concat(parts)).digest();

/** RFC 9162 §2.1.1, as it is written there. */
function treeHash(leaves: readonly Buffer[]): Buffer {
  if (leaves.length === 0) return sha();
  if (leaves.length === 1) return leaves[0] as Buffer;
  let k = 1;
  while (2 * k < leaves.length) k *= 2;
  return sha(Buffer.from([1]), treeHash(leaves.slice(0, k)), treeHash(leaves.slice(k)));
}

export function entriesOf(size: number): readonly Buffer[] {
  return Array.from({ length: size }, (_, n) => Buffer.from(`entry ${n} ${'x'.repeat(n % 7)}`));
}

export function bundleOfEntries(entries: readonly Buffer[]): Buffer {
  return Buffer.concat(entries.flatMap((entry) => [Buffer.from([entry.length >> 8, entry.length & 0xff]), entry]));
}

export function checkpoint(size: number, root: Buffer, origin = 'log.example/evidence'): Buffer {
  const signature = Buffer.alloc(68, 9).toString('base64');
  return Buffer.from(`${origin}\n${size}\n${root.toString('base64')}\n\n\u2014 ${origin} ${signature}\n`);
}

/** A log of so many entries: more than 256 make a second level. */
export function tiles(size = 300): Files {
  const entries = entriesOf(size);
  const leaves = entries.map((entry) => sha(Buffer.from([0]), entry));
  const files = new Map<string, Buffer>();
  const put = (level: string, at: number, count: number, bytes: Buffer): void => {
    const index = String(at / 256).padStart(3, '0');
    files.set(`tile/${level}/${index}${count === 256 ? '' : `.p/${count}`}`, bytes);
  };
  for (let at = 0; at < size; at += 256) {
    const part = entries.slice(at, at + 256);
    put('entries', at, part.length, bundleOfEntries(part));
  }
  for (let [level, hashes] = [0, leaves]; hashes.length > 0; level++) {
    const above: Buffer[] = [];
    for (let at = 0; at < hashes.length; at += 256) {
      const part = hashes.slice(at, at + 256);
      put(String(level), at, part.length, Buffer.concat(part));
      if (part.length === 256) above.push(treeHash(part));
    }
    hashes = above;
  }
  files.set('checkpoint', checkpoint(size, treeHash(leaves)));
  return files;
}

/* BagIt. */

export function bagit(): Files {
  const payload = new Map([
    ['data/sboms/image.cdx.json', SBOM],
    ['data/verdicts/v1.json', VERDICT],
    ['data/attestations/sbom.dsse.json', dsse('image')],
  ]);
  const manifest = (files: Files, algorithm: string): Buffer =>
    Buffer.from([...files].map(([path, bytes]) => `${hash(bytes, algorithm)}  ${path}\n`).join(''));
  const octets = [...payload.values()].reduce((sum, { length }) => sum + length, 0);
  const tags = new Map([
    ['bagit.txt', Buffer.from('BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n')],
    ['bag-info.txt', Buffer.from(`Source-Organization: example\nPayload-Oxum: ${octets}.${payload.size}\n`)],
    ['manifest-sha256.txt', manifest(payload, 'sha256')],
    ['manifest-sha512.txt', manifest(payload, 'sha512')],
  ]);
  return new Map([...payload, ...tags, ['tagmanifest-sha256.txt', manifest(tags, 'sha256')]]);
}

/* The platform's own. */

export function stellaExport(): Files {
  const listed = new Map([
    ['attestations/sbom.dsse.json', dsse('image')],
    ['sboms/image.cdx.json', SBOM],
    ['verdicts/v1.json', VERDICT],
  ]);
  const sums = [...listed].map(([path, bytes]) => `SHA256 (${path}) = ${hash(bytes)}\n`).join('');
  return new Map([
    ...listed,
    ['checksums.sha256', Buffer.from(sums)],
    ['manifest.json', json({ bundleId: 'eb-2026-11-01-abc123', version: '1.0.0' })],
    ['metadata.json', json({ schemaVersion: '1.0.0' })],
    ['keys/signing-key-001.pem', Buffer.from('a key that vouches for nothing\n')],
  ]);
}

export interface SealedChange {
  readonly root?: string;
  readonly rootLine?: boolean;
  readonly bundle?: object;
  readonly manifest?: (manifest: object) => object;
  readonly sums?: (lines: readonly string[]) => readonly string[];
}

/** @param change - `rootLine` false: the root is over the whole file, which then has no such line */
export function sealed(change: SealedChange = {}): Files {
  const content = new Map([
    ['attestations/sbom.dsse.json', dsse('image')],
    ['sboms/image.cdx.json', SBOM],
    ['verdicts/v1.json', VERDICT],
  ]);
  const lines = (change.sums ?? ((own) => own))([...content].map(([path, bytes]) => `${hash(bytes)}  ${path}\n`));
  const root = change.root ?? hash(lines.join(''));
  const bundleId = '0123456789abcdef0123456789abcdef';
  const tenantId = 'fedcba9876543210fedcba9876543210';
  const entries = [...content].map(([path, bytes]) => ({
    section: path.split('/')[0],
    canonicalPath: path,
    sha256: hash(bytes),
    sizeBytes: bytes.length,
  }));
  const manifest = {
    ...{ bundleId, tenantId, kind: 'evaluation', createdAt: '2026-11-01T00:00:00.000Z', metadata: {}, entries },
    hashSummary: { algorithm: 'sha256', merkleRoot: root, checksumsPath: 'checksums.txt' },
  };
  const payload = json(manifest).toString('base64');
  const bundle = { bundleId: '01234567-89ab-cdef-0123-456789abcdef', tenantId, kind: 1, status: 3, rootHash: root };
  return new Map([
    ...content,
    ['manifest.json', Buffer.from(JSON.stringify((change.manifest ?? ((own) => own))(manifest), null, 2))],
    [
      'signature.json',
      json({ payloadType: 'application/vnd.stella.evidence.manifest+json', payload, signature: '', keyId: 'demo' }),
    ],
    ['bundle.json', json({ ...bundle, ...change.bundle })],
    ['checksums.txt', Buffer.from(`${change.rootLine === false ? '' : `root ${root}\n`}${lines.join('')}`)],
    ['instructions.txt', Buffer.from('verify\n')],
  ]);
}

export function vex(): Files {
  const documents = [SBOM, VERDICT];
  const items = documents.map((bytes) => ({ provider: 'p1', contentHash: `sha256:${hash(bytes)}` }));
  return new Map([
    ...documents.map((bytes): [string, Buffer] => [`evidence/p1/sha256_${hash(bytes)}.json`, bytes]),
    ['bundle-manifest.json', EMPTY],
    ['manifest.json', json({ manifestId: 'm1', tenant: 't', items, merkleRoot: '?' })],
    ['timeline.json', Buffer.from('[]')],
    ['VERIFY.md', Buffer.from('x\n')],
  ]);
}
