/** Our own bundle in an archive, and what archives themselves can be: packed anew, bombs, changing while they are read. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { verifyBundle } from '../../src/api/bundles.ts';
import { compareSnapshots } from '../../src/api/compare-snapshots.ts';
import { ArchiveTree } from '../../src/sources/tree/archive-tree.ts';
import { FolderTree } from '../../src/sources/tree/folder-tree.ts';
import { signEnvelope } from '../../src/trust/dsse.ts';
import { newKeyPair, readPrivateKey } from '../../src/trust/node-keys.ts';
import { signNote } from '../../src/trust/signed-note.ts';
import { bundleOf, filesOf } from '../bundles.ts';
import { run } from '../cli/in-process.ts';
import { bundles, chained, LEDGER_RULE, ndjson } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { archiveMutations, bytesOf, changedFiles, flipped, type Sample } from './mutations.ts';
import { type Files, TAR_END, tarEntry, tarOf, withZip64End, writeFolder, zipFiles, zipOf } from './pack.ts';
import { bagit, hash, inToto, json, oci, sealed, sigstoreBundle, statement, tiles } from './samples.ts';

const folder = temporaryFolder();
let made = 0;
const put = (ending: string, bytes: Buffer | string): string => {
  const path = join(folder, `input-${++made}${ending}`);
  writeFileSync(path, bytes);
  return path;
};
const told = ({ findings }: { readonly findings: readonly { kind: string; message: string }[] }): string =>
  findings.map(({ kind, message }) => `${kind}: ${message}`).join('\n');

const RECORDS = [...bundles(5), ...chained([{ n: 1 }, { n: 2 }, [3]])];
const at = await bundleOf(put('.ndjson', ndjson(RECORDS, { chains: LEDGER_RULE })), join(folder, 'bundle'));
const FILES: Files = new Map(filesOf(at).map((path) => [path, readFileSync(join(at, path))]));

describe('a bundle of ours in an archive', () => {
  const below = new Map([...FILES].map(([path, bytes]) => [`bundle/${path}`, bytes]));
  const packed = [
    put('.tar', tarOf(FILES)),
    put('.tgz', gzipSync(tarOf(below))),
    put('.tar', tarOf(new Map([...FILES].reverse()))),
    put('.zip', zipOf(zipFiles(below))),
    put('.zip', withZip64End(zipOf(zipFiles(below)))),
  ];

  it.each(packed)('is the evidence of the folder: %#', async (path) => {
    const [whole, audit] = [await verifyBundle(at), await verifyBundle(path)];
    expect([audit.verdict, told(audit)]).toEqual(['PASS', '']);
    expect(audit.summary).toEqual(whole.summary);
    const { verdict, totals } = await compareSnapshots(at, path, { mode: 'frozen' });
    expect([verdict, totals.matched]).toEqual(['PASS', RECORDS.length]);
  });

  const [victim = ''] = [...FILES.keys()].filter((path) => path.startsWith('bodies/'));
  const lines = bytesOf(FILES, 'snapshot.ndjson').toString().split('\n');
  const content: readonly (readonly [string, string, Record<string, Buffer | undefined>])[] = [
    ['a body that is gone', 'manifest-mismatch', { [victim]: undefined }],
    ['a body that was changed', 'body-digest-mismatch', { [victim]: flipped(bytesOf(FILES, victim)) }],
    ['a body that is empty', 'body-digest-mismatch', { [victim]: Buffer.alloc(0) }],
    [
      'a body with white space',
      'body-digest-mismatch',
      { [victim]: Buffer.concat([bytesOf(FILES, victim), Buffer.from('\n')]) },
    ],
    ['a body too many', 'manifest-mismatch', { [`bodies/00/${'0'.repeat(62)}.json`]: Buffer.from('1') }],
    ['a file too many', 'manifest-mismatch', { 'notes.txt': Buffer.from('x') }],
    ['no manifest', 'manifest-mismatch', { 'manifest.json': undefined }],
    ['no checksums', 'manifest-mismatch', { SHA256SUMS: undefined }],
    ['no snapshot', 'source-incomplete', { 'snapshot.ndjson': undefined }],
    [
      'a manifest of another version',
      'unsupported-version',
      {
        'manifest.json': Buffer.from(bytesOf(FILES, 'manifest.json').toString().replace('"version":1', '"version":9')),
      },
    ],
    [
      'a line less in the checksums',
      'manifest-mismatch',
      { SHA256SUMS: Buffer.from(bytesOf(FILES, 'SHA256SUMS').toString().replace(/.*\n/, '')) },
    ],
    [
      'a record less in the snapshot',
      'manifest-mismatch',
      { 'snapshot.ndjson': Buffer.from([...lines.slice(0, 2), ...lines.slice(3)].join('\n')) },
    ],
    [
      'a snapshot cut off',
      'input-truncated',
      { 'snapshot.ndjson': bytesOf(FILES, 'snapshot.ndjson').subarray(0, -30) },
    ],
    [
      'a proof that the manifest does not know',
      'manifest-mismatch',
      { [`proofs/00/${'0'.repeat(62)}.json`]: Buffer.from('{}') },
    ],
  ];

  it.each(content)('%s is found', async (_, kind, change) => {
    const path = put('.tar', tarOf(changedFiles(FILES, change)));
    const audit = await verifyBundle(path);
    expect(audit.verdict).not.toBe('PASS');
    expect(
      audit.findings.map((finding) => finding.kind),
      told(audit),
    ).toContain(kind);
    expect(told(audit)).toContain(path);
    expect((await compareSnapshots(at, path)).verdict).not.toBe('PASS');
  });

  const sample: Sample = {
    ...{ name: 'bundle', files: FILES, victim, control: 'manifest.json', extra: 'extra', own: [] },
    ...{ changed: [], missing: [], extraKinds: [], uncontrolled: [], garbled: [] },
  };
  it.each(archiveMutations(sample).map((mutation) => [mutation.what, mutation] as const))(
    '%s',
    async (_, { make, kinds }) => {
      const path = make(join(folder, `mutation-${++made}`));
      const audit = await verifyBundle(path);
      expect(audit.verdict).toBe('INCOMPLETE');
      expect(kinds, told(audit)).toContain(audit.findings[0]?.kind);
      expect(told(audit)).toContain(path);
    },
  );

  it('with proofs says that they were not checked', async () => {
    const proven = await bundleOf(put('.ndjson', ndjson(RECORDS, { chains: LEDGER_RULE })), join(folder, 'proven'), {
      includeProofs: true,
    });
    const files = new Map(filesOf(proven).map((path) => [path, readFileSync(join(proven, path))]));
    const audit = await verifyBundle(put('.tar', tarOf(files)));
    expect([audit.verdict, told(audit)]).toEqual(['INCOMPLETE', expect.stringContaining('unpack it')]);
  });
});

describe('an archive', () => {
  it.skipIf(!existsSync('/usr/bin/zstd'))('that is packed with zstd is read, and its damage found', async () => {
    const packed = execFileSync('zstd', ['-q', '-c', put('.tar', tarOf(bagit()))]);
    expect((await verifyBundle(put('.tar.zst', packed))).verdict).toBe('PASS');
    const cut = await verifyBundle(put('.tar.zst', packed.subarray(0, -40)));
    expect([cut.verdict, cut.findings[0]?.kind]).not.toContain('PASS');
    for (let at = 8; at < packed.length; at += 97) {
      const damaged = Buffer.from(packed);
      damaged[at] = (damaged[at] ?? 0) ^ 0x55;
      expect((await verifyBundle(put('.tar.zst', damaged))).verdict, `byte ${at}`).not.toBe('PASS');
    }
  });

  it('that unpacks to far more than it has is input-limit', async () => {
    const zeros = Buffer.alloc(80 * 1024 * 1024);
    const tar = Buffer.concat([tarEntry({ name: 'bagit.txt', content: zeros }), TAR_END]);
    const bombs = [put('.tgz', gzipSync(tar)), put('.zip', zipOf([{ name: 'bagit.txt', content: zeros }]))];
    for (const bomb of bombs) {
      expect((await verifyBundle(bomb)).findings.map(({ kind }) => kind)).toEqual(['input-limit']);
    }
  });

  it('that changes between two passes is input-changed, and so is a folder', async () => {
    const path = put('.tar', tarOf(bagit()));
    const tree = new ArchiveTree(path, 'tar');
    await tree.list();
    appendFileSync(path, Buffer.alloc(512));
    await expect(tree.pass(() => undefined)).rejects.toMatchObject({ kind: 'input-changed' });
    const place = writeFolder(join(folder, 'changing'), bagit());
    const files = new FolderTree(place);
    await files.list();
    appendFileSync(join(place, 'bagit.txt'), 'x');
    await expect(files.pass(() => ({ write: () => {}, end: () => {} }))).rejects.toMatchObject({
      kind: 'input-changed',
    });
    await expect(files.finish()).rejects.toMatchObject({ kind: 'input-changed' });
    writeFileSync(join(place, 'more.txt'), 'x');
    const again = new FolderTree(place);
    await again.list();
    writeFileSync(join(place, 'still-more.txt'), 'x');
    await expect(again.finish()).rejects.toMatchObject({ kind: 'input-changed' });
  });

  it('of files in no layout is named for what it is, and so is a file', async () => {
    const audit = await verifyBundle(put('.tar', tarOf(new Map([['a.txt', Buffer.from('x')]]))));
    expect(told(audit)).toMatch(/unsupported-version: .*holds 1 file that is in no layout/);
    expect(told(await verifyBundle(put('.txt', 'x')))).toMatch(/unsupported-version: .*no archive/);
    const both = await verifyBundle(
      writeFolder(join(folder, 'both'), new Map([...bagit(), ['oci-layout', Buffer.from('{}')]])),
    );
    expect(told(both)).toMatch(/unsupported-version: .*an OCI image layout or a BagIt bag/);
  });
});

describe('one document beside a folder or an archive of it', () => {
  const lines = new Map([['release.intoto.jsonl', bytesOf(inToto(), 'release.intoto.jsonl')]]);
  const whole = writeFolder(join(folder, 'lines'), lines);
  const document = join(whole, 'release.intoto.jsonl');

  it.each([
    ['a folder', () => whole],
    ['an archive', () => put('.tar', tarOf(lines))],
  ])('is the same evidence as %s, whichever is the baseline', async (_, other) => {
    for (const sides of [[document, other()] as const, [other(), document] as const]) {
      const { verdict, totals } = await compareSnapshots(...sides, { mode: 'frozen' });
      expect([verdict, totals.matched]).toEqual(['PASS', 2]);
    }
  });
});

describe('signatures in a layout', () => {
  const [own, other] = [newKeyPair('own'), newKeyPair('other')];
  const key = readPrivateKey(own.privatePem, 'own');
  const keys = { own: put('.pub', own.publicPem), other: put('.pub', other.publicPem) };
  const payload = statement('one');
  const signed = new Map([['one.dsse.json', json(signEnvelope('application/vnd.in-toto+json', payload, [key]))]]);
  const text = bytesOf(tiles(), 'checkpoint').toString().split('\n\n')[0];
  const log = changedFiles(tiles(), { checkpoint: Buffer.from(signNote(`${text}\n`, 'log.example/evidence', key)) });

  it.each([
    ['in-toto', signed],
    ['tlog-tiles', log],
  ] as const)('are checked with the keys that are given: %s', async (name, files) => {
    const path = writeFolder(join(folder, `signed-${name}`), files);
    const verdictBy = async (...trustedKeys: string[]): Promise<readonly unknown[]> => {
      const { verdict, findings, header } = await verifyBundle(path, trustedKeys.length === 0 ? {} : { trustedKeys });
      return [verdict, findings[0]?.kind, 'notChecked' in (header?.subject ?? {})];
    };
    expect(await verdictBy(keys.own)).toEqual(['PASS', undefined, false]);
    expect(await verdictBy(keys.other, keys.own)).toEqual(['PASS', undefined, false]);
    expect(await verdictBy(keys.other)).toEqual(['UNTRUSTED', 'key-untrusted', false]);
    expect(await verdictBy()).toEqual(['PASS', undefined, true]);
  });

  it('that are taken away or changed are a change of the record', async () => {
    const was = writeFolder(join(folder, 'was'), inToto());
    const name = 'nested/three.dsse.json';
    const envelope = JSON.parse(bytesOf(inToto(), name).toString()) as { signatures: { sig: string }[] };
    for (const signatures of [[], [{ keyid: 'k1', sig: 'AAAA' }]]) {
      const is = writeFolder(join(folder, 'is'), changedFiles(inToto(), { [name]: json({ ...envelope, signatures }) }));
      const { verdict, findings } = await compareSnapshots(was, is);
      expect([verdict, findings[0]?.kind, findings[0]?.path]).toEqual(['FAIL', 'record-modified', '/attrs/signatures']);
    }
  });

  it('that were not checked are named by the command, in both formats', async () => {
    const path = writeFolder(join(folder, 'unkeyed'), signed);
    const what = 'the signatures of 1 attestation: no key was given';
    const json = await run(['verify-bundle', path, '--format', 'json']);
    const { bundles } = JSON.parse(json.stdout) as { bundles: unknown[] };
    expect(bundles).toMatchObject([{ verdict: 'PASS', layout: 'in-toto', notChecked: [what] }]);
    expect((await run(['verify-bundle', path])).stdout).toContain(`not checked: "${what}"`);
  });

  it.each([undefined, null, ''])(
    'are missing in a sealed bundle that has %j in the place of one',
    async (signature) => {
      const { signature: _, ...others } = JSON.parse(bytesOf(sealed(), 'signature.json').toString());
      const files = changedFiles(sealed(), { 'signature.json': json({ ...others, signature }) });
      const { verdict, findings } = await verifyBundle(writeFolder(join(folder, `sealed ${signature}`), files), {
        trustedKeys: [keys.own],
      });
      expect([verdict, findings[0]?.kind]).toEqual(['UNTRUSTED', 'signature-missing']);
    },
  );

  it('are missing where there is nothing that a key could be held against', async () => {
    const bag = await verifyBundle(writeFolder(join(folder, 'bag'), bagit()), { trustedKeys: [keys.own] });
    expect([bag.verdict, bag.findings[0]?.kind]).toEqual(['UNTRUSTED', 'signature-missing']);
    await expect(verifyBundle(at, { trustedKeys: [keys.own] })).rejects.toMatchObject({ kind: 'signature-missing' });
  });
});

describe('entries of logs in Sigstore bundles', () => {
  type Entry = Record<string, unknown>;
  const bundle = sigstoreBundle('one') as { verificationMaterial: { tlogEntries: Entry[] } };
  const [honest = {}] = bundle.verificationMaterial.tlogEntries;

  /** An entry with another body, in a log of it alone. */
  function entryOf(body: Entry): Entry {
    const bytes = json(body);
    const rootHash = Buffer.from(hash(Buffer.concat([Buffer.of(0), bytes])), 'hex').toString('base64');
    const inclusionProof = { logIndex: '0', treeSize: '1', rootHash, hashes: [] };
    return { logIndex: '0', canonicalizedBody: bytes.toString('base64'), inclusionProof };
  }

  const without = (name: string): Entry => Object.fromEntries(Object.entries(honest).filter(([key]) => key !== name));

  it.each<[string, Entry, boolean]>([
    ['that are whole', honest, true],
    ['without a proof', without('inclusionProof'), false],
    ['without a body', without('canonicalizedBody'), false],
    ['without anything', {}, false],
    ['of another kind', entryOf({ kind: 'other', spec: {} }), false],
    ['by another digest', entryOf({ spec: { payloadHash: { algorithm: 'sha512', value: '00' } } }), false],
  ])('%s are named where they say nothing that could be checked', async (what, entry, isHeld) => {
    const material = { ...bundle.verificationMaterial, tlogEntries: [entry] };
    const files = new Map([['one.sigstore.json', json({ ...bundle, verificationMaterial: material })]]);
    const { verdict, header } = await verifyBundle(writeFolder(join(folder, `log ${what}`), files));
    const told = '1 entry of logs in Sigstore bundles: without a proof, or without the digest of an attestation';
    const said = header?.subject['notChecked'];
    expect([verdict, JSON.stringify(said).includes(told)]).toEqual(['PASS', !isHeld]);
  });
});

