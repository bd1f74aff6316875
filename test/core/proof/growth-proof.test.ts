/** Proofs of growth, for any growth; and of nothing that is none. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProofError } from '../../../src/core/merkle/proof.ts';
import type { GrowthProof, StoreState } from '../../../src/core/proof/growth-proof.ts';
import { compareTexts, countsOf } from '../../in-memory.ts';
import { long, runs } from '../../long.ts';
import { chained, trailerOf } from '../../store.ts';
import { growthProofOf, growthProofText, growthShown, recordsOf, type Sizes, textOf, verified } from './stores.ts';

const size = fc.integer({ min: 1, max: 20 });
const tenant = fc.record({
  sets: fc.array(size, { maxLength: 1 }),
  chains: fc.array(size, { minLength: 1, maxLength: 3 }),
});
const before = fc.array(tenant, { minLength: 1, maxLength: 3 });

/** Every chain grows by what `by` says in turn; what is over makes a new chain and a new tenant. */
function grown(sizes: readonly Sizes[], by: readonly number[]): readonly Sizes[] {
  let at = 0;
  const next = (): number => by[at++ % by.length] ?? 0;
  const old = sizes.map(({ sets, chains }) => ({
    sets,
    chains: [...chains.map((chain) => chain + next()), 1 + next()],
  }));
  return [...old, { sets: [2], chains: [1 + next()] }];
}

const growth = fc.array(fc.integer({ min: 0, max: 17 }), { minLength: 1, maxLength: 6 });

describe('for any growth of chains', () => {
  it('a proof shows it, and from a summary as well', async () => {
    await fc.assert(
      fc.asyncProperty(before, growth, fc.boolean(), async (sizes, by, bySummary) => {
        const [was, is] = [recordsOf(sizes), recordsOf(grown(sizes, by))];
        const proof = await growthProofOf(textOf(was, bySummary ? 'summary' : 'full'), textOf(is));
        const { identical, extended, added, unproven } = growthShown(proof);
        const streams = trailerOf(was).tenants.flatMap((one) => one.streams);
        expect([identical + extended, extended, unproven]).toEqual([streams.length, proof.growth.length, []]);
        expect(added).toBe(trailerOf(is).tenants.flatMap((one) => one.streams).length - streams.length);
        expect([proof.from.globalRoot, proof.to.globalRoot]).toEqual([
          trailerOf(was).globalRoot,
          trailerOf(is).globalRoot,
        ]);
        verified(growthProofText(proof), [proof.from.globalRoot, proof.to.globalRoot], 0);
      }),
      { numRuns: runs(15, 300, 8) },
    );
  });

  it('two summaries pass with the proof, and not without it', async () => {
    await fc.assert(
      fc.asyncProperty(before, growth, async (sizes, by) => {
        const [was, is] = [recordsOf(sizes), recordsOf(grown(sizes, by))];
        const { growth: paths } = await growthProofOf(textOf(was), textOf(is));
        const sides = [textOf(was, 'summary'), textOf(is, 'summary')] as const;
        expect((await compareTexts(...sides, { growth: paths })).verdict).toBe('PASS');
        const without = await compareTexts(...sides);
        expect(without.verdict).toBe(paths.length === 0 ? 'PASS' : 'INCOMPLETE');
        for (const [at, { path }] of paths.entries()) {
          for (const changed of [path.slice(1), [...path, '00'.repeat(32)], path.with(0, '00'.repeat(32))]) {
            const others = paths.map((one, nth) => (nth === at ? { ...one, path: changed } : one));
            const report = await compareTexts(...sides, { growth: others });
            expect([report.verdict, countsOf(report)['proof-unavailable']]).toEqual(['INCOMPLETE', 1]);
          }
        }
      }),
      { numRuns: runs(8, 150, 4) },
    );
  });
});

const SIZES: readonly Sizes[] = [
  { sets: [2], chains: [5, 3] },
  { sets: [], chains: [4] },
];
const WAS = recordsOf(SIZES);
const IS = recordsOf([
  { sets: [2], chains: [9, 3] },
  { sets: [], chains: [7] },
]);

