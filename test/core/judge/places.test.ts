/** Places are complete: taken as a patch of the baseline's record they give the current one, byte for byte. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../../src/core/json/canonical.ts';
import { jsonFrom } from '../../../src/core/json/from-plain.ts';
import { parseJson } from '../../../src/core/json/parse.ts';
import type { Json } from '../../../src/core/json/value.ts';
import { differenceOf, type Place, Places } from '../../../src/core/judge/difference.ts';
import { MOST_POINTER_UNITS } from '../../../src/core/limits.ts';
import { portable, utf8 } from '../../../src/core/platform.ts';
import type { Change } from '../../../src/core/report/changes.ts';
import { compareTexts } from '../../in-memory.ts';
import { expectLinear } from '../../linear-time.ts';
import { runs } from '../../long.ts';
import { bundles, ndjson } from '../../store.ts';

interface Told {
  readonly place: Place;
  readonly change: Change;
}

function told(baseline: Json, current: Json, steps?: number): { readonly places: readonly Told[]; cut: boolean } {
  const places: Told[] = [];
  const walk = new Places((place, change) => places.push({ place, change }), steps);
  walk.walk(baseline, current);
  return { places, cut: walk.unaligned };
}

/* A patch, by what docs/continuity-report.md says of places and by RFC 6901, and by nothing of the source. */

type Container = Map<string, Json> | Json[];

function copy(value: Json): Json {
  if (Array.isArray(value)) return value.map((element) => copy(element as Json));
  if (value instanceof Map) return new Map([...value].map(([name, member]) => [name, copy(member)]));
  return value;
}

function namesOf(pointer: string): readonly string[] {
  const names = pointer.split('/').slice(1);
  return names.map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function containerAt(root: Container, pointer: string): readonly [container: Container, name: string] {
  const names = namesOf(pointer);
  const around = names.slice(0, -1).reduce<Json>((value, name) => {
    const found = Array.isArray(value) ? value[Number(name)] : (value as Map<string, Json>).get(name);
    if (found === undefined) throw new RangeError(`nothing at ${pointer}`);
    return found as Json;
  }, root);
  return [around as Container, names.at(-1) ?? ''];
}

/** Innermost first, and in a list from its end: so that no pointer is changed by what is done before. */
function fromTheEnd(a: string, b: string): number {
  return -inOrder(a, b);
}

function inOrder(a: string, b: string): number {
  const [left, right] = [namesOf(a), namesOf(b)];
  if (left.length !== right.length) return left.length - right.length;
  const at = left.findIndex((name, index) => name !== right[index]);
  return at < 0 ? 0 : Number(left[at]) - Number(right[at]) || 0;
}

function patched(baseline: Json, places: readonly Told[]): Json {
  const root = new Map<string, Json>([['r', copy(baseline)]]);
  const was = ({ place }: Told): string => `/r${place.baselinePointer}`;
  const is = ({ place }: Told): string => `/r${place.currentPointer}`;
  for (const one of places.filter(({ change }) => change === 'changed')) {
    const [container, name] = containerAt(root, was(one));
    const value = copy(one.place.current ?? null);
    if (Array.isArray(container)) container[Number(name)] = value;
    else container.set(name, value);
  }
  const moved = new Map<Told, Json>();
  const out = places.filter(({ change }) => change === 'removed' || change === 'moved');
  for (const one of out.sort((a, b) => fromTheEnd(was(a), was(b)))) {
    const [container, name] = containerAt(root, was(one));
    const value = Array.isArray(container) ? container.splice(Number(name), 1)[0] : container.get(name);
    if (!Array.isArray(container)) container.delete(name);
    if (one.change === 'moved') moved.set(one, value ?? null);
  }
  const into = places.filter(({ change }) => change === 'added' || change === 'moved');
  for (const one of into.sort((a, b) => inOrder(is(a), is(b)))) {
    const [container, name] = containerAt(root, is(one));
    const value = moved.get(one) ?? copy(one.place.current ?? null);
    if (Array.isArray(container)) container.splice(Number(name), 0, value);
    else container.set(name, value);
  }
  return root.get('r') ?? null;
}

function expectComplete(baseline: Json, current: Json, steps?: number): void {
  const { places } = told(baseline, current, steps);
  expect(canonicalText(patched(baseline, places))).toBe(canonicalText(current));
  expect(places.length === 0).toBe(canonicalText(baseline) === canonicalText(current));
}

const scalar = fc.oneof(fc.constantFrom('a', 'b', 'c', 0, 1, true, null), fc.integer({ min: 0, max: 9 }));
const element = fc.oneof(
  { weight: 3, arbitrary: scalar },
  fc.record({ id: fc.constantFrom('p', 'q', 'r', 's'), of: scalar }),
  fc.record({ 'bom-ref': fc.constantFrom('p', 'q', 'r', 's', 't'), tags: fc.array(scalar, { maxLength: 5 }) }),
  fc.record({ name: fc.constantFrom('p', 'q'), version: fc.constantFrom('1', '2'), in: fc.array(scalar) }),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, scalar, fc.array(tie('value'), { maxLength: 6 }), tie('named'), tie('object')),
  named: fc.uniqueArray(fc.record({ id: fc.constantFrom(...'pqrstu'), of: tie('value') }), {
    selector: (one) => (one as { readonly id: string }).id,
  }),
  object: fc.dictionary(fc.constantFrom('a', 'b', 'c/d', '~', '', '__proto__'), tie('value'), { maxKeys: 4 }),
}));
const json = (any: unknown): Json => parseJson(portable, utf8(JSON.stringify(any)), 0, undefined, { maxDepth: 1000 });

