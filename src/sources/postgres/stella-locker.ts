import type { ProfileInput } from '../../wire/profile.ts';

/**
 * The evidence locker. Only the names of its tables and of its schema are published: every column name below is an
 * assumption, kept in this one place. The catalog of the database is asked before anything is read; where an assumption
 * does not hold, the capture is refused and says which column is not there.
 */
export const stellaLocker: ProfileInput = {
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
