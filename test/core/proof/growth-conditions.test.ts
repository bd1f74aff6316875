/** Each condition of a proof of growth and of its file, by itself: stores made by hand, and what is said of each. */
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../../src/core/errors.ts';
import { parseJson } from '../../../src/core/json/parse.ts';
import { ProofError } from '../../../src/core/merkle/proof.ts';
import {
  type GrowthProof,
  provenHeads,
  type StoreState,
  shownBy,
  verifyGrowthProof,
} from '../../../src/core/proof/growth-proof.ts';
import { parseProof, proofText, type RecordProofDocument } from '../../../src/core/proof/proof-document.ts';
import { verifyRecordProof } from '../../../src/core/proof/record-proof.ts';
import { type StreamLeaf, summaryOf, tenantRoot } from '../../../src/core/snapshot/summary.ts';
import { nodePlatform } from '../../../src/engine/node-platform.ts';
import { growthProofOf, growthProofText, recordProofText, recordsOf, textOf } from './stores.ts';

const hash = (digit: string): string => digit.repeat(64);
const leaf = (stream: string, changes: Partial<StreamLeaf> = {}): StreamLeaf => ({
  stream,
  ordered: true,
  size: 2,
  root: hash('a'),
  head: hash('b'),
  ...changes,
});

type Tenants = readonly (readonly [tenant: string, streams: readonly StreamLeaf[], records?: number])[];

function summary(tenants: Tenants) {
  return summaryOf(
    nodePlatform,
    tenants.map(([tenant, streams, records]) => ({
      tenant,
      records: records ?? streams.reduce((sum, { size }) => sum + size, 0),
      root: tenantRoot(nodePlatform, streams),
      counts: new Map(),
      streams,
    })),
  );
}

/** A state with the root that it comes to. */
function state(...tenants: Tenants): StoreState {
  const { globalRoot, tenants: all } = summary(tenants);
  return { globalRoot, tenants: all.map(({ tenant, records, streams }) => ({ tenant, records, streams })) };
}

function said(from: StoreState, to: StoreState, growth: GrowthProof['growth'] = []): string {
  try {
    return JSON.stringify(verifyGrowthProof(nodePlatform, { from, to, growth }));
  } catch (fault) {
    if (fault instanceof ProofError) return fault.message;
    throw fault;
  }
}

