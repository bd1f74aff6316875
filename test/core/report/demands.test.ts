/** The ledger of demands: nothing that was opened is forgotten. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FindingClass } from '../../../src/core/kinds.ts';
import { DEMANDS, type Demand, DemandLedger, isUnlooked, unnamedDemand } from '../../../src/core/report/demands.ts';

const wishes = fc.array(fc.record({ demand: fc.constantFrom(...DEMANDS), asked: fc.string() }), { minLength: 1 });

describe('the ledger of demands', () => {
  it('gives no answer while one demand is open, whichever it is', () => {
    fc.assert(
      fc.property(wishes, fc.nat(), (wanted, at) => {
        const ledger = new DemandLedger();
        const open = wanted.map(({ demand, asked }) => ledger.open(demand, asked));
        const last = open[at % open.length];
        for (const entry of open) if (entry !== last) entry.held();
        expect(() => ledger.settled()).toThrow(RangeError);
        last?.impossible('nobody could tell');
        expect(ledger.settled().filter(({ state }) => state === 'impossible')).toHaveLength(1);
      }),
    );
  });

  it('lists demands in one order whoever opened them first, and those of one word as they were given', () => {
    fc.assert(
      fc.property(wishes, (wanted) => {
        const ledger = new DemandLedger();
        for (const { demand, asked } of wanted) ledger.open(demand, asked).held();
        const settled = ledger.settled();
        expect(settled).toHaveLength(wanted.length);
        for (const name of DEMANDS) {
          const asked = (all: readonly Pick<Demand, 'demand' | 'asked'>[]) =>
            all.filter(({ demand }) => demand === name).map((one) => one.asked);
          expect(asked(settled)).toEqual(asked(wanted));
        }
        const places = settled.map(({ demand }) => DEMANDS.indexOf(demand));
        expect(places).toEqual([...places].sort((a, b) => a - b));
      }),
    );
  });

  it('takes one answer to each demand', () => {
    const entry = new DemandLedger().open('expect-digest', 'sha256:…');
    entry.refuted('another one');
    expect(() => entry.held()).toThrow(RangeError);
    expect(entry.settled).toEqual({
      demand: 'expect-digest',
      asked: 'sha256:…',
      state: 'refuted',
      why: 'another one',
    });
  });
});

describe('a demand that did not hold', () => {
  const named = (demand: Demand, ...classes: readonly FindingClass[]): boolean =>
    unnamedDemand([demand], (forced) => classes.includes(forced)) === undefined;

  it.each([
    ['expect-digest', 'refuted', 'UNTRUSTED'],
    ['expect-digest', 'impossible', 'UNTRUSTED'],
    ['trusted-key', 'impossible', 'UNTRUSTED'],
    ['not-same-input', 'refuted', 'UNTRUSTED'],
    ['not-same-input', 'impossible', 'INCOMPLETE'],
    ['legacy-root', 'refuted', 'FAIL'],
    ['consistency-proof', 'refuted', 'INCOMPLETE'],
    ['output', 'impossible', 'INCOMPLETE'],
  ] as const)('%s, %s, needs a finding of class %s', (demand, state, forced) => {
    const one: Demand = { demand, asked: '', state, why: 'so' };
    expect([named(one), named(one, 'info'), named(one, forced)]).toEqual([false, false, true]);
  });

  it('on the baseline is not covered by a finding that says INCOMPLETE, but for a run that was broken off', () => {
    const one: Demand = { demand: 'expect-digest', asked: '', state: 'impossible', why: 'so' };
    expect(unnamedDemand([one], (forced) => forced === 'INCOMPLETE')).toBe(one);
    expect(unnamedDemand([one], (forced) => forced === 'INCOMPLETE', true)).toBeUndefined();
    const refuted: Demand = { ...one, state: 'refuted' };
    expect(unnamedDemand([refuted], (forced) => forced === 'INCOMPLETE', true)).toBe(refuted);
  });
});

describe('whether a baseline could not be looked at', () => {
  const of = (demand: Demand['demand'], state: Demand['state']): Demand => ({ demand, asked: '', state });

  it.each<readonly [string, boolean, readonly Demand[]]>([
    ['nothing was demanded', false, []],
    ['all held', false, [of('trusted-key', 'held'), of('expect-digest', 'held')]],
    ['one could not be looked at', true, [of('trusted-key', 'impossible'), of('expect-digest', 'held')]],
    ['two could not', true, [of('trusted-key', 'impossible'), of('expect-digest', 'impossible')]],
    ['one is refuted', false, [of('trusted-key', 'refuted')]],
    ['one is refuted beside it', false, [of('trusted-key', 'impossible'), of('expect-digest', 'refuted')]],
    ['what could not be is not on the baseline', false, [of('not-same-input', 'impossible')]],
    [
      'what is refuted is not on the baseline',
      true,
      [of('trusted-key', 'impossible'), of('not-same-input', 'refuted')],
    ],
  ])('%s: %s', (_, isSo, demands) => {
    expect(isUnlooked(demands)).toBe(isSo);
  });
});

it('a migration that did not hold may be named by whatever is wrong with it, and by no growth', () => {
  const one: Demand = { demand: 'migration', asked: 'm.json', state: 'refuted', why: 'it does not fit' };
  const named = (forced: FindingClass): boolean => unnamedDemand([one], (asked) => asked === forced) === undefined;
  expect((['UNTRUSTED', 'FAIL', 'INCOMPLETE', 'info'] as const).map(named)).toEqual([true, true, true, false]);
});
