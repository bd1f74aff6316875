import { isSampled } from './sample.ts';

/** Whether this is a campaign of `npm run test:long`. */
export const long: boolean = process.env['EVIDENCE_DIFF_LONG'] === '1';

/**
 * How many cases are tried.
 *
 * @param usual - where all tests run, as .ci/run does
 * @param nightly - in the campaigns of `npm run test:long`
 * @param quick - in `npm test`, which has minutes
 */
export function runs(usual: number, nightly: number, quick: number = usual): number {
  if (long) return nightly;
  return isSampled ? quick : usual;
}

/** All of them; in `npm test` one, the next one `at` each step. */
export function inTurn<T>(all: readonly T[], at: number): readonly T[] {
  return isSampled ? all.filter((_, index) => index === at % all.length) : all;
}

const given = process.env['EVIDENCE_DIFF_SEED'];

/**
 * Where all that is drawn begins. `npm test` draws the same each time, so that it judges the change and not its luck; the
 * long campaigns draw anew. EVIDENCE_DIFF_SEED states one for either, which is how a failure is replayed.
 */
export const seed: number = given ? Number(given) : long ? Date.now() % 2 ** 31 : 8785;
