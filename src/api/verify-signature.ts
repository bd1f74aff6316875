/** Whether a file is what trusted keys have signed. */
import { resolve } from 'node:path';

import { classOf, type FindingKind, type UntrustedKind } from '../core/kinds.ts';
import type { Hash } from '../core/platform.ts';
import type { SignatureReport, TrustFinding, Verdict } from '../core/report/report.ts';
import { summaryOf } from '../core/snapshot/summary.ts';
import type { AuditOptions, SnapshotAudit } from '../engine/audit-run.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { MIGRATION_PREDICATE_TYPE } from '../trust/signed-migration.ts';
import { TrustError } from '../trust/trust-error.ts';
import { STATEMENT_PAYLOAD_TYPE } from '../wire/statement.ts';
import { isMigration, migrationSignaturePath, openMigration } from './open-migration.ts';
import { openTime } from './open-timestamp.ts';
import { openTrust, type TrustOptions } from './open-trust.ts';
import { READING_OPTIONS, readOptions, TRUST_OPTIONS, text } from './options.ts';
import { auditSigned } from './sign-snapshot.ts';

export interface SignatureCheck {
  /** UNTRUSTED if it cannot be believed; else what the file says by itself. */
  readonly verdict: Verdict;
  /** The summary of the file by itself. */
  readonly audit: SnapshotAudit;
  /** Why it cannot be believed. */
  readonly findings: readonly TrustFinding[];
  /** Null unless every demand was met and the file was read to its end. */
  readonly signature: SignatureReport | null;
  /** Signatures beside the good ones that should count and do not, each in words. */
  readonly damaged: readonly string[];
}

/** @throws as `verifySignature` of on-demand-trust.ts says */
export async function verifySnapshotSignature(
  path: string,
  trust: TrustOptions,
  options: AuditOptions = {},
): Promise<SignatureCheck> {
  const demands = readOptions<TrustOptions>(trust, TRUST_OPTIONS, 'verifySignature: trust');
  const reading = readOptions<AuditOptions>(options, READING_OPTIONS, 'verifySignature');
  text(path, 'verifySignature: path');
  if (await isMigration(path)) return verifyMigrationSignature(path, demands);
  const judge = await openTrust(path, { ...demands, requireSignature: true });
  const audit = await auditSigned(path, reading);
  const { sha256, header, summary } = audit;
  const outcome = judge({
    sha256,
    header: header ?? undefined,
    summary: summary ?? summaryOf(nodePlatform, []),
    complete: summary !== null,
  });
  const { findings, signature, damaged = [] } = outcome;
  return { verdict: findings.length > 0 ? 'UNTRUSTED' : audit.verdict, audit, findings, signature, damaged };
}

/** Of a migration: it has no evidence in it, and is read to see that the files that it names are those that were signed. */
async function verifyMigrationSignature(path: string, trust: TrustOptions): Promise<SignatureCheck> {
  const opened = await openMigration(path, { ...trust, requireSignature: true });
  const { sha256, migration, faults, signature, notes } = opened;
  const untrusted = faults.flatMap(({ kind, message }): readonly TrustFinding[] =>
    isUntrusted(kind) ? [{ kind, message }] : [],
  );
  const findings = [...untrusted, ...unmeetable(path, trust), ...(await untimely(path, sha256, trust))];
  const own = faults
    .filter(({ kind }) => !isUntrusted(kind))
    .map((fault) => ({ ...fault, class: classOf(fault.kind, 'append') }));
  const verdict = own.some((fault) => fault.class === 'FAIL') ? 'FAIL' : own.length > 0 ? 'INCOMPLETE' : 'PASS';
  const audit = { name: path, sha256, header: null, summary: null, findings: own, findingCounts: {}, verdict } as const;
  const vouched: SignatureReport | null =
    signature === null || sha256 === null || migration === undefined
      ? null
      : {
          keys: signature.keys,
          threshold: trust.threshold ?? 1,
          payloadType: STATEMENT_PAYLOAD_TYPE,
          predicateType: MIGRATION_PREDICATE_TYPE,
          signedSha256: sha256,
          signedAt: signature.signedAt,
          upgrade: migration.upgrade,
        };
  return { verdict: findings.length > 0 ? 'UNTRUSTED' : verdict, audit, findings, signature: vouched, damaged: notes };
}

/** What may be demanded of a snapshot, and a migration does not have: never passed over. */
function unmeetable(path: string, trust: TrustOptions): readonly TrustFinding[] {
  const { signature, expectSubject, maxBaselineAgeMs, witnessPolicy, baselineCheckpoints } = trust;
  const beside = migrationSignaturePath(path);
  const isElsewhere = signature !== undefined && resolve(signature) !== resolve(beside);
  const without: readonly (readonly [unmet: boolean, kind: UntrustedKind, message: string])[] = [
    [isElsewhere, 'signature-missing', `the signature of a migration is read from ${beside} alone`],
    [expectSubject !== undefined, 'subject-mismatch', 'a migration states no subject'],
    [maxBaselineAgeMs !== undefined, 'baseline-stale', 'a migration does not say when it was made'],
    [
      (witnessPolicy ?? baselineCheckpoints) !== undefined,
      'signature-missing',
      'a migration has no checkpoint that a witness could have cosigned',
    ],
  ];
  return without.flatMap(([unmet, kind, message]) => (unmet ? [{ kind, message: `migration: ${message}` }] : []));
}

/** What is wrong with the outside time of a migration, where one is demanded. */
async function untimely(path: string, sha256: Hash | null, { tsaCertificates }: TrustOptions) {
  if (tsaCertificates === undefined) return [];
  const verify = await openTime(path, tsaCertificates);
  try {
    if (sha256 === null) throw new TrustError('signature-missing', 'it could not be read');
    verify(sha256);
    return [];
  } catch (fault) {
    if (!(fault instanceof TrustError)) throw fault;
    return [{ kind: fault.kind, message: `migration: ${fault.message}` }];
  }
}

function isUntrusted(kind: FindingKind): kind is UntrustedKind {
  return classOf(kind, 'append') === 'UNTRUSTED';
}
