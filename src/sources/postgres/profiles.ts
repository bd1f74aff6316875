import type { ProfileInput } from '../../wire/profile.ts';

/**
 * The findings ledger: `ledger_events`, one custody chain for each tenant and chain_id. Its columns and hash rules are
 * published field by field by the platform.
 */
export const stellaLedger: ProfileInput = {
  kind: 'evidence-profile',
  version: 1,
  name: 'stella-ledger',
  description: 'Findings ledger: one ordered stream for each tenant and chain_id of ledger_events.',
  assumptions: [
    'the table is in the schema public (another one: --schema)',
    'event_hash is SHA-256 of the canonical event_body where that holds the whole envelope, that is has a member `event`',
    'merkle_leaf_hash is SHA-256 of the ASCII of event_hash, a hyphen and sequence_no in decimal digits',
  ],
  tables: [
    {
      schema: 'public',
      table: 'ledger_events',
      tenant: 'tenant_id',
      stream: { prefix: 'findings-ledger/', column: 'chain_id' },
      id: 'event_id',
      seq: 'sequence_no',
      type: 'event_type',
      recordedAt: 'recorded_at',
      prev: 'previous_hash',
      hash: 'event_hash',
      attrs: {
        policyVersion: 'policy_version',
        findingId: 'finding_id',
        artifactId: 'artifact_id',
        sourceRunId: 'source_run_id',
        actorId: 'actor_id',
        actorType: 'actor_type',
        occurredAt: 'occurred_at',
        merkleLeafHash: 'merkle_leaf_hash',
      },
      body: 'event_body',
      chain: { genesis: 'zeros', recipe: 'sha256-jcs-body', firstSeq: 1, recipeNeeds: 'event' },
      derived: { merkleLeafHash: 'sha256-hash-dash-seq' },
    },
  ],
};
