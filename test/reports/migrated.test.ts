/** What a comparison through a migration looks like in every format, as examples to read: golden/migrated.* and golden/migrated-fail.* */
import { describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { REPORT_FORMATS } from '../../src/reports/index.ts';
import { compareMigrated, named, type Written } from '../migration/migrated.ts';
import { bodies, bundles, chained, LEDGER_RULE, type PlainRecord, relinked } from '../store.ts';

const RUN: ContinuityReport['run'] = {
  tool: 'evidence-diff/1.0.0',
  startedAt: '2027-03-01T10:00:00.000Z',
  finishedAt: '2027-03-01T10:00:01.000Z',
  durationMs: 1000,
  peakRssBytes: 90_000_000,
};

const before: readonly PlainRecord[] = [
  ...bundles(6).map((record, at) => ({
    ...record,
    recordedAt: '2027-02-01T10:00:00+02:00',
    body: { log_id: at, operation: at % 2 === 0 ? 'push' : 'pull', guid: `g${at}`, severity: '7.50' },
  })),
  ...chained(bodies(4)),
  ...bundles(3).map((record) => ({ ...record, stream: 'scans' })),
];

const PURGED = 'id\nb000002\n';

const DECLARED: Written = {
  rules: [
    {
      name: 'audit-log',
      why: 'the tables of the log have the names of 2.0',
      match: { stream: 'bundles' },
      patch: [
        { op: 'move', from: '/body/log_id', path: '/body/id' },
        { op: 'remove', path: '/body/guid', why: 'replaced by id' },
        { op: 'add', path: '/body/risk', value: 0 },
        { op: 'convert', path: '/recordedAt', to: { zone: 'UTC' } },
        { op: 'convert', path: '/body/operation', to: { values: { push: 'create', pull: 'read' } } },
      ],
    },
    {
      name: 'new-chain',
      match: { stream: 'ledger/1' },
      patch: [{ op: 'add', path: '/body/version', value: 2 }],
      rechain: { recipe: 'sha256-prev-body', genesis: 'zeros' },
    },
    {
      name: 'purge',
      match: { stream: 'scans' },
      retire: { ids: named('purged.csv', PURGED), reason: 'retention 7 y', approval: 'CAB-1412', leave: 'head' },
    },
  ],
};

/** What the rules say, done by hand. */
const after: readonly PlainRecord[] = [
  ...before.slice(0, 6).map((record, at) => ({
    ...record,
    recordedAt: '2027-02-01T08:00:00Z',
    body: { id: at, operation: at % 2 === 0 ? 'create' : 'read', severity: '7.50', risk: 0 },
  })),
  ...relinked(
    before.slice(6, 10).map((record) => ({ ...record, body: { ...(record.body as object), version: 2 } })),
    'sha256-prev-body',
  ),
  ...before.slice(10, 12),
];

/** One value that no rule names, and one record that no rule retires. */
const damaged = after
  .filter((_, at) => at !== 1)
  .map((record, at) => (at === 2 ? { ...record, body: { ...(record.body as object), severity: '2.50' } } : record));

async function reportOf(current: readonly PlainRecord[]): Promise<ContinuityReport> {
  const chains = { chains: LEDGER_RULE };
  const setting = { files: { 'purged.csv': PURGED }, signed: true, before: chains, after: chains };
  return { ...(await compareMigrated(before, current, DECLARED, setting)), run: RUN };
}

const ENDINGS: Readonly<Record<string, string>> = {
  ...{ text: 'txt', brief: 'brief.txt', markdown: 'md', json: 'json', ndjson: 'ndjson', junit: 'xml', html: 'html' },
};

describe.each([
  ['migrated', after, 'PASS', 'migrated'],
  ['migrated-fail', damaged, 'FAIL', 'broken'],
] as const)('%s', (name, current, verdict, relation) => {
  it('is what the rules make of the baseline, or not', async () => {
    expect(await reportOf(current)).toMatchObject({ verdict, relation });
  });

  it.each(REPORT_FORMATS.filter(({ name: format }) => format in ENDINGS))(
    'as $name is the golden file',
    async (format) => {
      const drawn = await format.render(await reportOf(current), { details: true, color: false });
      // How HTML looks is one for all reports, and no part of what this one says.
      const text = String(drawn).replace(/(<style>)[\s\S]*(<\/style>)/, '$1$2');
      await expect(text).toMatchFileSnapshot(`golden/${name}.${ENDINGS[format.name]}`);
    },
  );
});

it('leaves no format out but PDF, whose bytes nobody reads', () => {
  expect(REPORT_FORMATS.map(({ name }) => name).filter((name) => !(name in ENDINGS))).toEqual(['pdf']);
});
