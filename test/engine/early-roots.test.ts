/** Roots that streams had when they were smaller are those of RFC 9162 over their first records, and of no others. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { EvidenceRecord } from '../../src/core/snapshot/record.ts';
import { EarlyRoots } from '../../src/engine/early-roots.ts';
import { numberedLeaves, ReferenceTree } from '../core/merkle/reference-tree.ts';

const LEAVES = numberedLeaves(40);
/** Streams of one name in two tenants stand next to each other. */
const PLACES = ['a', 'b'].flatMap((tenant) => ['s', 't'].map((stream) => ({ tenant, stream })));

it('of streams that come one after the other, each with the size that is asked, or with none', () => {
  const stream = fc.record({
    records: fc.nat(9),
    asked: fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined }),
  });
  const order = fc.constantFrom(
    PLACES,
    [0, 2, 1, 3].flatMap((at) => PLACES[at] ?? []),
  );
  fc.assert(
    fc.property(order, fc.tuple(stream, stream, stream, stream), (places, streams) => {
      const sizes = new Map(places.map(({ tenant, stream }, at) => [`${tenant}/${stream}`, streams[at]?.asked]));
      const roots = new EarlyRoots((tenant, of) => sizes.get(`${tenant}/${of}`));
      let taken = 0;
      const expected = places.map((place, at) => {
        const { records, asked } = streams[at] ?? { records: 0, asked: undefined };
        const own = LEAVES.slice(taken, taken + records);
        taken += records;
        for (const leaf of own) roots.take({ ...place, leaf } as EvidenceRecord);
        return asked === undefined || asked > records ? undefined : new ReferenceTree(own).root(0, asked);
      });
      expect(places.map((place) => roots.rootOf(place))).toEqual(expected);
    }),
  );
});
