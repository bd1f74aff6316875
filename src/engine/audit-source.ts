/** Reads one source by itself and recomputes everything: what `stats` and `roots-export` stand on. */
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import { type AuditOptions, AuditRun, type SnapshotAudit } from './audit-run.ts';
import type { EvidenceSource } from './evidence-source.ts';

export type { AuditOptions, SnapshotAudit };

/** False if the run was interrupted. */
async function readRecords(run: AuditRun): Promise<boolean> {
  if (!(await run.open())) return false;
  for (;;) {
    // Asked first without waiting: a record must not cost a promise.
    while (!run.reader.frame()) if (!(await run.fill())) return false;
    if (!run.step()) return true;
    run.reader.take();
  }
}

/**
 * Audits `source` and closes it.
 *
 * @param onRecord - told of each record, before it is judged
 * @returns what it comes to, and every fault that it shows by itself
 * @throws RangeError or TypeError if the program itself is wrong
 */
export async function auditSource(
  source: EvidenceSource,
  options: AuditOptions = {},
  onRecord?: (record: EvidenceRecord) => void,
): Promise<SnapshotAudit> {
  const run = new AuditRun(source, options, onRecord);
  try {
    await run.finish(!(await readRecords(run)));
    return run.conclude();
  } finally {
    await source.close();
  }
}
