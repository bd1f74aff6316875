/** A class of change explains and never excuses: whatever class changes are of, a record that is another one is FAIL. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ChangeClass } from '../../../src/core/report/changes.ts';
import type { ContinuityReport } from '../../../src/core/report/report.ts';
import { compareTexts } from '../../in-memory.ts';
import { runs } from '../../long.ts';
import { bundles, chained, LEDGER_RULE, ndjson, type PlainRecord, referenceCanonical } from '../../store.ts';

/** Values of which many pairs say the same in another notation, so that every class comes up by itself, too. */
const value = fc.oneof(
  fc.constantFrom('2027-01-01T00:00:00Z', '2027-01-01T00:00:00+00:00', '2027-01-01T00:00:00.000Z', '2027-01-01'),
  fc.constantFrom('deny', 'Deny', ' deny', 'allow', '1.5', '1.50', '{"a":1}', '\u00e9', 'e\u0301'),
  fc.constantFrom(0, 1, 1.5, 0.1, 0.10000000149011612, 1798761600, true, null),
);
const member = fc.oneof(
  value,
  fc.array(value, { maxLength: 4 }),
  fc.dictionary(fc.constantFrom('a', 'b'), value, { noNullPrototype: true }),
);
const body = fc.dictionary(fc.constantFrom('at', 'state', 'tags', 'part'), member, {
  maxKeys: 4,
  noNullPrototype: true,
});

interface Answer {
  readonly answer: unknown;
  readonly classes: ReadonlySet<ChangeClass>;
}

/** What a script goes by: all but what is said of places. */
function answerOf({ verdict, relation, headline, totals, findings, findingCounts, tenants }: ContinuityReport): Answer {
  const named = findings.map(({ kind, class: of, tenant, stream, id, seq }) => ({ kind, of, tenant, stream, id, seq }));
  const places = findings.flatMap((finding) => finding.places ?? []);
  return {
    answer: { verdict, relation, headline, totals, named, findingCounts, tenants },
    classes: new Set(places.map((place) => place.class)),
  };
}

const STORES: readonly (readonly [string, (at: readonly unknown[]) => readonly PlainRecord[]])[] = [
  [
    'an unordered stream',
    (all) => bundles(all.length).map((record, at) => ({ ...record, body: all[at] }) as PlainRecord),
  ],
  ['a chain', (all) => chained(all as Parameters<typeof chained>[0])],
];

describe.each(STORES)('of %s', (_, storeOf) => {
  const compared = async (was: unknown, is: unknown): Promise<Answer> => {
    const text = (changed: unknown): string => ndjson(storeOf([{ n: 0 }, changed, { n: 2 }]), { chains: LEDGER_RULE });
    return answerOf(await compareTexts(text(was), text(is)));
  };

  it('the verdict is FAIL exactly if anything is another value', async () => {
    await fc.assert(
      fc.asyncProperty(body, body, async (was, is) => {
        const { answer } = await compared(was, is);
        const isSame = referenceCanonical(was) === referenceCanonical(is);
        expect(answer).toMatchObject({ verdict: isSame ? 'PASS' : 'FAIL', totals: { modified: isSame ? 0 : 1 } });
      }),
      { numRuns: runs(60, 5000, 30) },
    );
  });

  it.each<readonly [ChangeClass, unknown, unknown]>([
    ['other', 'deny', 'allow'],
    ['type', 1, '1'],
    ['case', 'deny', 'Deny'],
    ['padding', 'deny', ' deny'],
    ['unicode-form', '\u00e9', 'e\u0301'],
    ['same-instant', '2027-01-01T00:00:00Z', '2027-01-01T01:00:00+01:00'],
    ['order', ['a', 'b'], ['b', 'a']],
  ])('a change of class %s alone is a FAIL', async (as, was, is) => {
    const { answer, classes } = await compared({ state: was }, { state: is });
    expect(answer).toMatchObject({ verdict: 'FAIL', totals: { modified: 1 } });
    expect([...classes]).toContain(as);
  });
});
