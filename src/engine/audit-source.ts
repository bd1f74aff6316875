/** Reads one source by itself and recomputes everything: what `stats` and `roots-export` stand on. */

import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import { type AuditOptions, AuditRun, type SnapshotAudit } from './audit-run.ts';
import type { SideReader } from './side-reader.ts';

export type { AuditOptions, SnapshotAudit };

/** Sees each record once it was audited; the record and the reader's views hold until the next one. */
export type OnRecord = (record: EvidenceRecord, reader: SideReader) => void;

/** False if the run was interrupted. */
async function readRecords(run: AuditRun, onRecord: OnRecord | undefined): Promise<boolean> {
  if (!(await run.open())) return false;
  for (;;) {
    // Asked first without waiting: a record must not cost a promise.
    while (!run.reader.frame()) if (!(await run.fill())) return false;
    if (!run.step()) return true;
    if (onRecord !== undefined && run.reader.record !== undefined) onRecord(run.reader.record, run.reader);
    run.reader.take();
  }
}

/**
 * Audits `source` and closes it.
 *
 * @param onRecord - sees each record as it comes by
 * @returns what it comes to, and every fault that it shows by itself
 * @throws RangeError or TypeError if the program itself is wrong
 */
export async function auditSource(
  source: EvidenceSource,
  options: AuditOptions = {},
  onRecord?: OnRecord,
): Promise<SnapshotAudit> {
  const run = new AuditRun(source, options);
  try {
    await run.finish(!(await readRecords(run, onRecord)));
    return run.conclude();
  } finally {
    await source.close();
  }
}
