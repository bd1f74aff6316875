/** The built-in profiles on stores as a platform writes them: what is there is read, what was changed is found. */
import { createHash } from 'node:crypto';
import { MerkleTree } from 'merkletreejs';
import { beforeAll, describe, expect, it } from 'vitest';
import { auditSource } from '../../../src/engine/audit-run.ts';
import { compareSources } from '../../../src/engine/compare.ts';
import { type ContinuityReport, type SnapshotAudit, writeSnapshot } from '../../../src/index.ts';
import { recomputing } from '../../../src/legacy-roots/check.ts';
import { openPostgres } from '../../../src/sources/postgres/index.ts';
import { PROFILES } from '../../../src/sources/postgres/profiles.ts';
import type { Profile } from '../../../src/wire/profile.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../../postgres/binaries.ts';
import { createLedger, type LedgerPlan } from '../../postgres/ledger-store.ts';
import { createLocker, type LockerPlan, lockerRecords } from '../../postgres/locker-store.ts';
import { serverOfFile } from '../../postgres/server-of-file.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { auditOf, expectRefused, passOf, profileOfTable } from './audits.ts';
import { auditLedger, builtIn, ledgerAt } from './one-ledger.ts';

const LEDGER: LedgerPlan = { rows: 120, tenants: 3, chainsPerTenant: 2, seed: 'profiles' };
const LOCKER: LockerPlan = { bundlesPerTenant: 20, tenants: 3 };