describe('what a standard leaves free', () => {
  it.each<[string, Files]>([
    ['a descriptor with its content in it', withData()],
    ['Payload-Oxum on two lines', withOxum((oxum) => `Payload-Oxum:\n  ${oxum}\n`)],
    ['Payload-Oxum twice', withOxum((oxum) => `Payload-Oxum: ${oxum}\nPayload-Oxum: ${oxum}\n`)],
    ['no Payload-Oxum', withOxum(() => 'Source-Organization: example\n')],
  ])('is no fault: %s', async (what, files) => {
    const { verdict, findings } = await verifyBundle(writeFolder(join(folder, `free ${what}`), files));
    expect({ verdict, findings }).toEqual({ verdict: 'PASS', findings: [] });
  });

  function withData(): Files {
    const files = oci();
    const index = JSON.parse(bytesOf(files, 'index.json').toString()) as { manifests: Record<string, unknown>[] };
    const [first = {}, ...others] = index.manifests;
    const data = bytesOf(files, `blobs/${String(first['digest']).replace(':', '/')}`).toString('base64');
    return changedFiles(files, { 'index.json': json({ ...index, manifests: [{ ...first, data }, ...others] }) });
  }

  function withOxum(info: (oxum: string) => string): Files {
    const files = bagit();
    const oxum = bytesOf(files, 'bag-info.txt').toString().split('Payload-Oxum: ')[1]?.trim() ?? '';
    return changedFiles(files, { 'bag-info.txt': Buffer.from(info(oxum)), 'tagmanifest-sha256.txt': undefined });
  }
});

