/** An id that comes twice is always found; an id that comes once is taken for another one only by a chance of 2^-61. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IdSet, mixed } from '../../../src/core/snapshot/id-set.ts';
import { long, runs } from '../../long.ts';

const COUNT = long ? 5_000_000 : 300_000;

/** A plain generator of numbers (xorshift), so that a failure can be run again. */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}

describe('a set of ids', () => {
  it(`has no false answer over ${COUNT} random ids with duplicates, on both sides, through all growth`, () => {
    const next = numbers(2027);
    const set = new IdSet(42);
    const known = [new Set<number>(), new Set<number>()] as const;
    let wrong = 0;
    for (let at = 0; at < COUNT; at++) {
      const id = next() % (COUNT / 2);
      const side = (next() % 2) as 0 | 1;
      if (set.add(`evidence-${id}`, side === 0 ? 1 : 2) !== known[side].has(id)) wrong++;
      known[side].add(id);
    }
    expect(wrong).toBe(0);
    expect(known[0].size + known[1].size).toBeGreaterThan(COUNT / 4);
  });

  it('loses none when it grows, wherever the ids lie in it: also across its end', () => {
    for (let seed = 0; seed < 300; seed++) {
      const set = new IdSet(seed);
      let wrong = 0;
      for (let at = 0; at < 200; at++) if (set.add(`${at}`, 1)) wrong++;
      for (let at = 0; at < 200; at++) if (!set.add(`${at}`, 1) || set.add(`${at}`, 2)) wrong++;
      expect({ seed, wrong }).toEqual({ seed, wrong: 0 });
    }
  });

  it('knows each side by itself', () => {
    const set = new IdSet(1);
    expect([set.add('a', 1), set.add('a', 2), set.add('a', 1), set.add('a', 2)]).toEqual([false, false, true, true]);
    expect([set.add('b', 2), set.add('b', 1)]).toEqual([false, false]);
  });

  it('answers as a Set does, for ids of any text and any seed', () => {
    const ids = fc.array(
      fc.tuple(fc.string({ unit: 'binary', maxLength: 3 }), fc.constantFrom(1 as const, 2 as const)),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(ids, fc.integer(), (added, seed) => {
        const set = new IdSet(seed);
        const known = new Set<string>();
        for (const [id, side] of added) {
          const key = JSON.stringify([id, side]);
          expect(set.add(id, side)).toBe(known.has(key));
          known.add(key);
        }
      }),
      { numRuns: runs(2000, 50_000) },
    );
  });

  it('tells ids apart that differ in one place, in case, or in normalisation (B12)', () => {
    const set = new IdSet(7);
    const ids = ['', '\0', '\0\0', 'a', 'A', 'a ', ' a', 'é', 'e\u0301', '\ud800', '\udc00', 'ab', 'ba', '1', '01'];
    expect(ids.map((id) => set.add(id, 1))).toEqual(ids.map(() => false));
    expect(ids.map((id) => set.add(id, 1))).toEqual(ids.map(() => true));
  });

  it('tells every id of one character from every other and from none, under seeds without bits to lend', () => {
    for (const seed of [0, 1, 2, 3, -1, 0x7fffffff, -0x80000000]) {
      const set = new IdSet(seed);
      expect(set.add('', 1)).toBe(false);
      let wrong = 0;
      for (let code = 0; code < 0x10000; code++) if (set.add(String.fromCharCode(code), 1)) wrong++;
      for (let code = 0; code < 0x10000; code++) if (set.add(String.fromCharCode(code, code), 1)) wrong++;
      expect({ seed, wrong }).toEqual({ seed, wrong: 0 });
    }
  });

  it('forgets everything when a new stream begins, also after it grew, and again', () => {
    const set = new IdSet(3);
    for (const place of ['a', 'b', 'c']) {
      set.enter(place, 1);
      let known = 0;
      for (let at = 0; at < 10_000; at++) if (set.add(`${at}`, 1)) known++;
      expect([known, set.add('5', 1)]).toEqual([0, true]);
    }
  });

  it('keeps what one side has had when the other begins the same stream', () => {
    const set = new IdSet(3);
    set.enter('a', 1);
    set.add('x', 1);
    set.enter('a', 2);
    expect([set.add('x', 1), set.add('x', 2), set.add('x', 2)]).toEqual([true, false, true]);
  });

  it('takes no id of one stream for one of another, though the sides have parted', () => {
    const set = new IdSet(3);
    set.enter('a', 1);
    set.enter('b', 2);
    set.add('x', 1);
    expect(set.add('x', 2)).toBe(false);
    set.enter('b', 1);
    expect(set.add('x', 1)).toBe(false);
  });

  it('keeps both sides of what was noted before it grew', () => {
    const set = new IdSet(9);
    for (let at = 0; at < 3000; at++) set.add(`${at}`, at % 2 === 0 ? 1 : 2);
    for (let at = 3000; at < 9000; at++) set.add(`${at}`, 1);
    const known = { own: 0, other: 0 };
    for (let at = 0; at < 3000; at++) {
      if (set.add(`${at}`, at % 2 === 0 ? 1 : 2)) known.own++;
      if (set.add(`${at}`, at % 2 === 0 ? 2 : 1)) known.other++;
    }
    expect(known).toEqual({ own: 3000, other: 0 });
  });

  it('answers as a Set does for a set that is in order until it is not, one by one and many at once', () => {
    const both = [1, 2] as const;
    const step = fc.record({
      gap: fc.integer({ min: 1, max: 3 }),
      sides: fc.constantFrom(1, 2, 3, 3, 3),
      many: fc.boolean(),
    });
    const again = fc.record({ at: fc.nat(400), side: fc.constantFrom(...both) });
    fc.assert(
      fc.property(
        fc.array(step, { maxLength: 200 }),
        fc.array(again, { maxLength: 40 }),
        fc.integer(),
        (steps, broken, seed) => {
          const set = new IdSet(seed);
          for (const place of ['a', 'b']) {
            for (const side of both) set.enter(place, side);
            const known = { 1: new Set<number>(), 2: new Set<number>() };
            let id = 0;
            for (const { gap, sides, many } of steps) {
              id += gap;
              for (const side of both) if (sides & side) known[side].add(id);
              if (many) expect(set.addMany(numbersOf(set, `${id}`, sides), 1, 'ascending')).toBe(1);
              else for (const side of both) if (sides & side) expect(set.add(`${id}`, side, 'ascending')).toBe(false);
            }
            for (const { at, side } of broken) {
              expect(set.add(`${at}`, side, 'broken')).toBe(known[side].has(at));
              known[side].add(at);
            }
          }
        },
      ),
      { numRuns: runs(300, 20_000) },
    );
  });

  it('loses none of a stream behind a set that had needed more room', () => {
    const set = new IdSet(12);
    set.enter('a', 1);
    for (let at = 0; at < 10_000; at++) set.add(`${at}`, 1, 'ascending');
    set.enter('b', 1);
    let known = 0;
    for (let at = 0; at < 10_000; at++) if (set.add(`${at}`, 1)) known++;
    expect(known).toBe(0);
    for (let at = 0; at < 10_000; at++) if (set.add(`${at}`, 1)) known++;
    expect(known).toBe(10_000);
  });

  it('has room for more ids in turn than a table begins with, and finds each when it is looked up', () => {
    const set = new IdSet(11);
    for (let at = 0; at < 20_000; at++) set.add(`${at}`, at % 2 === 0 ? 1 : 2, 'ascending');
    let found = 0;
    for (let at = 0; at < 20_000; at++) if (set.add(`${at}`, at % 2 === 0 ? 1 : 2, 'broken')) found++;
    expect([found, set.add('1', 1, 'broken'), set.add('new', 1, 'broken')]).toEqual([20_000, false, false]);
  });
});

/** What `addMany` takes of one id of these sides: as `areOf` has it. */
function numbersOf(set: IdSet, id: string, sides: number): Uint32Array {
  const seeds = set.seedsOf(3);
  if (seeds === undefined) throw new RangeError('both sides are in one stream');
  return Uint32Array.of(mixed(seeds.low, id), ((mixed(seeds.high, id) & ~3) | sides) >>> 0);
}
