/** What was demanded of a run, in one line each: the same words in every format made for people. */
import type { Demand } from '../core/continuity/demands.ts';

/** `demand` and what came of it. */
export function demandLine({ demand, asked, state, why }: Demand): string {
  const wanted = asked === '' ? demand : `${demand} ${asked}`;
  return `${wanted}: ${state}${why === undefined ? '' : `, ${why}`}`;
}
