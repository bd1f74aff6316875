/** How many cases a campaign runs: the size of `npm test`, or the nightly one of `npm run test:long`. */
export const long: boolean = process.env['EVIDENCE_DIFF_LONG'] === '1';

export function runs(usual: number, nightly: number): number {
  return long ? nightly : usual;
}
