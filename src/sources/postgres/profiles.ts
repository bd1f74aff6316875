import { profileFrom } from '../../wire/profile.ts';
import type { Profile1, ProfileInput1 } from '../../wire/profile-tables.ts';

/**
 * The findings ledger: `ledger_events`, one custody chain for each tenant and chain_id. Its columns and hash rules are
 * published field by field by the platform.
 */
const stellaLedger: ProfileInput1 = {
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

/**
 * The evidence locker. Only the names of its tables and of its schema are published: every column name below is an
 * assumption, kept in this one place. The catalog of the database is asked before anything is read; where an assumption
 * does not hold, the capture is refused and says which column is not there.
 */
const stellaLocker: ProfileInput1 = {
  kind: 'evidence-profile',
  version: 1,
  name: 'stella-locker',
  description: 'Evidence locker: bundles, artifacts and legal holds, one set for each tenant.',
  assumptions: [
    'the column names of evidence_bundles, evidence_artifacts and evidence_holds are not published: they are assumed',
    'root_hash and sha256 are compared by value: how the locker computes its root is not published',
  ],
  tables: [
    {
      schema: 'evidence_locker',
      table: 'evidence_bundles',
      tenant: 'tenant_id',
      stream: { value: 'evidence-locker/bundles' },
      id: 'bundle_id',
      type: { value: 'bundle' },
      recordedAt: 'created_at',
      attrs: {
        kind: 'kind',
        status: 'status',
        rootHash: 'root_hash',
        storageKey: 'storage_key',
        sealedAt: 'sealed_at',
      },
      body: 'manifest',
    },
    {
      schema: 'evidence_locker',
      table: 'evidence_artifacts',
      tenant: 'tenant_id',
      stream: { value: 'evidence-locker/artifacts' },
      id: 'artifact_id',
      type: { value: 'artifact' },
      recordedAt: 'created_at',
      attrs: { bundleId: 'bundle_id', contentType: 'content_type', storageKey: 'storage_key' },
      body: { columns: ['canonical_path', 'section', 'sha256', 'size_bytes'] },
    },
    {
      schema: 'evidence_locker',
      table: 'evidence_holds',
      tenant: 'tenant_id',
      stream: { value: 'evidence-locker/holds' },
      id: 'hold_id',
      type: { value: 'hold' },
      recordedAt: 'created_at',
      attrs: { caseId: 'case_id', bundleId: 'bundle_id', status: 'status' },
      body: { columns: ['reason', 'created_by', 'expires_at', 'released_at'] },
    },
  ],
};

/* The built-in profiles: to add one, add it above and its line here. */

/** Every built-in profile by its name. */
export const PROFILES: ReadonlyMap<string, Profile1> = new Map(
  [stellaLedger, stellaLocker].map((profile) => [profile.name, profileFrom(profile, `profile ${profile.name}`)]),
);
