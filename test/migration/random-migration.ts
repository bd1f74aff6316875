/**
 * Random stores, random rules, and a second f that shares nothing with src: each rule is made together with a plain
 * function over plain records, so that what must come out is known without asking the code.
 */
import { createHash } from 'node:crypto';
import { type PlainRecord, referenceCanonical, relinked, ZEROS } from '../store.ts';
import { named } from './migrated.ts';

export type Random = () => number;

/** mulberry32. */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

export function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new RangeError('nothing to pick from');
  return item;
}

export type Body = Record<string, unknown>;

const OPERATIONS = ['push', 'pull', 'delete', 'create'] as const;

function bodyOf(random: Random, n: number): Body {
  return {
    n,
    operation: pick(random, OPERATIONS),
    repo: `library/app${Math.floor(random() * 20)}`,
    tag: `v${Math.floor(random() * 100)}`,
    score: Math.floor(random() * 1000) / 10,
    at: `2026-0${1 + Math.floor(random() * 9)}-11 0${Math.floor(random() * 10)}:00:00.${100 + Math.floor(random() * 900)}`,
    nested: { list: [n, n + 1], person: `p${n}` },
  };
}

/** Sets and chains of a few tenants, in the order of a snapshot. */
export function storeOf(random: Random, size: number): PlainRecord[] {
  const records: PlainRecord[] = [];
  for (const tenant of ['acme', 'globex']) {
    for (const stream of ['access_log', 'bundles']) {
      for (let at = 0; at < size; at++) {
        const id = `r${String(at).padStart(6, '0')}`;
        const attrs = random() < 0.3 ? { attrs: { status: pick(random, ['open', 'closed']) } } : {};
        const recordedAt = `2026-03-01T10:00:${10 + (at % 50)}+02:00`;
        records.push({
          tenant,
          stream,
          id,
          type: pick(random, ['a', 'b']),
          recordedAt,
          ...attrs,
          body: bodyOf(random, at),
        });
      }
    }
    const chain = Array.from({ length: size }, (_, at) => ({
      tenant,
      stream: 'ledger/1',
      id: `e${at}`,
      seq: at + 1,
      type: 'event',
      body: bodyOf(random, at),
    }));
    records.push(...relinked(chain));
  }
  return records;
}

/** One rule, and the plain function that it means. */
export interface RandomRule {
  readonly rule: object;
  readonly files?: Readonly<Record<string, string>>;
  readonly needsSignature?: boolean;
  readonly isFor: (record: PlainRecord) => boolean;
  /** Undefined: it is gone. Links are made anew afterwards where `rechain` says so. */
  readonly become: (record: PlainRecord) => PlainRecord | undefined;
  readonly rechain?: boolean;
}

export function withBody(record: PlainRecord, change: (body: Body) => Body): PlainRecord {
  return { ...record, body: change(structuredClone(record.body as Body)) };
}

const bodyChanges: readonly ((random: Random) => { readonly patch: object; readonly change: (body: Body) => Body })[] =
  [
    () => ({
      patch: { op: 'move', from: '/body/n', path: '/body/number' },
      change: ({ n, ...rest }) => ({ ...rest, number: n }),
    }),
    (random) => {
      const value = Math.floor(random() * 5);
      return { patch: { op: 'add', path: '/body/risk', value }, change: (body) => ({ ...body, risk: value }) };
    },
    () => ({ patch: { op: 'remove', path: '/body/tag' }, change: ({ tag: _, ...rest }) => rest }),
    () => ({
      patch: {
        op: 'convert',
        path: '/body/operation',
        to: { values: { push: 'create', pull: 'pull', delete: 'delete', create: 'create' } },
      },
      change: (body) => ({ ...body, operation: body['operation'] === 'push' ? 'create' : body['operation'] }),
    }),
    () => ({
      patch: { op: 'convert', path: '/body/resource', to: { concat: ['/body/repo', ':', '/body/operation'] } },
      change: (body) => ({ ...body, resource: `${body['repo']}:${body['operation']}` }),
    }),
    () => ({
      patch: { op: 'convert', path: '/body/score', to: { text: true } },
      change: (body) => ({ ...body, score: String(body['score']) }),
    }),
    () => ({
      patch: { op: 'convert', path: '/body/at', to: { zone: 'UTC' } },
      change: (body) => ({ ...body, at: `${String(body['at']).replace(' ', 'T')}Z` }),
    }),
    () => ({
      patch: { op: 'convert', path: '/body/repo', to: { case: 'upper' } },
      change: (body) => ({ ...body, repo: String(body['repo']).toUpperCase() }),
    }),
    () => ({
      patch: { op: 'convert', path: '/body/nested', to: { json: 'text' } },
      change: (body) => ({ ...body, nested: referenceCanonical(body['nested']) }),
    }),
    () => ({
      patch: { op: 'copy', from: '/body/nested/list/0', path: '/body/nested/list/-' },
      change: (body) => {
        const nested = body['nested'] as { list: number[] };
        return { ...body, nested: { ...nested, list: [...nested.list, nested.list[0]] } };
      },
    }),
  ];