describe('members beside those that a standard names', () => {
  type Members = Record<string, unknown>;
  const bundle = sigstoreBundle('one') as { dsseEnvelope: Members & { signatures: Members[] } };
  const { signatures, ...others } = bundle.dsseEnvelope;
  const within = (signature: Members, envelope: Members = {}): Members => ({
    ...others,
    ...envelope,
    signatures: [{ ...signatures[0], ...signature }],
  });
  const inFile = (name: string, value: unknown): Files => new Map([[name, json(value)]]);
  const image = (name: string, more: Members): Files => {
    const value = JSON.parse(bytesOf(oci(), name).toString()) as Members;
    return changedFiles(oci(), { [name]: json({ ...value, ...more }) });
  };
  const message = (more: Members): unknown => {
    const digest = Buffer.from(hash('file'), 'hex').toString('base64');
    const messageSignature = { messageDigest: { algorithm: 'SHA2_256', digest }, signature: 'AAAA', ...more };
    const mediaType = 'application/vnd.dev.sigstore.bundle.v0.3+json';
    return { mediaType, verificationMaterial: { publicKey: { hint: 'k1' } }, messageSignature };
  };

  it.each<[string, (more: Members) => Files]>([
    ['a signature', (more) => inFile('one.dsse.json', within(more))],
    ['an envelope', (more) => inFile('one.dsse.json', within({}, more))],
    ['a bundle', (more) => inFile('one.sigstore.json', { ...bundle, ...more })],
    ['an envelope in a bundle', (more) => inFile('one.sigstore.json', { ...bundle, dsseEnvelope: within({}, more) })],
    ['a signature in a bundle', (more) => inFile('one.sigstore.json', { ...bundle, dsseEnvelope: within(more) })],
    ['a signature of a file', (more) => inFile('one.sigstore.json', message(more))],
    ['an index', (more) => image('index.json', more)],
    ['the mark of a layout', (more) => image('oci-layout', more)],
  ])('of %s are compared', async (what, filesWith) => {
    const path = (name: string, files: Files): string => writeFolder(join(folder, `${what} ${name}`), files);
    const [was, same] = [path('was', filesWith({ more: 'a' })), path('same', filesWith({ more: 'a' }))];
    const [is, gone] = [path('is', filesWith({ more: 'b' })), path('gone', filesWith({}))];
    const verdicts = [same, is, gone].map(async (current) => (await compareSnapshots(was, current)).verdict);
    expect(await Promise.all(verdicts)).toEqual(['PASS', 'FAIL', 'FAIL']);
    expect((await verifyBundle(was)).verdict).toBe('PASS');
  });
});
