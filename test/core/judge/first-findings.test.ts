/** Of each kind the first findings are listed, in whatever order they come; what is not listed is counted. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Findings } from '../../../src/core/judge/findings.ts';
import type { FindingKind } from '../../../src/core/kinds.ts';
import type { Finding } from '../../../src/core/report/report.ts';

type Given = Omit<Finding, 'class'>;

const KINDS: readonly FindingKind[] = ['record-modified', 'record-added', 'stream-root-mismatch'];

/** Few places and messages, so that several are alike; some are about a whole stream, tenant or store. */
const finding: fc.Arbitrary<Given> = fc.record(
  {
    kind: fc.constantFrom(...KINDS),
    message: fc.constantFrom('one', 'other'),
    tenant: fc.constantFrom('a', 'b'),
    stream: fc.constantFrom('s', 't', '\u{10000}', '\uffff'),
    seq: fc.integer({ min: 1, max: 4 }),
    id: fc.constantFrom('x', 'y'),
  },
  { requiredKeys: ['kind', 'message'] },
);

/** Undefined before everything else, texts by their code points. */
function keyOf({ tenant, stream, seq, id, message }: Given): string {
  const text = (value: string | undefined): string => (value === undefined ? '' : `!${value}`);
  return [text(tenant), text(stream), seq === undefined ? '' : `!${seq}`, text(id), message].join('\t');
}

function inOrder(given: readonly Given[]): readonly Given[] {
  const bytes = (one: Given): Buffer => Buffer.from(keyOf(one));
  return [...given].sort((a, b) => Buffer.compare(bytes(a), bytes(b)));
}

test('in any order, the first of each kind are listed, and all are counted', () => {
  fc.assert(
    fc.property(fc.array(finding, { maxLength: 120 }), fc.integer({ min: 1, max: 6 }), (given, most) => {
      const findings = new Findings('append', most);
      for (const one of given) findings.add('both', one);
      const listed = findings.list();
      for (const kind of KINDS) {
        const ofKind = given.filter((one) => one.kind === kind);
        const texts = listed.filter((one) => one.kind === kind).map(keyOf);
        expect(texts).toEqual(inOrder(ofKind).slice(0, most).map(keyOf));
        expect(findings.countOf(kind)).toBe(ofKind.length);
      }
    }),
    { numRuns: 500 },
  );
});

test('where one may no longer be listed, it is not, and where it may, it can be', () => {
  const findings = new Findings('append', 2);
  const at = (seq: number): Given => ({ kind: 'record-modified', tenant: 'a', stream: 's', seq, message: `${seq}` });
  for (const seq of [5, 6, 7, 8, 9]) findings.add('both', at(seq));
  expect(findings.mayList('both', 'record-modified', at(7))).toBe(false);
  expect(findings.mayList('both', 'record-modified', at(6))).toBe(true);
  expect(findings.mayList('both', 'record-modified', at(4))).toBe(true);
  expect(findings.mayList('baseline', 'record-modified', at(7))).toBe(true);
  findings.add('both', at(4));
  findings.add('both', at(7));
  expect(findings.list().map(({ seq }) => seq)).toEqual([4, 5]);
});

test('what a part has found breaks its stream in the whole, unless the baseline had it already', () => {
  for (const old of [true, false]) {
    const findings = new Findings('append', 5);
    const one: Finding = { kind: 'record-missing', class: 'FAIL', tenant: 'a', stream: 's', message: 'gone' };
    const listed = old ? { ...one, alreadyInBaseline: true as const } : one;
    findings.join([listed], [['record-missing', 1]], old ? { 'record-missing': 1 } : {});
    expect([findings.isBroken('a', 's'), findings.isAnythingBroken]).toEqual([!old, !old]);
    expect(findings.isBroken('a', 't')).toBe(false);
  }
});
