/** The baseline as it is judged: as it was read, or what a migration makes of it (migrated-baseline.ts). */
import type { SideAudit } from '../core/audit/side-audit.ts';
import type { Json } from '../core/json/value.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import type { SnapshotSummary } from '../core/snapshot/summary.ts';
import type { Side } from './side.ts';
import type { Twin } from './side-reader.ts';

export interface JudgedBaseline extends Twin {
  /** Takes the records that are judged, for their roots and counts. Undefined until both sides were opened. */
  readonly audit: SideAudit | undefined;
  /** Whether there is a record at hand, or none left; else wait for it with `fill`. */
  frame(): boolean;
  fill(): Promise<void>;
  /** Reads the record that is framed. */
  decode(): void;
  /** Whether it could not be read on. */
  readonly failed: boolean;
  /** Whether the body of the record at hand is gone. */
  readonly bodyFaulty: boolean;
  json(share: number): Json;
  take(): void;
  /** What the judged records come down to, once they were read. */
  summary(read: SnapshotSummary): SnapshotSummary;
}

export class ReadBaseline implements JudgedBaseline {
  readonly #side: Side;

  constructor(side: Side) {
    this.#side = side;
  }

  get audit(): SideAudit | undefined {
    return this.#side.audit;
  }

  get record(): EvidenceRecord | undefined {
    return this.#side.reader.record;
  }

  get failed(): boolean {
    return this.#side.reader.fault !== undefined;
  }

  get bodyFaulty(): boolean {
    return this.#side.bodyFaulty;
  }

  frame(): boolean {
    return this.#side.reader.frame();
  }

  fill(): Promise<void> {
    return this.#side.reader.fill();
  }

  decode(): void {
    this.#side.reader.decode();
    this.#side.requireFit();
  }

  holds(bytes: Uint8Array, start: number, end: number): boolean {
    return this.#side.reader.holds(bytes, start, end);
  }

  json(share: number): Json {
    return this.#side.reader.json(share);
  }

  take(): void {
    this.#side.reader.take();
  }

  summary(read: SnapshotSummary): SnapshotSummary {
    return read;
  }
}
