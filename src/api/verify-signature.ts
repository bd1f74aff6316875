/** Whether a file is what trusted keys have signed. */
import type { SignatureReport, TrustFinding } from '../core/report/report.ts';
import { summaryOf } from '../core/snapshot/summary.ts';
import type { AuditOptions, SnapshotAudit } from '../engine/audit-run.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { openTrust, type TrustOptions } from './open-trust.ts';
import { READING_OPTIONS, readOptions, TRUST_OPTIONS, text } from './options.ts';
import { auditSigned } from './sign-snapshot.ts';

export interface SignatureCheck {
  /** The summary of the file by itself. */
  readonly audit: SnapshotAudit;
  /** Why it cannot be believed. */
  readonly findings: readonly TrustFinding[];
  /** Null unless every demand was met and the file was read to its end. */
  readonly signature: SignatureReport | null;
  /** Signatures beside the good ones that should count and do not, each in words. */
  readonly damaged: readonly string[];
}

/**
 * Verifies the signature of a snapshot or a file of roots, and that the file is the one that was signed.
 *
 * @param path - the file
 * @param trust - the trusted keys, and what else is demanded; at least one key
 * @throws TypeError for an option that there is not, or that is not what it must be
 */
export async function verifySnapshotSignature(
  path: string,
  trust: TrustOptions,
  options: AuditOptions = {},
): Promise<SignatureCheck> {
  const demands = readOptions<TrustOptions>(trust, TRUST_OPTIONS, 'verifySnapshotSignature: trust');
  const reading = readOptions<AuditOptions>(options, READING_OPTIONS, 'verifySnapshotSignature');
  text(path, 'verifySnapshotSignature: path');
  const judge = await openTrust(path, { ...demands, requireSignature: true });
  const audit = await auditSigned(path, reading);
  const { sha256, header, summary } = audit;
  const outcome = judge({
    sha256,
    header: header ?? undefined,
    summary: summary ?? summaryOf(nodePlatform, []),
    complete: summary !== null,
  });
  return { audit, findings: outcome.findings, signature: outcome.signature, damaged: outcome.damaged ?? [] };
}
