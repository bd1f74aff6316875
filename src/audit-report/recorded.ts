/** Counts records by the time that they say they were recorded at: since a given time by tenant, type and UTC day. */

import { compareInstants, dayOf, type Instant, instantOf, isInfinite } from '../core/instant.ts';
import { compareUtf8 } from '../core/json/utf8-order.ts';

/** Where the time of a record lies. What has no place on the line of time is counted apart. */
export type TimeClass = 'since' | 'before' | 'infinite' | 'absent' | 'unparsable';

/** Every record in exactly one place. */
export type TimeCounts = Readonly<Record<TimeClass, number>>;

export interface DayCount {
  /** `YYYY-MM-DD`, in UTC. */
  readonly day: string;
  readonly records: number;
}

export interface RecordedTenant {
  readonly tenant: string;
  readonly times: TimeCounts;
  /** Records since then, by type and day. */
  readonly types: readonly { readonly type: string; readonly records: number; readonly days: readonly DayCount[] }[];
}

/** What is looked at of a record. */
export interface TimedRecord {
  readonly tenant: string;
  readonly type: string;
  readonly recordedAt: string | undefined;
}

interface OpenTenant {
  readonly times: Record<TimeClass, number>;
  readonly types: Map<string, Map<string, number>>;
}

function noTimes(): Record<TimeClass, number> {
  return { since: 0, before: 0, infinite: 0, absent: 0, unparsable: 0 };
}

/** Where `recordedAt` lies, and the instant that it says. */
export function timeClassOf(recordedAt: string | undefined, since: Instant): readonly [TimeClass, Instant | undefined] {
  if (recordedAt === undefined) return ['absent', undefined];
  if (isInfinite(recordedAt)) return ['infinite', undefined];
  const instant = instantOf(recordedAt);
  if (instant === undefined) return ['unparsable', undefined];
  return [compareInstants(instant, since) >= 0 ? 'since' : 'before', instant];
}

function inOrder<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...map].sort(([a], [b]) => compareUtf8(a, b));
}

/** Memory grows with tenants, types and days, not with records. */
export class RecordedTally {
  readonly #since: Instant;
  readonly #tenants: Map<string, OpenTenant> = new Map();

  constructor(since: Instant) {
    this.#since = since;
  }

  add({ tenant, type, recordedAt }: TimedRecord): TimeClass {
    const open = this.#tenants.get(tenant) ?? { times: noTimes(), types: new Map<string, Map<string, number>>() };
    this.#tenants.set(tenant, open);
    const [where, instant] = timeClassOf(recordedAt, this.#since);
    open.times[where]++;
    if (where !== 'since' || instant === undefined) return where;
    const days = open.types.get(type) ?? new Map<string, number>();
    open.types.set(type, days);
    const day = dayOf(instant);
    days.set(day, (days.get(day) ?? 0) + 1);
    return where;
  }

  /** All tenants of which there are records, in UTF-8 order. */
  tenants(): readonly RecordedTenant[] {
    return inOrder(this.#tenants).map(([tenant, { times, types }]) => ({
      tenant,
      times: { ...times },
      types: inOrder(types).map(([type, days]) => ({
        type,
        records: [...days.values()].reduce((sum, records) => sum + records, 0),
        days: inOrder(days).map(([day, records]) => ({ day, records })),
      })),
    }));
  }

  total(): TimeCounts {
    const total = noTimes();
    for (const { times } of this.#tenants.values()) {
      for (const where of Object.keys(total) as TimeClass[]) total[where] += times[where];
    }
    return total;
  }
}
