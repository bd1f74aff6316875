/** What is demanded of a baseline that is audited by itself, and what came of it: its digest, and trust in it. */
import { Findings } from '../core/judge/findings.ts';
import { gravest } from '../core/kinds.ts';
import type { Hash } from '../core/platform.ts';
import type { TrustOutcome } from '../core/report/report.ts';
import { summaryOf } from '../core/snapshot/summary.ts';
import type { SnapshotAudit } from '../engine/audit-run.ts';
import { FINDINGS_BYTES, nodePlatform } from '../engine/node-platform.ts';
import { digestFault } from '../engine/run-demands.ts';
import { openTrust, type TrustOptions } from './open-trust.ts';

/** What is demanded of a baseline. */
export interface BaselineOptions {
  /** SHA-256 that the baseline file must have. */
  readonly expectDigest?: Hash | undefined;
  readonly trust?: TrustOptions | undefined;
}

/** Says whether a baseline is the one that was demanded, once it has been audited; to be asked once. */
export type JudgeBaseline = (audit: SnapshotAudit) => TrustOutcome;

/**
 * Opens what is demanded of `baseline`.
 *
 * @returns what to ask when the baseline has been read
 * @throws as `openTrust`
 */
export async function openBaseline(baseline: string, { expectDigest, trust }: BaselineOptions): Promise<JudgeBaseline> {
  const judge = await openTrust(baseline, trust);
  return ({ sha256, header, summary, findingCounts }) => {
    const complete = summary !== null;
    const read = { sha256, header: header ?? undefined, summary: summary ?? summaryOf(nodePlatform, []), complete };
    // That a run was broken off says nothing of the baseline.
    const interrupted = Object.hasOwn(findingCounts, 'interrupted');
    const trusted = judge(read, interrupted);
    const fault = sha256 === null && interrupted ? undefined : digestFault(read, expectDigest);
    if (fault === undefined) return trusted;
    const mismatch = { kind: 'digest-mismatch', message: `baseline: ${fault}` } as const;
    return { ...trusted, findings: [mismatch, ...trusted.findings] };
  };
}

/** `audit` with what was found out of the demands on it: it is sound only where each of them is met. */
export function heldTo(audit: SnapshotAudit, { findings: unmet }: TrustOutcome): SnapshotAudit {
  if (unmet.length === 0) return audit;
  const findings = new Findings('append', unmet.length, FINDINGS_BYTES);
  for (const { kind, message } of unmet) findings.add('baseline', { kind, message });
  findings.conclude();
  return {
    ...audit,
    findings: [...findings.list(), ...audit.findings],
    findingCounts: { ...audit.findingCounts, ...findings.counts },
    verdict: gravest((forced) => findings.has(forced) || audit.verdict === forced) ?? audit.verdict,
  };
}
