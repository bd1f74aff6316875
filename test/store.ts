/**
 * Stores of evidence as plain values, and an implementation of docs/snapshot.md ("Canonical form", "Trees") that shares
 * nothing with src: node:crypto, JSON.stringify and the definitions of RFC 9162 §2.1.1 word by word. It is exact for
 * the values that tests use (numbers that JSON.stringify prints as RFC 8785 does).
 */
import { hash as digestOf } from 'node:crypto';
import type { JsonInput } from '../src/index.ts';

export interface PlainRecord {
  readonly tenant: string;
  readonly stream: string;
  readonly id: string;
  readonly seq?: number;
  readonly type: string;
  readonly recordedAt?: string;
  readonly prev?: string | null;
  readonly hash?: string;
  readonly attrs?: Readonly<Record<string, string>>;
  readonly body?: JsonInput;
  readonly bodyDigest?: string;
}

export const ZEROS: string = '0'.repeat(64);

export function sha256(...parts: readonly (string | Uint8Array)[]): string {
  const [only = ''] = parts;
  return digestOf('sha256', parts.length === 1 ? only : Buffer.concat(parts.map((part) => Buffer.from(part))), 'hex');
}

/** RFC 8785 for values that JSON.stringify prints as it does; `<` on strings compares UTF-16 code units. */
export function referenceCanonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(referenceCanonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${referenceCanonical(member)}`).join(',')}}`;
}

export function referenceDigest(body: unknown): string {
  return `sha256:${sha256(referenceCanonical(body))}`;
}

export function withoutBody({ body, ...rest }: PlainRecord): PlainRecord {
  return body === undefined ? rest : { ...rest, bodyDigest: referenceDigest(body) };
}

export function referenceLeaf(record: PlainRecord): string {
  return sha256(Uint8Array.of(0x00), referenceCanonical(withoutBody(record)));
}

/** MTH of RFC 9162 §2.1.1, over leaf hashes. */
export function referenceRoot(leaves: readonly string[]): string {
  const [only] = leaves;
  if (only === undefined) return sha256('');
  if (leaves.length === 1) return only;
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  const left = Buffer.from(referenceRoot(leaves.slice(0, split)), 'hex');
  const right = Buffer.from(referenceRoot(leaves.slice(split)), 'hex');
  return sha256(Uint8Array.of(0x01), left, right);
}

/** What is grouped under each key, keys in the order of their first coming. */
function grouped<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group === undefined) groups.set(keyOf(item), [item]);
    else group.push(item);
  }
  return groups;
}

export interface PlainStream {
  readonly stream: string;
  readonly ordered: boolean;
  readonly size: number;
  readonly root: string;
  readonly head: string | null;
  readonly firstSeq?: number;
  readonly lastSeq?: number;
}

export interface PlainTenant {
  readonly tenant: string;
  readonly records: number;
  readonly root: string;
  readonly counts: Readonly<Record<string, number>>;
  readonly streams: readonly PlainStream[];
}

export interface PlainTrailer {
  readonly kind: 'evidence-snapshot-trailer';
  readonly records: number;
  readonly globalRoot: string;
  readonly tenants: readonly PlainTenant[];
}

function streamEntry(stream: string, records: readonly PlainRecord[]): PlainStream {
  const first = records[0]?.seq;
  const last = records.at(-1)?.seq;
  const range = first === undefined || last === undefined ? {} : { firstSeq: first, lastSeq: last };
  const root = referenceRoot(records.map(referenceLeaf));
  return {
    stream,
    ordered: first !== undefined,
    size: records.length,
    root,
    head: records.at(-1)?.hash ?? null,
    ...range,
  };
}

const leafOfEntry = (entry: unknown): string => sha256(Uint8Array.of(0x00), referenceCanonical(entry));

function tenantEntry(tenant: string, records: readonly PlainRecord[]): PlainTenant {
  const streams = [...grouped(records, (record) => record.stream)].map(([name, of]) => streamEntry(name, of));
  const leaves = streams.map(({ stream, ordered, size, root, head }) =>
    leafOfEntry({ stream, ordered, size, root, head }),
  );
  const counts = [...grouped(records, (record) => record.type)].map(([type, of]) => [type, of.length] as const);
  return { tenant, records: records.length, root: referenceRoot(leaves), counts: Object.fromEntries(counts), streams };
}

/** The trailer of `records`, which are in order. */
export function trailerOf(records: readonly PlainRecord[]): PlainTrailer {
  const tenants = [...grouped(records, (record) => record.tenant)].map(([name, of]) => tenantEntry(name, of));
  const leaves = tenants.map(({ tenant, streams, records: count, root }) =>
    leafOfEntry({ tenant, streams: streams.length, records: count, root }),
  );
  return { kind: 'evidence-snapshot-trailer', records: records.length, globalRoot: referenceRoot(leaves), tenants };
}