describe.skipIf(!postgresAvailable)(`the built-in profiles${skippedWithoutPostgres}`, () => {
  const folder = temporaryFolder();
  const server = serverOfFile();
  let copies = 0;

  beforeAll(async () => {
    for (const [name, wholeEnvelope] of [
      ['ledger', true],
      ['payloads', false],
    ] as const) {
      await server().createDatabase(name);
      const client = await server().connect(name);
      await createLedger(client, { ...LEDGER, wholeEnvelope }).finally(() => client.end());
    }
    await server().createDatabase('locker');
    const client = await server().connect('locker');
    await createLocker(client, LOCKER).finally(() => client.end());
  });

  /** A copy of a database in which `sql` was run; its URL. */
  async function changed(template: string, sql: string): Promise<string> {
    const name = `copy_${++copies}`;
    await server().createDatabase(name, { template });
    await server().sql(name, sql);
    return server().url(name);
  }

  it.each([...PROFILES.keys()])('%s says what it is for and what it assumes', (name) => {
    const { description, assumptions } = builtIn(name);
    expect([description.length > 20, assumptions.length > 0]).toEqual([true, true]);
  });

  describe('stella-ledger', () => {
    it('has one ordered stream for each tenant and chain', async () => {
      const { summary, verdict, header } = await auditLedger(server().url('ledger'));
      expect(verdict).toBe('PASS');
      const streams = summary?.tenants.flatMap((tenant) => tenant.streams) ?? [];
      expect(streams).toHaveLength(6);
      for (const { stream, ordered, size, firstSeq, lastSeq } of streams) {
        expect(stream).toMatch(/^findings-ledger\/[0-9a-f-]{36}$/);
        expect([ordered, firstSeq, lastSeq]).toEqual([true, 1, size]);
      }
      expect([...(header?.chains ?? [])]).toEqual([
        ['findings-ledger/*', { genesis: 'zeros', recipe: 'sha256-jcs-body', firstSeq: 1 }],
      ]);
    });

    it('recomputes a root over its leaf hashes in sequence order, as an anchor states it, with any number of workers', async () => {
      const [first] = await server().sql(
        'ledger',
        'SELECT tenant_id, chain_id FROM ledger_events ORDER BY 1, 2 LIMIT 1',
      );
      const { tenant_id: tenant, chain_id: chain } = first as { readonly tenant_id: string; readonly chain_id: string };
      const rows = await server().sql(
        'ledger',
        `SELECT merkle_leaf_hash FROM ledger_events WHERE tenant_id = '${tenant}' AND chain_id = '${chain}' ORDER BY sequence_no`,
      );
      const leaves = rows.map((row) => String(row['merkle_leaf_hash']));
      const sha = (bytes: Buffer): Buffer => createHash('sha256').update(bytes).digest();
      const place = { tenant, stream: `findings-ledger/${chain}` };
      const scheme = { scheme: 'merkletreejs-sort-pairs', leaf: 'attrs.merkleLeafHash' };
      const root = new MerkleTree(leaves, sha, { sortPairs: true }).getRoot().toString('hex');
      for (const workers of [1, 3]) {
        const [before, after] = [ledgerAt(server().url('ledger'), { workers }), ledgerAt(server().url('ledger'))];
        const report = await compareSources(
          before,
          after,
          {},
          { legacyRoots: recomputing([{ ...scheme, ...place, root }]) },
        );
        expect([report.verdict, report.findingCounts]).toEqual(['PASS', { 'weak-scheme': 1 }]);
        expect(report.checks).toContainEqual({ check: 'legacy-root', done: leaves.length });
      }
    });

    /** Of one record, the third of the first chain. */
    const ONE = `WHERE event_id = (SELECT event_id FROM ledger_events ORDER BY tenant_id, chain_id, sequence_no OFFSET 2 LIMIT 1)`;

    function namesOne({ findings }: SnapshotAudit, kind: string): void {
      expect(findings.filter((finding) => finding.kind === kind)).toMatchObject([
        { kind, seq: 3, tenant: expect.any(String), stream: expect.stringContaining('findings-ledger/') },
      ]);
    }

    it('a wrong leaf hash names its record, with or without envelopes', async () => {
      for (const template of ['ledger', 'payloads']) {
        const url = await changed(template, `UPDATE ledger_events SET merkle_leaf_hash = repeat('d', 64) ${ONE}`);
        const audit = await auditLedger(url);
        expect(audit.verdict).toBe('FAIL');
        namesOne(audit, 'hash-mismatch');
        expect(audit.findings[0]?.message).toContain('merkleLeafHash');
      }
    });

    it('a leaf hash of another position is wrong', async () => {
      const other = `encode(sha256(convert_to(event_hash || '-' || (sequence_no + 1), 'UTF8')), 'hex')`;
      const audit = await auditLedger(
        await changed('payloads', `UPDATE ledger_events SET merkle_leaf_hash = ${other} ${ONE}`),
      );
      namesOne(audit, 'hash-mismatch');
    });

    it('a changed envelope names its record; a changed payload alone is seen beside a baseline', async () => {
      const edit = `UPDATE ledger_events SET event_body = event_body || '{"edited": 1}' ${ONE}`;
      namesOne(await auditLedger(await changed('ledger', edit)), 'hash-mismatch');
      const payload = await changed('payloads', edit);
      expect((await auditLedger(payload)).verdict).toBe('PASS');
      const profile = builtIn('stella-ledger');
      const before = openPostgres(server().url('payloads'), { profile });
      const report = await compareSources(before, openPostgres(payload, { profile }));
      expect(report).toMatchObject({ verdict: 'FAIL', findingCounts: { 'record-modified': 1 } });
      expect(report.notChecked.join('\n')).toContain('compared by value only');
    });

    it.each([
      [
        'another first link',
        `UPDATE ledger_events SET previous_hash = repeat('1', 64) WHERE sequence_no = 1`,
        'chain-genesis-changed',
      ],
      ['a first record with number 0', 'UPDATE ledger_events SET sequence_no = sequence_no - 1', 'seq-gap'],
    ])('%s is found', async (_, sql, kind) => {
      const audit = await auditLedger(await changed('payloads', sql));
      expect(audit.verdict).toBe('FAIL');
      expect(audit.findingCounts[kind]).toBe(6);
    });

    it('one envelope taken away in another tenant switches off no hash of a chain of the same name', async () => {
      const sql = `UPDATE ledger_events SET chain_id = '00000000-0000-0000-0000-000000000001' WHERE (tenant_id, chain_id) IN
          (SELECT tenant_id, min(chain_id::text)::uuid FROM ledger_events GROUP BY tenant_id);
        UPDATE ledger_events SET event_body = '{}' WHERE tenant_id = 'Zenith' AND sequence_no = 2;
        UPDATE ledger_events SET event_body = event_body || '{"edited": 1}'
          WHERE tenant_id = 'acme' AND sequence_no = 3 AND chain_id = '00000000-0000-0000-0000-000000000001'`;
      const { findings } = await auditLedger(await changed('ledger', sql));
      expect(findings).toContainEqual(expect.objectContaining({ kind: 'hash-mismatch', tenant: 'acme', seq: 3 }));
    });
  });

  describe('stella-locker', () => {
    const profile = builtIn('stella-locker');

    async function beside(sql: string): Promise<ContinuityReport> {
      const before = openPostgres(server().url('locker'), { profile });
      return compareSources(before, openPostgres(await changed('locker', sql), { profile }));
    }

    it('gives the roots of the same records, made without PostgreSQL', async () => {
      const audit = await auditSource(openPostgres(server().url('locker'), { profile }));
      const written = await writeSnapshot(`${folder}/locker.ndjson`, lockerRecords(LOCKER));
      expect(audit).toMatchObject({ verdict: 'PASS', summary: written.summary });
      expect(audit.summary?.tenants.map(({ streams }) => streams.length)).toEqual([3, 3, 3]);
    });

    it('of which nothing was changed is the same', async () => {
      expect(await beside('SELECT 1')).toMatchObject({ verdict: 'PASS', relation: 'identical' });
    });

    const BUNDLE = `WHERE bundle_id = (SELECT bundle_id FROM evidence_locker.evidence_bundles ORDER BY 1 LIMIT 1)`;
    const ARTIFACT = `WHERE artifact_id = (SELECT artifact_id FROM evidence_locker.evidence_artifacts ORDER BY 1 LIMIT 1)`;
    const HOLD = `WHERE hold_id = (SELECT hold_id FROM evidence_locker.evidence_holds ORDER BY 1 LIMIT 1)`;

    it.each([
      [
        'a manifest',
        `UPDATE evidence_locker.evidence_bundles SET manifest = jsonb_set(manifest, '{metadata,note}', '"x"') ${BUNDLE}`,
      ],
      ['a root', `UPDATE evidence_locker.evidence_bundles SET root_hash = repeat('a', 64) ${BUNDLE}`],
      ['a status', `UPDATE evidence_locker.evidence_bundles SET status = 'archived' ${BUNDLE}`],
      ['a time of sealing', `UPDATE evidence_locker.evidence_bundles SET sealed_at = '2027-02-02' ${BUNDLE}`],
      ['a digest', `UPDATE evidence_locker.evidence_artifacts SET sha256 = repeat('a', 64) ${ARTIFACT}`],
      ['a size', `UPDATE evidence_locker.evidence_artifacts SET size_bytes = size_bytes + 1 ${ARTIFACT}`],
      ['a path', `UPDATE evidence_locker.evidence_artifacts SET canonical_path = canonical_path || '/' ${ARTIFACT}`],
      [
        'whose artifact it is',
        `UPDATE evidence_locker.evidence_artifacts SET bundle_id = (SELECT max(bundle_id::text)::uuid FROM evidence_locker.evidence_bundles) ${ARTIFACT}`,
      ],
      ['a storage key', `UPDATE evidence_locker.evidence_artifacts SET storage_key = 'elsewhere' ${ARTIFACT}`],
      ['the reason of a hold', `UPDATE evidence_locker.evidence_holds SET reason = '' ${HOLD}`],
      ['the end of a hold', `UPDATE evidence_locker.evidence_holds SET released_at = '2027-12-31' ${HOLD}`],
    ])('%s changed is found', async (_, sql) => {
      const report = await beside(sql);
      expect(report).toMatchObject({ verdict: 'FAIL', totals: { modified: 1 } });
    });

    it.each([
      ['an artifact', `DELETE FROM evidence_locker.evidence_artifacts ${ARTIFACT}`],
      ['a hold', `DELETE FROM evidence_locker.evidence_holds ${HOLD}`],
    ])('%s removed is found', async (_, sql) => {
      expect(await beside(sql)).toMatchObject({ verdict: 'FAIL', totals: { missing: 1 } });
    });

    it('a column that is not there is named, beside those that are', async () => {
      const url = await changed('locker', 'ALTER TABLE evidence_locker.evidence_artifacts RENAME sha256 TO digest');
      const says =
        /public|evidence_locker\.evidence_artifacts: no column sha256; there are artifact_id, .*digest.*--profile/;
      expectRefused(await auditOf(url, { profile }), 'source-incomplete', says);
    });
  });

  describe('tables that meet', () => {
    /** Two tables, one of which may be given other members. */
    function two(second: Record<string, unknown>): Profile {
      const [one, other] = [profileOfTable({ table: 'one' }), profileOfTable({ table: 'two', ...second })];
      return { ...one, tables: [...one.tables, ...other.tables] };
    }

    beforeAll(() =>
      server().sql(
        'postgres',
        `CREATE TABLE one (tenant text, id text, body text); CREATE TABLE two (tenant text, id text, body text);
         INSERT INTO one VALUES ('acme', 'e1', 'x'), ('beta', 'e1', 'x'); INSERT INTO two VALUES ('acme', 'e2', 'y')`,
      ),
    );

    it('in one tenant are two streams of it', async () => {
      const source = openPostgres(server().url(), { profile: two({ stream: { value: 'more' } }) });
      const { verdict, summary } = await auditSource(source);
      expect(verdict).toBe('PASS');
      expect(summary?.tenants.map(({ tenant, streams }) => [tenant, streams.map(({ stream }) => stream)])).toEqual([
        ['acme', ['log', 'more']],
        ['beta', ['log']],
      ]);
    });

    it('in one stream are refused', async () => {
      const says = /public\.(one|two) and public\.(one|two) both have rows of acme \/ log/;
      expectRefused(await auditOf(server().url(), { profile: two({}) }), 'schema-violation', says);
      const other = two({ tenant: { value: 'gamma' } });
      expect(await auditOf(server().url(), { profile: other })).toEqual(passOf(3));
    });
  });
});
