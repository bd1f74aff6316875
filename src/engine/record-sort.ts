/**
 * Brings records that stand in another order into that of a snapshot, in bounded memory: what is more goes to temporary
 * files (src/sorting).
 */
import { compareUtf8, delimited } from '../core/json/utf8.ts';
import type { Origin } from '../core/migration/expected.ts';
import type { KnownFault } from '../core/migration/migration.ts';
import { utf8 } from '../core/platform.ts';
import { numbersAt } from '../sorting/entries.ts';
import { recordOf, type Sorted, Sorter } from '../sorting/sorter.ts';
import { nodePlatform } from './node-platform.ts';

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

/** Negative if `a` stands before `b`: by tenant, stream and id. */
export function comparePlaces(a: PlacedRecord, b: PlacedRecord): number {
  if (a.tenant !== b.tenant) return compareUtf8(a.tenant, b.tenant);
  return a.stream === b.stream ? compareUtf8(a.id, b.id) : compareUtf8(a.stream, b.stream);
}

/** What goes with the text of a record, and is no number. */
type Names = readonly [tenant: string, stream: string, id: string, origin: string, known: readonly KnownFault[]];

/** Wide enough for every position and count: of texts of one length the order is that of the numbers. */
function digits(value: number): string {
  return String(value).padStart(16, '0');
}

export class RecordSort {
  readonly #sorter: Sorter;

  /** @param bound - bytes that are sorted in memory, about */
  constructor(bound?: number) {
    this.#sorter = new Sorter(bound);
  }

  /** Whether `spill` is due before more records are added. */
  get isFull(): boolean {
    return this.#sorter.isFull;
  }

  add({ tenant, stream, id, seq, text, origin, known }: PlacedRecord): void {
    // Two records that are sent to one place keep the order in which they came.
    const last = `${digits(seq === undefined ? 0 : seq + 1)}${delimited(id)}${digits(this.#sorter.count)}`;
    const names: Names = [tenant, stream, id, origin.stream, known];
    const head = JSON.stringify(names);
    this.#sorter.add(`${delimited(tenant)}${delimited(stream)}${last}`, { head, body: text, tail: '' }, [
      seq ?? -1,
      origin.rule,
      origin.first ? 1 : 0,
      utf8(head).length,
    ]);
  }

  /**
   * Writes down what is in memory.
   *
   * @throws EvidenceError `source-incomplete` if there is no room for it
   */
  spill(): Promise<void> {
    return this.#sorter.spill();
  }

  /** All of them, in order; to be called once, after the last `add`. */
  async *sorted(): AsyncGenerator<PlacedRecord> {
    const sorted = await this.#sorter.sorted();
    for (let found = sorted.next(); found !== 'end'; found = sorted.next()) {
      if (found === 'more') await sorted.fill();
      else yield placedAt(sorted);
    }
  }

  /** Lets go of all files. */
  close(): Promise<void> {
    return this.#sorter.close();
  }
}

function placedAt(sorted: Sorted): PlacedRecord {
  const [seq, rule, first, headBytes] = numbersAt(sorted.view, sorted.at);
  const { start, end } = recordOf(sorted);
  const textAt = start + headBytes;
  const [tenant, stream, id, from, known] = JSON.parse(nodePlatform.text(sorted.bytes, start, textAt)) as Names;
  return {
    tenant,
    stream,
    id,
    seq: seq < 0 ? undefined : seq,
    text: new Uint8Array(sorted.bytes.subarray(textAt, end)),
    origin: { rule, stream: from, first: first === 1 },
    known,
  };
}
