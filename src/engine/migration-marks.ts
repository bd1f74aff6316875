/** What a migration leaves behind that is asked of it later: places that were left, faults that are known, counts. */
import { randomInt } from 'node:crypto';
import type { SideFault } from '../core/audit/side-audit.ts';
import type { JsonObject } from '../core/json/value.ts';
import type { Findings } from '../core/judge/findings.ts';
import type { Origin } from '../core/migration/expected.ts';
import { KnownFaults } from '../core/migration/known-faults.ts';
import type { KnownFault, Migration } from '../core/migration/migration.ts';
import { PlaceSet } from '../core/migration/place-set.ts';
import type { Outcome } from '../core/migration/transform.ts';
import { present } from '../core/present.ts';
import type { MigrationReport } from '../core/report/migration-report.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import { placeKey } from '../core/snapshot/summary.ts';
import { counted } from '../core/words.ts';

export type PlacedAt = Pick<EvidenceRecord, 'tenant' | 'stream' | 'id' | 'seq'>;

export class MigrationMarks {
  readonly #migration: Migration;
  readonly #findings: Findings;
  readonly #known: KnownFaults;
  readonly #left: PlaceSet = new PlaceSet(randomInt(2 ** 32));
  /** Places (see `placeKey`) that a rule has touched. */
  readonly #touched: Set<string> = new Set();
  /** Leaf hashes of records from which something was erased. */
  readonly #erased: Set<string> = new Set();
  /** Leaf hashes of records of which a stub alone is left. */
  readonly #stubs: Set<string> = new Set();
  /** Streams whose growth nobody rules. */
  readonly #unruled: Set<string> = new Set();
  readonly #counts = { retired: 0, stubs: 0, moved: 0, erased: 0, unhashable: 0, expected: 0, current: 0 };
  /** Known faults of the record of the baseline that is at hand. */
  faults: KnownFault[] = [];

  constructor(migration: Migration, findings: Findings) {
    this.#migration = migration;
    this.#findings = findings;
    this.#known = new KnownFaults(migration.known);
  }

  get retired(): number {
    return this.#counts.retired;
  }

  /** Another record of the baseline is at hand. */
  begin(): void {
    this.faults = [];
  }

  mismatch({ tenant, stream, id, seq }: PlacedAt, why: string): void {
    const at = { tenant, stream, id, ...present({ seq }) };
    this.#findings.add('baseline', { kind: 'migration-map-mismatch', ...at, message: `migration: ${why}` });
  }

  /** Notes what became of a record of the baseline. */
  note(record: EvidenceRecord, outcome: Outcome): void {
    if (outcome.is === 'retired') {
      this.#counts.retired++;
      this.#touch(record);
      this.#left.add(record);
    }
    if (outcome.is !== 'changed') return;
    const { retire, erase } = this.#migration.rules[outcome.rule] ?? {};
    if (retire !== undefined) this.#counts.stubs++;
    if (erase !== undefined) this.#counts.erased++;
    const { tenant, stream, id } = placeOf(outcome.record);
    if (tenant === record.tenant && stream === record.stream && id === record.id) return;
    this.#counts.moved++;
    this.#left.add(record);
  }

  #last = { tenant: '', stream: '' };

  /** Mostly it is the stream of the record before. */
  #touch({ tenant, stream }: PlacedAt): void {
    if (this.#last.stream === stream && this.#last.tenant === tenant) return;
    this.#last = { tenant, stream };
    this.#touched.add(placeKey({ tenant, stream }));
  }

  /** Notes a record that is expected, and the known faults of the one that it comes from. */
  expect(record: EvidenceRecord, origin: Origin, known: readonly KnownFault[]): void {
    this.#counts.expected++;
    this.#known.expect(record, known);
    const rule = this.#migration.rules[origin.rule];
    if (rule !== undefined) this.#touch(record);
    if (rule?.erase !== undefined) this.#erased.add(record.leaf);
    if (rule?.retire?.leave === 'stubs') this.#stubs.add(record.leaf);
  }

