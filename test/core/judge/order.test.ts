/** What decides comes first: in the headline, and in the list of findings. */
import { describe, expect, it } from 'vitest';
import { FINDING_KINDS, isConsequence } from '../../../src/core/kinds.ts';
import { findingsOf } from '../../../src/reports/found.ts';
import { compareTexts } from '../../in-memory.ts';
import { bundles, ndjson, type PlainRecord } from '../../store.ts';

const SET = bundles(4);
/** Grown, with a record twice, and with a trailer that knows nothing of that. */
const TWICE = [...bundles(2), SET[1] as PlainRecord, ...bundles(3, { from: 2 })];

describe('a duplicate beside growth and roots that differ', () => {
  it('leads the headline, and growth of class info is no reason', async () => {
    const report = await compareTexts(ndjson(SET), ndjson(TWICE));
    expect(report.headline).toMatch(/^FAIL: 1 duplicate-id, 1 stream-root-mismatch, /);
    expect(report.headline).not.toContain('record-added');
    expect(report.headline).toMatch(/; 2 added$/);
  });

  it('stands before the roots in the list, and the reader of the text sees it first', async () => {
    const report = await compareTexts(ndjson(SET), ndjson(TWICE));
    const order = report.findings.map(({ kind }) => isConsequence(kind));
    expect(order).toEqual([...order].sort((a, b) => Number(a) - Number(b)));
    expect(report.findings.at(-1)?.kind).toBe('stream-root-mismatch');
    expect(findingsOf(report).items.map(({ kind }) => kind)).toEqual([
      'duplicate-id',
      'stream-root-mismatch',
      'tenant-root-mismatch',
      'global-root-mismatch',
      'record-added',
    ]);
  });

  it('in frozen mode an addition decides, and is named as a cause', async () => {
    const report = await compareTexts(ndjson(SET), ndjson(TWICE), { mode: 'frozen' });
    expect(report.headline).toMatch(/^FAIL: 2 record-added, 1 duplicate-id, /);
  });
});

it('consequences are the kinds about roots and sums, and no others', () => {
  expect(FINDING_KINDS.filter(isConsequence)).toEqual([
    'history-not-prefix',
    'count-decreased',
    'stream-root-mismatch',
    'tenant-root-mismatch',
    'global-root-mismatch',
    'manifest-mismatch',
  ]);
});
