import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ContinuityReport, FindingKind, Mode } from '../../../src/index.ts';
import { pgTool, postgresAvailable, skippedWithoutPostgres, skippedWithoutTools } from '../../postgres/binaries.ts';
import { appendToLedger, createLedger, type LedgerPlan } from '../../postgres/ledger-store.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { compareLedgers } from './one-ledger.ts';

const run = promisify(execFile);
const PLAN: LedgerPlan = { rows: 300, tenants: 3, chainsPerTenant: 2, seed: 'restored' };
const PAYLOADS: LedgerPlan = { ...PLAN, wholeEnvelope: false };

/** The second chain of acme, in SQL. */
const CHAIN = `tenant_id = 'acme' AND chain_id = (SELECT max(chain_id::text)::uuid FROM ledger_events WHERE tenant_id = 'acme')`;

/** Hashes of a chain made anew from `from` on, as an attacker with SQL alone would: links and leaf hashes fit. */
const RELINKED = (from: number): string => `
  DO $$ DECLARE r record; last text; BEGIN
    SELECT event_hash INTO last FROM ledger_events WHERE ${CHAIN} AND sequence_no = ${from - 1};
    FOR r IN SELECT * FROM ledger_events WHERE ${CHAIN} AND sequence_no >= ${from} ORDER BY sequence_no LOOP
      UPDATE ledger_events SET previous_hash = coalesce(last, repeat('0', 64)),
        event_hash = encode(sha256(convert_to('anew' || r.sequence_no, 'UTF8')), 'hex'),
        merkle_leaf_hash = encode(sha256(convert_to(encode(sha256(convert_to('anew' || r.sequence_no, 'UTF8')), 'hex') || '-' || r.sequence_no, 'UTF8')), 'hex')
        WHERE tenant_id = r.tenant_id AND chain_id = r.chain_id AND sequence_no = r.sequence_no;
      last := encode(sha256(convert_to('anew' || r.sequence_no, 'UTF8')), 'hex');
    END LOOP;
  END $$;`;

interface Tampering {
  readonly what: string;
  readonly sql: string;
  readonly kinds: readonly FindingKind[];
  /** Kinds besides, where nothing but the links can be checked: there a chain made anew is sound in itself. */
  readonly alone?: readonly FindingKind[];
  readonly mode?: Mode;
}

const NUMBER = `UPDATE ledger_events SET event_body = jsonb_set(event_body, '{tampered}', '1') WHERE ${CHAIN} AND sequence_no = 5;`;

