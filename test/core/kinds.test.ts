/** The table of kinds is that of the contract, the verdict follows their classes, and the list is ordered and bounded. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Findings } from '../../src/core/judge/findings.ts';
import { type Completeness, verdictOf } from '../../src/core/judge/verdict.ts';
import { classOf, FINDING_KINDS, type FindingClass, type FindingKind } from '../../src/core/kinds.ts';
import type { Finding } from '../../src/core/report/report.ts';
import { runs } from '../long.ts';
import { sharedFolder, skippedWithout } from '../shared.ts';

const spec = sharedFolder('spec');

/** The rows of the table under "Findings": class, then kinds in back quotes. */
function tableOf(markdown: string): readonly (readonly [string, readonly string[]])[] {
  const rows = [...markdown.matchAll(/^\| (FAIL|INCOMPLETE|UNTRUSTED) \| (`.*) \|$/gm)];
  return rows.map(([, forced = '', kinds = '']) => [
    forced,
    [...kinds.matchAll(/`([a-z-]+)`/g)].map(([, kind = '']) => kind),
  ]);
}

describe.skipIf(spec === undefined)(`the table of the contract${skippedWithout('spec')}`, () => {
  const rows = spec === undefined ? [] : tableOf(readFileSync(join(spec, 'continuity-report.md'), 'utf8'));

  it('has the kinds of this one that force a verdict, in its order', () => {
    expect(rows.map(([forced]) => forced)).toEqual(['FAIL', 'INCOMPLETE', 'UNTRUSTED']);
    const forcing = FINDING_KINDS.filter((kind) => classOf(kind, 'frozen') !== 'info');
    expect(rows.flatMap(([, kinds]) => kinds)).toEqual(forcing);
  });

  it('gives each kind the class of its row in frozen mode, and growth is info in append mode', () => {
    for (const [forced, kinds] of rows) {
      for (const kind of kinds as readonly FindingKind[]) {
        expect(classOf(kind, 'frozen')).toBe(forced);
        const isGrowth = kind === 'record-added' || kind === 'tenant-added';
        expect(classOf(kind, 'append')).toBe(isGrowth ? 'info' : forced);
      }
    }
  });
});

it('our own kinds stand last, and force nothing in any mode', () => {
  const own = FINDING_KINDS.filter((kind) => classOf(kind, 'frozen') === 'info');
  expect(own).toEqual(['known-fault', 'weak-scheme']);
  expect(FINDING_KINDS.slice(-own.length)).toEqual(own);
  expect(own.map((kind) => classOf(kind, 'append'))).toEqual(own.map(() => 'info'));
});

it('a kind that is not in the table has no class', () => {
  expect(() => classOf('nothing' as FindingKind, 'append')).toThrow(TypeError);
  expect(new Set(FINDING_KINDS).size).toBe(FINDING_KINDS.length);
});

describe('the verdict', () => {
  const done: Completeness = {
    complete: true,
    baselineRecords: 1,
    currentRecords: 1,
    unjudged: 0,
    relation: 'identical',
  };
  const KIND_OF: Record<FindingClass, FindingKind> = {
    UNTRUSTED: 'same-input',
    FAIL: 'seq-gap',
    INCOMPLETE: 'interrupted',
    info: 'record-added',
  };
  const verdict = (classes: readonly FindingClass[], facts: Partial<Completeness> = {}): string => {
    const findings = new Findings('append', 10);
    for (const forced of classes) findings.add('both', { kind: KIND_OF[forced], message: '' });
    return verdictOf(findings, { ...done, ...facts });
  };

  it('has the precedence UNTRUSTED, FAIL, INCOMPLETE, PASS, in whatever order findings come', () => {
    const order = ['UNTRUSTED', 'FAIL', 'INCOMPLETE', 'info'] as const;
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...order), { maxLength: 5 }), (classes) => {
        const worst = order.find((forced) => classes.includes(forced)) ?? 'info';
        expect(verdict(classes)).toBe(worst === 'info' ? 'PASS' : worst);
      }),
      { numRuns: runs(500, 10_000) },
    );
  });

  it.each<Partial<Completeness>>([
    { complete: false },
    { baselineRecords: 0 },
    { currentRecords: 0 },
    { unjudged: 1 },
    { relation: 'unknown' },
    { relation: 'broken' },
    { relation: 'migrated' },
  ])('is never PASS by default: without a finding, %j is a fault of the program', (facts) => {
    expect(() => verdict([], facts)).toThrow(RangeError);
    expect(() => verdict(['info'], facts)).toThrow(RangeError);
    expect(verdict(['INCOMPLETE'], facts)).toBe('INCOMPLETE');
  });
});

describe('the list of findings', () => {
  const name = fc.option(fc.constantFrom('a', 'b', '\ufb33', '😀'), { nil: undefined });
  const anyFinding = fc
    .record({
      tenant: name,
      stream: name,
      id: name,
      seq: fc.option(fc.nat(3), { nil: undefined }),
      kind: fc.constantFrom(...FINDING_KINDS.slice(0, 4)),
      message: fc.constantFrom('x', 'y'),
    })
    .map(
      (finding) =>
        Object.fromEntries(Object.entries(finding).filter(([, value]) => value !== undefined)) as unknown as Omit<
          Finding,
          'class'
        >,
    );

  /** Order of the contract, written down once more: UTF-8 bytes, and what is absent stands before what is there. */
  const keyOf = ({ tenant, stream, seq, id, kind }: Omit<Finding, 'class'>): readonly string[] =>
    [tenant, stream, seq, id, FINDING_KINDS.indexOf(kind) + 100].map((part) =>
      part === undefined
        ? ''
        : `1${typeof part === 'string' ? Buffer.from(part).toString('hex') : String(part).padStart(9, '0')}`,
    );
  const inOrder = (a: readonly string[], b: readonly string[]): boolean => {
    const at = a.findIndex((part, index) => part !== b[index]);
    return at < 0 || (a[at] ?? '') < (b[at] ?? '');
  };

  it('is in the order tenant, stream, position, kind', () => {
    fc.assert(
      fc.property(fc.array(anyFinding, { maxLength: 40 }), (added) => {
        const findings = new Findings('append', 1000);
        for (const finding of added) findings.add('both', finding);
        const listed = findings.list();
        expect(listed.length).toBe(added.length);
        for (let at = 1; at < listed.length; at++) {
          const [before, after] = [listed[at - 1] as Finding, listed[at] as Finding];
          expect(inOrder(keyOf(before), keyOf(after))).toBe(true);
        }
      }),
      { numRuns: runs(500, 20_000) },
    );
  });

  it('is the same in whatever order findings are raised (G38)', () => {
    fc.assert(
      fc.property(fc.array(anyFinding, { maxLength: 40 }), fc.integer({ min: 0, max: 6 }), (added, most) => {
        const listOf = (these: typeof added): readonly Finding[] => {
          const findings = new Findings('append', most);
          for (const finding of these) findings.add('both', finding);
          return findings.list();
        };
        expect(listOf(added.toReversed())).toEqual(listOf(added));
      }),
      { numRuns: runs(500, 20_000) },
    );
  });

  it('has at most so many for each side and kind, the first ones, and counts them all', () => {
    const findings = new Findings('append', 3);
    for (let at = 99; at >= 0; at--) {
      for (const side of ['both', 'baseline', 'current'] as const) {
        findings.add(side, { kind: 'seq-gap', tenant: 't', seq: at, message: side });
        findings.add(side, { kind: 'record-missing', tenant: 't', seq: at, message: side });
      }
    }
    expect(findings.counts).toEqual({ 'record-missing': 300, 'seq-gap': 300 });
    expect(findings.list().length).toBe(18);
    expect(new Set(findings.list().map(({ seq }) => seq))).toEqual(new Set([0, 1, 2]));
  });

  it('may be empty where none is to be listed; they are counted, and force the verdict, all the same', () => {
    const findings = new Findings('append', 0);
    for (let at = 0; at < 5; at++) findings.add('both', { kind: 'seq-gap', message: '' });
    expect([findings.list(), findings.counts, findings.has('FAIL')]).toEqual([[], { 'seq-gap': 5 }, true]);
  });
});
