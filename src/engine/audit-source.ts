/** Reads one source by itself and recomputes everything: what `stats` and `roots-export` stand on. */
import { randomInt } from 'node:crypto';
import { Findings } from '../core/continuity/findings.ts';
import type { Finding, Verdict } from '../core/continuity/report.ts';
import type { Hash } from '../core/platform.ts';
import { chainRuleOf, type SnapshotHeader } from '../core/snapshot/header.ts';
import { IdSet } from '../core/snapshot/id-set.ts';
import type { SnapshotSummary } from '../core/snapshot/summary.ts';
import type { CompareOptions } from './compare.ts';
import type { EvidenceSource } from './evidence-source.ts';
import { nodePlatform } from './node-platform.ts';
import { Side } from './side.ts';

export type AuditOptions = Pick<CompareOptions, 'signal' | 'onProgress' | 'maxFindings'>;

export interface SnapshotAudit {
  readonly name: string;
  /** SHA-256 of the input's bytes; null if not all were read. */
  readonly sha256: Hash | null;
  readonly header: SnapshotHeader | null;
  /** What the records come to; null if they could not be read to their end. */
  readonly summary: SnapshotSummary | null;
  readonly findings: readonly Finding[];
  readonly findingCounts: Readonly<Record<string, number>>;
  /** PASS: sound in itself, which says nothing about the past. */
  readonly verdict: Verdict;
}

async function readRecords(side: Side, options: AuditOptions): Promise<boolean> {
  const { reader, source } = side;
  for (;;) {
    while (!reader.frame()) {
      await reader.fill();
      if (options.signal?.aborted === true) return false;
      const { bytesRead, bytesTotal } = source;
      options.onProgress?.({ records: side.audit?.records ?? 0, bytesRead, bytesTotal });
    }
    reader.decode();
    side.requireDepth();
    if (reader.record === undefined) return true;
    side.audit?.append(reader.record);
    reader.take();
  }
}

function aborted(signal: AbortSignal | undefined): Promise<false> {
  return new Promise((resolve) => {
    if (signal?.aborted === true) resolve(false);
    else signal?.addEventListener('abort', () => resolve(false), { once: true });
  });
}

function verdictOf(findings: Findings, complete: boolean): Verdict {
  if (findings.has('FAIL')) return 'FAIL';
  return findings.has('INCOMPLETE') || !complete ? 'INCOMPLETE' : 'PASS';
}

/**
 * Audits `source` and closes it.
 *
 * @returns what it comes to, and every fault that it shows by itself
 * @throws RangeError or TypeError if the program itself is wrong
 */
export async function auditSource(source: EvidenceSource, options: AuditOptions = {}): Promise<SnapshotAudit> {
  const findings = new Findings('append', options.maxFindings ?? 1000);
  const side = new Side(source, {
    side: 'current',
    platform: nodePlatform,
    findings,
    ids: new IdSet(randomInt(2 ** 32)),
  });
  try {
    await side.open();
    side.startAudit((stream) => (side.header === undefined ? undefined : chainRuleOf(side.header.chains, stream)));
    const wholly = await Promise.race([readRecords(side, options), aborted(options.signal)]);
    await side.finish(!wholly);
    if (!wholly) findings.add('both', { kind: 'interrupted', message: 'the run was interrupted before its end' });
    const { name, sha256, header, summary, complete } = side.read();
    return {
      name,
      sha256,
      header: header ?? null,
      summary: complete ? summary : null,
      findings: findings.list(),
      findingCounts: findings.counts,
      verdict: verdictOf(findings, complete),
    };
  } finally {
    await source.close();
  }
}