/** What `roots-export` writes for `records`. */
export function rootsOf(records: readonly PlainRecord[]) {
  const { globalRoot, records: count, tenants } = trailerOf(records);
  return {
    kind: 'evidence-roots',
    version: 1,
    globalRoot,
    records: count,
    tenants: tenants.map(({ tenant, records: own, root, streams }) => ({
      tenant,
      records: own,
      root,
      streams: streams.map(({ stream, ordered, size, root: streamRoot, head }) => ({
        stream,
        ordered,
        size,
        root: streamRoot,
        head,
      })),
    })),
  };
}

export interface TextOptions {
  readonly depth?: 'full' | 'digest' | 'summary';
  readonly chains?: Readonly<Record<string, unknown>>;
  /** Replaces members of the header; undefined takes one out. */
  readonly header?: Readonly<Record<string, unknown>>;
  /** In place of the right trailer. */
  readonly trailer?: unknown;
}

export function headerOf({ depth = 'full', chains, header = {} }: TextOptions = {}): Record<string, unknown> {
  const rules = { canonical: 'jcs-exact', hash: 'sha256', tree: 'rfc9162' };
  const fixed = { kind: 'evidence-snapshot', version: 1, depth, subject: { system: 'test' }, tool: 'test/1', ...rules };
  return { ...fixed, ...(chains === undefined ? {} : { chains }), ...header };
}

function textsOf(records: readonly PlainRecord[], options: TextOptions): readonly [string, readonly string[], string] {
  const { depth = 'full' } = options;
  const held = depth === 'summary' ? [] : records.map((record) => (depth === 'digest' ? withoutBody(record) : record));
  const trailer = 'trailer' in options ? options.trailer : trailerOf(records);
  return [JSON.stringify(headerOf(options)), held.map((record) => JSON.stringify(record)), JSON.stringify(trailer)];
}

/** The NDJSON container. */
export function ndjson(records: readonly PlainRecord[], options: TextOptions = {}): string {
  const [header, texts, trailer] = textsOf(records, options);
  return `${[header, ...texts, trailer].join('\n')}\n`;
}

/** The JSON container. */
export function json(records: readonly PlainRecord[], options: TextOptions = {}): string {
  const [header, texts, trailer] = textsOf(records, options);
  return `${header.slice(0, -1)}, "records": [\n  ${texts.join(',\n  ')}\n],\n"trailer": ${trailer}}\n`;
}

/** An unordered stream of `count` records: acme / bundles / b000 and on. */
export function bundles(count: number, place: { tenant?: string; stream?: string; from?: number } = {}): PlainRecord[] {
  const { tenant = 'acme', stream = 'bundles', from = 0 } = place;
  return Array.from({ length: count }, (_, at) => {
    const id = `b${String(from + at).padStart(6, '0')}`;
    return { tenant, stream, id, type: 'sbom', body: { name: id, of: tenant } };
  });
}

export type Recipe = 'sha256-jcs-body' | 'sha256-prev-body';

/** Rules under which `chained` is sound: hashes of the body alone, or of the link and the body. */
export const LEDGER_RULE = { 'ledger/*': { genesis: 'zeros', recipe: 'sha256-jcs-body', firstSeq: 1 } } as const;
export const LINKED_RULE = { 'ledger/*': { genesis: 'zeros', recipe: 'sha256-prev-body', firstSeq: 1 } } as const;

interface Chain {
  readonly tenant?: string;
  readonly stream?: string;
  readonly recipe?: Recipe;
}

/** An ordered, linked stream, one record for each body. */
export function chained(bodies: readonly JsonInput[], chain: Chain = {}): PlainRecord[] {
  const { tenant = 'acme', stream = 'ledger/1', recipe } = chain;
  return relinked(
    bodies.map((body, at) => ({ tenant, stream, id: `e${at}`, seq: at + 1, type: 'event', body })),
    recipe,
  );
}

/** The same records with `seq`, `prev` and `hash` made anew: what a forger does who knows the recipe. */
export function relinked(records: readonly PlainRecord[], recipe: Recipe = 'sha256-jcs-body'): PlainRecord[] {
  let prev = ZEROS;
  return records.map((record, at) => {
    const hash = sha256(recipe === 'sha256-prev-body' ? prev : '', referenceCanonical(record.body));
    const linked = { ...record, seq: at + 1, prev, hash };
    prev = hash;
    return linked;
  });
}

/** `count` different bodies. */
export function bodies(count: number): { readonly n: number }[] {
  return Array.from({ length: count }, (_, n) => ({ n }));
}
