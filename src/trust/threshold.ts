/** How many distinct trusted keys must have signed. */

/** @throws RangeError for a threshold that is no whole number from 1 */
export function requireThreshold(threshold: number): void {
  if (!Number.isSafeInteger(threshold) || threshold < 1) throw new RangeError('a threshold is a whole number from 1');
}