/** Operations that go together in any order: each is for another member, or the two that share one come in this order. */
export function patchOf(random: Random): { readonly patch: readonly object[]; readonly change: (body: Body) => Body } {
  const chosen = bodyChanges.filter(() => random() < 0.35);
  const made = (chosen.length === 0 ? [pick(random, bodyChanges)] : chosen).map((make) => make(random));
  // What makes a text of `nested` comes last: behind it there is no list.
  const isText = ({ patch }: { patch: object }): boolean => 'path' in patch && patch.path === '/body/nested';
  const sorted = [...made.filter((one) => !isText(one)), ...made.filter(isText)];
  return {
    patch: sorted.map(({ patch }) => patch),
    change: (body) => sorted.reduce((so, { change }) => change(so), body),
  };
}

const inStream = (stream: string) => (record: PlainRecord) => record.stream === stream;

function patchRule(random: Random, stream: string): RandomRule {
  const { patch, change } = patchOf(random);
  const where = random() < 0.5 ? [{ test: '/body/operation', value: 'push' }] : [];
  const fits = inStream(stream);
  return {
    rule: { name: `patch ${stream}`, match: { stream, where }, patch },
    isFor: (record) => fits(record) && (where.length === 0 || (record.body as Body)['operation'] === 'push'),
    become: (record) => withBody(record, change),
  };
}

function offsetRule(_: Random, stream: string): RandomRule {
  return {
    rule: {
      name: `offset ${stream}`,
      match: { stream },
      patch: [{ op: 'convert', path: '/recordedAt', to: { offset: '+00:00' } }],
    },
    isFor: inStream(stream),
    become: (record) => ({
      ...record,
      recordedAt: record.recordedAt?.replace('T10', 'T08').replace('+02', '+00') ?? '',
    }),
  };
}

function placeRule(random: Random, stream: string): RandomRule {
  const to = `${stream}/moved`;
  const fits = inStream(stream);
  const { patch, change } = patchOf(random);
  return {
    rule: { name: `place ${stream}`, match: { stream }, place: { stream: { from: stream, to } }, patch },
    isFor: fits,
    become: (record) => ({ ...withBody(record, change), stream: to }),
  };
}

function splitTenantRule(_: Random, stream: string): RandomRule {
  return {
    rule: {
      name: `tenant ${stream}`,
      match: { tenant: 'acme', stream, type: 'a' },
      place: { tenant: { value: 'acme-a' } },
    },
    isFor: (record) => record.tenant === 'acme' && record.stream === stream && record.type === 'a',
    become: (record) => ({ ...record, tenant: 'acme-a' }),
  };
}

function keyRule(random: Random, stream: string, records: readonly PlainRecord[]): RandomRule {
  const mine = records.filter((record) => record.stream === stream && record.tenant === 'globex');
  const fresh = mine.map((_, at) => `k${String((at * 7919) % mine.length).padStart(5, '0')}-${at}`);
  const names = new Map(mine.map(({ id }, at) => [id, fresh[at] ?? '']));
  const table = `tenant,stream,from,to\n${[...names].map(([from, to]) => `globex,${stream},${from},"${to}"`).join('\n')}\n`;
  const file = `ids-${stream}-${Math.floor(random() * 1e6)}.csv`;
  return {
    rule: {
      name: `ids ${stream}`,
      match: { tenant: 'globex', stream },
      place: { id: { keyTable: named(file, table) } },
    },
    files: { [file]: table },
    isFor: (record) => record.stream === stream && record.tenant === 'globex',
    become: (record) => ({ ...record, id: names.get(record.id) ?? '' }),
  };
}

function rowsOf(records: readonly PlainRecord[]): string {
  return `tenant,stream,id\n${records.map(({ tenant, stream, id }) => `${tenant},${stream},${id}`).join('\n')}\n`;
}

const isOneOf = (chosen: readonly PlainRecord[]) => {
  const keys = new Set(chosen.map(placeOf));
  return (record: PlainRecord): boolean => keys.has(placeOf(record));
};