describe('the places of two records', () => {
  it('give the current one when they are applied to that of the baseline, for any values', () => {
    fc.assert(
      fc.property(value, value, (a, b) => expectComplete(json(a), json(b))),
      { numRuns: runs(500, 100_000, 150) },
    );
  });

  it('give it where lists were shuffled, cut and mixed', () => {
    const list = fc.array(element, { maxLength: 12 });
    const edited = list.chain((was) =>
      fc
        .tuple(
          fc.shuffledSubarray([...was], { minLength: Math.floor(was.length / 2) }),
          fc.array(element, { maxLength: 3 }),
        )
        .map(([kept, come]) => [was, [...kept.slice(1), ...come, ...kept.slice(0, 1)]] as const),
    );
    fc.assert(
      fc.property(edited, fc.constantFrom(undefined, 0, 5, 40), ([was, is], steps) =>
        expectComplete(json({ body: was }), json({ body: is }), steps),
      ),
      { numRuns: runs(500, 100_000, 150) },
    );
  });

  it('of a list that lost one element are one, wherever it was', () => {
    fc.assert(
      fc.property(fc.array(scalar, { minLength: 1, maxLength: 40 }), fc.nat(), (list, nat) => {
        const at = nat % list.length;
        const { places } = told(json(list), json(list.toSpliced(at, 1)));
        expect(places.map(({ change }) => change)).toEqual(['removed']);
      }),
      { numRuns: runs(300, 20_000) },
    );
  });

  it.each([
    ['bom-ref', { 'bom-ref': 'a', x: 1 }],
    ['purl', { purl: 'pkg:npm/a', x: 1 }],
    ['SPDXID', { SPDXID: 'a', x: 1 }],
    ['@id', { '@id': 'a', x: 1 }],
    ['id', { id: 'a', x: 1 }],
    ['name and version', { name: 'a', version: '1', x: 1 }],
  ])('pair elements by %s, and say what was added, removed, moved and changed', (_, shape) => {
    const of = (letter: string, x = 1): Json =>
      jsonFrom(JSON.parse(JSON.stringify({ ...shape, x }).replace(/"a"|npm\/a/, (text) => text.replace('a', letter))));
    const { places } = told([of('a'), of('b'), of('c'), of('d')], [of('d'), of('a'), of('c', 2), of('e')]);
    expect(places.map(({ change, place }) => [change, place.baselinePointer, place.currentPointer])).toEqual([
      ['removed', '/1', '/1'],
      ['moved', '/3', '/0'],
      ['changed', '/2/x', '/2/x'],
      ['added', '/3', '/3'],
    ]);
  });

  it('of names that were all made anew are found by what else names the elements', () => {
    const of = (ref: string, purl: string): Json => jsonFrom({ 'bom-ref': ref, purl });
    const { places } = told([of('1', 'a'), of('2', 'b')], [of('3', 'a'), of('4', 'b')]);
    expect(places.map(({ place }) => place.currentPointer)).toEqual(['/0/bom-ref', '/1/bom-ref']);
  });

  it.each([
    ['with nothing in common', 100_000, 7],
    ['shuffled', 0, 7919],
  ])('of two long lists %s are found in linear time', (_, from, step) => {
    const list = (count: number, first: number, by: number): Json =>
      Array.from({ length: count }, (_, at) => jsonFrom((first + at * by) % 100_003));
    const comparing = (count: number) => {
      const [one, other] = [list(count, 0, 1), list(count, from, step)];
      return (): void => expect(told(one, other).places.length).toBeGreaterThan(1000);
    };
    expectLinear(comparing(5000), comparing(50_000));
  });

  it('of lists that few edits cannot explain are said to be cut off, and are complete all the same', () => {
    const twice = (from: number): Json => Array.from({ length: 4000 }, (_, at) => jsonFrom((at * from) % 13));
    expect(told(twice(5), twice(7)).cut).toBe(true);
    expectComplete(twice(5), twice(7));
  });

  it('that lie deeper than a pointer can be long are named by the one around them', () => {
    const nested = (depth: number, leaf: number): unknown =>
      depth === 0 ? leaf : { abcdefghij: nested(depth - 1, leaf) };
    const { places } = told(json({ body: nested(120, 1) }), json({ body: nested(120, 2) }));
    expect(places).toHaveLength(1);
    expect(places[0]?.place.currentPointer.length).toBeGreaterThan(1000);
    expectComplete(json({ body: nested(120, 1) }), json({ body: nested(120, 2) }));
  });

  it.each([0, 1, 2, 3, 4, 5])(
    'in a list at the end of a pointer that can be shown are complete, %i units before it',
    (left) => {
      const around = (list: unknown): Json =>
        json({ body: { ['x'.repeat(MOST_POINTER_UNITS - '/body/'.length - left)]: list } });
      const named = Array.from({ length: 12 }, (_, at) => ({ id: `e${at}` }));
      const turned = [...named.slice(1), named[0]];
      for (const [was, is] of [
        [
          [1, 2, 3],
          [1, 2, 4],
        ],
        [
          [1, 2],
          [1, 2, 3],
        ],
        [
          [1, 2, 3],
          [1, 3],
        ],
        [named, turned],
        [turned, named],
        [named, named.slice(0, 11)],
        [named.map((_, at) => at), named.map((_, at) => (at === 0 ? 'x' : at))],
      ]) {
        expectComplete(around(was), around(is));
        expect(told(around(was), around(is)).places).toHaveLength(1);
      }
    },
  );

  it('of digests alone are none, and of equal bodies are all', () => {
    const of = (digest: string, status: string): Json => jsonFrom({ attrs: { status }, bodyDigest: digest });
    const between = (a: Json, b: Json) => differenceOf({ baseline: () => a, current: () => b });
    expect(between(of('x', 'a'), of('y', 'b'))).toMatchObject({ places: [], kinds: [], count: 2 });
    expect(between(of('x', 'a'), of('x', 'b')).places).toMatchObject([{ pointer: '/attrs/status' }]);
  });

  it('list the altered value among a hundred and fifty notations', () => {
    const body = (time: string, verdict: string): Json => {
      const times = Object.fromEntries(Array.from({ length: 150 }, (_, at) => [`at${at}`, time]));
      return jsonFrom({ body: { ...times, verdict } });
    };
    const found = differenceOf({
      baseline: () => body('2027-01-01T00:00:00Z', 'deny'),
      current: () => body('2027-01-01T00:00:00+00:00', 'allow'),
    });
    expect(found).toMatchObject({ path: '/body/verdict', baseline: 'deny', current: 'allow', count: 151 });
    expect(found.places[0]).toMatchObject({ pointer: '/body/verdict', class: 'other' });
    expect(found.kinds[0]).toMatchObject({ pointer: '/body/verdict', class: 'other' });
    expect(found.kinds).toHaveLength(151);
  });
});

describe('a group of changes', () => {
  it('counts its records by the types and days that they had: it is held against those of the baseline', async () => {
    const was = bundles(4).map((record, at) => ({
      ...record,
      type: at < 2 ? 'sbom' : 'scan',
      recordedAt: '2027-01-01T00:00:00Z',
    }));
    const is = was.map((record, at) =>
      at === 0 ? { ...record, type: 'scan', recordedAt: '2027-02-01T00:00:00Z' } : record,
    );
    const { changes } = await compareTexts(ndjson(was), ndjson(is));
    expect(changes).toMatchObject([{ types: [{ name: 'sbom', count: 1 }], days: [{ name: '2027-01-01', count: 1 }] }]);
  });
});
