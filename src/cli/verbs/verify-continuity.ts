/** `evidence-diff verify-continuity --baseline F [source]`: the comparison with what is there now. */
import { againstBaseline } from './against-baseline.ts';

export const verb = againstBaseline({
  name: 'verify-continuity',
  summary: 'the comparison with what is there now',
  description: 'Compares a baseline with what is there now: the comparison, against the live source.',
  baseline: 'snapshot from before, as verify-all has written it',
  example: 'verify-continuity --baseline baseline.json --source current.json --output continuity.json',
  compare: async (baseline, current, options, demands) => {
    const { compareSnapshots } = await import('../../api/compare-snapshots.ts');
    return compareSnapshots(baseline, current, options, demands);
  },
});