function retireRule(random: Random, stream: string, records: readonly PlainRecord[]): RandomRule {
  const ordered = stream.startsWith('ledger');
  const mine = records.filter((record) => record.stream === stream && record.tenant === 'acme');
  const some = ordered ? mine.slice(0, Math.floor(mine.length / 3)) : mine.filter(() => random() < 0.2);
  const chosen = some.length === 0 ? mine.slice(0, 1) : some;
  const text = rowsOf(chosen);
  const file = `purged-${stream.replace('/', '-')}.csv`;
  return {
    rule: { name: `retire ${stream}`, match: { stream }, retire: { ids: named(file, text), reason: 'retention' } },
    files: { [file]: text },
    needsSignature: true,
    isFor: isOneOf(chosen),
    become: () => undefined,
  };
}

function eraseRule(random: Random, stream: string, records: readonly PlainRecord[]): RandomRule {
  const mine = records.filter((record) => record.stream === stream);
  const some = mine.filter(() => random() < 0.2);
  const chosen = some.length === 0 ? mine.slice(0, 1) : some;
  const text = rowsOf(chosen);
  const file = `erased-${stream.replace('/', '-')}.csv`;
  return {
    rule: {
      name: `erase ${stream}`,
      match: { stream },
      erase: { ids: named(file, text), paths: ['/body/nested/person'], reason: 'asked for' },
    },
    files: { [file]: text },
    needsSignature: true,
    isFor: isOneOf(chosen),
    become: (record) =>
      withBody(record, (body) => ({ ...body, nested: { list: (body['nested'] as { list: unknown }).list } })),
  };
}

function rechainRule(random: Random, stream: string): RandomRule {
  const { patch, change } = patchOf(random);
  return {
    rule: {
      name: `rechain ${stream}`,
      match: { stream },
      patch,
      rechain: { recipe: 'sha256-prev-body', genesis: 'zeros' },
    },
    isFor: inStream(stream),
    become: (record) => withBody(record, change),
    rechain: true,
  };
}

function splitRule(random: Random, stream: string, records: readonly PlainRecord[]): RandomRule {
  const length = records.filter((record) => record.stream === stream && record.tenant === 'acme').length;
  const from = 2 + Math.floor(random() * (length - 1));
  return {
    rule: { name: `split ${stream}`, match: { stream }, splitChain: { at: { seq: from }, to: 'ledger/2' } },
    isFor: (record) => record.stream === stream && (record.seq ?? 0) >= from,
    become: (record) => ({ ...record, stream: 'ledger/2' }),
  };
}

type Make = (random: Random, stream: string, records: readonly PlainRecord[]) => RandomRule;

export const SET_RULES: Readonly<Record<string, Make>> = {
  patch: patchRule,
  offset: offsetRule,
  place: placeRule,
  tenant: splitTenantRule,
  ids: keyRule,
  retire: retireRule,
  erase: eraseRule,
};

export const CHAIN_RULES: Readonly<Record<string, Make>> = {
  retire: retireRule,
  erase: eraseRule,
  rechain: rechainRule,
  split: splitRule,
};

export function placeOf({ tenant, stream, id }: Pick<PlainRecord, 'tenant' | 'stream' | 'id'>): string {
  return JSON.stringify([tenant, stream, id]);
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** In the order of a snapshot. */
export function inOrder(records: readonly PlainRecord[]): PlainRecord[] {
  return [...records].sort(
    (a, b) =>
      compareBytes(a.tenant, b.tenant) ||
      compareBytes(a.stream, b.stream) ||
      (a.seq ?? -1) - (b.seq ?? -1) ||
      compareBytes(a.id, b.id),
  );
}

/** The links of a stream made anew by `sha256-prev-body`, its positions as they are. */
export function rechained(records: readonly PlainRecord[]): PlainRecord[] {
  let prev = ZEROS;
  return records.map((record) => {
    const hash = createHash('sha256')
      .update(prev + referenceCanonical(record.body))
      .digest('hex');
    const linked = { ...record, prev, hash };
    prev = hash;
    return linked;
  });
}

export const streamOf = ({ tenant, stream }: PlainRecord): string => JSON.stringify([tenant, stream]);

/** f, by the plain functions. */
export function expectedOf(records: readonly PlainRecord[], rules: readonly RandomRule[]): PlainRecord[] {
  const made = records.flatMap((record) => {
    const rule = rules.find(({ isFor }) => isFor(record));
    if (rule === undefined) return [{ record, rechain: false }];
    const result = rule.become(record);
    return result === undefined ? [] : [{ record: result, rechain: rule.rechain === true }];
  });
  const anew = new Set(made.filter(({ rechain }) => rechain).map(({ record }) => streamOf(record)));
  const sorted = inOrder(made.map(({ record }) => record));
  const streams = new Map<string, PlainRecord[]>();
  for (const record of sorted) streams.set(streamOf(record), [...(streams.get(streamOf(record)) ?? []), record]);
  return [...streams].flatMap(([key, own]) => (anew.has(key) ? rechained(own) : own));
}
