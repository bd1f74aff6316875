/** How a source computes the `hash` of its records; recomputing it is what makes the stored hash worth anything. */
import type { Hash, Platform } from '../platform.ts';
import type { EvidenceRecord } from '../snapshot/record.ts';

/** Why a hash could not be recomputed. */
export interface NotRecomputed {
  readonly why: string;
}

export interface Recipe {
  /** The name by which a header refers to it. */
  readonly name: string;
  /** The hash that `record` must have, or why that cannot be told from this snapshot. */
  readonly expectedHash: (platform: Platform, record: EvidenceRecord) => Hash | NotRecomputed;
}
