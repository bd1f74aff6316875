/** A baseline that was captured after the side that it is compared with: then the sides are probably swapped. */
import { compareInstants, instantOf } from '../instant.ts';

/** Clocks of two machines may differ by this much before it says something. */
const CLOCK_SKEW_SECONDS = 60;

/**
 * Whether the baseline was captured more than a minute after the current side, as both say themselves; false where one of
 * them does not say when.
 */
export function isLaterBaseline(baseline: string | null | undefined, current: string | null | undefined): boolean {
  const was = instantOf(baseline ?? '');
  const is = instantOf(current ?? '');
  if (was === undefined || is === undefined) return false;
  return compareInstants(was, { ...is, seconds: is.seconds + CLOCK_SKEW_SECONDS }) > 0;
}
