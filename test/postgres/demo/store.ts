/** The database of the demonstration: a ledger of five tenants, a role that may read it, and what an upgrade does to it. */
import type pg from 'pg';
import { chainsOf, type LedgerChain, type LedgerPlan, sha256, uuid } from '../ledger-rows.ts';
import { addChains, appendToLedger, createLedger } from '../ledger-store.ts';
import type { PostgresServer } from '../server.ts';

const DATABASE = 'stellaops';

const READER = 'evidence_reader';
const TENANTS = 5;
const CHAINS_PER_TENANT = 3;

/** Of the rows, how many come by the upgrade: a part to the old chains, and as many to the new ones. */
const GROWTH = 0.02;

const GRANTS = `
CREATE ROLE ${READER} LOGIN PASSWORD 'reader' BYPASSRLS;
GRANT CONNECT ON DATABASE ${DATABASE} TO ${READER};
GRANT USAGE ON SCHEMA public TO ${READER};
GRANT SELECT ON public.ledger_events TO ${READER};`;

const MIGRATION = `
ALTER TABLE public.ledger_events ADD COLUMN evidence_bundle_ref text;
CREATE TABLE public.ledger_attestations (
  tenant_id text NOT NULL,
  attestation_id uuid NOT NULL,
  event_id uuid NOT NULL,
  created_at timestamptz NOT NULL,
  PRIMARY KEY (tenant_id, attestation_id)
);`;

/** A lie told well enough to pass a look: one score, of a finding in the middle of the first chain. */
const TAMPERING = `
UPDATE public.ledger_events SET event_body = jsonb_set(event_body, '{event,payload,score}', '0.1')
WHERE event_id = (
  SELECT event_id FROM public.ledger_events
  WHERE event_type = 'finding.discovered' AND (event_body #>> '{event,payload,score}')::numeric > 1
  ORDER BY tenant_id COLLATE "C", chain_id, sequence_no LIMIT 1
)
RETURNING tenant_id, chain_id::text, event_id::text, sequence_no::text`;

export interface TamperedEvent {
  readonly tenant: string;
  readonly stream: string;
  readonly id: string;
}

export class DemoStore {
  readonly #server: PostgresServer;
  readonly #plan: LedgerPlan;

  /** @param rows - of the ledger before the upgrade */
  constructor(server: PostgresServer, rows: number) {
    this.#server = server;
    this.#plan = { rows, tenants: TENANTS, chainsPerTenant: CHAINS_PER_TENANT, seed: 'demonstration' };
  }

  /** The reader's. */
  get url(): string {
    return this.#server.url(DATABASE, READER, 'reader');
  }

  /** What the upgrade adds. */
  get added(): number {
    return this.#appended * chainsOf(this.#plan).length + this.#newChains().reduce((sum, { rows }) => sum + rows, 0);
  }

  /** To each of the old chains. */
  get #appended(): number {
    return Math.ceil((this.#plan.rows * GROWTH) / chainsOf(this.#plan).length);
  }

  async fill(): Promise<void> {
    await this.#server.createDatabase(DATABASE);
    await this.#connected((client) => createLedger(client, this.#plan));
    await this.#server.sql(DATABASE, GRANTS);
  }

  /** A policy version of its own begins a chain of its own, in each tenant. */
  #newChains(): readonly LedgerChain[] {
    const policyVersion = sha256('policy of the new release');
    const tenants = [...new Set(chainsOf(this.#plan).map(({ tenantId }) => tenantId))];
    const rows = Math.ceil((this.#plan.rows * GROWTH) / tenants.length);
    return tenants.map((tenantId) => {
      const chainId = uuid(sha256(`${tenantId}:${policyVersion}`));
      return { tenantId, chainId, policyVersion, rows };
    });
  }

  async upgrade(): Promise<void> {
    await this.#server.sql(DATABASE, MIGRATION);
    await this.#connected(async (client) => {
      await appendToLedger(client, this.#plan, this.#appended);
      await addChains(client, this.#plan, this.#newChains());
    });
  }

  async tamper(): Promise<TamperedEvent> {
    const [row] = await this.#server.sql(DATABASE, TAMPERING);
    if (row === undefined) throw new Error('there is no event to tamper with: give more rows');
    const { tenant_id, chain_id, event_id } = row;
    return { tenant: String(tenant_id), stream: `findings-ledger/${chain_id}`, id: String(event_id) };
  }

  async #connected(work: (client: pg.Client) => Promise<void>): Promise<void> {
    const client = await this.#server.connect(DATABASE);
    try {
      await work(client);
    } finally {
      await client.end();
    }
  }

  /** The statements of the upgrade and of the lie, for who watches. */
  static readonly shown: { readonly migration: string; readonly tampering: string } = {
    migration: MIGRATION.trim(),
    tampering: TAMPERING.trim(),
  };
}
