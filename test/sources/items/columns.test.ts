/** A body of all columns, beside a baseline: it is of the columns that the baseline had, and what came is stated. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ContinuityReport, compare, importRecords, reindexCheck } from '../../../src/index.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { putFiles } from './items.ts';

const folder = temporaryFolder();
let made = 0;

const profileOf = (...items: object[]): never =>
  ({ kind: 'evidence-profile', version: 2, name: 'table', items }) as never;
const ROWS = { from: { csv: '*.csv' }, id: 'id' };
const BEFORE = 'id,who,what\n1,ann,approve\n2,bob,deny\n';
const AFTER = 'who,id,added,what\nann,1,x,approve\nbob,2,,deny\n';

type Files = Readonly<Record<string, string>>;

function put(files: Files): string {
  return putFiles(join(folder, `${++made}`), files);
}

/** Both sides as folders, the baseline as it is or as a snapshot that was made of it. */
async function compared(
  before: Files,
  after: Files,
  items: readonly object[],
  how: 'live' | 'snapshot' = 'live',
): Promise<ContinuityReport> {
  const profile = profileOf(...items);
  const [was, is] = [put(before), put(after)];
  if (how === 'live') return compare(was, is, { mode: 'frozen', source: { profile } });
  const output = `${was}.ndjson`;
  await importRecords(was, profile, { output });
  return compare(output, is, { mode: 'frozen', currentProfile: profile });
}

const NEW = 'the column added of csv:*.csv is new (text)';
const UNCHECKED = 'columns that csv:*.csv did not have before: added';

describe.each(['live', 'snapshot'] as const)('columns that came, beside a baseline that is %s,', (how) => {
  it('are stated, and not compared', async () => {
    const report = await compared({ 'a.csv': BEFORE }, { 'a.csv': AFTER }, [ROWS], how);
    expect(report).toMatchObject({ verdict: 'PASS', mapping: { declared: [NEW] } });
    expect(report.notChecked).toContain(UNCHECKED);
    expect(report.notChecked.filter((note) => note.includes('added'))).toEqual([UNCHECKED]);
  });

  it.each([
    ['was altered', AFTER.replace('deny', 'approve'), 'record-modified'],
    ['is gone', AFTER.replace('bob,2,,deny\n', ''), 'record-missing'],
    ['came', `${AFTER}eve,3,,deny\n`, 'record-added'],
  ])('hide no record that %s', async (_, after, kind) => {
    const report = await compared({ 'a.csv': BEFORE }, { 'a.csv': after }, [ROWS], how);
    expect(report).toMatchObject({ verdict: 'FAIL', mapping: { declared: [NEW] } });
    expect(report.findings.map((finding) => finding.kind)).toContain(kind);
  });
});

it.each(['live', 'snapshot'] as const)('a reindex is checked by the columns of a baseline that is %s', async (how) => {
  const profile = profileOf(ROWS);
  const was = put({ 'a.csv': BEFORE });
  if (how === 'snapshot') await importRecords(was, profile, { output: `${was}.ndjson` });
  const baseline = how === 'live' ? was : `${was}.ndjson`;
  const kept = await reindexCheck(baseline, put({ 'a.csv': AFTER }), { source: { profile } });
  expect(kept).toMatchObject({ verdict: 'PASS', totals: { kept: 2, changed: 0, missing: 0 } });
  expect(kept.notChecked).toContain(UNCHECKED);
  const altered = await reindexCheck(baseline, put({ 'a.csv': AFTER.replace('deny', 'approve') }), {
    source: { profile },
  });
  expect(altered).toMatchObject({ verdict: 'FAIL', totals: { kept: 1, changed: 1 } });
});

describe('a body of all columns', () => {
  it('is another one where a column is gone, or has another name', async () => {
    const gone = await compared({ 'a.csv': BEFORE }, { 'a.csv': 'id,who\n1,ann\n2,bob\n' }, [ROWS]);
    expect(gone).toMatchObject({ verdict: 'FAIL', totals: { modified: 2 } });
    const renamed = await compared({ 'a.csv': BEFORE }, { 'a.csv': BEFORE.replace('what', 'why') }, [ROWS]);
    expect(renamed).toMatchObject({ verdict: 'FAIL', totals: { modified: 2 } });
  });

  it('has every column that any file of the baseline had', async () => {
    const two = { 'a.csv': 'id,n\n1,a\n', 'b.csv': 'id,n,more\n2,b,c\n' };
    const same = await compared(two, { ...two, 'a.csv': 'id,n\n1,a\n' }, [ROWS]);
    expect(same.verdict).toBe('PASS');
    const widened = await compared(two, { ...two, 'a.csv': 'id,n,more\n1,a,z\n' }, [ROWS]);
    expect(widened).toMatchObject({ verdict: 'FAIL', totals: { modified: 1 } });
  });

  it('is of the columns that its own file had, where each has its own place and name', async () => {
    const places = [
      { from: { csv: 'a-*.csv' }, id: 'id', stream: { value: 'a' } },
      { from: { csv: 'b-*.csv' }, id: 'id', stream: { value: 'b' } },
    ];
    const before = { 'a-1.csv': 'id,n\n1,a\n', 'b-1.csv': 'id,m\n1,b\n' };
    const after = { 'a-1.csv': 'id,n,m\n1,a,x\n', 'b-1.csv': 'id,n,m\n1,x,b\n' };
    const report = await compared(before, after, places);
    expect(report.verdict).toBe('PASS');
    expect(report.mapping.declared).toEqual([
      'the column m of csv:a-*.csv is new (text)',
      'the column n of csv:b-*.csv is new (text)',
    ]);
  });

  it('of columns that are named says of others that they came, once', async () => {
    const report = await compared({ 'a.csv': BEFORE }, { 'a.csv': AFTER }, [
      { ...ROWS, body: { columns: ['who', 'what'] } },
    ]);
    expect(report).toMatchObject({ verdict: 'PASS', mapping: { declared: [NEW] } });
    expect(report.notChecked.filter((note) => note.includes('added'))).toEqual([UNCHECKED]);
  });
});