describe('a stream that did not grow', () => {
  const from = state(['acme', [leaf('s')]]);

  it('is as it was with the same root and the same head, and changed with another one of either', () => {
    expect(said(from, from)).toBe('{"identical":1,"extended":0,"added":0,"unproven":[]}');
    const changed = 'stream "s" of "acme": its records were changed';
    expect(said(from, state(['acme', [leaf('s', { root: hash('c') })]]))).toBe(changed);
    expect(said(from, state(['acme', [leaf('s', { head: hash('c') })]]))).toBe(changed);
    expect(said(from, state(['acme', [leaf('s', { head: null })]]))).toBe(changed);
    const set = (changes: Partial<StreamLeaf> = {}) =>
      state(['acme', [leaf('s', { ordered: false, head: null, ...changes })]]);
    expect(said(set(), set({ root: hash('c') }))).toBe(changed);
    expect(said(set(), set())).toMatch(/^\{"identical":1/);
  });
});

describe('a store that did not grow out of the other', () => {
  const from = state(['acme', [leaf('s'), leaf('t')]]);
  const grown = leaf('s', { size: 3 });

  it.each<[string, StoreState, StoreState, GrowthProof['growth'], string]>([
    ['gone', from, state(['acme', [leaf('s')]]), [], 'stream "t" of "acme": it is gone'],
    [
      'ordered before only',
      from,
      state(['acme', [leaf('s', { ordered: false }), leaf('t')]]),
      [],
      'stream "s" of "acme": it was ordered on one side only',
    ],
    [
      'ordered after only',
      state(['acme', [leaf('s', { ordered: false })]]),
      state(['acme', [leaf('s')]]),
      [],
      'stream "s" of "acme": it was ordered on one side only',
    ],
    [
      'smaller',
      from,
      state(['acme', [leaf('s', { size: 1 }), leaf('t')]]),
      [],
      'stream "s" of "acme": it shrank from 2 to 1 record',
    ],
    [
      'without a path',
      from,
      state(['acme', [grown, leaf('t')]]),
      [],
      'stream "s" of "acme": there is no proof of its growth',
    ],
    [
      'with a wrong path',
      from,
      state(['acme', [grown, leaf('t')]]),
      [{ tenant: 'acme', stream: 's', path: [hash('d')] }],
      'stream "s" of "acme": ',
    ],
    [
      'with two paths',
      from,
      from,
      [
        { tenant: 'acme', stream: 's', path: [] },
        { tenant: 'acme', stream: 's', path: [] },
      ],
      'a stream has two proofs of its growth',
    ],
    [
      'with a path that is not needed',
      from,
      from,
      [{ tenant: 'acme', stream: 's', path: [] }],
      'there is a proof of growth for a stream that is not ordered or did not grow',
    ],
    [
      'with a path of nobody',
      from,
      from,
      [{ tenant: 'acme', stream: 'x', path: [] }],
      'there is a proof of growth for a stream that is not ordered or did not grow',
    ],
    [
      'with a path of a new stream',
      from,
      state(['acme', [leaf('s'), leaf('t'), leaf('u')]]),
      [{ tenant: 'acme', stream: 'u', path: [] }],
      'there is a proof of growth for a stream that is not ordered or did not grow',
    ],
    [
      'with a path of a stream that is gone',
      from,
      state(['acme', [leaf('s')]]),
      [{ tenant: 'acme', stream: 't', path: [] }],
      'there is a proof of growth for a stream that is not ordered or did not grow',
    ],
    [
      'with a path of a set',
      state(['acme', [leaf('s', { ordered: false })]]),
      state(['acme', [leaf('s', { ordered: false, size: 3 })]]),
      [{ tenant: 'acme', stream: 's', path: [] }],
      'there is a proof of growth for a stream that is not ordered or did not grow',
    ],
    ['from nothing', state(), from, [], 'an empty store is the beginning of every store'],
    ['a tenant twice', state(['acme', [leaf('s')]], ['acme', [leaf('t')]]), from, [], 'a tenant is named twice'],
    ['a stream twice', state(['acme', [leaf('s'), leaf('s')]]), from, [], 'a stream is named twice'],
    [
      'records that do not add up',
      state(['acme', [leaf('s')], 3]),
      from,
      [],
      'the records of a tenant are not those of its streams',
    ],
    ['another root before', { ...from, globalRoot: hash('0') }, from, [], 'the state before has the global root '],
    ['another root after', from, { ...from, globalRoot: hash('0') }, [], 'the state after has the global root '],
  ])('%s', (_, was, is, growth, message) => {
    const told = said(was, is, growth);
    expect([told.startsWith(message), told]).toEqual([true, told]);
  });

  it('two tenants may have a stream of one name, and a set that grew is named', () => {
    const both = state(['acme', [leaf('s')]], ['globex', [leaf('s', { ordered: false, head: null })]]);
    const grew = state(['acme', [leaf('s')]], ['globex', [leaf('s', { ordered: false, head: null, size: 3 })]]);
    expect(said(both, grew)).toBe(
      '{"identical":1,"extended":0,"added":0,"unproven":[{"tenant":"globex","stream":"s"}]}',
    );
  });
});

const WAS = recordsOf([{ sets: [2], chains: [3, 2] }]);
const IS = recordsOf([{ sets: [2], chains: [6, 2] }]);
const growth = await growthProofOf(textOf(WAS), textOf(IS));
const chosen = IS[3];
if (chosen === undefined) throw new Error('no records');
const record = await recordProofText(textOf(IS), chosen);

describe('a store that grew', () => {
  it('is counted: what is as it was, what grew at its end, and what is new', () => {
    expect(said(growth.from, growth.to, growth.growth)).toBe('{"identical":2,"extended":1,"added":0,"unproven":[]}');
  });
});

describe('heads that are proven for a comparison', () => {
  const place = growth.growth[0];
  if (place === undefined) throw new Error('nothing grew');
  const sides = (change: (leaf: StreamLeaf, side: 'from' | 'to') => StreamLeaf) =>
    (['from', 'to'] as const).map((side) =>
      summary(
        growth[side].tenants.map(({ tenant, streams }) => [
          tenant,
          streams.map((one) => (one.stream === place.stream ? change(one, side) : one)),
        ]),
      ),
    );
  const head = (change: (leaf: StreamLeaf, side: 'from' | 'to') => StreamLeaf, paths = growth.growth) => {
    const [from, to] = sides(change);
    if (from === undefined || to === undefined) throw new Error('no sides');
    return provenHeads(nodePlatform, paths, from, to)(place.tenant, place.stream);
  };

  it('are those of the baseline, and none where a stream is no chain on both sides, did not grow, or has no path that holds', () => {
    const was = growth.from.tenants.flatMap(({ streams }) => streams).find(({ stream }) => stream === place.stream);
    expect(head((one) => one)).toEqual({ root: was?.root, head: was?.head });
    for (const side of ['from', 'to'])
      expect(head((one, of) => (of === side ? { ...one, ordered: false } : one))).toBeUndefined();
    expect(head((one) => ({ ...one, size: 3, root: was?.root ?? '' }), [{ ...place, path: [] }])).toBeUndefined();
    expect(head((one, of) => (of === 'to' ? { ...one, root: hash('0') } : one))).toBeUndefined();
    expect(head((one) => one, [])).toBeUndefined();
    const [from, to] = sides((one) => one);
    if (from === undefined || to === undefined) throw new Error('no sides');
    expect(provenHeads(nodePlatform, growth.growth, from, to)(place.tenant, 'another')).toBeUndefined();
  });
});

type Node = Record<string, unknown>;

/** The pointer of every object in `value`. */
function objectsIn(value: unknown, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  if (Array.isArray(value)) return value.flatMap((item, at) => objectsIn(item, [...path, at]));
  if (typeof value !== 'object' || value === null) return [];
  return [path, ...Object.entries(value).flatMap(([name, item]) => objectsIn(item, [...path, name]))];
}

const at = (value: unknown, path: readonly (string | number)[]): Node =>
  path.reduce<unknown>((node, name) => (node as Node)[name], value) as Node;

describe.each([
  ['a record', record],
  ['growth', growthProofText(growth)],
])('the file of a proof of %s', (_, text) => {
  const document: unknown = JSON.parse(text);
  const refusal = (change: (copy: unknown) => void): string => {
    const copy: unknown = structuredClone(document);
    change(copy);
    try {
      parseProof(nodePlatform, parseJson(nodePlatform, Buffer.from(JSON.stringify(copy))));
    } catch (fault) {
      if (fault instanceof EvidenceError || fault instanceof ProofError) return fault.message;
      throw fault;
    }
    return 'accepted';
  };
  // Attributes and bodies of a record are the record's own.
  const objects = objectsIn(document).filter((path) => path[0] !== 'record' || path.length === 1);

  it('is read as it is', () => expect(refusal(() => undefined)).toBe('accepted'));

  it.each(objects.map((path) => `/${path.join('/')}`))('is refused with a member more at %s', (pointer) => {
    const path = objects.find((one) => `/${one.join('/')}` === pointer) ?? [];
    expect(refusal((copy) => Object.assign(at(copy, path), { more: null }))).not.toBe('accepted');
    expect(refusal((copy) => Object.assign(at(copy, path), { __more__: 1 }))).not.toBe('accepted');
  });

  it.each(objects.filter((path) => path[0] !== 'record').map((path) => `/${path.join('/')}`))(
    'is refused with any member less at %s',
    (pointer) => {
      const path = objects.find((one) => `/${one.join('/')}` === pointer) ?? [];
      for (const name of Object.keys(at(document, path)))
        expect([name, refusal((copy) => delete at(copy, path)[name])]).not.toEqual([name, 'accepted']);
    },
  );
});

describe('what a proof file is', () => {
  const kindOf = (changes: object): string => {
    try {
      const text = JSON.stringify({ ...(JSON.parse(record) as object), ...changes });
      parseProof(nodePlatform, parseJson(nodePlatform, Buffer.from(text)));
    } catch (fault) {
      if (fault instanceof EvidenceError) return fault.kind;
      throw fault;
    }
    return 'accepted';
  };

  it('is told from another file, from another version, and from a proof of something else', () => {
    expect(kindOf({})).toBe('accepted');
    expect(kindOf({ kind: 'evidence-snapshot' })).toBe('unsupported-version');
    expect(kindOf({ proves: 'exclusion' })).toBe('unsupported-version');
    expect(kindOf({ version: 2 })).toBe('schema-violation');
  });

  it('holds what vouches for it as it was given: a note, an envelope, both, or none', () => {
    const document = parseProof(nodePlatform, parseJson(nodePlatform, Buffer.from(record))) as RecordProofDocument;
    for (const voucher of [{}, { checkpoint: 'note' }, { dsse: null }, { checkpoint: '', dsse: 'envelope' }]) {
      const text = proofText({ ...document, voucher });
      expect(parseProof(nodePlatform, parseJson(nodePlatform, text))).toEqual({ ...document, voucher });
    }
  });
});

describe('the steps of a proof of a record', () => {
  it.each([
    ['another size of the stream', 'size', 'the stream has another size than the path is for'],
    ['another number of streams', 'streams', 'the tenant has another number of streams'],
  ])('%s is named', (_, member, message) => {
    const { proof } = parseProof(nodePlatform, parseJson(nodePlatform, Buffer.from(record))) as Extract<
      ReturnType<typeof parseProof>,
      { proves: 'inclusion' }
    >;
    const changed =
      member === 'size'
        ? { ...proof, stream: { ...proof.stream, size: 7 } }
        : { ...proof, tenant: { ...proof.tenant, streams: 7 } };
    expect(() => verifyRecordProof(nodePlatform, changed)).toThrow(message);
  });

  it.each(['record in its stream', 'stream in its tenant', 'tenant in the whole'])(
    'a fault of the %s is told as one',
    (step) => {
      const { proof } = parseProof(nodePlatform, parseJson(nodePlatform, Buffer.from(record))) as Extract<
        ReturnType<typeof parseProof>,
        { proves: 'inclusion' }
      >;
      const root = hash('0');
      const changed = {
        'record in its stream': { ...proof, leafHash: root },
        'stream in its tenant': { ...proof, stream: { ...proof.stream, head: root } },
        'tenant in the whole': { ...proof, globalRoot: root },
      }[step];
      expect(() => verifyRecordProof(nodePlatform, changed ?? proof)).toThrow(`${step}: `);
    },
  );
});

it('a proof that could not be looked at, since hashing failed, is never one that holds', () => {
  const whole = summary([['a', [leaf('s')]]]);
  const state: StoreState = { globalRoot: whole.globalRoot, tenants: whole.tenants };
  const proof: GrowthProof = { from: state, to: state, growth: [] };
  expect(shownBy(nodePlatform, proof).faultOf(whole, whole)).toBeUndefined();
  const fails = (): never => {
    throw new RangeError('no hash');
  };
  const broken = new Proxy(nodePlatform, {
    get: (of, name) => (typeof Reflect.get(of, name) === 'function' ? fails : Reflect.get(of, name)),
  });
  expect(() => shownBy(broken, proof).faultOf(whole, whole)).toThrow('no hash');
});
