/** An evidence locker in a database, and the same rows as evidence records, for a snapshot made without PostgreSQL. */
import type pg from 'pg';
import { parseJson } from '../../src/core/json/parse.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { Chance, compareBytes } from '../tamper/value.ts';
import { copyIn } from './copy-in.ts';
import { hexOf, type LedgerPlan, rfc3339, sha256, sqlTime, tenantNames, uuid } from './ledger-rows.ts';
import type { StoredRecord } from './ledger-store.ts';

export interface LockerPlan extends Pick<LedgerPlan, 'tenants' | 'asciiOnly'> {
  /** Of each tenant; each has 1 to 5 artifacts, and some have a hold. */
  readonly bundlesPerTenant: number;
  /** Default `locker`. */
  readonly seed?: string;
}

interface ArtifactRow {
  readonly artifactId: string;
  readonly bundleId: string;
  readonly canonicalPath: string;
  readonly section: string;
  readonly contentType: string;
  readonly sha256: string;
  readonly sizeBytes: string;
  readonly storageKey: string;
  readonly createdAtUs: number;
}

interface BundleRow {
  readonly bundleId: string;
  readonly kind: string;
  readonly status: string;
  readonly rootHash: string;
  readonly storageKey: string | null;
  readonly createdAtUs: number;
  readonly sealedAtUs: number | null;
  /** JSON text. */
  readonly manifest: string;
}

interface HoldRow {
  readonly holdId: string;
  readonly caseId: string;
  readonly bundleId: string | null;
  readonly status: string;
  readonly reason: string;
  readonly createdBy: string;
  readonly createdAtUs: number;
  readonly expiresAtUs: number | null;
  readonly releasedAtUs: number | null;
}

interface TenantLocker {
  readonly tenantId: string;
  readonly bundles: readonly BundleRow[];
  readonly artifacts: readonly ArtifactRow[];
  readonly holds: readonly HoldRow[];
}

/** 2027-02-01T08:00:00Z in microseconds. */
const EPOCH_US = 1_801_468_800_000_000;
const DAY_US = 86_400_000_000;
const SECTIONS = ['sbom', 'vex', 'attestation', 'provenance'];
const KINDS = ['evaluation', 'job', 'export'];

/** Column names are assumed, as in the profile `stella-locker`. */
export const LOCKER_TABLES = `
  CREATE SCHEMA evidence_locker;
  CREATE TABLE evidence_locker.evidence_bundles (
    bundle_id uuid PRIMARY KEY,
    tenant_id text NOT NULL,
    kind text NOT NULL,
    status text NOT NULL,
    root_hash char(64) NOT NULL,
    storage_key text,
    created_at timestamptz NOT NULL,
    sealed_at timestamptz,
    manifest jsonb NOT NULL
  );
  CREATE TABLE evidence_locker.evidence_artifacts (
    artifact_id uuid PRIMARY KEY,
    tenant_id text NOT NULL,
    bundle_id uuid NOT NULL REFERENCES evidence_locker.evidence_bundles,
    canonical_path text NOT NULL,
    section text NOT NULL,
    content_type text NOT NULL,
    sha256 char(64) NOT NULL,
    size_bytes bigint NOT NULL,
    storage_key text NOT NULL,
    created_at timestamptz NOT NULL
  );
  CREATE TABLE evidence_locker.evidence_holds (
    hold_id uuid PRIMARY KEY,
    tenant_id text NOT NULL,
    case_id text NOT NULL,
    bundle_id uuid REFERENCES evidence_locker.evidence_bundles,
    status text NOT NULL,
    reason text NOT NULL,
    created_by text NOT NULL,
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    released_at timestamptz
  );`;

function artifactsOf(bundleId: string, createdAtUs: number, chance: Chance): ArtifactRow[] {
  return Array.from({ length: chance.between(1, 5) }, (_, at) => {
    const section = chance.pick(SECTIONS);
    const digest = hexOf(chance, 64);
    return {
      artifactId: uuid(hexOf(chance, 32)),
      bundleId,
      canonicalPath: `${section}/${at}-${hexOf(chance, 6)}.json`,
      section,
      contentType: 'application/json',
      sha256: digest,
      sizeBytes: chance.below(50) === 0 ? '9007199254740993' : String(chance.between(1, 5_000_000)),
      storageKey: `sha256/${digest}`,
      createdAtUs: createdAtUs + at,
    };
  });
}

