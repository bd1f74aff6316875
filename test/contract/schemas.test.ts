import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import { describe, expect, it } from 'vitest';
import { jsonSchemas } from '../../src/api/json-schemas.ts';
import { compareSnapshots, type RecordInput, writeSnapshot } from '../../src/index.ts';
import { renderNdjson } from '../../src/reports/ndjson.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const schemas = jsonSchemas();
const ajv = new Ajv2020({ strict: false, validateFormats: false });
const validators = {
  snapshot: ajv.compile(schemas.snapshot),
  record: ajv.compile(schemas.record),
  report: ajv.compile(schemas.report),
  line: ajv.compile(schemas['report-line']),
  'audit-report': ajv.compile(schemas['audit-report']),
};

function faultsOf(validate: ValidateFunction, value: unknown): unknown {
  return validate(value) ? [] : validate.errors;
}

const RECORDS = [1, 2, 3].map((seq) => ({
  tenant: 'acme',
  stream: 'ledger',
  id: `e${seq}`,
  seq,
  type: 'vex',
  recordedAt: '2027-03-01T10:00:00Z',
  attrs: { status: 'sealed' },
  body: { seq },
}));
const SET = [{ tenant: 'beta', stream: 'bundles', id: 'b1', type: 'sbom', body: null }];

async function snapshotAt(
  name: string,
  records: readonly RecordInput[],
  depth: 'full' | 'digest' | 'summary' = 'full',
): Promise<string> {
  const path = join(folder, name);
  await writeSnapshot(path, records, { depth, capturedAt: '2027-03-01T10:00:00Z', subject: { system: 'test' } });
  return path;
}

describe('the published JSON Schemas', () => {
  it.each(['full', 'digest', 'summary'] as const)(
    'accept a snapshot of depth %s that we write, and its records',
    async (depth) => {
      const path = await snapshotAt(`${depth}.json`, [...RECORDS, ...SET], depth);
      const snapshot = JSON.parse(readFileSync(path, 'utf8')) as { records: unknown[]; trailer: { records: number } };
      expect(faultsOf(validators.snapshot, snapshot)).toEqual([]);
      for (const record of snapshot.records) expect(faultsOf(validators.record, record)).toEqual([]);
      expect(snapshot.trailer.records).toBe(4);
    },
  );

  it('accept the report of every verdict', async () => {
    const before = await snapshotAt('before.json', [...RECORDS, ...SET]);
    const grown = await snapshotAt('grown.ndjson.gz', [
      ...RECORDS,
      ...SET,
      ...SET.map((record) => ({ ...record, id: 'b2' })),
    ]);
    const cut = await snapshotAt('cut.json', RECORDS);
    const reports = [
      await compareSnapshots(before, grown),
      await compareSnapshots(before, cut),
      await compareSnapshots(before, join(folder, 'absent.json')),
      await compareSnapshots(before, before),
    ];
    expect(reports.map(({ verdict }) => verdict)).toEqual(['PASS', 'FAIL', 'INCOMPLETE', 'UNTRUSTED']);
    for (const report of reports) {
      expect(faultsOf(validators.report, JSON.parse(JSON.stringify(report)))).toEqual([]);
      const lines = `${renderNdjson(report)}${renderNdjson(report, { list: 'all' })}`.trimEnd().split('\n');
      for (const line of lines) expect(faultsOf(validators.line, JSON.parse(line)), line).toEqual([]);
      for (const value of [{}, report, { kind: 'evidence-continuity-trailer', verdict: 'PASS' }]) {
        expect(faultsOf(validators.line, JSON.parse(JSON.stringify(value)))).not.toEqual([]);
      }
    }
  });

  it('refuse what the reader refuses: an unknown member, a missing name, a wrong type', () => {
    for (const wrong of [
      { note: 1 },
      { tenant: undefined },
      { seq: -1 },
      { seq: '1' },
      { attrs: { a: 1 } },
      { type: '' },
    ]) {
      const record: unknown = JSON.parse(JSON.stringify({ ...RECORDS[0], ...wrong }));
      expect(faultsOf(validators.record, record), JSON.stringify(wrong)).not.toEqual([]);
    }
  });
});
