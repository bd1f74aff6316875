/** The samples with what can be done to each of them alone. */
import { Buffer } from 'node:buffer';
import { bytesOf, changedFiles, flipped, type Kinds, MALFORMED, type Mutation, type Sample } from './mutations.ts';
import { type Files, writeFolder } from './pack.ts';
import {
  archivista,
  bagit,
  bundleOfEntries,
  checkpoint,
  descriptor,
  entriesOf,
  envelope,
  gitoid,
  hash,
  inToto,
  json,
  MANIFEST_TYPE,
  oci,
  SBOM,
  sealed,
  sigstore,
  sigstoreBundle,
  statement,
  stellaExport,
  tiles,
  vex,
} from './samples.ts';

const SCHEMA: Kinds = ['schema-violation'];
const VERSION: Kinds = ['unsupported-version'];
const LOST: Kinds = ['source-incomplete'];
const MANIFEST: Kinds = ['manifest-mismatch'];
const BODY: Kinds = ['body-digest-mismatch'];
const GARBLED: Kinds = ['input-malformed', 'schema-violation', 'unsupported-version'];

/** A folder of `files` with others in their place. */
function edit(
  what: string,
  files: () => Files,
  kinds: Kinds,
  names: string,
  change: Readonly<Record<string, Buffer | undefined>> = {},
): Mutation {
  return { what, make: (at) => writeFolder(at, changedFiles(files(), change)), kinds, names };
}

/** The JSON of `path` after `change`. */
function altered(files: Files, path: string, change: (value: Record<string, unknown>) => void): Buffer {
  const value = JSON.parse(bytesOf(files, path).toString()) as Record<string, unknown>;
  change(value);
  return json(value);
}

function textual(files: Files, path: string, change: (text: string) => string): Buffer {
  const text = bytesOf(files, path).toString();
  const is = change(text);
  if (is === text) throw new RangeError(`nothing was changed in ${path}`);
  return Buffer.from(is);
}

/* OCI. */