function manifestOf(
  tenantId: string,
  { bundleId, kind, rootHash }: BundleRow,
  artifacts: readonly ArtifactRow[],
): string {
  const entries = artifacts.map(
    ({ section, canonicalPath, sha256: digest, sizeBytes }) =>
      `{"section":"${section}","canonicalPath":"${canonicalPath}","sha256":"${digest}","sizeBytes":${sizeBytes}}`,
  );
  return (
    `{"bundleId":"${bundleId.replaceAll('-', '')}","tenantId":${JSON.stringify(tenantId)},"kind":"${kind}",` +
    `"metadata":{"retention":"1.10","note":""},"entries":[${entries.join(',')}],` +
    `"hashSummary":{"algorithm":"sha256","merkleRoot":"${rootHash}"},"weight":${artifacts.length}.50}`
  );
}

function bundleOf(tenantId: string, bundleId: string, artifacts: readonly ArtifactRow[], chance: Chance): BundleRow {
  const lines = artifacts.map(({ sha256: digest, canonicalPath }) => `${digest}  ${canonicalPath}\n`).sort();
  const isSealed = chance.below(8) !== 0;
  const createdAtUs = (artifacts[0] as ArtifactRow).createdAtUs;
  const bundle = {
    bundleId,
    kind: chance.pick(KINDS),
    status: isSealed ? 'sealed' : 'assembling',
    rootHash: sha256(lines.join('')),
    storageKey: isSealed ? `tenants/${tenantId}/bundles/${bundleId}/bundle.tgz` : null,
    createdAtUs,
    sealedAtUs: isSealed ? createdAtUs + chance.below(DAY_US) : null,
    manifest: '',
  };
  return { ...bundle, manifest: manifestOf(tenantId, bundle, artifacts) };
}

function holdOf({ bundleId, createdAtUs }: BundleRow, chance: Chance): HoldRow {
  const isReleased = chance.below(3) === 0;
  return {
    holdId: uuid(hexOf(chance, 32)),
    caseId: `CASE-${chance.between(100, 999)}`,
    bundleId: chance.below(4) === 0 ? null : bundleId,
    status: isReleased ? 'released' : 'active',
    reason: 'litigation: keep "as is"\nuntil told otherwise',
    createdBy: 'counsel@example.test',
    createdAtUs: createdAtUs + DAY_US,
    expiresAtUs: chance.below(2) === 0 ? null : createdAtUs + 365 * DAY_US,
    releasedAtUs: isReleased ? createdAtUs + 30 * DAY_US : null,
  };
}

function tenantLocker(tenantId: string, { bundlesPerTenant, seed = 'locker' }: LockerPlan): TenantLocker {
  const chance = new Chance(`${seed} ${tenantId}`);
  const bundles: BundleRow[] = [];
  const artifacts: ArtifactRow[] = [];
  const holds: HoldRow[] = [];
  for (let at = 0; at < bundlesPerTenant; at++) {
    const bundleId = uuid(hexOf(chance, 32));
    const parts = artifactsOf(bundleId, EPOCH_US + at * 3_700_001_000 + chance.below(1_000_000), chance);
    const bundle = bundleOf(tenantId, bundleId, parts, chance);
    bundles.push(bundle);
    artifacts.push(...parts);
    if (at % 7 === 0) holds.push(holdOf(bundle, chance));
  }
  return { tenantId, bundles, artifacts, holds };
}

function lockersOf(plan: LockerPlan): TenantLocker[] {
  const names = tenantNames(plan).sort(compareBytes);
  return names.map((tenantId) => tenantLocker(tenantId, plan));
}

const sqlTimeOrNull = (us: number | null): string | null => (us === null ? null : sqlTime(us));
const rfc3339OrNull = (us: number | null): string | null => (us === null ? null : rfc3339(us));

