/** Brings the records that a migration has placed elsewhere into the order of a snapshot. */
import { EvidenceError } from '../core/errors.ts';
import { compareUtf8 } from '../core/json/utf8.ts';
import type { Origin } from '../core/migration/expected.ts';
import type { KnownFault } from '../core/migration/migration.ts';

/** A record on its way to its new place. */
export interface PlacedRecord {
  readonly tenant: string;
  readonly stream: string;
  readonly id: string;
  readonly seq: number | undefined;
  /** Canonical text of the record; nobody writes over it. */
  readonly text: Uint8Array;
  readonly origin: Origin;
  readonly known: readonly KnownFault[];
}

/** Takes records in any order and gives them back in that of a snapshot. */
export interface RecordSort {
  /** @throws EvidenceError `input-limit` if there is no room for more */
  add(record: PlacedRecord): void;
  /** All of them, in order; to be called once, after the last `add`. */
  sorted(): AsyncIterable<PlacedRecord>;
}

/** Negative if `a` stands before `b`: by tenant, stream and id. */
export function comparePlaces(a: PlacedRecord, b: PlacedRecord): number {
  if (a.tenant !== b.tenant) return compareUtf8(a.tenant, b.tenant);
  return a.stream === b.stream ? compareUtf8(a.id, b.id) : compareUtf8(a.stream, b.stream);
}

/** The same with the position before the id, where there is one. */
function comparePlaced(a: PlacedRecord, b: PlacedRecord): number {
  const isOneStream = a.tenant === b.tenant && a.stream === b.stream;
  const order = isOneStream ? (a.seq ?? -1) - (b.seq ?? -1) : 0;
  return order === 0 ? comparePlaces(a, b) : order;
}

const BYTES_A_RECORD = 400;

/** Sorts in memory: for what there is room for. */
export class MemorySort implements RecordSort {
  readonly #records: PlacedRecord[] = [];
  readonly #most: number;
  #bytes = 0;

  /** @param most - bytes that records may take */
  constructor(most: number) {
    this.#most = most;
  }

  add(record: PlacedRecord): void {
    this.#bytes += record.text.length + BYTES_A_RECORD;
    if (this.#bytes > this.#most) {
      const megabytes = Math.floor(this.#most / 2 ** 20);
      const reason = `the migration changes the order of more records than ${megabytes} MB of memory hold`;
      throw new EvidenceError('input-limit', reason, {
        advice: 'give Node a larger heap: NODE_OPTIONS=--max-old-space-size=8192 (in MB)',
      });
    }
    this.#records.push(record);
  }

  async *sorted(): AsyncIterable<PlacedRecord> {
    // Stable: two records that are sent to one place keep the order in which they came.
    yield* this.#records.sort(comparePlaced);
  }
}