const TAMPERINGS: readonly Tampering[] = [
  { what: 'one member of a jsonb added', sql: NUMBER, kinds: ['record-modified'] },
  {
    what: 'the last digit of a number beyond 2^53 changed',
    sql: `UPDATE ledger_events SET event_body = replace(event_body::text, '1}', '2}')::jsonb WHERE ${CHAIN} AND event_body::text ~ '9007\\d+1}'`,
    kinds: ['record-modified'],
  },
  {
    what: 'a record deleted, its place left empty',
    sql: `DELETE FROM ledger_events WHERE ${CHAIN} AND sequence_no = 4`,
    kinds: ['record-missing', 'seq-gap', 'chain-break'],
  },
  {
    what: 'the tail cut off',
    sql: `DELETE FROM ledger_events WHERE ${CHAIN} AND sequence_no > 6`,
    kinds: ['record-missing', 'chain-truncated'],
  },
  {
    what: 'the first record deleted',
    sql: `DELETE FROM ledger_events WHERE ${CHAIN} AND sequence_no = 1`,
    kinds: ['record-missing', 'seq-gap', 'chain-genesis-changed'],
  },
  {
    what: 'a record replaced by another of the same place and hashes',
    sql: `UPDATE ledger_events SET event_id = gen_random_uuid() WHERE ${CHAIN} AND sequence_no = 7`,
    kinds: ['record-missing', 'record-inserted-in-history'],
  },
  {
    what: 'a record deleted and the rest moved up, re-linked',
    sql: `DELETE FROM ledger_events WHERE ${CHAIN} AND sequence_no = 5;
      UPDATE ledger_events SET sequence_no = -sequence_no WHERE ${CHAIN} AND sequence_no > 5;
      UPDATE ledger_events SET sequence_no = -sequence_no - 1 WHERE ${CHAIN} AND sequence_no < 0; ${RELINKED(5)}`,
    kinds: ['record-missing', 'record-modified', 'history-not-prefix'],
    alone: ['chain-rewritten'],
  },
  {
    what: 'a content edited and the chain made anew',
    sql: `${NUMBER} ${RELINKED(5)}`,
    kinds: ['record-modified', 'history-not-prefix'],
    alone: ['chain-rewritten'],
  },
  {
    what: 'a chain made anew from its beginning',
    sql: RELINKED(1),
    kinds: ['record-modified', 'history-not-prefix'],
    alone: ['chain-rewritten'],
  },
  {
    what: 'a hash in capital letters',
    sql: `UPDATE ledger_events SET event_hash = upper(event_hash) WHERE ${CHAIN} AND sequence_no = 3`,
    kinds: ['hash-malformed'],
  },
  {
    what: 'a leaf hash changed',
    sql: `UPDATE ledger_events SET merkle_leaf_hash = repeat('b', 64) WHERE ${CHAIN} AND sequence_no = 3`,
    kinds: ['hash-mismatch', 'record-modified'],
  },
  {
    what: 'a microsecond added',
    sql: `UPDATE ledger_events SET recorded_at = recorded_at + interval '1 microsecond' WHERE ${CHAIN} AND sequence_no = 2`,
    kinds: ['record-modified'],
  },
  {
    what: 'the type changed',
    sql: `UPDATE ledger_events SET event_type = 'finding.closed' WHERE ${CHAIN} AND event_type <> 'finding.closed'`,
    kinds: ['record-modified', 'count-decreased'],
  },
  {
    what: 'an actor renamed by a letter that looks the same',
    sql: `UPDATE ledger_events SET actor_id = replace(actor_id, 'e', U&'\\0435') WHERE ${CHAIN} AND actor_id LIKE '%e%'`,
    kinds: ['record-modified'],
  },
  {
    what: 'NULL in place of a text',
    sql: `UPDATE ledger_events SET source_run_id = NULL WHERE ${CHAIN} AND source_run_id IS NOT NULL`,
    kinds: ['record-modified'],
  },
  {
    what: 'two tenants swapped',
    sql: `UPDATE ledger_events SET tenant_id = CASE tenant_id WHEN 'acme' THEN 'swap' ELSE 'acme' END WHERE tenant_id IN ('acme', 'Zenith');
      UPDATE ledger_events SET tenant_id = 'Zenith' WHERE tenant_id = 'swap'`,
    kinds: ['record-moved', 'stream-missing'],
  },
  {
    what: 'a chain moved to another tenant',
    sql: `UPDATE ledger_events SET tenant_id = 'Zenith' WHERE ${CHAIN}`,
    kinds: ['record-moved', 'stream-missing'],
  },
  { what: 'a tenant removed', sql: `DELETE FROM ledger_events WHERE tenant_id = 'Zenith'`, kinds: ['tenant-missing'] },
  {
    what: 'two bodies exchanged',
    sql: `UPDATE ledger_events a SET event_body = b.event_body FROM ledger_events b
      WHERE a.tenant_id = 'acme' AND b.tenant_id = 'acme' AND a.chain_id = b.chain_id
        AND ((a.sequence_no = 2 AND b.sequence_no = 3) OR (a.sequence_no = 3 AND b.sequence_no = 2))`,
    kinds: ['record-modified'],
  },
  {
    what: 'a record put in at the beginning of history',
    sql: `INSERT INTO ledger_events SELECT tenant_id, chain_id, 0, gen_random_uuid(), event_type, policy_version, finding_id,
      artifact_id, source_run_id, actor_id, actor_type, occurred_at, recorded_at, event_body, event_hash, previous_hash,
      merkle_leaf_hash FROM ledger_events WHERE ${CHAIN} AND sequence_no = 1`,
    kinds: ['record-inserted-in-history', 'seq-gap'],
  },
  {
    what: 'a copy of a record at the end, with an id that was there',
    sql: `INSERT INTO ledger_events SELECT tenant_id, chain_id, (SELECT max(sequence_no) + 1 FROM ledger_events WHERE ${CHAIN}),
      event_id, event_type, policy_version, finding_id, artifact_id, source_run_id, actor_id, actor_type, occurred_at,
      recorded_at, event_body, event_hash, previous_hash, merkle_leaf_hash FROM ledger_events WHERE ${CHAIN} AND sequence_no = 2`,
    kinds: ['duplicate-id', 'chain-fork'],
  },
  {
    what: 'honest growth, where nothing may grow',
    sql: `INSERT INTO ledger_events SELECT 'newcomer', gen_random_uuid(), 1, gen_random_uuid(), event_type, policy_version, finding_id,
      artifact_id, source_run_id, actor_id, actor_type, occurred_at, recorded_at, event_body, event_hash, repeat('0', 64),
      merkle_leaf_hash FROM ledger_events WHERE ${CHAIN} AND sequence_no = 1`,
    kinds: ['tenant-added', 'record-added'],
    mode: 'frozen',
  },
];