function ociSample(): Sample {
  const files = oci();
  const [layer, second] = ['one', 'two'].map((n) => `blobs/sha256/${hash(`layer ${n}`)}`) as [string, string];
  const [manifestPath = '', manifestBytes = Buffer.alloc(0)] =
    [...files].find(([path, bytes]) => path.startsWith('blobs') && bytes.includes('"subject"')) ?? [];
  /** A changed manifest under its right name, and the index that leads to it. */
  const withManifest = (change: (value: Record<string, unknown>) => void): Record<string, Buffer | undefined> => {
    const value = JSON.parse(manifestBytes.toString()) as Record<string, unknown>;
    change(value);
    const bytes = json(value);
    const index = altered(files, 'index.json', (json) => {
      const manifests = json['manifests'] as Record<string, unknown>[];
      manifests[2] = { ...manifests[2], ...descriptor(MANIFEST_TYPE, bytes) };
    });
    return { [manifestPath]: undefined, [`blobs/sha256/${hash(bytes)}`]: bytes, 'index.json': index };
  };
  const index = (change: (manifests: Record<string, unknown>[]) => void): Record<string, Buffer> => ({
    'index.json': altered(files, 'index.json', (value) => change(value['manifests'] as Record<string, unknown>[])),
  });
  const own = (
    what: string,
    kinds: Kinds,
    names: string,
    change: Record<string, Buffer | undefined>,
    most = 1,
  ): Mutation => ({ ...edit(what, () => files, kinds, names, change), most });
  const dangling = { mediaType: MANIFEST_TYPE, digest: `sha256:${'0'.repeat(64)}`, size: 2 };
  return {
    name: 'oci',
    files,
    victim: layer,
    control: 'index.json',
    extra: `blobs/sha256/${hash('more')}`,
    changed: BODY,
    missing: MANIFEST,
    extraKinds: MANIFEST,
    uncontrolled: LOST,
    garbled: GARBLED,
    own: [
      own('a blob under the name of another', BODY, hash('other'), {
        [`blobs/sha256/${hash('other')}`]: Buffer.from('more'),
      }),
      own('a file beside the layout', MANIFEST, 'README.md', { 'README.md': Buffer.from('x') }),
      own('no mark of the layout', LOST, 'oci-layout', { 'oci-layout': undefined }),
      own('another version', VERSION, 'oci-layout', { 'oci-layout': json({ imageLayoutVersion: '2.0.0' }) }),
      own(
        'a size in the index',
        MANIFEST,
        'index.json',
        index((all) => (all[0] = { ...all[0], size: 1 })),
      ),
      own(
        'a size that is no number',
        SCHEMA,
        'index.json',
        index((all) => (all[0] = { ...all[0], size: '1' })),
      ),
      own(
        'other content in a descriptor of the index',
        MANIFEST,
        '`data`',
        index((all) => (all[0] = { ...all[0], data: json({}).toString('base64') })),
      ),
      own(
        'other content in the descriptor of a layer',
        MANIFEST,
        '`data`',
        withManifest((value) => (value['layers'] = [{ ...(value['layers'] as object[])[0], data: 'AAAA' }])),
      ),
      own(
        'other content in the descriptor of a subject',
        MANIFEST,
        '`data`',
        withManifest((value) => (value['subject'] = { ...(value['subject'] as object), data: '' })),
      ),
      own(
        'content in a descriptor that is no base64',
        SCHEMA,
        '/manifests/0/data',
        index((all) => (all[0] = { ...all[0], data: '?' })),
      ),
      own('a manifest that another descriptor calls a file, and a layer of it that is gone', MANIFEST, second, {
        ...index((all) => all.unshift({ ...all[1], mediaType: 'application/octet-stream', annotations: {} })),
        [second]: undefined,
      }),
      own('an index of another schema', VERSION, 'index.json', {
        'index.json': altered(files, 'index.json', (value) => (value['schemaVersion'] = 1)),
      }),
      own('an index of another media type', SCHEMA, '/mediaType', {
        'index.json': altered(files, 'index.json', (value) => (value['mediaType'] = `${value['mediaType']}x`)),
      }),
      own('an index of a media type that is no text', SCHEMA, '/mediaType', {
        'index.json': altered(files, 'index.json', (value) => (value['mediaType'] = 5)),
      }),
      own(
        'a manifest of another schema',
        VERSION,
        'schemaVersion',
        withManifest((value) => (value['schemaVersion'] = '2')),
      ),
      own(
        'a digest of another algorithm',
        SCHEMA,
        'index.json',
        index((all) => (all[0] = { ...all[0], digest: `md5:${'0'.repeat(32)}` })),
      ),
      own(
        'a digest that leads out',
        SCHEMA,
        'index.json',
        index((all) => (all[0] = { ...all[0], digest: 'sha256:../../etc/passwd' })),
      ),
      own(
        'an entry twice',
        ['duplicate-id'],
        '',
        index((all) => all.push({ ...all[0] })),
      ),
      own(
        'a descriptor of nothing',
        MANIFEST,
        '000',
        index((all) => all.push(dangling)),
      ),
      own(
        'a referrer that the index has lost',
        MANIFEST,
        manifestPath,
        index((all) => all.pop()),
        2,
      ),
      own(
        'a media type that the manifest denies',
        MANIFEST,
        'it says that it is',
        index((all) => (all[2] = { ...all[2], mediaType: 'application/vnd.docker.distribution.manifest.v2+json' })),
      ),
      own(
        'a subject that is not there',
        LOST,
        'its subject',
        withManifest((value) => (value['subject'] = dangling)),
      ),
      own(
        'a subject of another size',
        MANIFEST,
        'its subject',
        withManifest((value) => (value['subject'] = { ...(value['subject'] as object), size: 1 })),
      ),
      own(
        'a subject that is no descriptor',
        SCHEMA,
        '/subject',
        withManifest((value) => (value['subject'] = 'sha256:00')),
      ),
      own(
        'a layer of another size',
        MANIFEST,
        'states 1',
        withManifest((value) => (value['layers'] = [{ ...(value['layers'] as object[])[0], size: 1 }])),
      ),
      own(
        'a manifest that is no JSON',
        GARBLED,
        'blobs/sha256',
        (() => {
          const bytes = Buffer.from('{"layers":[');
          return {
            [`blobs/sha256/${hash(bytes)}`]: bytes,
            ...index((all) => all.push(descriptor(MANIFEST_TYPE, bytes))),
          };
        })(),
      ),
      own('a member twice', MALFORMED, 'index.json', {
        'index.json': textual(files, 'index.json', (text) => text.replace('{', '{"schemaVersion":2,')),
      }),
      own('blobs by an unknown digest', VERSION, 'blobs/md5', { 'blobs/md5/00': Buffer.from('x') }),
    ],
  };
}

/* Attestations. */

