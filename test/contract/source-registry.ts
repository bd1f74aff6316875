/**
 * Every source of evidence, over one store: what the suite in sources.test.ts tries its laws on. To add a source is to
 * implement `EvidenceSource` and to add it here.
 */
import { createHash } from 'node:crypto';
import {
  createReadStream,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { BundleArchiveSource } from '../../src/bundle/archive-source.ts';
import { BundleSource } from '../../src/bundle/source.ts';
import type { EvidenceSource } from '../../src/core/audit/evidence-source.ts';
import { EvidenceError, type Where } from '../../src/core/errors.ts';
import { captureSource } from '../../src/engine/capture.ts';
import { readCheckpoint } from '../../src/engine/checkpoint.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { CaptureJournal, ResumedSource } from '../../src/engine/resume-capture.ts';
import type { Layout, LayoutRecord } from '../../src/layouts/layout.ts';
import { LayoutSource } from '../../src/layouts/layout-source.ts';
import { wholeSink } from '../../src/layouts/layout-tree.ts';
import { FileBytes, StdinBytes } from '../../src/sources/bytes.ts';
import { ImportSource } from '../../src/sources/items/import-source.ts';
import type { ResumePoints } from '../../src/sources/postgres/connection-url.ts';
import { PostgresSource } from '../../src/sources/postgres/postgres-source.ts';
import { RootsSource } from '../../src/sources/roots-source.ts';
import { MergedSource } from '../../src/sources/shards/merged-source.ts';
import { ShardSource } from '../../src/sources/shards/shard-source.ts';
import { SnapshotSource } from '../../src/sources/snapshot-source.ts';
import { ArchiveTree } from '../../src/sources/tree/archive-tree.ts';
import { FolderTree } from '../../src/sources/tree/folder-tree.ts';
import type { Tree } from '../../src/sources/tree/tree.ts';
import { plainOf } from '../../src/wire/plain.ts';
import { profileFrom } from '../../src/wire/profile.ts';
import { itemsProfileFrom } from '../../src/wire/profile-items.ts';
import { bundleOf, changed, filesOf as filesIn } from '../bundles.ts';
import { put } from '../faults/files.ts';
import { type Files, tarOf, writeFolder } from '../layouts/pack.ts';
import type { PostgresServer } from '../postgres/server.ts';
import { PausedSource } from '../sources/postgres/paused-source.ts';
import {
  bundles,
  chained,
  json,
  LEDGER_RULE,
  ndjson,
  type PlainRecord,
  referenceCanonical,
  trailerOf,
} from '../store.ts';

/** What the inputs are made from. */
export interface Store {
  readonly name: string;
  readonly records: readonly PlainRecord[];
}

/** Two tenants, streams with and without positions. */
export const SMALL: Store = {
  name: 'small',
  records: [
    ...bundles(12),
    ...chained([null, 'é😀', 0, [], {}, { ['__proto__']: 1 }, ...Array.from({ length: 20 }, (_, n) => ({ n }))]),
    ...bundles(5, { tenant: 'globex', stream: 'b' }),
    ...chained([1, 2, 3], { tenant: 'globex' }),
  ],
};

/** 10 MB in 400 records: more than any source may hold. */
export const LARGE: Store = {
  name: 'large',
  records: chained(
    Array.from({ length: 400 }, (_, n) => ({
      n,
      text: createHash('shake256', { outputLength: 12_500 }).update(`${n}`).digest('hex'),
    })),
  ),
};

/** The record of `SMALL` that damage is done to. */
const DAMAGED = 25;
const { id: DAMAGED_ID } = SMALL.records[DAMAGED] as PlainRecord;

/** An input that cannot be read to its end, and whether a place is in what is wrong with it. */
export interface Damage {
  readonly what: string;
  readonly open: (at: Ground) => Promise<EvidenceSource>;
  readonly isPlace: (where: Where) => boolean;
}

/** Where inputs are put. */
export interface Ground {
  readonly folder: string;
  readonly server: () => PostgresServer;
}

export interface SourceCase {
  readonly name: string;
  /** The class that is tried. */
  readonly of: new (
    ...given: never[]
  ) => EvidenceSource;
  /** Whether it hands out records, or states roots alone. */
  readonly holds: 'records' | 'roots';
  /** Whether it reads all of its input before it hands out the first record, since that may stand at the end. */
  readonly sorts?: true;
  readonly needs?: 'PostgreSQL';
  /** A source over the whole store; nothing of it is opened yet. */
  readonly open: (at: Ground, store: Store) => Promise<EvidenceSource>;
  readonly damages: readonly Damage[];
}

/* Inputs that are files. */

/** Names that were used, so that each input is made once. */
function once(folder: string, name: string, content: () => string | Uint8Array): string {
  const path = join(folder, name);
  return existsSync(path) ? path : put(folder, name, content());
}

/** The text with a member twice in one record, and where that record is. */
function damagedText(text: string): { readonly text: string; readonly isPlace: (where: Where) => boolean } {
  const member = `"id":"${DAMAGED_ID}"`;
  const at = text.indexOf(member);
  const from = text.lastIndexOf('\n', at) + 1;
  const to = text.indexOf('\n', at) + member.length;
  const line = text.slice(0, at).split('\n').length;
  const [fromByte, toByte] = [from, to].map((index) => Buffer.byteLength(text.slice(0, index))) as [number, number];
  return {
    text: `${text.slice(0, at)}${member},${text.slice(at)}`,
    isPlace: ({ line: said, byteOffset = -1 }) => said === line && byteOffset >= fromByte && byteOffset < toByte,
  };
}

function damagesOfText(text: string, sourceOf: (folder: string, text: string) => EvidenceSource): readonly Damage[] {
  const damaged = damagedText(text);
  const cut = text.slice(0, text.length / 2);
  return [
    { what: 'a member twice', open: async ({ folder }) => sourceOf(folder, damaged.text), isPlace: damaged.isPlace },
    {
      what: 'no second half',
      open: async ({ folder }) => sourceOf(folder, cut),
      isPlace: ({ byteOffset = -1 }) => byteOffset > 0 && byteOffset <= Buffer.byteLength(cut),
    },
  ];
}

let names = 0;
const snapshotAt = (path: string): SnapshotSource =>
  new SnapshotSource(new FileBytes(path), { platform: nodePlatform });
const streamOf = (path: string): SnapshotSource =>
  new SnapshotSource(new StdinBytes(createReadStream(path)), { platform: nodePlatform });
const rootsAt = (path: string): RootsSource => new RootsSource(new FileBytes(path), { platform: nodePlatform });

const ndjsonOf = ({ records }: Store): string => ndjson(records, { chains: LEDGER_RULE });
const jsonOf = ({ records }: Store): string => json(records, { chains: LEDGER_RULE });

/** A case of one file, read by `sourceAt`. */
function fileCase(
  name: string,
  textOf: (store: Store) => string,
  sourceAt: (path: string) => EvidenceSource,
  pack: (text: string) => string | Uint8Array = (text) => text,
): SourceCase {
  const file = `snapshot-${name.replaceAll(' ', '-')}`;
  return {
    name,
    of: SnapshotSource,
    holds: 'records',
    open: async ({ folder }, store) => sourceAt(once(folder, `${store.name}-${file}`, () => pack(textOf(store)))),
    damages: damagesOfText(textOf(SMALL), (folder, text) => sourceAt(put(folder, `${++names}-${file}`, pack(text)))),
  };
}

const absent: Damage = {
  what: 'no file',
  open: async ({ folder }) => snapshotAt(join(folder, 'absent')),
  isPlace: ({ file = '' }) => file.endsWith('absent'),
};

/* Parts of a capture: one that is all of it, so that the laws hold for it as they are, and what joins several. */

const WHOLE = { index: 0, count: 1 } as const;
/** All shards state the time that their whole does. */
const datedOf = ({ records }: Store): string =>
  ndjson(records, { header: { chains: LEDGER_RULE, capturedAt: '2027-03-01T10:00:00Z' } });
const shardAt = (path: string): ShardSource => new ShardSource(() => new FileBytes(path), WHOLE, nodePlatform);

const SHARD: SourceCase = {
  ...fileCase('the one shard of a file', datedOf, shardAt),
  of: ShardSource,
};

const PARTS = 3;
const partAt = (path: string): SnapshotSource =>
  new SnapshotSource(new FileBytes(path), { platform: nodePlatform, mayBeShard: true });

/** The files of all shards of `store`, captured once. */
async function shardsOf(folder: string, store: Store): Promise<readonly string[]> {
  const whole = once(folder, `${store.name}-to-be-shared-out`, () => datedOf(store));
  const paths: string[] = [];
  for (let index = 0; index < PARTS; index++) {
    const path = join(folder, `${store.name}-shard-${index}.ndjson`);
    paths.push(path);
    if (existsSync(path)) continue;
    const source = new ShardSource(() => new FileBytes(whole), { index, count: PARTS }, nodePlatform);
    const captured = await captureSource(source, path, { depth: 'full', roots: true });
    if (captured.written === null) throw new RangeError(`shard ${index} was not written`);
  }
  return paths;
}

const mergeOf = (paths: readonly string[]): MergedSource => new MergedSource(paths.map(partAt), nodePlatform);

/** Shards of the small store, that which has the damaged record changed by `change`. */
async function damagedShards(folder: string, change: (text: string) => string): Promise<readonly string[]> {
  const paths = await shardsOf(folder, SMALL);
  const member = `"id":"${DAMAGED_ID}"`;
  return paths.map((path) => {
    const text = readFileSync(path, 'utf8');
    return text.includes(member) ? put(folder, `${++names}-damaged-shard`, change(text)) : path;
  });
}

const MERGED: SourceCase = {
  name: 'shards that are joined',
  of: MergedSource,
  holds: 'records',
  open: async ({ folder }, store) => mergeOf(await shardsOf(folder, store)),
  damages: [
    {
      what: 'a member twice',
      open: async ({ folder }) => mergeOf(await damagedShards(folder, (text) => damagedText(text).text)),
      isPlace: ({ file = '', line = 0 }) => file.endsWith('-damaged-shard') && line > 1,
    },
    {
      what: 'no second half of a shard',
      open: async ({ folder }) => mergeOf(await damagedShards(folder, (text) => text.slice(0, text.length / 2))),
      isPlace: ({ file = '', byteOffset = -1 }) => file.endsWith('-damaged-shard') && byteOffset > 0,
    },
    {
      what: 'one shard less',
      open: async ({ folder }) => mergeOf((await shardsOf(folder, SMALL)).slice(1)),
      isPlace: () => true,
    },
  ],
};

/* Roots alone. */

function rootsText({ records }: Store): string {
  const { globalRoot, records: count, tenants } = trailerOf(records);
  const stated = tenants.map(({ tenant, records: of, root, streams }) => ({
    tenant,
    records: of,
    root,
    streams: streams.map(({ firstSeq: _, lastSeq: __, ...stream }) => stream),
  }));
  return JSON.stringify({ kind: 'evidence-roots', version: 1, globalRoot, records: count, tenants: stated });
}

/* Bundles. */

async function bundle({ folder }: Ground, store: Store): Promise<string> {
  const path = join(folder, `${store.name}-bundle`);
  if (existsSync(path)) return path;
  return bundleOf(
    once(folder, `${store.name}-to-bundle.ndjson`, () => ndjsonOf(store)),
    path,
  );
}

const SNAPSHOT = 'snapshot.ndjson';

/** What a bundle of the small store holds as its snapshot; made once the damage is asked for. */
async function damagedBundle(ground: Ground): Promise<ReturnType<typeof damagedText> & { readonly path: string }> {
  const whole = await bundle(ground, SMALL);
  const damaged = damagedText(readFileSync(join(whole, SNAPSHOT), 'utf8'));
  const path = changed(whole, join(ground.folder, `bundle-${++names}`), (at) => put(at, SNAPSHOT, damaged.text));
  return { ...damaged, path };
}

let placeInBundle: (where: Where) => boolean = () => false;

/* A layout: the class that all have in common, over one that is as plain as can be. */

const PLAIN: Layout = {
  id: 'oci',
  title: 'records in files',
  knownBy: 'nothing',
  recognises: () => true,
  read: async (tree, { platform }) => {
    const records: LayoutRecord[] = [];
    await tree.pass((file) =>
      wholeSink(file, (bytes) => {
        const { body, ...record } = plainOf(tree.json(file.path, bytes)) as unknown as PlainRecord;
        const bodyDigest = `sha256:${platform.sha256(Buffer.from(referenceCanonical(body)))}`;
        records.push({ ...record, bodyDigest, path: file.path } as LayoutRecord);
      }),
    );
    return { records, subject: {}, notChecked: [] };
  },
};

/** Each record in a file of its own, as a folder or as a tar. */
function layoutCase(name: string, treeAt: (path: string) => Tree): SourceCase {
  const filesOf = ({ records }: Store, damaged = false): Files =>
    new Map(
      records.map((record, at) => {
        const text = JSON.stringify(record);
        const isDamaged = damaged && at === DAMAGED;
        return [`records/${at}.json`, Buffer.from(isDamaged ? text.replace('{', '{"id":"x",') : text)];
      }),
    );
  const open = (folder: string, given: string, files: () => Files): LayoutSource => {
    const path = join(folder, given);
    if (!existsSync(path)) {
      writeFolder(path, files());
      writeFileSync(`${path}.tar`, tarOf(files()));
    }
    return new LayoutSource(treeAt(path), { layout: PLAIN, root: '' }, { platform: nodePlatform });
  };
  const title = `layout-${name.replaceAll(' ', '-')}`;
  return {
    name,
    of: LayoutSource,
    holds: 'records',
    sorts: true,
    open: async ({ folder }, store) => open(folder, `${store.name}-${title}`, () => filesOf(store)),
    damages: [
      {
        what: 'a member twice',
        open: async ({ folder }) => open(folder, `${++names}-${title}`, () => filesOf(SMALL, true)),
        isPlace: ({ file = '' }) => file.endsWith(`records/${DAMAGED}.json`),
      },
      {
        what: 'no input',
        open: async ({ folder }) => new LayoutSource(treeAt(join(folder, 'absent')), { layout: PLAIN, root: '' }),
        isPlace: ({ file = '' }) => file.includes('absent'),
      },
    ],
  };
}

async function packedBundle(ground: Ground, path: string): Promise<BundleArchiveSource> {
  const files = new Map(filesIn(path).map((file) => [file, readFileSync(join(path, file))]));
  const tar = `${ground.folder}/packed-${++names}.tar`;
  writeFileSync(tar, tarOf(files));
  return new BundleArchiveSource(new ArchiveTree(tar, 'tar'), { platform: nodePlatform });
}

/* Files of others: the same records by other names, in no order. */

/** What the records with positions, and those without, lie in. */
const FILES = { ledger: 'ledger.json', sets: 'sets.ndjson' } as const;

const foreign = ({ tenant: t, stream: s, id: i, seq: n, type: y, prev: p, hash: h, body: b }: PlainRecord): object => ({
  ...{ t, s, i, n, y, p, h, b },
});

/** Neither forwards nor backwards. */
function disordered<T>(items: readonly T[]): readonly T[] {
  return items.map((_, at) => items[(at * 7 + 3) % items.length] as T);
}

function foreignFiles({ records }: Store): readonly (readonly [name: string, text: string])[] {
  const [ledger = [], sets = []] = [true, false].map((has) =>
    disordered(records.filter(({ seq }) => (seq !== undefined) === has)).map((record) =>
      JSON.stringify(foreign(record)),
    ),
  );
  const files: [string, string][] = [[FILES.ledger, `{"of":{"x":1},"items":[${ledger.join(' ,\n')}\n]}`]];
  return sets.length === 0 ? files : [...files, [FILES.sets, `${sets.join('\n')}\n`]];
}

function importOf(folder: string, store: Store): ImportSource {
  const common = { tenant: '/t', stream: '/s', id: '/i', type: '/y', body: '/b' };
  const items = [
    { ...common, from: { json: FILES.ledger, items: '/items' }, seq: '/n', prev: '/p', hash: '/h' },
    { ...common, from: { ndjson: '*.ndjson' } },
  ];
  const profile = itemsProfileFrom(
    { kind: 'evidence-profile', version: 2, name: 'contract', items: items.slice(0, foreignFiles(store).length) },
    'contract',
  );
  const bound = { sortedInMemoryBytes: 1024 * 1024 };
  return new ImportSource({ folder }, { profile, profileDigest: '0'.repeat(64), platform: nodePlatform, ...bound });
}

function foreignFolder({ folder }: Ground, store: Store, change: (name: string, text: string) => string): string {
  const path = join(folder, `${++names}-foreign`);
  mkdirSync(path);
  for (const [name, text] of foreignFiles(store)) put(path, name, change(name, text));
  return path;
}

/** Inputs in files of others that cannot be read. */
const FOREIGN_DAMAGES: readonly Damage[] = [
  {
    what: 'a member twice in an item',
    open: async (ground) =>
      importOf(
        foreignFolder(ground, SMALL, (_, text) => text.replace('"t":"globex",', '"t":"globex","t":"globex",')),
        SMALL,
      ),
    isPlace: ({ file = '', item = -1, byteOffset = -1 }) => file.endsWith(FILES.ledger) && item >= 0 && byteOffset > 0,
  },
  {
    what: 'no second half of its lines',
    open: async (ground) =>
      importOf(
        foreignFolder(ground, SMALL, (name, text) => (name === FILES.sets ? text.slice(0, text.length / 2) : text)),
        SMALL,
      ),
    isPlace: ({ file = '', line = 0 }) => file.endsWith(FILES.sets) && line > 1,
  },
  {
    what: 'no folder',
    open: async ({ folder }) => importOf(join(folder, 'absent'), SMALL),
    isPlace: ({ file = '' }) => file.endsWith('absent'),
  },
];

/* PostgreSQL. */

const TABLES = `
  CREATE TABLE ledger (tenant text, chain text, id text, seq bigint, type text, prev text, hash text, body json,
    PRIMARY KEY (tenant, chain, seq));
  CREATE TABLE bundles (tenant text, stream text, id text, type text, body json, PRIMARY KEY (tenant, stream, id))`;

const COMMON = { schema: 'public', tenant: 'tenant', id: 'id', type: 'type' } as const;
const BODY = { body: { column: 'body', as: 'json' } } as const;
const CHAIN = { genesis: 'zeros', recipe: 'sha256-jcs-body', firstSeq: 1 } as const;

const PROFILE = profileFrom(
  {
    kind: 'evidence-profile',
    version: 1,
    name: 'contract',
    tables: [
      {
        ...COMMON,
        table: 'ledger',
        stream: { prefix: 'ledger/', column: 'chain' },
        seq: 'seq',
        prev: 'prev',
        hash: 'hash',
        ...BODY,
        chain: CHAIN,
      },
      { ...COMMON, table: 'bundles', stream: 'stream', ...BODY },
    ],
  },
  'contract',
);

const made = new WeakMap<PostgresServer, Map<string, Promise<string>>>();

async function createStore(server: PostgresServer, name: string, { records }: Store): Promise<string> {
  await server.createDatabase(name);
  await server.sql(name, TABLES);
  const client = await server.connect(name);
  try {
    for (const { tenant, stream, id, seq, type, prev, hash, body } of records) {
      const [table, values] =
        seq === undefined
          ? ['bundles', [tenant, stream, id, type, JSON.stringify(body)]]
          : ['ledger', [tenant, stream.slice('ledger/'.length), id, seq, type, prev, hash, JSON.stringify(body)]];
      await client.query(`INSERT INTO ${table} VALUES (${values.map((_, at) => `$${at + 1}`).join(', ')})`, values);
    }
  } finally {
    await client.end();
  }
  return server.url(name);
}

/** The URL of a database, made once for each server. */
async function database(server: PostgresServer, name: string, store: Store): Promise<string> {
  const known = made.get(server) ?? new Map<string, Promise<string>>();
  made.set(server, known);
  const url = known.get(name) ?? createStore(server, name, store);
  known.set(name, url);
  return url;
}

function databaseSource(url: string, resume?: ResumePoints): PostgresSource {
  const options = { profile: PROFILE, batchSize: 20, mayBeResumed: true };
  return new PostgresSource(url, { ...options, ...(resume === undefined ? {} : { resume }) });
}

async function damagedDatabase(server: PostgresServer): Promise<string> {
  const url = await database(server, 'damaged', SMALL);
  await server.sql('damaged', `UPDATE ledger SET body = '{"a":1,"a":1}' WHERE id = '${DAMAGED_ID}'`);
  return url;
}

const inRow = ({ file = '' }: Where): boolean =>
  file.includes('/damaged') && file.endsWith(`public.ledger row "${DAMAGED_ID}"`);

/** A source that takes its first records from a capture that was broken off at `share` of them. */
async function resumedSource(folder: string, url: string, store: Store, share: number): Promise<ResumedSource> {
  const path = join(folder, `${++names}-resumed.ndjson`);
  const source = databaseSource(url);
  const journal = new CaptureJournal(path, 'full', () => source.captureIdentity, {
    since: () => source.since,
  });
  const paused = new PausedSource(source, Math.floor(store.records.length * share), () => {
    throw new EvidenceError('source-incomplete', 'broken off');
  });
  const { resumable } = await captureSource(paused, path, { depth: 'full', journal });
  if (resumable === 0) throw new Error('nothing can be taken over');
  const { checkpoint, journalPath } = await readCheckpoint(path);
  const { identity, since, streams } = checkpoint;
  const resume = { identity, since, points: streams };
  return new ResumedSource(databaseSource(url, resume), checkpoint, journalPath);
}

/** All sources. */
export const SOURCES: readonly SourceCase[] = [
  {
    ...fileCase('a JSON file', jsonOf, snapshotAt),
    damages: [...fileCase('JSON', jsonOf, snapshotAt).damages, absent],
  },
  fileCase('an NDJSON file', ndjsonOf, snapshotAt),
  fileCase('a gzip file', ndjsonOf, snapshotAt, (text) => gzipSync(text)),
  fileCase('standard input', ndjsonOf, streamOf),
  SHARD,
  MERGED,
  layoutCase('a layout in a folder', (path) => new FolderTree(path)),
  layoutCase('a layout in an archive', (path) => new ArchiveTree(`${path}.tar`, 'tar')),
  {
    name: 'a bundle in an archive',
    of: BundleArchiveSource,
    holds: 'records',
    sorts: true,
    open: async (ground, store) => packedBundle(ground, await bundle(ground, store)),
    damages: [
      {
        what: 'a member twice in its snapshot',
        open: async (ground) => {
          const { path, isPlace } = await damagedBundle(ground);
          const source = await packedBundle(ground, path);
          placeInBundle = (where) => where.file === `${source.name}/${SNAPSHOT}` && isPlace(where);
          // What else does not fit any more is told, and does not end the reading.
          source.reportFaults(() => {});
          return source;
        },
        isPlace: (where) => placeInBundle(where),
      },
      {
        what: 'no archive',
        open: async ({ folder }) => new BundleArchiveSource(new ArchiveTree(join(folder, 'absent'), 'tar')),
        isPlace: ({ file = '' }) => file.endsWith('absent'),
      },
    ],
  },
  {
    name: 'a bundle',
    of: BundleSource,
    holds: 'records',
    open: async (ground, store) => new BundleSource(await bundle(ground, store), { platform: nodePlatform }),
    damages: [
      {
        what: 'a member twice in its snapshot',
        open: async (ground) => {
          const { path, isPlace } = await damagedBundle(ground);
          placeInBundle = (where) => where.file === join(path, SNAPSHOT) && isPlace(where);
          return new BundleSource(path, { platform: nodePlatform });
        },
        isPlace: (where) => placeInBundle(where),
      },
      {
        what: 'no folder',
        open: async ({ folder }) => new BundleSource(join(folder, 'absent'), { platform: nodePlatform }),
        isPlace: ({ file = '' }) => file.includes('absent'),
      },
    ],
  },
  {
    name: 'a file of roots',
    of: RootsSource,
    holds: 'roots',
    open: async ({ folder }, store) => rootsAt(once(folder, `${store.name}-roots`, () => rootsText(store))),
    damages: [
      {
        what: 'no second half',
        open: async ({ folder }) => rootsAt(put(folder, 'half-roots', rootsText(SMALL).slice(0, 100))),
        isPlace: ({ file = '', byteOffset }) => file.endsWith('half-roots') && byteOffset === 100,
      },
    ],
  },
  {
    name: 'files of others',
    of: ImportSource,
    holds: 'records',
    sorts: true,
    open: async (ground, store) =>
      importOf(
        foreignFolder(ground, store, (_, text) => text),
        store,
      ),
    damages: FOREIGN_DAMAGES,
  },
  {
    name: 'a database',
    of: PostgresSource,
    holds: 'records',
    needs: 'PostgreSQL',
    open: async ({ server }, store) => databaseSource(await database(server(), store.name, store)),
    damages: [
      {
        what: 'a member twice in a row',
        open: async ({ server }) => databaseSource(await damagedDatabase(server())),
        isPlace: inRow,
      },
      {
        what: 'no database',
        open: async ({ server }) => databaseSource(server().url('absent')),
        isPlace: ({ file = '' }) => file.includes('/absent'),
      },
    ],
  },
  {
    name: 'a capture that is taken up again',
    of: ResumedSource,
    holds: 'records',
    needs: 'PostgreSQL',
    open: async ({ folder, server }, store) =>
      resumedSource(folder, await database(server(), store.name, store), store, 0.5),
    damages: [
      {
        what: 'a member twice in a row',
        open: async ({ folder, server }) => resumedSource(folder, await damagedDatabase(server()), SMALL, 0.5),
        isPlace: inRow,
      },
      {
        what: 'a journal that was cut',
        open: async ({ folder, server }) => {
          const source = await resumedSource(folder, await database(server(), SMALL.name, SMALL), SMALL, 0.7);
          truncateSync(journalsIn(folder).at(-1) ?? '', 100);
          return source;
        },
        isPlace: ({ file = '' }) => file.endsWith('.partial'),
      },
    ],
  },
];

function journalsIn(folder: string): readonly string[] {
  const all = readdirSync(folder).filter((name) => name.endsWith('.partial'));
  return all.filter((name) => name.includes(`${names}-resumed`)).map((name) => join(folder, name));
}

/** Files below `folder` that this process has open; undefined where the system does not say so. */
export function openIn(folder: string): readonly string[] | undefined {
  const listed = '/proc/self/fd';
  if (!existsSync(listed)) return undefined;
  const target = (fd: string): string => {
    try {
      return readlinkSync(join(listed, fd));
    } catch {
      return '';
    }
  };
  return readdirSync(listed)
    .map(target)
    .filter((path) => path.startsWith(folder));
}
