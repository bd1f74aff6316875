/** What a comparison itself demands, and by which rule of SQL NULL the sides were read. */
import { describe, expect, it } from 'vitest';
import { Findings } from '../../src/core/judge/findings.ts';
import { NULLS_ATTRIBUTE } from '../../src/core/snapshot/header.ts';
import { RunDemands } from '../../src/engine/run-demands.ts';
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
