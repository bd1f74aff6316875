/** What a gate can say, and which of several answers holds (docs/gates.md). */

/**
 * From the mildest to the gravest; of several the gravest holds.
 *
 * `unknown` outranks `pause`: who cannot see one of the inputs does not know that a pause is enough. `rollback` outranks
 * `unknown`: evidence that is known to be lost is not found again by looking at the rest.
 */
export const DECISIONS = ['proceed', 'investigate', 'pause', 'unknown', 'rollback'] as const;

export type Decision = (typeof DECISIONS)[number];

/** The gravest of `decisions`; of none, `unknown`: who has looked at nothing knows nothing. */
export function gravest(decisions: readonly Decision[]): Decision {
  const rank = Math.max(...decisions.map((decision) => DECISIONS.indexOf(decision)));
  return DECISIONS[rank] ?? 'unknown';
}