/** Makes the schema `evidence_locker` with its three tables and fills them. */
export async function createLocker(client: pg.Client, plan: LockerPlan): Promise<void> {
  await client.query(LOCKER_TABLES);
  const lockers = lockersOf(plan);
  const bundles = lockers.flatMap(({ tenantId, bundles: rows }) =>
    rows.map((row) => [
      ...[row.bundleId, tenantId, row.kind, row.status, row.rootHash, row.storageKey],
      ...[sqlTime(row.createdAtUs), sqlTimeOrNull(row.sealedAtUs), row.manifest],
    ]),
  );
  const artifacts = lockers.flatMap(({ tenantId, artifacts: rows }) =>
    rows.map((row) => [
      ...[row.artifactId, tenantId, row.bundleId, row.canonicalPath, row.section, row.contentType],
      ...[row.sha256, row.sizeBytes, row.storageKey, sqlTime(row.createdAtUs)],
    ]),
  );
  const holds = lockers.flatMap(({ tenantId, holds: rows }) =>
    rows.map((row) => [
      ...[row.holdId, tenantId, row.caseId, row.bundleId, row.status, row.reason, row.createdBy],
      ...[sqlTime(row.createdAtUs), sqlTimeOrNull(row.expiresAtUs), sqlTimeOrNull(row.releasedAtUs)],
    ]),
  );
  await copyIn(client, 'evidence_locker.evidence_bundles', bundles);
  await copyIn(client, 'evidence_locker.evidence_artifacts', artifacts);
  await copyIn(client, 'evidence_locker.evidence_holds', holds);
  await client.query('ANALYZE');
}

type Nullable = Readonly<Record<string, string | null>>;

function withoutNulls(attrs: Nullable): Record<string, string> {
  return Object.fromEntries(Object.entries(attrs).filter((entry): entry is [string, string] => entry[1] !== null));
}

function bundleRecord(tenant: string, row: BundleRow): StoredRecord {
  const { bundleId: id, kind, status, rootHash, storageKey, createdAtUs, sealedAtUs } = row;
  return {
    ...{ tenant, stream: 'evidence-locker/bundles', id, type: 'bundle', recordedAt: rfc3339(createdAtUs) },
    attrs: withoutNulls({ kind, status, rootHash, storageKey, sealedAt: rfc3339OrNull(sealedAtUs) }),
    body: parseJson(nodePlatform, Buffer.from(row.manifest)),
  };
}

function artifactRecord(tenant: string, row: ArtifactRow): StoredRecord {
  const { artifactId: id, bundleId, contentType, storageKey, createdAtUs } = row;
  const { canonicalPath, section, sha256: digest, sizeBytes } = row;
  return {
    ...{ tenant, stream: 'evidence-locker/artifacts', id, type: 'artifact', recordedAt: rfc3339(createdAtUs) },
    attrs: { bundleId, contentType, storageKey },
    body: new Map(Object.entries({ canonical_path: canonicalPath, section, sha256: digest, size_bytes: sizeBytes })),
  };
}

function holdRecord(tenant: string, row: HoldRow): StoredRecord {
  const { holdId: id, caseId, bundleId, status, reason, createdBy, createdAtUs } = row;
  const times = { expires_at: rfc3339OrNull(row.expiresAtUs), released_at: rfc3339OrNull(row.releasedAtUs) };
  const nulls = Object.entries(times).flatMap(([name, time]) => (time === null ? [name] : []));
  const named = nulls.length === 0 ? null : JSON.stringify(nulls);
  return {
    ...{ tenant, stream: 'evidence-locker/holds', id, type: 'hold', recordedAt: rfc3339(createdAtUs) },
    attrs: withoutNulls({ 'body.nulls': named, caseId, bundleId, status }),
    body: new Map(Object.entries(withoutNulls({ reason, created_by: createdBy, ...times }))),
  };
}

/** The rows of the locker as the profile `stella-locker` maps them, in the order of a snapshot. */
export function* lockerRecords(plan: LockerPlan): Generator<StoredRecord> {
  const byId = (a: StoredRecord, b: StoredRecord): number => compareBytes(a.id, b.id);
  for (const { tenantId, artifacts, bundles, holds } of lockersOf(plan)) {
    yield* artifacts.map((row) => artifactRecord(tenantId, row)).sort(byId);
    yield* bundles.map((row) => bundleRecord(tenantId, row)).sort(byId);
    yield* holds.map((row) => holdRecord(tenantId, row)).sort(byId);
  }
}
