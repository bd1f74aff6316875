/** Rows and records of the stores are made from the same values: here the database says what it has really kept. */
import type pg from 'pg';
import { describe, expect, it } from 'vitest';
import { canonicalize } from '../../src/api/canonicalize.ts';
import { SnapshotBuilder } from '../../src/core/audit/builder.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { sha256, ZEROS } from '../store.ts';
import { postgresAvailable, skippedWithoutPostgres } from './binaries.ts';
import {
  appendToLedger,
  createLedger,
  LEDGER_CHAINS,
  type LedgerPlan,
  ledgerRecords,
  type StoredRecord,
} from './ledger-store.ts';
import { createLocker, lockerRecords } from './locker-store.ts';
import type { DatabaseOptions, PostgresServer } from './server.ts';
import { serverOfFile } from './server-of-file.ts';

/** SQL of a time as RFC 3339, where TimeZone is UTC. */
const rfc3339 = (column: string): string => `replace(replace(${column}::text, ' ', 'T'), '+00', 'Z')`;

const LEDGER = `
  SELECT tenant_id AS tenant, 'findings-ledger/' || chain_id AS stream, event_id AS id, sequence_no AS seq,
    event_type AS type, ${rfc3339('recorded_at')} AS "recordedAt", previous_hash AS prev, event_hash AS hash,
    jsonb_strip_nulls(jsonb_build_object('policyVersion', policy_version, 'findingId', finding_id,
      'artifactId', artifact_id, 'sourceRunId', source_run_id, 'actorId', actor_id, 'actorType', actor_type,
      'occurredAt', ${rfc3339('occurred_at')}, 'merkleLeafHash', merkle_leaf_hash)) AS attrs,
    event_body AS body
  FROM public.ledger_events ORDER BY tenant_id COLLATE "C", chain_id, sequence_no`;

const LOCKER = `
  SELECT * FROM (
    SELECT tenant_id AS tenant, 'evidence-locker/artifacts' AS stream, artifact_id AS id, 'artifact' AS type,
      ${rfc3339('created_at')} AS "recordedAt",
      jsonb_build_object('bundleId', bundle_id, 'contentType', content_type, 'storageKey', storage_key) AS attrs,
      jsonb_build_object('canonical_path', canonical_path, 'section', section, 'sha256', sha256,
        'size_bytes', size_bytes::text) AS body
    FROM evidence_locker.evidence_artifacts
    UNION ALL
    SELECT tenant_id, 'evidence-locker/bundles', bundle_id, 'bundle', ${rfc3339('created_at')},
      jsonb_strip_nulls(jsonb_build_object('kind', kind, 'status', status, 'rootHash', root_hash,
        'storageKey', storage_key, 'sealedAt', ${rfc3339('sealed_at')})), manifest
    FROM evidence_locker.evidence_bundles
    UNION ALL
    SELECT tenant_id, 'evidence-locker/holds', hold_id, 'hold', ${rfc3339('created_at')},
      jsonb_strip_nulls(jsonb_build_object('caseId', case_id, 'bundleId', bundle_id, 'status', status)),
      jsonb_build_object('reason', reason, 'created_by', created_by, 'expires_at', ${rfc3339('expires_at')},
        'released_at', ${rfc3339('released_at')})
    FROM evidence_locker.evidence_holds
  ) AS records ORDER BY tenant COLLATE "C", stream COLLATE "C", id`;

type Texts = Record<string, string | null>;

/** Rows with every value as the server prints it. */
async function textsOf(server: PostgresServer, database: string, query: string): Promise<Texts[]> {
  const client = await server.connect(database);
  try {
    await client.query(`SET TimeZone = 'UTC'`);
    const types = { getTypeParser: () => (text: string) => text } as never;
    const { rows } = await client.query<Texts>({ text: query, types });
    return rows;
  } finally {
    await client.end();
  }
}

/** A row of the queries above as a record with its body in canonical form. */
function ofRow({ seq, attrs, body, ...rest }: Texts): unknown {
  const place = seq == null ? {} : { seq: Number(seq) };
  return { ...rest, ...place, attrs: JSON.parse(String(attrs)), body: canonicalize(Buffer.from(String(body))) };
}

/** The same record as the row has it: NULL columns in their places, and not named beside the body. */
function asColumns(record: StoredRecord): StoredRecord {
  const { 'body.nulls': named, ...attrs } = record.attrs ?? {};
  if (named === undefined || !(record.body instanceof Map)) return record;
  const nulls = (JSON.parse(named) as readonly string[]).map((name) => [name, null] as const);
  return { ...record, attrs, body: new Map([...record.body, ...nulls]) };
}

const withCanonicalBody = (record: StoredRecord): unknown => ({ ...record, body: canonicalize(record.body) });

