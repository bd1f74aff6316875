/**
 * What is kept of one side until the report is written, counted as it is kept: its tenants, streams and types. All else
 * that a run keeps has a bound of its own. Counted by estimates, so that where it ends is a function of the input and of
 * the size of the budget alone.
 */
import type { StatedTenant } from '../snapshot/trailer.ts';

/** What each takes, here and drawn in the greediest of the formats: measured, and rounded up. */
const BYTES_A_TENANT = 1024;
const BYTES_A_STREAM = 1792;
const BYTES_A_TYPE = 640;

/** Names of such characters alone take one byte for each, in each of some six places. */
const PLAIN = /^[\w .:/@-]*$/;
const BYTES_A_PLAIN_UNIT = 6;
/** Others take two, or are escaped by up to six characters for each. */
const BYTES_A_UNIT = 24;

const TIMES_IN_JUNIT = 4;

function bytesOf(name: string): number {
  return name.length * (PLAIN.test(name) ? BYTES_A_PLAIN_UNIT : BYTES_A_UNIT);
}

export class MemoryBudget {
  /** In bytes. */
  readonly size: number;
  #spent = 0;

  /** @param size - in bytes */
  constructor(size: number) {
    this.size = size;
  }

  spendOnTenant({ tenant }: { readonly tenant: string }): void {
    this.#spent += BYTES_A_TENANT + bytesOf(tenant);
  }

  /** A stream is known by both names, and JUnit repeats its own in every case and property. */
  spendOnStream({ tenant, stream }: { readonly tenant: string; readonly stream: string }): void {
    this.#spent += BYTES_A_STREAM + TIMES_IN_JUNIT * bytesOf(stream) + bytesOf(tenant);
  }

  spendOnType({ type }: { readonly type: string }): void {
    this.#spent += BYTES_A_TYPE + bytesOf(type);
  }

  /** Everything that a trailer states, where no records are read. */
  spendOnAll(tenants: readonly StatedTenant[]): void {
    for (const { tenant, counts, streams } of tenants) {
      this.spendOnTenant({ tenant });
      for (const { stream } of streams) this.spendOnStream({ tenant, stream });
      for (const type of counts?.keys() ?? []) this.spendOnType({ type });
    }
  }

  /** Whether more is kept than there is room for: it is up to who reads to ask, and to stop. */
  get exhausted(): boolean {
    return this.#spent > this.size;
  }
}