function inTotoSample(): Sample {
  const files = inToto();
  const victim = 'nested/three.dsse.json';
  const lines = 'release.intoto.jsonl';
  const own = (what: string, kinds: Kinds, names: string, change: Record<string, Buffer | undefined>): Mutation =>
    edit(what, () => files, kinds, names, change);
  const one = (change: (value: Record<string, unknown>) => void): Record<string, Buffer> => ({
    [victim]: altered(files, victim, change),
  });
  const payload = (text: string): Record<string, Buffer> =>
    one((value) => (value['payload'] = Buffer.from(text).toString('base64')));
  const said = (change: (value: Record<string, unknown>) => void): Record<string, Buffer> => {
    const value = JSON.parse(statement('three').toString()) as Record<string, unknown>;
    change(value);
    return payload(JSON.stringify(value));
  };
  return {
    name: 'in-toto',
    files,
    victim,
    control: lines,
    extra: 'README.md',
    // By itself a folder of attestations states nothing of what must be there: a comparison does.
    changed: [],
    missing: [],
    spaceIsFree: true,
    extraKinds: VERSION,
    uncontrolled: [],
    garbled: GARBLED,
    own: [
      own('a line twice', ['duplicate-id'], `${lines}, line 3`, {
        [lines]: Buffer.concat([bytesOf(files, lines), json(envelope(statement('one'))), Buffer.from('\n')]),
      }),
      own('a payload in two files', ['duplicate-id'], victim, {
        [lines]: Buffer.concat([bytesOf(files, lines), bytesOf(files, victim), Buffer.from('\n')]),
      }),
      own('an empty line', MALFORMED, 'line 2', {
        [lines]: textual(files, lines, (text) => text.replace('\n', '\n\n')),
      }),
      own('a line cut off', MALFORMED, 'line 2', { [lines]: bytesOf(files, lines).subarray(0, -9) }),
      own('an empty file', ['input-truncated'], lines, { [lines]: Buffer.alloc(0) }),
      own(
        'a payload that is no base64',
        SCHEMA,
        victim,
        one((value) => (value['payload'] = '*')),
      ),
      own(
        'a payload with other spare bits',
        SCHEMA,
        victim,
        one((value) => (value['payload'] = 'AB==')),
      ),
      own('a payload that is no JSON', MALFORMED, victim, payload('{')),
      own('a statement with a member twice', MALFORMED, victim, payload('{"_type":"a","_type":"b"}')),
      own(
        'no type of predicate',
        SCHEMA,
        victim,
        said((value) => delete value['predicateType']),
      ),
      own(
        'an empty list of subjects',
        SCHEMA,
        victim,
        said((value) => (value['subject'] = [])),
      ),
      ...[5, null, ''].map((sha256) =>
        own(
          `a subject whose digest is ${JSON.stringify(sha256)}`,
          SCHEMA,
          victim,
          said((value) => (value['subject'] = [{ name: 'three', digest: { sha256 } }])),
        ),
      ),
      own(
        'no subject',
        SCHEMA,
        victim,
        said((value) => delete value['subject']),
      ),
      own(
        'a subject without a digest',
        SCHEMA,
        victim,
        said((value) => (value['subject'] = [{ name: 'x', digest: {} }])),
      ),
      own(
        'no signatures',
        SCHEMA,
        victim,
        one((value) => delete value['signatures']),
      ),
      own('another document', SCHEMA, victim, { [victim]: SBOM }),
      own('an array', SCHEMA, victim, { [victim]: json([envelope(statement('three'))]) }),
      own('a member of the envelope twice', MALFORMED, victim, {
        [victim]: textual(files, victim, (text) => text.replace('{', '{"payload":"",')),
      }),
    ],
  };
}

