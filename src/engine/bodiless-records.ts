/** Counts the records of a snapshot of depth `full` that have a digest in the place of a body that was too long. */
import type { Findings } from '../core/judge/findings.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';

export class BodilessRecords {
  #count = 0;
  #last: EvidenceRecord | undefined;

  /** Counts `record`, once, though it may be asked again while it waits for the other side; how many there are so far. */
  count(record: EvidenceRecord): number {
    if (record !== this.#last) this.#count++;
    this.#last = record;
    return this.#count;
  }

  /** Says where the header states another number than there are. */
  conclude(findings: Findings, side: 'baseline' | 'current', stated: number | undefined): void {
    if (stated === undefined || stated === this.#count) return;
    const message = `${side}: the header states ${stated} records without a body, there are ${this.#count}`;
    findings.add(side, { kind: 'manifest-mismatch', [side]: stated, message });
  }
}
