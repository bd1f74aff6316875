/** What a comparison itself demands, and by which rule of SQL NULL the sides were read. */
import { describe, expect, it } from 'vitest';
import type { EvidenceError } from '../../src/core/errors.ts';
import { Findings } from '../../src/core/judge/findings.ts';
import { NULLS_ATTRIBUTE } from '../../src/core/snapshot/header.ts';
import { partOf, RunDemands } from '../../src/engine/run-demands.ts';
import type { Side } from '../../src/engine/side.ts';
import { compareTexts, findingsOf } from '../in-memory.ts';
import { bundles, ndjson, type PlainRecord, type TextOptions } from '../store.ts';

const NULLS_NOTE =
  'whether a column changed between SQL NULL and JSON null: a side was written before they were told apart';

describe('sides that have SQL NULL by two rules', () => {
  const told = (record: PlainRecord): PlainRecord => ({ ...record, attrs: { [NULLS_ATTRIBUTE]: '["c"]' } });
  const DISTINCT: TextOptions = { header: { nulls: 'distinct' } };
  const POSTGRES: TextOptions = { header: { subject: { system: 'test', source: 'postgres' } } };
  const records = bundles(4);
  const withNull = records.map((record, at) => (at === 2 ? told(record) : record));

  it.each([
    ['the baseline', ndjson(withNull, DISTINCT), ndjson(records)],
    ['the current side', ndjson(records), ndjson(withNull, DISTINCT)],
  ])('are refused at the first record that shows it, where %s tells them apart', async (side, was, is) => {
    const report = await compareTexts(was, is);
    expect(report.verdict).toBe('INCOMPLETE');
    const of = side === 'the baseline' ? 'baseline' : 'current';
    expect(findingsOf(report, 'proof-unavailable')).toMatchObject([
      { message: expect.stringMatching(new RegExp(`^${of}: .*line 4, .*SQL NULL is told apart from JSON null here`)) },
    ]);
    expect(Object.keys(report.findingCounts)).toEqual(['proof-unavailable']);
  });

  it('are compared where no record shows it, and what was not checked is said', async () => {
    for (const [was, is] of [
      [ndjson(records, DISTINCT), ndjson(records)],
      [ndjson(records), ndjson(records, DISTINCT)],
      [ndjson(records, POSTGRES), ndjson(records, POSTGRES)],
    ] as const) {
      const { verdict, notChecked } = await compareTexts(was, is);
      expect([verdict, notChecked.includes(NULLS_NOTE)]).toEqual(['PASS', true]);
    }
  });

  it('and those that have one rule, or none, have nothing to say of it', async () => {
    for (const options of [DISTINCT, {}]) {
      const both = ndjson(withNull, options);
      const { verdict, notChecked } = await compareTexts(both, both);
      expect([verdict, notChecked.includes(NULLS_NOTE)]).toEqual(['PASS', false]);
    }
  });
});

describe('two inputs', () => {
  const READ = { sha256: null, complete: true } as Parameters<RunDemands['settle']>[1];

  function settled(same: boolean | undefined) {
    const findings = new Findings('append', 10, 1000);
    const demands = new RunDemands({ sameInput: () => same });
    demands.settle(findings, READ, false);
    return { demands: demands.ledger.settled(), findings: findings.list() };
  }

  it('that are two are what was asked for', () => {
    expect(settled(false)).toEqual({
      demands: [{ demand: 'not-same-input', asked: '', state: 'held' }],
      findings: [],
    });
  });

  it('that are one are named', () => {
    const why = 'both sides are one and the same input: it is always equal to itself';
    expect(settled(true)).toMatchObject({
      demands: [{ state: 'refuted', why }],
      findings: [{ kind: 'same-input', class: 'UNTRUSTED', message: why }],
    });
  });

  it('of which one could not be opened are neither, and that is said', () => {
    const why = 'a side could not be opened: whether both are one input cannot be determined';
    expect(settled(undefined)).toMatchObject({
      demands: [{ state: 'impossible', why }],
      findings: [{ kind: 'source-incomplete', class: 'INCOMPLETE', message: why }],
    });
  });
});

describe('parts of two wholes', () => {
  const sideOf = (name: string, shard: object | undefined, isSummary = false) => {
    const refused: string[] = [];
    const reader = { fail: ({ where, reason }: EvidenceError) => refused.push(`${where.file}: ${reason}`) };
    return { side: { header: { shard }, isSummary, source: { name }, reader } as unknown as Side, refused };
  };
  const part = (index: number, whole: string) => ({ index, count: 3, whole });

  function paired(was: ReturnType<typeof sideOf>, is: ReturnType<typeof sideOf>) {
    return { part: partOf(was.side, is.side), refused: [...was.refused, ...is.refused] };
  }

  it('are compared where they are the same part of each', () => {
    expect(paired(sideOf('was', part(1, 'w')), sideOf('is', part(1, 'i')))).toEqual({
      part: { index: 1, count: 3, baseline: 'w', current: 'i' },
      refused: [],
    });
    expect(paired(sideOf('was', undefined), sideOf('is', undefined))).toEqual({ part: undefined, refused: [] });
  });

  it.each([
    [sideOf('was', part(1, 'w')), sideOf('is', part(2, 'i')), /^is: it is .*, and the baseline is /],
    [sideOf('was', part(1, 'w')), sideOf('is', undefined), /^was: it is .*, and the other side is a whole$/],
    [sideOf('was', undefined), sideOf('is', part(1, 'i')), /^is: it is .*, and the other side is a whole$/],
    [
      sideOf('was', part(1, 'w')),
      sideOf('is', part(1, 'i'), true),
      /^is: a summary has no records of which a part could/,
    ],
  ])('and are refused where they are not', (was, is, says) => {
    expect(paired(was, is)).toEqual({ part: undefined, refused: [expect.stringMatching(says)] });
  });
});