function sigstoreSample(): Sample {
  const files = sigstore();
  const victim = 'one.sigstore.json';
  const message = 'image.sigstore.json';
  type Members = Record<string, unknown>;
  const own = (what: string, kinds: Kinds, names: string, change: Record<string, Buffer | undefined>): Mutation =>
    edit(what, () => files, kinds, names, change);
  const bundle = (change: (value: Members) => void): Record<string, Buffer> => ({
    [victim]: altered(files, victim, change),
  });
  const entry = (change: (value: Members, proof: Members) => void): Record<string, Buffer> =>
    bundle((value) => {
      const [first = {}] = (value['verificationMaterial'] as { tlogEntries: Members[] }).tlogEntries;
      change(first, first['inclusionProof'] as Members);
    });
  return {
    name: 'sigstore',
    files,
    victim,
    control: message,
    extra: 'README.md',
    // By itself a folder of attestations states nothing of what must be there: a comparison does.
    changed: [],
    missing: [],
    spaceIsFree: true,
    extraKinds: VERSION,
    uncontrolled: [],
    garbled: GARBLED,
    own: [
      own(
        'another payload',
        BODY,
        victim,
        bundle((value) => (value['dsseEnvelope'] = envelope(statement('two')))),
      ),
      own(
        'a root of the log',
        ['hash-mismatch'],
        'inclusionProof',
        entry((_, proof) => (proof['rootHash'] = Buffer.alloc(32).toString('base64'))),
      ),
      own(
        'an index in the log',
        ['hash-mismatch'],
        'inclusionProof',
        entry((_, proof) => (proof['logIndex'] = '0')),
      ),
      own(
        'an index beyond the log',
        ['hash-mismatch'],
        'inclusionProof',
        entry((_, proof) => (proof['logIndex'] = '2')),
      ),
      own(
        'a hash of the path',
        ['hash-mismatch'],
        'inclusionProof',
        entry((_, proof) => (proof['hashes'] = [Buffer.alloc(32).toString('base64')])),
      ),
      own(
        'a path that is too short',
        ['hash-mismatch'],
        'inclusionProof',
        entry((_, proof) => (proof['hashes'] = [])),
      ),
      own(
        'a hash that is none',
        SCHEMA,
        'hashes/0',
        entry((_, proof) => (proof['hashes'] = ['AAAA'])),
      ),
      own(
        'a size that is negative',
        SCHEMA,
        'treeSize',
        entry((_, proof) => (proof['treeSize'] = '-2')),
      ),
      own(
        'the entry of another attestation',
        ['body-digest-mismatch'],
        victim,
        (() => {
          const other = sigstoreBundle('two')['verificationMaterial'];
          return bundle((value) => (value['verificationMaterial'] = other));
        })(),
      ),
      own(
        'two signatures',
        SCHEMA,
        'expected exactly one',
        bundle((value) => {
          const own = value['dsseEnvelope'] as { signatures: object[] };
          own.signatures.push(own.signatures[0] ?? {});
        }),
      ),
      own(
        'neither envelope nor signature',
        SCHEMA,
        victim,
        bundle((value) => delete value['dsseEnvelope']),
      ),
      own(
        'envelope and signature',
        SCHEMA,
        victim,
        bundle((value) => (value['messageSignature'] = {})),
      ),
      own(
        'no material',
        SCHEMA,
        'verificationMaterial',
        bundle((value) => delete value['verificationMaterial']),
      ),
      own(
        'an unknown version',
        VERSION,
        victim,
        bundle((value) => (value['mediaType'] = 'application/vnd.dev.sigstore.bundle.v9+json')),
      ),
      own(
        'a media type of something else',
        SCHEMA,
        victim,
        bundle((value) => (value['mediaType'] = 'application/json')),
      ),
      own('a digest by another algorithm', VERSION, message, {
        [message]: textual(files, message, (text) => text.replace('SHA2_256', 'MD5')),
      }),
      own('a digest that is too short', VERSION, message, {
        [message]: textual(files, message, (text) => text.replace(/"digest":"[^"]*"/, '"digest":"AAAA"')),
      }),
      own('a bundle twice', ['duplicate-id'], 'two.sigstore', { 'two.sigstore.json': bytesOf(files, victim) }),
      own('a signature that is no base64', SCHEMA, message, {
        [message]: textual(files, message, (text) => text.replace('"AAAA"', '"*"')),
      }),
    ],
  };
}

function archivistaSample(): Sample {
  const files = archivista();
  const [victim = ''] = [...files.keys()];
  const lines = 'all.intoto.jsonl';
  const own = (what: string, kinds: Kinds, names: string, change: Record<string, Buffer | undefined>): Mutation =>
    edit(what, () => files, kinds, names, change);
  const named = (bytes: Buffer): Record<string, Buffer> => ({ [`${gitoid(bytes)}.json`]: bytes });
  const renamed = `${'0'.repeat(64)}.json`;
  return {
    name: 'archivista',
    files,
    victim,
    control: lines,
    extra: 'README.md',
    changed: BODY,
    missing: [],
    extraKinds: VERSION,
    uncontrolled: [],
    garbled: GARBLED,
    own: [
      own('another name', BODY, renamed, { [victim]: undefined, [renamed]: bytesOf(files, victim) }),
      own('the names of two exchanged', BODY, victim, { [victim]: bytesOf(files, [...files.keys()][1] ?? '') }),
      own('a name by SHA-256 of the bytes alone', BODY, hash(json(envelope(statement('x')))), {
        [hash(json(envelope(statement('x'))))]: json(envelope(statement('x'))),
      }),
      own('a document that is no attestation', SCHEMA, gitoid(SBOM), named(SBOM)),
      own('an envelope without a payload', SCHEMA, '.json', named(json({ payloadType: 'x', signatures: [] }))),
      own('a payload that is no base64', SCHEMA, '.json', named(json({ ...envelope(SBOM), payload: '*' }))),
      own(
        'a statement without subjects',
        SCHEMA,
        '.json',
        named(json(envelope(json({ _type: 'x', predicateType: 'y' })))),
      ),
      own(
        'a member twice',
        MALFORMED,
        '.json',
        named(Buffer.from('{"payload":"","payload":"","payloadType":"x","signatures":[]}')),
      ),
      own('a white space more', BODY, victim, { [victim]: Buffer.concat([bytesOf(files, victim), Buffer.from('\n')]) }),
      own('a line twice', ['duplicate-id'], lines, {
        [lines]: Buffer.concat([bytesOf(files, lines), json(envelope(statement('one')))]),
      }),
      own('a file in a folder', VERSION, 'inside/x', { 'inside/x': SBOM }),
      own('a name with a digit less', VERSION, 'is no attestation', { [`${'0'.repeat(63)}.json`]: SBOM }),
    ],
  };
}

/* Tiles. */

function tilesSample(): Sample {
  const files = tiles();
  const victim = 'tile/entries/000';
  const own = (
    what: string,
    kinds: Kinds,
    names: string,
    change: Record<string, Buffer | undefined>,
    most = 1,
  ): Mutation => ({ ...edit(what, () => files, kinds, names, change), most });
  const entries = entriesOf(300);
  const root = Buffer.from(bytesOf(files, 'checkpoint').toString().split('\n')[2] ?? '', 'base64');
  const other = 'tile/0/000';
  const swapped = [...entries.slice(0, 254), entries[255] ?? Buffer.alloc(0), entries[254] ?? Buffer.alloc(0)];
  return {
    name: 'tlog-tiles',
    files,
    victim,
    control: 'checkpoint',
    extra: 'tile/README.md',
    changed: [...MANIFEST, 'hash-mismatch'],
    missing: MANIFEST,
    extraKinds: MANIFEST,
    uncontrolled: LOST,
    garbled: [...SCHEMA, ...MALFORMED],
    own: [
      own('another root', ['stream-root-mismatch'], 'checkpoint', { checkpoint: checkpoint(300, flipped(root)) }),
      own('a smaller size', MANIFEST, 'tile', { checkpoint: checkpoint(299, root) }, 6),
      own('a larger size', MANIFEST, 'tile', { checkpoint: checkpoint(301, root) }, 6),
      own('the size of a full tile', MANIFEST, 'tile', { checkpoint: checkpoint(256, root) }, 6),
      own('no signature', SCHEMA, 'checkpoint', {
        checkpoint: textual(files, 'checkpoint', (text) => text.slice(0, text.indexOf('\n\n') + 1)),
      }),
      own('a root that is too short', SCHEMA, 'checkpoint', { checkpoint: checkpoint(300, root.subarray(1)) }),
      own('a size that is no number', SCHEMA, 'checkpoint', {
        checkpoint: textual(files, 'checkpoint', (text) => text.replace('\n300\n', '\n0x12c\n')),
      }),
      own('entries exchanged', ['hash-mismatch'], other, { [victim]: bundleOfEntries(swapped) }),
      own('an entry less in a bundle', MANIFEST, victim, { [victim]: bundleOfEntries(entries.slice(0, 255)) }),
      own('an entry more in a bundle', MANIFEST, victim, { [victim]: bundleOfEntries(entries.slice(0, 257)) }),
      own('an entry cut off', MANIFEST, victim, { [victim]: bytesOf(files, victim).subarray(0, -1) }),
      own('a hash of a tile', ['hash-mismatch'], other, { [other]: flipped(bytesOf(files, other)) }),
      own('a hash of a tile above', ['hash-mismatch'], 'tile/1', {
        'tile/1/000.p/1': flipped(bytesOf(files, 'tile/1/000.p/1')),
      }),
      own('no tile above', MANIFEST, 'tile/1/000.p/1', { 'tile/1/000.p/1': undefined }),
      own('no tile of hashes', MANIFEST, other, { [other]: undefined }),
      own('a tile of another length', MANIFEST, other, { [other]: bytesOf(files, other).subarray(0, -1) }),
      own('a tile of a larger log', MANIFEST, 'tile/0/001.p/45', { 'tile/0/001.p/45': Buffer.alloc(45 * 32) }),
      own('a tile of a level that is not', MANIFEST, 'tile/7/000', { 'tile/7/000.p/1': Buffer.alloc(32) }),
      own('an older bundle with another entry', BODY, '000.p/2', {
        'tile/entries/000.p/2': bundleOfEntries([Buffer.from('forged'), entries[1] ?? Buffer.alloc(0)]),
      }),
      own('an older tile with another hash', ['hash-mismatch'], '000.p/2', { 'tile/0/000.p/2': Buffer.alloc(64) }),
      own('a width that is none', MANIFEST, '000.p/256', { 'tile/0/000.p/256': Buffer.alloc(8192) }),
      own(
        'a tile under a second spelling of its number',
        MANIFEST,
        other,
        { [other]: undefined, 'tile/0/x000/000': bytesOf(files, other) },
        2,
      ),
    ],
  };
}

/* BagIt. */

function bagitSample(): Sample {
  const files = bagit();
  const victim = 'data/sboms/image.cdx.json';
  const [plain, long] = ['manifest-sha256.txt', 'manifest-sha512.txt'];
  const honestOxum = bytesOf(files, 'bag-info.txt').toString().split('Payload-Oxum: ')[1]?.trim() ?? '';
  const own = (
    what: string,
    kinds: Kinds,
    names: string,
    change: Record<string, Buffer | undefined>,
    most = 1,
  ): Mutation => ({
    ...edit(what, () => files, kinds, names, change),
    most,
  });
  /** Tag files after a change, and the tag manifest that fits. */
  const sealedAgain = (change: Record<string, Buffer | undefined>): Record<string, Buffer | undefined> => {
    const now = changedFiles(files, change);
    const tags = [...now].filter(([path]) => !path.startsWith('data/') && !path.startsWith('tagmanifest'));
    return {
      ...change,
      'tagmanifest-sha256.txt': Buffer.from(tags.map(([path, bytes]) => `${hash(bytes)}  ${path}\n`).join('')),
    };
  };
  const line = `${hash(SBOM)}  ${victim}\n`;
  return {
    name: 'bagit',
    files,
    victim,
    control: plain,
    extra: 'data/extra.bin',
    changed: BODY,
    missing: MANIFEST,
    extraKinds: MANIFEST,
    uncontrolled: MANIFEST,
    garbled: [...BODY, ...GARBLED],
    own: [
      own(
        'a line less in a manifest',
        MANIFEST,
        victim,
        sealedAgain({ [plain]: textual(files, plain, (text) => text.replace(line, '')) }),
      ),
      own('a line twice', SCHEMA, 'twice', sealedAgain({ [plain]: textual(files, plain, (text) => `${text}${line}`) })),
      own(
        'a line of a file that is not there',
        MANIFEST,
        'data/none',
        sealedAgain({ [plain]: textual(files, plain, (text) => `${text}${hash('x')}  data/none\n`) }),
      ),
      own(
        'a line that leads out',
        SCHEMA,
        plain,
        sealedAgain({ [plain]: textual(files, plain, (text) => `${text}${hash('x')}  data/../../etc/passwd\n`) }),
      ),
      own(
        'a line of no payload',
        SCHEMA,
        plain,
        sealedAgain({ [plain]: textual(files, plain, (text) => `${text}${hash('x')}  bagit.txt\n`) }),
      ),
      own(
        'a digest that is too short',
        SCHEMA,
        plain,
        sealedAgain({ [plain]: textual(files, plain, (text) => text.slice(1)) }),
      ),
      own(
        'a wrong digest in one of two manifests',
        BODY,
        victim,
        sealedAgain({
          [long]: textual(files, long, (text) => text.replace(hash(SBOM, 'sha512'), hash('x', 'sha512'))),
        }),
      ),
      own('a manifest of an unknown digest', VERSION, 'manifest-crc32', {
        'manifest-crc32.txt': Buffer.from('0 data/x\n'),
      }),
      own('no manifest of the payload', LOST, '', sealedAgain({ [plain]: undefined, [long]: undefined })),
      own('no declaration', LOST, 'bagit.txt', sealedAgain({ 'bagit.txt': undefined })),
      own(
        'another version',
        VERSION,
        'bagit.txt',
        sealedAgain({ 'bagit.txt': Buffer.from('BagIt-Version: 2.0\nTag-File-Character-Encoding: UTF-8\n') }),
      ),
      own(
        'another encoding',
        VERSION,
        'bagit.txt',
        sealedAgain({ 'bagit.txt': Buffer.from('BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-16\n') }),
      ),
      own(
        'a declaration of one line',
        SCHEMA,
        'bagit.txt',
        sealedAgain({ 'bagit.txt': Buffer.from('BagIt-Version: 1.0\n') }),
      ),
      own(
        'an Oxum that is wrong',
        MANIFEST,
        'Payload-Oxum',
        sealedAgain({ 'bag-info.txt': Buffer.from('Payload-Oxum: 1.1\n') }),
      ),
      ...['Payload-Oxum: HONEST\nPayload-Oxum: 1.1\n', 'Payload-Oxum : 1.1\n', 'PAYLOAD-OXUM:\n\t1.1\n'].map((info) =>
        own(
          `an Oxum that is wrong, in ${JSON.stringify(info)}`,
          MANIFEST,
          'states 1.1',
          sealedAgain({ 'bag-info.txt': Buffer.from(info.replace('HONEST', honestOxum)) }),
        ),
      ),
      own(
        'an Oxum that is none',
        SCHEMA,
        'Payload-Oxum',
        sealedAgain({ 'bag-info.txt': Buffer.from('Payload-Oxum: many\n') }),
      ),
      own('a tag file that was changed', BODY, 'bag-info.txt', {
        'bag-info.txt': textual(files, 'bag-info.txt', (text) => text.replace('example', 'another')),
      }),
      own(
        'a file that is to be fetched',
        LOST,
        'data/far',
        sealedAgain({
          'fetch.txt': Buffer.from('http://example.test/far 5 data/far\n'),
          [plain]: textual(files, plain, (text) => `${text}${hash('x')}  data/far\n`),
          [long]: textual(files, long, (text) => `${text}${hash('x', 'sha512')}  data/far\n`),
        }),
      ),
      own('a payload renamed', MANIFEST, 'data/renamed', { [victim]: undefined, 'data/renamed': SBOM }, 4),
    ],
  };
}

/* The platform's own. */

function exportSample(): Sample {
  const files = stellaExport();
  const victim = 'sboms/image.cdx.json';
  const sums = 'checksums.sha256';
  const own = (
    what: string,
    kinds: Kinds,
    names: string,
    change: Record<string, Buffer | undefined>,
    most = 1,
  ): Mutation => ({
    ...edit(what, () => files, kinds, names, change),
    most,
  });
  const lined = (change: (text: string) => string): Record<string, Buffer> => ({
    [sums]: textual(files, sums, change),
  });
  const attested = 'attestations/sbom.dsse.json';
  /** The attestation is another one, and its checksum fits. */
  const attestation = (bytes: Buffer): Record<string, Buffer> => ({
    [attested]: bytes,
    ...lined((text) => text.replace(hash(bytesOf(files, attested)), hash(bytes))),
  });
  return {
    name: 'stella-export',
    files,
    victim,
    control: sums,
    extra: 'sboms/more.json',
    changed: BODY,
    missing: MANIFEST,
    extraKinds: MANIFEST,
    uncontrolled: LOST,
    garbled: GARBLED,
    own: [
      own(
        'a line less',
        MANIFEST,
        victim,
        lined((text) => text.replace(/.*image\.cdx.*\n/, '')),
      ),
      own(
        'a line twice',
        SCHEMA,
        'twice',
        lined((text) => `${text}${text.split('\n')[0]}\n`),
      ),
      own(
        'a line of a file that is not there',
        MANIFEST,
        'vex/none',
        lined((text) => `${text}SHA256 (vex/none) = ${hash('x')}\n`),
      ),
      own(
        'a line that leads out',
        SCHEMA,
        'no plain path',
        lined((text) => `${text}SHA256 (../x) = ${hash('x')}\n`),
      ),
      own(
        'an absolute line',
        SCHEMA,
        'no plain path',
        lined((text) => `${text}SHA256 (/etc/x) = ${hash('x')}\n`),
      ),
      own(
        'a wrong digest',
        BODY,
        victim,
        lined((text) => text.replace(hash(SBOM), hash('x'))),
      ),
      own(
        'digits in upper case',
        SCHEMA,
        sums,
        lined((text) => text.replace(hash(SBOM), hash(SBOM).toUpperCase())),
      ),
      own(
        'lines of another form',
        SCHEMA,
        'line 1',
        lined((text) => text.replace(/SHA256 \((.*)\) = (.*)/g, '$2  $1')),
      ),
      own(
        'an empty line',
        SCHEMA,
        'line 2',
        lined((text) => text.replace('\n', '\n\n')),
      ),
      own('a file at the top', MANIFEST, 'more.json', { 'more.json': SBOM }),
      own('a file renamed', MANIFEST, 'sboms/renamed.json', { [victim]: undefined, 'sboms/renamed.json': SBOM }, 2),
      own('no manifest', LOST, 'manifest.json', { 'manifest.json': undefined }),
      own('a manifest without id', SCHEMA, 'manifest.json', { 'manifest.json': json({ version: '1.0.0' }) }),
      own('another version', VERSION, 'manifest.json', { 'manifest.json': json({ bundleId: 'x', version: '2.0.0' }) }),
      own('a manifest with a member twice', MALFORMED, 'manifest.json', {
        'manifest.json': Buffer.from('{"bundleId":"a","bundleId":"b"}'),
      }),
      own('an attestation that is none', SCHEMA, attested, attestation(SBOM)),
      own('an attestation without base64', SCHEMA, attested, attestation(json({ ...envelope(SBOM), payload: '*' }))),
    ],
  };
}

function sealedSample(): Sample {
  const files = sealed();
  const victim = 'sboms/image.cdx.json';
  const own = (
    what: string,
    kinds: Kinds,
    names: string,
    change: Record<string, Buffer | undefined>,
    most = 1,
  ): Mutation => ({
    ...edit(what, () => files, kinds, names, change),
    most,
  });
  const made = (what: string, kinds: Kinds, names: string, change: Parameters<typeof sealed>[0]): Mutation =>
    edit(what, () => sealed(change), kinds, names);
  const other = hash('x');
  return {
    name: 'stella-sealed',
    files,
    victim,
    control: 'manifest.json',
    extra: 'sboms/more.json',
    changed: BODY,
    missing: MANIFEST,
    extraKinds: MANIFEST,
    uncontrolled: LOST,
    garbled: GARBLED,
    own: [
      made('another root everywhere', ['stream-root-mismatch'], 'checksums.txt', { root: other }),
      made('another root in bundle.json', ['stream-root-mismatch'], other, { bundle: { rootHash: other } }),
      own('another root in the checksums', ['stream-root-mismatch'], 'checksums.txt', {
        'checksums.txt': textual(files, 'checksums.txt', (text) => text.replace(/root .*/, `root ${other}`)),
      }),
      made('a manifest that was not signed', MANIFEST, 'manifest.json', {
        manifest: (manifest) => ({ ...manifest, kind: 'job' }),
      }),
      own('a payload that is not the manifest', MANIFEST, 'manifest.json', {
        'signature.json': altered(files, 'signature.json', (value) => (value['payload'] = json({}).toString('base64'))),
      }),
      own('a payload that is no base64', SCHEMA, 'signature.json', {
        'signature.json': altered(files, 'signature.json', (value) => (value['payload'] = '*')),
      }),
      own('a payload that is no JSON', MALFORMED, 'signature.json', {
        'signature.json': altered(files, 'signature.json', (value) => (value['payload'] = 'AAAA')),
      }),
      made('another bundle', MANIFEST, 'bundleId', { bundle: { bundleId: 'another' } }),
      made('another tenant', MANIFEST, 'tenantId', { bundle: { tenantId: 'another' } }),
      made('lines that are not sorted', MANIFEST, 'not sorted', { sums: (lines) => [...lines].reverse() }),
      made('a line less', MANIFEST, 'does not list', { sums: (lines) => lines.slice(1) }),
      made('a line more', MANIFEST, 'zzz', { sums: (lines) => [...lines, `${other}  zzz\n`] }),
      made('a line twice', SCHEMA, 'twice', { sums: (lines) => [...lines, lines[2] ?? ''] }),
      made('a line with another digest', MANIFEST, 'states', {
        sums: ([, ...lines]) => [`${other}  attestations/sbom.dsse.json\n`, ...lines],
      }),
      made('a line that is none', SCHEMA, 'no line of checksums', { sums: (lines) => [...lines, 'zzz\n'] }),
      own('no signature', LOST, 'signature.json', { 'signature.json': undefined }),
      own('no bundle', LOST, 'bundle.json', { 'bundle.json': undefined }),
      own('no checksums', LOST, 'checksums.txt', { 'checksums.txt': undefined }),
      own('a root that is none', SCHEMA, 'bundle.json', {
        'bundle.json': altered(files, 'bundle.json', (value) => (value['rootHash'] = 'none')),
      }),
      own('a file renamed', MANIFEST, 'sboms/renamed.json', { [victim]: undefined, 'sboms/renamed.json': SBOM }, 2),
    ],
  };
}

function vexSample(): Sample {
  const files = vex();
  const [victim = ''] = [...files.keys()];
  const own = (
    what: string,
    kinds: Kinds,
    names: string,
    change: Record<string, Buffer | undefined>,
    most = 1,
  ): Mutation => ({
    ...edit(what, () => files, kinds, names, change),
    most,
  });
  type Item = Record<string, unknown>;
  const listed = (change: (items: Item[], value: Item) => void): Record<string, Buffer> => ({
    'manifest.json': altered(files, 'manifest.json', (value) => change(value['items'] as Item[], value)),
  });
  const renamed = `evidence/p1/sha256_${hash('x')}.json`;
  return {
    name: 'stella-vex',
    files,
    victim,
    control: 'manifest.json',
    extra: 'evidence/p1/more.json',
    changed: BODY,
    missing: MANIFEST,
    extraKinds: MANIFEST,
    uncontrolled: LOST,
    garbled: GARBLED,
    own: [
      own('another name', BODY, renamed, { [victim]: undefined, [renamed]: SBOM }, 2),
      own('another provider', MANIFEST, 'evidence/p2', { [victim]: undefined, [victim.replace('p1', 'p2')]: SBOM }, 2),
      own('a document that is not listed', MANIFEST, hash('x'), { [renamed]: Buffer.from('x') }),
      own(
        'an item less',
        MANIFEST,
        victim,
        listed((items) => items.shift()),
      ),
      own(
        'an item more',
        MANIFEST,
        hash('x'),
        listed((items) => items.push({ provider: 'p1', contentHash: `sha256:${hash('x')}` })),
      ),
      own(
        'an item twice',
        ['duplicate-id'],
        'manifest.json',
        listed((items) => items.push({ ...items[0] })),
      ),
      own(
        'an item of another provider',
        MANIFEST,
        'p9',
        listed((items) => (items[0] = { ...items[0], provider: 'p9' })),
        2,
      ),
      own(
        'a provider that leads out',
        MANIFEST,
        '..',
        listed((items) => (items[0] = { ...items[0], provider: '..' })),
        2,
      ),
      own(
        'a digest that is none',
        SCHEMA,
        'contentHash',
        listed((items) => (items[0] = { ...items[0], contentHash: 'md5:0' })),
      ),
      own(
        'no items',
        SCHEMA,
        'items',
        listed((_, value) => delete value['items']),
      ),
      own(
        'no tenant',
        SCHEMA,
        'tenant',
        listed((_, value) => delete value['tenant']),
      ),
      own(
        'a root that is no text',
        SCHEMA,
        'merkleRoot',
        listed((_, value) => (value['merkleRoot'] = 7)),
      ),
      own('no mark of the bundle', LOST, 'bundle-manifest.json', { 'bundle-manifest.json': undefined }),
      own('a file at the top', MANIFEST, 'more.json', { 'more.json': SBOM }),
      own('a member twice', MALFORMED, 'manifest.json', {
        'manifest.json': textual(files, 'manifest.json', (text) => text.replace('{', '{"tenant":"u",')),
      }),
    ],
  };
}

export const SAMPLES: readonly Sample[] = [
  ...[ociSample(), inTotoSample(), sigstoreSample(), archivistaSample(), tilesSample(), bagitSample()],
  ...[exportSample(), sealedSample(), vexSample()],
];
