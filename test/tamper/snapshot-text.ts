/**
 * The oracle: a second, slow writer of snapshots, made from the words of docs/snapshot.md alone. It shares nothing with
 * src, so where the two agree on a root, both have read the contract the same way.
 */
import { createHash } from 'node:crypto';
import { bodyDigestOf, type Rule, type Store, type StoreRecord, streamsOf } from './store.ts';
import { AS_IT_CAME, compareBytes, fromPlain, jsonText, type Members, type Spelling, type Value } from './value.ts';

export type Container = 'json' | 'ndjson';
export type Depth = 'full' | 'digest' | 'summary';

/** The parts of a snapshot; `trailer` may be missing, or state anything. */
export interface Snapshot {
  readonly header: Members;
  readonly records: readonly StoreRecord[];
  readonly trailer: Value | undefined;
}

function hashOfBytes(...parts: readonly (Buffer | number)[]): Buffer {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(typeof part === 'number' ? Buffer.of(part) : part);
  return hash.digest();
}

function leaf(input: Value): Buffer {
  return hashOfBytes(0, Buffer.from(jsonText(input)));
}

/** RFC 9162 §2.1.1, word for word: the left part is the largest power of two below the whole. */
function treeHead(leaves: readonly Buffer[]): Buffer {
  const [first] = leaves;
  if (first === undefined) return hashOfBytes();
  if (leaves.length === 1) return first;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return hashOfBytes(1, treeHead(leaves.slice(0, split)), treeHead(leaves.slice(split)));
}

export function rootOf(leaves: readonly Buffer[]): string {
  return treeHead(leaves).toString('hex');
}

/** A record as JSON, with or without its body. */
function recordValue(record: StoreRecord, depth: Depth): Members {
  const { attrs, body, extra, bodyDigest, ...plain } = record;
  const members = new Map<string, Value>(Object.entries(plain).filter(([, value]) => value !== undefined));
  if (attrs !== undefined) members.set('attrs', new Map<string, Value>(attrs));
  if (body !== undefined && depth === 'full') members.set('body', body);
  const digest = depth === 'full' ? bodyDigest : (bodyDigest ?? (body === undefined ? undefined : bodyDigestOf(body)));
  if (digest !== undefined) members.set('bodyDigest', digest);
  return members;
}

const LEAVES = new WeakMap<StoreRecord, Buffer>();

/** The leaf hash of a record. It is kept: a record must not change once a tree was built over it. */
export function leafOf(record: StoreRecord): Buffer {
  const known = LEAVES.get(record);
  if (known !== undefined) return known;
  const input = recordValue(record, 'digest');
  if (record.body !== undefined) input.set('bodyDigest', bodyDigestOf(record.body));
  const found = leaf(input);
  LEAVES.set(record, found);
  return found;
}

function streamEntry(records: readonly StoreRecord[]): Members {
  const first = records[0] as StoreRecord;
  const last = records.at(-1) as StoreRecord;
  const seqs = first.seq === undefined ? {} : { firstSeq: first.seq, lastSeq: last.seq ?? null };
  const stated = { stream: first.stream, ordered: first.seq !== undefined, size: records.length };
  return fromPlain({ ...stated, root: rootOf(records.map(leafOf)), head: last.hash ?? null, ...seqs }) as Members;
}

function only(members: Members, names: readonly string[]): Members {
  return new Map(names.map((name) => [name, members.get(name) as Value]));
}

function tenantRoot(streams: readonly Members[]): string {
  return rootOf(streams.map((stream) => leaf(only(stream, ['stream', 'ordered', 'size', 'root', 'head']))));
}

function globalRoot(tenants: readonly Members[]): string {
  const leaves = tenants.map((tenant) => {
    const streams = (tenant.get('streams') as Value[]).length;
    return leaf(new Map(only(tenant, ['tenant', 'records', 'root'])).set('streams', streams));
  });
  return rootOf(leaves);
}

