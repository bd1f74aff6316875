/** Faults that the baseline has had before, which a signed migration calls known: on both sides, record for record. */
import type { SideFault } from '../audit/side-audit.ts';
import type { EvidenceRecord } from '../snapshot/record.ts';
import type { KnownFault } from './migration.ts';

function keyOf(kind: string, { tenant, stream, leaf }: Pick<EvidenceRecord, 'tenant' | 'stream' | 'leaf'>): string {
  return JSON.stringify([kind, tenant, stream, leaf]);
}

function isOf({ id, seq }: KnownFault, record: EvidenceRecord): boolean {
  return (id === undefined || id === record.id) && (seq === undefined || seq === record.seq);
}

export class KnownFaults {
  readonly #listed: ReadonlyMap<string, KnownFault>;
  /** Those that the baseline has shown. */
  readonly #shown: Set<string> = new Set();
  /** Of records of the current side that are as expected, what the records that they come from have shown. */
  readonly #expected: Map<string, KnownFault> = new Map();

  constructor(known: readonly KnownFault[]) {
    this.#listed = new Map(known.map((fault) => [keyOf(fault.kind, { ...fault, leaf: fault.record }), fault]));
  }

  /** The entry for a fault that the baseline shows, if there is one. */
  ofBaseline({ kind, record }: SideFault): KnownFault | undefined {
    const key = keyOf(kind, record);
    const known = this.#listed.get(key);
    if (known === undefined || !isOf(known, record)) return undefined;
    this.#shown.add(key);
    return known;
  }

  /** Says that `expected` is what became of a record with the faults `known`: the current side may show them there. */
  expect(expected: EvidenceRecord, known: readonly KnownFault[]): void {
    for (const fault of known) {
      // Of records that were sorted the entry was written down and read again: the one that is listed stands for it.
      const listed = this.#listed.get(keyOf(fault.kind, { ...fault, leaf: fault.record }));
      this.#expected.set(keyOf(fault.kind, expected), listed ?? fault);
    }
  }

  /** The entry for a fault that the current side shows at a record that is as expected, and that the baseline has shown. */
  ofCurrent({ kind, record }: SideFault): KnownFault | undefined {
    return this.#expected.get(keyOf(kind, record));
  }

  /** How many are listed, and how many of them the baseline has shown. */
  get counts(): { readonly listed: number; readonly shown: number } {
    return { listed: this.#listed.size, shown: this.#shown.size };
  }
}
