/** Which leaves of a set from before are still there: by one pass over both, held against sets that are held whole. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SetFollower, type SetFollowerLimits, type SetGrowth } from '../../../src/core/proof/set-growth.ts';
import { runs, seed } from '../../long.ts';

interface Member {
  readonly id: string;
  readonly leaf: string;
}

const memberOf = (at: number, version = 0): Member => ({
  id: `id-${String(at).padStart(4, '0')}`,
  leaf: `leaf of ${at}, ${version}`,
});

function followed(was: readonly string[], is: readonly Member[], limits?: SetFollowerLimits): SetGrowth {
  let at = 0;
  const follower = new SetFollower(() => was[at++], limits);
  for (const { id, leaf } of is) follower.take(leaf, id);
  return follower.finish();
}

/** What may come of a record: it stays, is lost, is altered, or is new. */
const fate = fc.oneof(
  { weight: 6, arbitrary: fc.constant('stays' as const) },
  { weight: 1, arbitrary: fc.constantFrom('lost' as const, 'altered' as const) },
  { weight: 2, arbitrary: fc.constant('new' as const) },
);
const fates = fc.array(fate, { maxLength: 60 });
const limits = fc.record({ patience: fc.nat(4), ahead: fc.constantFrom(1000, 60), named: fc.constant(1000) });

describe('a set, followed', () => {
  it('names just the leaves that are not there, wherever they stood and whatever is new', () => {
    fc.assert(
      fc.property(fates, limits, (all, how) => {
        const members = all.map((what, at) => ({ what, was: memberOf(at), is: memberOf(at, 1) }));
        const before = members.filter(({ what }) => what !== 'new').map(({ was }) => was);
        const after = members
          .filter(({ what }) => what !== 'lost')
          .map(({ what, was, is }) => (what === 'altered' ? is : was));
        const there = new Set(after.map(({ leaf }) => leaf));
        const lost = before.map(({ leaf }) => leaf).filter((leaf) => !there.has(leaf));
        const growth = followed(
          before.map(({ leaf }) => leaf),
          after,
          how,
        );
        expect(growth.named.map(({ leaf }) => leaf)).toEqual(lost);
        expect(growth).toMatchObject({ matched: before.length - lost.length, lost: lost.length, unknown: 0 });
        for (const { number, leaf } of growth.named) expect(before[number - 1]?.leaf).toBe(leaf);
      }),
      { numRuns: runs(500, 20_000), seed },
    );
  });

  it('says between which records of now a lost one stood', () => {
    const was = [0, 1, 2, 3, 4].map((at) => memberOf(at).leaf);
    const { named } = followed(was, [memberOf(1), memberOf(2, 1), memberOf(3)]);
    expect(named.map(({ number, after, before }) => [number, after, before])).toEqual([
      [1, null, 'id-0001'],
      [3, 'id-0001', 'id-0003'],
      [5, 'id-0003', null],
    ]);
  });

  it('calls leaves unknown behind more lost ones in a row than are looked at ahead, and never matched', () => {
    const was = Array.from({ length: 30 }, (_, at) => memberOf(at).leaf);
    const growth = followed(was, [memberOf(25), memberOf(26)], { ahead: 10 });
    expect(growth).toMatchObject({ matched: 0, lost: 10, unknown: 20 });
    expect(followed(was, [memberOf(9), memberOf(26)], { ahead: 10 })).toMatchObject({ matched: 1, lost: 19 });
  });

  it('meets a leaf that stands twice once at most', () => {
    const one = memberOf(1);
    const twice = [one.leaf, one.leaf];
    expect(followed(twice, [one])).toMatchObject({ matched: 1, lost: 1, unknown: 0 });
    expect(followed(twice, [memberOf(0), one], { patience: 0 })).toMatchObject({ matched: 1, lost: 1 });
  });

  it('counts a faulty body only where the record was there before', () => {
    const [a, b, c] = [memberOf(1), memberOf(2), memberOf(3)];
    const was = [a.leaf, c.leaf];
    let at = 0;
    const follower = new SetFollower(() => was[at++]);
    for (const { id, leaf } of [a, b, c]) follower.take(leaf, id, true);
    expect(follower.finish()).toMatchObject({ matched: 2, lost: 0, bodyFaults: 2 });
  });

  it('is the same whether its records come one by one or many at once', () => {
    fc.assert(
      fc.property(fates, limits, fc.array(fc.integer({ min: 1, max: 7 }), { minLength: 1 }), (all, how, sizes) => {
        const was = all.flatMap((what, at) => (what === 'new' ? [] : [memberOf(at).leaf]));
        const is = all.flatMap((what, at) => (what === 'lost' ? [] : [memberOf(at, what === 'altered' ? 1 : 0)]));
        let next = 0;
        const follower = new SetFollower(() => was[next++], how);
        for (let from = 0, nth = 0; from < is.length; nth++) {
          const some = is.slice(from, from + (sizes[nth % sizes.length] ?? 1));
          follower.takeMany(
            some.length,
            (at) => some[at]?.leaf ?? '',
            (at) => some[at]?.id ?? '',
          );
          from += some.length;
        }
        expect(follower.finish()).toEqual(followed(was, is, how));
      }),
      { numRuns: runs(300, 20_000), seed },
    );
  });

  it('names a thousand that are lost, and counts the others', () => {
    const was = Array.from({ length: 1007 }, (_, at) => `${at}`);
    const { named, lost, unknown, matched } = followed(was, [memberOf(1)]);
    expect([named.length, lost, unknown, matched]).toEqual([1000, 1007, 0, 0]);
  });
});