describe('what is no growth', () => {
  it('a history that was made anew, cut off or lost: the proof that is made of it does not hold', async () => {
    const rewritten = IS.map((record) => record);
    const at = rewritten.findIndex(({ stream }) => stream === 'ledger/0');
    const forged = chained([{ n: 'forged' }, ...Array.from({ length: 8 }, (_, n) => ({ n }))], {
      tenant: rewritten[at]?.tenant ?? '',
    }).map((record) => ({ ...record, stream: 'ledger/0' }));
    rewritten.splice(at, 9, ...forged);
    for (const [what, records] of [
      ['made anew', rewritten],
      [
        'cut off',
        recordsOf([
          { sets: [2], chains: [4, 3] },
          { sets: [], chains: [7] },
        ]),
      ],
      [
        'a chain is gone',
        recordsOf([
          { sets: [2], chains: [9] },
          { sets: [], chains: [7] },
        ]),
      ],
      ['a tenant is gone', recordsOf([{ sets: [2], chains: [9, 3] }])],
      [
        'another set',
        recordsOf([
          { sets: [1], chains: [9, 3] },
          { sets: [], chains: [7] },
        ]),
      ],
    ] as const) {
      const proof = await growthProofOf(textOf(WAS), textOf(records));
      expect(() => growthShown(proof), what).toThrow(ProofError);
      const sides = [textOf(WAS, 'summary'), textOf(records, 'summary')] as const;
      const { verdict } = await compareTexts(...sides, { growth: proof.growth });
      expect([what, verdict]).toEqual([what, what === 'made anew' ? 'INCOMPLETE' : 'FAIL']);
      expect([what, (await compareTexts(textOf(WAS, 'summary'), textOf(records))).verdict]).toEqual([what, 'FAIL']);
    }
  });

  it('a set that grew is named, and stays INCOMPLETE', async () => {
    const is = recordsOf([
      { sets: [3], chains: [5, 3] },
      { sets: [], chains: [4] },
    ]);
    const proof = await growthProofOf(textOf(WAS), textOf(is));
    expect(growthShown(proof).unproven).toEqual([{ tenant: WAS[0]?.tenant, stream: 'bundles/0' }]);
    const sides = [textOf(WAS, 'summary'), textOf(is, 'summary')] as const;
    expect((await compareTexts(...sides, { growth: proof.growth })).verdict).toBe('INCOMPLETE');
  });

  it('a proof of other streams or other sizes changes nothing', async () => {
    const proof = await growthProofOf(textOf(WAS), textOf(IS));
    const elsewhere = proof.growth.map((one) => ({ ...one, stream: `${one.stream}x` }));
    const other = await growthProofOf(
      textOf(recordsOf([{ sets: [2], chains: [6, 3] }, SIZES[1] as Sizes])),
      textOf(IS),
    );
    const sides = [textOf(WAS, 'summary'), textOf(IS, 'summary')] as const;
    for (const growth of [elsewhere, other.growth.slice(0, 1)]) {
      const [withIt, without] = [await compareTexts(...sides, { growth }), await compareTexts(...sides)];
      expect({ ...withIt, run: null, demands: [] }).toEqual({ ...without, run: null });
      expect(withIt.verdict).toBe('INCOMPLETE');
    }
  });
});

describe('a proof of growth that was tampered with', () => {
  const withState = (
    proof: GrowthProof,
    side: 'from' | 'to',
    change: (state: StoreState) => StoreState,
  ): GrowthProof => ({
    ...proof,
    [side]: change(proof[side]),
  });

  it('is refused with any byte flipped, unless it says the same', async () => {
    const proof = await growthProofOf(textOf(WAS), textOf(IS));
    const roots = [proof.from.globalRoot, proof.to.globalRoot];
    const text = growthProofText(proof);
    const bytes = Buffer.from(text);
    const meant = JSON.stringify(JSON.parse(text));
    for (let at = 0; at < bytes.length; at++) {
      for (const mask of long ? [1, 32] : [at % 2 === 0 ? 1 : 32]) {
        const flipped = Buffer.from(bytes);
        flipped[at] = (flipped[at] ?? 0) ^ mask;
        let passed = true;
        try {
          verified(flipped, roots, 0);
        } catch (fault) {
          expect(fault).not.toBeInstanceOf(RangeError);
          passed = false;
        }
        if (passed) expect(JSON.stringify(JSON.parse(flipped.toString())), `byte ${at}`).toBe(meant);
      }
    }
  });

  it('is refused with paths too many, too few, twice or of each other', async () => {
    const proof = await growthProofOf(textOf(WAS), textOf(IS));
    const [one, two] = proof.growth;
    if (one === undefined || two === undefined) throw new Error('nothing grew');
    const others = [
      [],
      [one],
      [one, two, one],
      [one, { ...two, path: one.path }],
      [{ ...one, path: two.path }, two],
      [one, two, { tenant: one.tenant, stream: 'ledger/1', path: [] }],
      [one, two, { tenant: one.tenant, stream: 'bundles/0', path: [] }],
      [one, two, { tenant: 'nobody', stream: 'ledger/0', path: one.path }],
    ];
    for (const growth of others) expect(() => growthShown({ ...proof, growth })).toThrow(ProofError);
  });

  it('is refused with its sides exchanged, tenants or streams named twice, in another order, or left out', async () => {
    const proof = await growthProofOf(textOf(WAS), textOf(IS));
    expect(() => growthShown({ ...proof, from: proof.to, to: proof.from })).toThrow(ProofError);
    for (const side of ['from', 'to'] as const) {
      for (const change of [
        ({ tenants, ...state }: StoreState) => ({ ...state, tenants: [...tenants].reverse() }),
        ({ tenants, ...state }: StoreState) => ({ ...state, tenants: [...tenants, ...tenants.slice(0, 1)] }),
        ({ tenants, ...state }: StoreState) => ({ ...state, tenants: tenants.slice(1) }),
        ({ tenants, ...state }: StoreState) => ({
          ...state,
          tenants: tenants.map((one) => ({ ...one, records: one.records + 1 })),
        }),
        ({ tenants, ...state }: StoreState) => ({
          ...state,
          tenants: tenants.map((one) => ({ ...one, streams: [...one.streams, ...one.streams] })),
        }),
        (state: StoreState) => ({ ...state, globalRoot: '00'.repeat(32) }),
      ]) {
        expect(() => growthShown(withState(proof, side, change))).toThrow(ProofError);
      }
    }
  });

  it('A06: nothing is shown to grow out of an empty store', async () => {
    const proof = await growthProofOf(textOf(WAS), textOf(IS));
    const nothing = { globalRoot: 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', tenants: [] };
    expect(() => growthShown({ from: nothing, to: proof.to, growth: [] })).toThrow(/empty/);
  });
});