describe('the ways of tampering', () => {
  it('are at least 20, each with a name of its own', () => {
    expect(new Set(TAMPERINGS.map(({ what }) => what)).size).toBe(TAMPERINGS.length);
    expect(TAMPERINGS.length).toBeGreaterThanOrEqual(20);
  });
});

const tools = ['pg_dump', 'pg_restore'] as const;
const missing = tools.some((tool) => pgTool(tool) === undefined);

describe.skipIf(!postgresAvailable)(`a second database${skippedWithoutPostgres}`, () => {
  const server = serverOfFile({ auth: 'trust' });
  let copies = 0;

  beforeAll(async () => {
    for (const [name, plan] of [
      ['blue', PLAN],
      ['payloads', PAYLOADS],
    ] as const) {
      await server().createDatabase(name);
      const client = await server().connect(name);
      await createLedger(client, plan).finally(() => client.end());
    }
  });

  async function copyOf(template: string): Promise<string> {
    copies++;
    const name = `copy_${copies}`;
    await server().createDatabase(name, { template });
    return name;
  }

  async function tampered(template: string, { sql, mode }: Tampering): Promise<ContinuityReport> {
    const name = await copyOf(template);
    await server().sql(name, sql);
    const report = await compareLedgers(server().url(template), server().url(name), mode === undefined ? {} : { mode });
    await server().sql('postgres', `DROP DATABASE ${name}`);
    return report;
  }

  it.skipIf(missing)(
    `restored from a dump continues the first, and says how much it grew${skippedWithoutTools(...tools)}`,
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'evidence-diff-dump-'));
      try {
        const dump = join(folder, 'blue.dump');
        await run(pgTool('pg_dump') ?? '', ['-Fc', '-d', server().url('blue'), '-f', dump]);
        await server().createDatabase('green');
        await run(pgTool('pg_restore') ?? '', ['-d', server().url('green'), dump]);
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
      const frozen = await compareLedgers(server().url('blue'), server().url('green'), { mode: 'frozen' });
      expect(frozen).toMatchObject({ verdict: 'PASS', relation: 'identical', totals: { matched: PLAN.rows } });
      expect(frozen.baseline.globalRoot).toBe(frozen.current.globalRoot);
      const client = await server().connect('green');
      await appendToLedger(client, PLAN, 4).finally(() => client.end());
      const grown = await compareLedgers(server().url('blue'), server().url('green'));
      expect(grown).toMatchObject({ verdict: 'PASS', relation: 'extended', totals: { matched: PLAN.rows, added: 24 } });
    },
  );

  it.each(TAMPERINGS)('where the store holds whole envelopes: $what', async (tampering) => {
    const report = await tampered('blue', tampering);
    expect(report.verdict).toBe('FAIL');
    expect(Object.keys(report.findingCounts)).toEqual(expect.arrayContaining([...tampering.kinds]));
  });

  it.each(TAMPERINGS.filter(({ kinds }) => !kinds.includes('hash-mismatch')))(
    'where it holds payloads alone: $what',
    async (tampering) => {
      const report = await tampered('payloads', tampering);
      expect(report.verdict).toBe('FAIL');
      expect(Object.keys(report.findingCounts)).toEqual(
        expect.arrayContaining([...tampering.kinds, ...(tampering.alone ?? [])]),
      );
    },
  );

  it('says that hashes were compared by value where the envelope is not stored', async () => {
    const name = await copyOf('payloads');
    const report = await compareLedgers(server().url('payloads'), server().url(name));
    expect(report.verdict).toBe('PASS');
    expect(report.notChecked).toContain('300 hashes of the current side were compared by value only, not recomputed');
    expect(report.checks).toContainEqual({ check: 'derived-hash', done: 600 });
  });

  it('recomputes the hash of each envelope also where some rows hold none', async () => {
    const name = await copyOf('blue');
    await server().sql(name, `UPDATE ledger_events SET event_body = '{}' WHERE ${CHAIN} AND sequence_no = 2`);
    await server().sql(
      name,
      `UPDATE ledger_events SET event_hash = repeat('c', 64) WHERE ${CHAIN} AND sequence_no = 9`,
    );
    const { findings } = await compareLedgers(server().url(name), server().url('blue'), { mode: 'append' });
    const mismatches = findings.filter(({ kind, baseline }) => kind === 'hash-mismatch' && baseline === 'c'.repeat(64));
    expect(mismatches.map(({ seq }) => seq)).toEqual([9]);
  });
});

