/**
 * What was added, as the comparison says it, set against the times that the added records carry. A record that is new
 * and says that it is old was back-dated, or came late: an auditor wants to see it.
 */
import { compareInstants, type Instant, instantOf } from '../core/instant.ts';
import { RecordedTally, type RecordedTenant, type TimeCounts } from './recorded.ts';

export interface BackDated {
  readonly tenant: string;
  readonly stream: string;
  readonly id: string;
  readonly seq?: number;
  readonly type: string;
  readonly recordedAt: string;
  /** Before the time that the report begins at. */
  readonly beforeSince: boolean;
  /** Before the baseline was captured; null if that time is not known. */
  readonly beforeBaseline: boolean | null;
}

export interface AddedRecords {
  readonly records: number;
  readonly times: TimeCounts;
  readonly tenants: readonly RecordedTenant[];
  readonly backDated: { readonly records: number; readonly listed: readonly BackDated[] };
  /** Records since then that were in the baseline already; null if not all records were compared. */
  readonly sinceNotAdded: number | null;
  /** Whether what was added is what was recorded since then; null if that could not be established. */
  readonly agrees: boolean | null;
}

/** What is looked at of a record that was added. */
export interface AddedRecord {
  readonly tenant: string;
  readonly stream: string;
  readonly id: string;
  readonly seq: number | undefined;
  readonly type: string;
  readonly recordedAt: string | undefined;
}

export interface AddedOptions {
  readonly since: Instant;
  /** How many back-dated records are listed; all are counted. */
  readonly most: number;
}

export class AddedTally {
  readonly #options: AddedOptions;
  readonly #tally: RecordedTally;
  readonly #listed: BackDated[] = [];
  #backDated = 0;
  #records = 0;

  constructor(options: AddedOptions) {
    this.#options = options;
    this.#tally = new RecordedTally(options.since);
  }

  /** @param baselineCapturedAt - as the baseline says it, if it does */
  add(record: AddedRecord, baselineCapturedAt: string | undefined): void {
    this.#records++;
    const where = this.#tally.add(record);
    const { tenant, stream, id, seq, type, recordedAt } = record;
    const instant = recordedAt === undefined ? undefined : instantOf(recordedAt);
    if (instant === undefined || recordedAt === undefined) return;
    const beforeSince = where === 'before';
    const captured = baselineCapturedAt === undefined ? undefined : instantOf(baselineCapturedAt);
    const beforeBaseline = captured === undefined ? null : compareInstants(instant, captured) < 0;
    if (!beforeSince && beforeBaseline !== true) return;
    this.#backDated++;
    if (this.#listed.length >= this.#options.most) return;
    const place = { tenant, stream, id, ...(seq === undefined ? {} : { seq }) };
    this.#listed.push({ ...place, type, recordedAt, beforeSince, beforeBaseline });
  }

  /**
   * @param recordedSince - records of the current side since then; undefined if it cannot be said which of them are new
   * @param added - records that the comparison counts as added
   */
  conclude(recordedSince: number | undefined, added: number): AddedRecords {
    const times = this.#tally.total();
    const known = recordedSince !== undefined && added === this.#records;
    const sinceNotAdded = known ? recordedSince - times.since : null;
    return {
      records: added,
      times,
      tenants: this.#tally.tenants(),
      backDated: { records: this.#backDated, listed: this.#listed },
      sinceNotAdded,
      agrees: known ? sinceNotAdded === 0 && times.since === added : null,
    };
  }
}