  /** Says so if a record of the current side is whole of which a stub was to be left: its leaf is that of the stub. */
  checkStub({ tenant, stream, id, seq, leaf, body }: EvidenceRecord): void {
    if (body === undefined || !this.#stubs.has(leaf)) return;
    const message = 'migration: it leaves a stub of the record, and the body is still there';
    this.#findings.add('current', { kind: 'migration-map-mismatch', tenant, stream, id, ...present({ seq }), message });
  }

  /**
   * Notes records that are expected, in which there is no fault.
   *
   * @param place - their stream, if a rule was for them
   */
  expectMany(records: number, place?: PlacedAt): void {
    this.#counts.expected += records;
    if (place !== undefined) this.#touch(place);
  }

  /** Says what was named and did not come, and that nothing is left, once all of the baseline was read. */
  finish(left: readonly { readonly rule: string; readonly file: string; readonly left: number }[]): void {
    if (this.#counts.expected === 0 && this.#counts.retired > 0) {
      const message = 'migration: it leaves no record of the baseline: there is nothing to compare';
      this.#findings.add('baseline', { kind: 'empty-baseline', message });
    }
    for (const { rule, file, left: number } of left) {
      const what = `${counted(number, `record that ${file} names is`, `records that ${file} names are`)} not in the baseline, or not matched by the rule ${rule}`;
      this.#findings.add('baseline', { kind: 'migration-map-mismatch', message: `migration: ${what}` });
    }
  }

  /** Says so if a record that is added stands where one has gone from, or grows where nobody rules. */
  checkAdded(record: PlacedAt, isUnruled: boolean): void {
    const { tenant, stream, id, seq } = record;
    if (isUnruled && !this.#unruled.has(placeKey(record))) {
      this.#unruled.add(placeKey(record));
      const message =
        'migration: it re-chains the stream, and is not signed: by which recipe its growth is checked nobody says';
      this.#findings.add('current', { kind: 'proof-unavailable', tenant, stream, message });
    }
    if (!this.#left.has(record)) return;
    const message = 'migration: it stands where the migration has taken a record away';
    const where = { tenant, stream, id, ...present({ seq }) };
    this.#findings.add('current', { kind: 'migration-map-mismatch', ...where, message });
  }

  /** A fault of the baseline that is known. */
  knownOfBaseline(fault: SideFault): KnownFault | undefined {
    const known = this.#known.ofBaseline(fault);
    if (known !== undefined) this.faults.push(known);
    return known;
  }

  /** A fault of the current side that is known: the record is as expected, and the baseline has shown it. */
  knownOfCurrent(fault: SideFault): KnownFault | undefined {
    const known = this.#known.ofCurrent(fault);
    if (known !== undefined) this.#counts.current++;
    return known;
  }

  /** Whether a hash cannot be what the recipe gives, since something was erased from the record, as it was to be. */
  isErased({ kind, record }: SideFault): boolean {
    if (kind !== 'hash-mismatch' || !this.#erased.has(record.leaf)) return false;
    this.#counts.unhashable++;
    return true;
  }

  /** Whether any rule was for any record; of a stream, if one is named. */
  hasTouched(place?: { readonly tenant: string; readonly stream: string }): boolean {
    return place === undefined ? this.#touched.size > 0 : this.#touched.has(placeKey(place));
  }

  report(): Pick<MigrationReport, 'retired' | 'stubs' | 'erased' | 'moved' | 'known'> {
    const { retired, stubs, erased, unhashable, moved, current } = this.#counts;
    const { listed, shown } = this.#known.counts;
    return {
      retired,
      stubs,
      erased: { records: erased, hashesNotRecomputed: unhashable },
      moved,
      known: { listed, baseline: shown, current },
    };
  }
}

/** Where a record stands that the rules have made. */
export function placeOf(record: JsonObject): PlacedAt {
  const seq = record.get('seq');
  const position = typeof seq === 'object' && seq !== null && 'token' in seq ? Number(seq.token) : undefined;
  return {
    tenant: String(record.get('tenant')),
    stream: String(record.get('stream')),
    id: String(record.get('id')),
    seq: position,
  };
}
