/** A class of change explains and never excuses: whatever class a change is given, the answer is the same. */
import fc from 'fast-check';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import { CHANGE_CLASSES, type ChangeClass } from '../../../src/core/report/changes.ts';
import type { ContinuityReport } from '../../../src/core/report/report.ts';
import { compareTexts } from '../../in-memory.ts';
import { runs } from '../../long.ts';
import { bundles, chained, LEDGER_RULE, ndjson, type PlainRecord, referenceCanonical } from '../../store.ts';

const forced = vi.hoisted(() => ({ class: undefined as string | undefined }));

// Not a stand-in: the real one is asked unless a class is forced, which is the question here.
vi.mock('../../../src/core/judge/change-class.ts', async (original) => {
  const real = await original<typeof import('../../../src/core/judge/change-class.ts')>();
  return {
    ...real,
    classOfChange: (...values: Parameters<typeof real.classOfChange>) => forced.class ?? real.classOfChange(...values),
  };
});

beforeEach(() => {
  forced.class = undefined;
});

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
  const compared = async (was: unknown, is: unknown, as?: ChangeClass): Promise<Answer> => {
    forced.class = as;
    const text = (changed: unknown): string => ndjson(storeOf([{ n: 0 }, changed, { n: 2 }]), { chains: LEDGER_RULE });
    return answerOf(await compareTexts(text(was), text(is)));
  };

  it('the verdict is FAIL if anything is another value, and the same whatever class that is given', async () => {
    await fc.assert(
      fc.asyncProperty(body, body, fc.constantFrom(...CHANGE_CLASSES), async (was, is, as) => {
        const real = await compared(was, is);
        const given = await compared(was, is, as);
        expect(given.answer).toEqual(real.answer);
        const isSame = referenceCanonical(was) === referenceCanonical(is);
        expect(real.answer).toMatchObject({ verdict: isSame ? 'PASS' : 'FAIL' });
        // What is moved in a list has its class from there.
        expect([...given.classes].filter((of) => of !== as && of !== 'order')).toEqual([]);
      }),
      { numRuns: runs(150, 5000) },
    );
  });

  it.each(CHANGE_CLASSES)('a change of class %s is a FAIL', async (as) => {
    const { answer, classes } = await compared({ state: 'deny' }, { state: 'allow' }, as);
    expect(answer).toMatchObject({ verdict: 'FAIL', totals: { modified: 1 } });
    expect([...classes]).toEqual([as]);
  });
});
