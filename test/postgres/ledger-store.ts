/** A findings ledger in a database, and the same rows as evidence records, for a snapshot made without PostgreSQL. */
import type pg from 'pg';
import { parseJson } from '../../src/core/json/parse.ts';
import type { Json } from '../../src/core/json/value.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { type CopyRow, copyIn } from './copy-in.ts';
import {
  chainsOf,
  EVENT_TYPES,
  type LedgerChain,
  type LedgerPlan,
  type LedgerRow,
  rfc3339,
  rowsOfChain,
  sqlTime,
} from './ledger-rows.ts';
import { quoted } from './server.ts';

export type { LedgerPlan } from './ledger-rows.ts';

export interface LedgerTable {
  /** LIST by tenant_id, a partition for each tenant. Default false. */
  readonly partitioned?: boolean;
  /** Of the column event_type. Default `enum`, the type ledger_event_type. */
  readonly eventType?: 'enum' | 'text';
}

/** A row as the snapshot contract has it. */
export interface StoredRecord {
  readonly tenant: string;
  readonly stream: string;
  readonly id: string;
  readonly seq?: number;
  readonly type: string;
  readonly recordedAt: string;
  readonly prev?: string;
  readonly hash?: string;
  readonly attrs: Readonly<Record<string, string>>;
  readonly body: Json;
}

/** Custody rules of the ledger's streams, for a snapshot made without PostgreSQL. */
export const LEDGER_CHAINS = {
  'findings-ledger/*': { genesis: 'zeros', recipe: 'sha256-jcs-body', firstSeq: 1 },
} as const;

const COLUMNS = `tenant_id, chain_id, sequence_no, event_id, event_type, policy_version, finding_id, artifact_id,
  source_run_id, actor_id, actor_type, occurred_at, recorded_at, event_body, event_hash, previous_hash,
  merkle_leaf_hash`;

function tableText(plan: LedgerPlan, { partitioned = false, eventType = 'enum' }: LedgerTable): string {
  const values = EVENT_TYPES.map((type) => quoted(type, "'")).join(', ');
  const tenants = [...new Set(chainsOf(plan).map(({ tenantId }) => tenantId))];
  const partitions = tenants.map((tenant, at) => {
    const name = `public.ledger_events_${String(at + 1).padStart(4, '0')}`;
    return `CREATE TABLE ${name} PARTITION OF public.ledger_events FOR VALUES IN (${quoted(tenant, "'")});`;
  });
  return `
    ${eventType === 'enum' ? `CREATE TYPE public.ledger_event_type AS ENUM (${values});` : ''}
    CREATE TABLE public.ledger_events (
      tenant_id text NOT NULL,
      chain_id uuid NOT NULL,
      sequence_no bigint NOT NULL,
      event_id uuid NOT NULL,
      event_type ${eventType === 'enum' ? 'public.ledger_event_type' : 'text'} NOT NULL,
      policy_version text NOT NULL,
      finding_id text NOT NULL,
      artifact_id text NOT NULL,
      source_run_id uuid,
      actor_id text NOT NULL,
      actor_type text NOT NULL,
      occurred_at timestamptz NOT NULL,
      recorded_at timestamptz NOT NULL,
      event_body jsonb NOT NULL,
      event_hash char(64) NOT NULL,
      previous_hash char(64) NOT NULL,
      merkle_leaf_hash char(64) NOT NULL,
      PRIMARY KEY (tenant_id, chain_id, sequence_no)
    ) ${partitioned ? 'PARTITION BY LIST (tenant_id)' : ''};
    ${partitioned ? partitions.join('\n') : ''}`;
}

function copyRow(row: LedgerRow): CopyRow {
  return [
    row.tenantId,
    row.chainId,
    row.sequenceNo,
    row.eventId,
    row.eventType,
    row.policyVersion,
    row.findingId,
    row.artifactId,
    row.sourceRunId,
    row.actorId,
    row.actorType,
    sqlTime(row.occurredAtUs),
    sqlTime(row.recordedAtUs),
    row.eventBody,
    row.eventHash,
    row.previousHash,
    row.merkleLeafHash,
  ];
}

/** Rows in the order in which they are written: chains grow side by side, so no chain lies in one piece. */
function* writtenRows(
  plan: LedgerPlan,
  isWanted: (row: LedgerRow, rows: number) => boolean,
  chains: readonly LedgerChain[] = chainsOf(plan),
): Generator<CopyRow> {
  let growing = chains.map((chain) => ({ rows: chain.rows, from: rowsOfChain(chain, plan) }));
  while (growing.length > 0) {
    const still: typeof growing = [];
    for (const chain of growing) {
      const { value, done } = chain.from.next();
      if (done === true) continue;
      if (isWanted(value, chain.rows)) yield copyRow(value);
      still.push(chain);
    }
    growing = still;
  }
}

/** Makes the table `public.ledger_events` and fills it; 100,000 rows take some seconds. */
export async function createLedger(client: pg.Client, plan: LedgerPlan, table: LedgerTable = {}): Promise<void> {
  await client.query(tableText(plan, table));
  await copyIn(
    client,
    `public.ledger_events (${COLUMNS})`,
    writtenRows(plan, () => true),
  );
  await client.query('ANALYZE public.ledger_events');
}

/** Lets each chain of a ledger made with `plan` grow by `appended` rows: the rows of `{ ...plan, appended }`. */
export async function appendToLedger(client: pg.Client, plan: LedgerPlan, appended: number): Promise<void> {
  const already = plan.appended ?? 0;
  const grown = { ...plan, appended: already + appended };
  const isNew = (row: LedgerRow, rows: number): boolean => row.sequenceNo > rows + already;
  await copyIn(client, `public.ledger_events (${COLUMNS})`, writtenRows(grown, isNew));
}

/** Puts whole chains into a ledger made with `plan`, in addition to those that the plan has. */
export async function addChains(client: pg.Client, plan: LedgerPlan, chains: readonly LedgerChain[]): Promise<void> {
  const { appended: _, ...still } = plan;
  await copyIn(
    client,
    `public.ledger_events (${COLUMNS})`,
    writtenRows(still, () => true, chains),
  );
}

function recordOf(row: LedgerRow): StoredRecord {
  return {
    tenant: row.tenantId,
    stream: `findings-ledger/${row.chainId}`,
    id: row.eventId,
    seq: row.sequenceNo,
    type: row.eventType,
    recordedAt: rfc3339(row.recordedAtUs),
    prev: row.previousHash,
    hash: row.eventHash,
    attrs: {
      policyVersion: row.policyVersion,
      findingId: row.findingId,
      artifactId: row.artifactId,
      ...(row.sourceRunId === null ? {} : { sourceRunId: row.sourceRunId }),
      actorId: row.actorId,
      actorType: row.actorType,
      occurredAt: rfc3339(row.occurredAtUs),
      merkleLeafHash: row.merkleLeafHash,
    },
    body: parseJson(nodePlatform, Buffer.from(row.eventBody)),
  };
}

/** The rows of the ledger as the profile `stella-ledger` maps them, in the order of a snapshot. */
export function* ledgerRecords(plan: LedgerPlan): Generator<StoredRecord> {
  for (const chain of chainsOf(plan)) {
    for (const row of rowsOfChain(chain, plan)) yield recordOf(row);
  }
}