/** Makes the roots of tenants and of the whole follow from what `trailer` states of its streams. */
export function reroot(trailer: Members): Members {
  const tenants = trailer.get('tenants') as Members[];
  for (const tenant of tenants) tenant.set('root', tenantRoot(tenant.get('streams') as Members[]));
  return trailer.set('globalRoot', globalRoot(tenants));
}

function tenantEntry(tenant: string, records: readonly StoreRecord[]): Members {
  const streams = streamsOf(records).map(streamEntry);
  streams.sort((a, b) => compareBytes(a.get('stream') as string, b.get('stream') as string));
  const counts: Members = new Map();
  for (const { type } of records) counts.set(type, ((counts.get(type) as number | undefined) ?? 0) + 1);
  return new Map<string, Value>([
    ['tenant', tenant],
    ['records', records.length],
    ['root', tenantRoot(streams)],
    ['counts', counts],
    ['streams', streams],
  ]);
}

/** The trailer that a sound writer would write for `records`. */
export function trailerOf(records: readonly StoreRecord[]): Members {
  const names = [...new Set(records.map(({ tenant }) => tenant))].sort(compareBytes);
  const tenants = names.map((name) =>
    tenantEntry(
      name,
      records.filter(({ tenant }) => tenant === name),
    ),
  );
  return new Map<string, Value>([
    ['kind', 'evidence-snapshot-trailer'],
    ['records', records.length],
    ['globalRoot', globalRoot(tenants)],
    ['tenants', tenants],
  ]);
}

function ruleValue({ genesis, recipe, firstSeq }: Rule): Value {
  return fromPlain({ genesis: genesis === 'null' ? null : genesis, recipe, firstSeq });
}

export function headerOf(store: Pick<Store, 'rules' | 'seed'>, depth: Depth): Members {
  const chains = new Map([...store.rules].map(([stream, rule]) => [stream, ruleValue(rule)]));
  return fromPlain({
    kind: 'evidence-snapshot',
    version: 1,
    depth,
    subject: { system: `store-${store.seed}` },
    capturedAt: '2027-03-01T10:00:00.000Z',
    tool: 'oracle/1',
    canonical: 'jcs-exact',
    hash: 'sha256',
    tree: 'rfc9162',
    ...(chains.size === 0 ? {} : { chains }),
  }) as Members;
}

/** A whole sound snapshot of `records`. */
export function snapshotOf(
  store: Pick<Store, 'rules' | 'seed'>,
  records: readonly StoreRecord[],
  depth: Depth,
): Snapshot {
  return { header: headerOf(store, depth), records, trailer: trailerOf(records) };
}

/** The text of one record; what a record has beyond its members comes last, even a name it has already. */
export function recordText(record: StoreRecord, depth: Depth, spelling: Spelling = AS_IT_CAME): string {
  const text = jsonText(recordValue(record, depth), spelling);
  const extra = (record.extra ?? []).map(([name, value]) => `,${jsonText(name)}:${jsonText(value, spelling)}`);
  return `${text.slice(0, -1)}${extra.join('')}}`;
}

/** The text of a snapshot. Line ends of NDJSON are its frame, so white space of `spelling` must have none there. */
export function snapshotText(snapshot: Snapshot, container: Container, spelling: Spelling = AS_IT_CAME): string {
  const depth = snapshot.header.get('depth') as Depth;
  const records = snapshot.records.map((record) => recordText(record, depth, spelling));
  const header = jsonText(snapshot.header, { ...spelling, names: (names) => names });
  const trailer = snapshot.trailer === undefined ? undefined : jsonText(snapshot.trailer, spelling);
  if (container === 'ndjson') {
    return [header, ...(depth === 'summary' ? [] : records), ...(trailer === undefined ? [] : [trailer]), ''].join(
      '\n',
    );
  }
  const end = trailer === undefined ? '' : `,"trailer":${trailer}`;
  return `${header.slice(0, -1)},"records":[${depth === 'summary' ? '' : records.join(',\n')}]${end}}\n`;
}
