/** How many cases a campaign runs: the size of `npm test`, or the nightly one of `npm run test:long`. */
export const long: boolean = process.env['EVIDENCE_DIFF_LONG'] === '1';

export function runs(usual: number, nightly: number): number {
  return long ? nightly : usual;
}

const given = process.env['EVIDENCE_DIFF_SEED'];

/**
 * Where all that is drawn begins. `npm test` draws the same each time, so that it judges the change and not its luck; the
 * long campaigns draw anew. EVIDENCE_DIFF_SEED states one for either, which is how a failure is replayed.
 */
export const seed: number = given ? Number(given) : long ? Date.now() % 2 ** 31 : 8785;