async function fill(
  server: PostgresServer,
  database: string,
  work: (client: pg.Client) => Promise<void>,
  options: DatabaseOptions = {},
): Promise<void> {
  await server.createDatabase(database, options);
  const client = await server.connect(database);
  await work(client).finally(() => client.end());
}

describe.skipIf(!postgresAvailable)(`the stores of the tests${skippedWithoutPostgres}`, () => {
  const server = serverOfFile();
  const plan: LedgerPlan = { rows: 1500, tenants: 6, chainsPerTenant: 3 };

  it.each([
    ['plain', {}, {}],
    ['partitioned', {}, { partitioned: true, eventType: 'text' }],
    ['payloads', { wholeEnvelope: false, seed: 'another' }, {}],
  ] as const)('a ledger, %s: rows and records are the same', async (name, more, table) => {
    await fill(server(), name, (client) => createLedger(client, { ...plan, ...more }, table));
    const rows = await textsOf(server(), name, LEDGER);
    expect(rows).toHaveLength(1500);
    expect(rows.map(ofRow)).toEqual([...ledgerRecords({ ...plan, ...more })].map(withCanonicalBody));
  });

  it('a ledger that has grown: the rows of before and as many more in each chain', async () => {
    await fill(server(), 'grown', async (client) => {
      await createLedger(client, plan);
      await appendToLedger(client, plan, 2);
      await appendToLedger(client, { ...plan, appended: 2 }, 1);
    });
    const rows = await textsOf(server(), 'grown', LEDGER);
    expect(rows).toHaveLength(1500 + 18 * 3);
    expect(rows.map(ofRow)).toEqual([...ledgerRecords({ ...plan, appended: 3 })].map(withCanonicalBody));
  });

  it('its chains hold, and its hashes are those of what the database gives back', async () => {
    const rows = await textsOf(server(), 'plain', LEDGER);
    let before: Texts = {};
    for (const row of rows) {
      const isFirst = row['stream'] !== before['stream'];
      expect([row['seq'], row['prev']]).toEqual(
        isFirst ? ['1', ZEROS] : [String(Number(before['seq']) + 1), before['hash']],
      );
      expect(row['hash']).toBe(sha256(canonicalize(Buffer.from(String(row['body'])))));
      expect(JSON.parse(String(row['attrs']))).toMatchObject({
        merkleLeafHash: sha256(`${row['hash']}-${row['seq']}`),
      });
      before = row;
    }
  });

  it('its records make a sound snapshot under its custody rules', () => {
    const builder = new SnapshotBuilder(nodePlatform, { chains: LEDGER_CHAINS });
    for (const record of ledgerRecords(plan)) builder.append(record);
    expect(builder.finish().records).toBe(1500);
  });

  it('what is easily lost is there: digits, zeros at the end, microseconds, NULL, other scripts, both orders', async () => {
    const rows = await textsOf(server(), 'plain', LEDGER);
    const bodies = rows.map(({ body }) => String(body));
    const tenants = [...new Set(rows.map(({ tenant }) => tenant))];
    expect(bodies.some((body) => /"seenAtNs": 9007\d{14}/.test(body))).toBe(true);
    expect(bodies.some((body) => body.includes('[0.10, 1.000, '))).toBe(true);
    expect(bodies.some((body) => body.includes('🛡️'))).toBe(true);
    expect(rows.some((row) => /\.\d{6}Z$/.test(String(row['recordedAt'])))).toBe(true);
    expect(rows.some((row) => /:\d\dZ$/.test(String(row['recordedAt'])))).toBe(true);
    expect(rows.some(({ attrs }) => !String(attrs).includes('sourceRunId'))).toBe(true);
    expect(tenants).not.toEqual([...tenants].sort((a, b) => String(a).localeCompare(String(b), 'en')));
  });

  it('a ledger in ASCII fits a database of another encoding', async () => {
    const ascii = { rows: 400, asciiOnly: true };
    await fill(server(), 'ascii', (client) => createLedger(client, ascii), { encoding: 'SQL_ASCII' });
    const rows = await textsOf(server(), 'ascii', LEDGER);
    expect(rows.every((row) => /^[\x20-\x7e]*$/.test(Object.values(row).join('')))).toBe(true);
    expect(rows.map(ofRow)).toEqual([...ledgerRecords(ascii)].map(withCanonicalBody));
  });

  it('a locker: rows and records are the same', async () => {
    const locker = { bundlesPerTenant: 40 };
    await fill(server(), 'locker', (client) => createLocker(client, locker));
    const rows = await textsOf(server(), 'locker', LOCKER);
    expect(rows.map(ofRow)).toEqual([...lockerRecords(locker)].map(asColumns).map(withCanonicalBody));
    expect(new Set(rows.map(({ type }) => type))).toEqual(new Set(['artifact', 'bundle', 'hold']));
  });
});
