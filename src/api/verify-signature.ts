/** Whether a file is what trusted keys have signed. */
import type { SignatureReport, TrustFinding, Verdict } from '../core/report/report.ts';
import { summaryOf } from '../core/snapshot/summary.ts';
import type { AuditOptions, SnapshotAudit } from '../engine/audit-run.ts';
import { nodePlatform } from '../engine/node-platform.ts';
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

/** @throws as `verifySignature` of on-demand.ts says */
export async function verifySnapshotSignature(
  path: string,
  trust: TrustOptions,
  options: AuditOptions = {},
): Promise<SignatureCheck> {
  const demands = readOptions<TrustOptions>(trust, TRUST_OPTIONS, 'verifySignature: trust');
  const reading = readOptions<AuditOptions>(options, READING_OPTIONS, 'verifySignature');
  text(path, 'verifySignature: path');
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
