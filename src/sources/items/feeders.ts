/** Which place of a profile feeds a stream: two may do so only where both say that they share it. */
import { EvidenceError } from '../../core/errors.ts';

/** A place, as far as it matters here. */
export interface Feeder {
  /** How it is called in the header and in reports. */
  readonly label: string;
  /** Whether another place may feed the same stream. */
  readonly shared: boolean;
}

/** Shared by all places of a profile. */
export type Feeders = Map<string, Feeder>;

/** The refusal of two places that feed one stream. */
export function sharedFault(one: string, other: string, stream: string): EvidenceError {
  const reason = `two places of the profile feed one stream ${stream}: ${one} and ${other}`;
  const advice = 'give each a stream of its own, or both "shared": true';
  return new EvidenceError('schema-violation', reason, { advice });
}

/**
 * Notes that `place` feeds a stream.
 *
 * @param feeders - undefined where there is one place alone
 * @throws EvidenceError `schema-violation` where another does
 */
export function feed(
  feeders: Feeders | undefined,
  place: Feeder,
  { tenant, stream }: { readonly tenant: string; readonly stream: string },
): void {
  if (feeders === undefined) return;
  const key = JSON.stringify([tenant, stream]);
  const other = feeders.get(key) ?? place;
  if (other !== place && !(other.shared && place.shared)) throw sharedFault(other.label, place.label, key);
  feeders.set(key, place);
}
