/** A digest index that cannot be read on is named; what is wrong with the program itself is no fault of the index. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { Findings } from '../../src/core/judge/findings.ts';
import { DemandLedger } from '../../src/core/report/demands.ts';
import type { EvidenceRecord } from '../../src/core/snapshot/record.ts';
import { IndexedSets, type IndexFile } from '../../src/engine/digest-index.ts';
import { compareSnapshots, digestIndex } from '../../src/index.ts';
import { findingsOf } from '../in-memory.ts';
import { bundles, ndjson, referenceLeaf } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const SET = { tenant: 'acme', stream: 'bundles', size: 2, root: 'a'.repeat(64) };
const RECORD = { ...SET, id: 'b1', leaf: 'b'.repeat(64) } as unknown as EvidenceRecord;
const READ = { complete: true, summary: { tenants: [] } } as unknown as Parameters<IndexedSets['settle']>[1];

function indexOf(fault: Error): { readonly sets: IndexedSets; readonly ledger: DemandLedger } {
  const leavesOf = (): never => {
    throw fault;
  };
  const file = { path: 'x.index', sets: [SET], leavesOf, close: () => undefined } as unknown as IndexFile;
  const ledger = new DemandLedger();
  return { sets: new IndexedSets({ asked: 'x.index', file }, ledger, 10), ledger };
}

it('names each record that is lost from a set, once', async () => {
  const folder = temporaryFolder();
  const [full, index, summary, now] = ['full', 'x.index', 'summary', 'now'].map((name) => join(folder, name)) as [
    ...[string, string, string, string],
  ];
  writeFileSync(full, ndjson(bundles(6)));
  writeFileSync(summary, ndjson(bundles(6), { depth: 'summary' }));
  writeFileSync(now, ndjson([...bundles(4), ...bundles(3, { from: 6 })]));
  await digestIndex(full, { output: index });
  const report = await compareSnapshots(summary, now, { digestIndex: index });
  expect(report).toMatchObject({ verdict: 'FAIL', totals: { matched: 4, missing: 2, added: 3 } });
  const lost = findingsOf(report, 'record-missing').map(({ baseline }) => baseline);
  const leaves = bundles(6).slice(4).map(referenceLeaf);
  expect([...lost].sort()).toEqual(leaves.sort());
});

it('of the system', () => {
  const { sets, ledger } = indexOf(Object.assign(new Error('EIO'), { code: 'EIO' }));
  sets.take(RECORD, false);
  const findings = new Findings('append', 10, 1000);
  sets.settle(findings, READ, READ, false);
  expect(findings.list()).toMatchObject([
    { kind: 'source-incomplete', message: 'the digest index x.index: cannot be read (EIO)' },
  ]);
  expect(ledger.settled()).toMatchObject([
    { demand: 'digest-index', state: 'impossible', why: 'cannot be read (EIO)' },
  ]);
});

it('of the program', () => {
  const { sets } = indexOf(new TypeError('wrong'));
  expect(() => sets.take(RECORD, false)).toThrow(TypeError);
});