describe.skipIf(!postgresAvailable)(`a migration${skippedWithoutPostgres}`, () => {
  const server = serverOfFile({ auth: 'trust' });

  beforeAll(async () => {
    await server().createDatabase('blue');
    const client = await server().connect('blue');
    await createLedger(client, PLAN, { eventType: 'text' }).finally(() => client.end());
  });

  async function migrated(sql: string): Promise<ContinuityReport> {
    await server().createDatabase('green', { template: 'blue' });
    await server().sql('green', sql);
    const report = await compareLedgers(server().url('blue'), server().url('green'), { mode: 'frozen' });
    await server().sql('postgres', 'DROP DATABASE green');
    return report;
  }

  it('that adds a column changes no evidence, and is told of', async () => {
    const report = await migrated('ALTER TABLE ledger_events ADD COLUMN region text DEFAULT $$eu$$');
    expect(report.verdict).toBe('PASS');
    expect(report.notChecked).toContain('columns that public.ledger_events did not have before: region');
  });

  it('that retypes a column and keeps its texts is declared', async () => {
    const report = await migrated('ALTER TABLE ledger_events ALTER COLUMN policy_version TYPE varchar(100)');
    expect(report.verdict).toBe('PASS');
    expect(report.mapping.declared.join()).toMatch(
      /policy_version of public.ledger_events was .* and is character varying/,
    );
  });

  it.each([
    ['drops a column of the profile', 'ALTER TABLE ledger_events DROP COLUMN actor_id', 'source-incomplete'],
    ['renames the table', 'ALTER TABLE ledger_events RENAME TO events', 'source-incomplete'],
  ])('that %s is not passed', async (_, sql, kind) => {
    const report = await migrated(sql);
    expect(report.verdict).toBe('INCOMPLETE');
    expect(Object.keys(report.findingCounts)).toContain(kind);
  });
});
