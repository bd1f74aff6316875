/** `evidence-diff verify-roots --baseline F [source]`: the comparison with a file of roots in place of a snapshot. */
import { againstBaseline } from './against-baseline.ts';

export const verb = againstBaseline({
  name: 'verify-roots',
  summary: 'the same with roots in place of a baseline',
  description: 'Compares the roots of before, as roots-export has written them, with what is there now.',
  baseline: 'roots from before, as roots-export has written them as JSON',
  example: 'verify-roots --baseline roots.json --source current.json --output roots-verification.json',
  compare: async (baseline, current, options, demands) => {
    const { compareWithRoots } = await import('../../api/compare-snapshots.ts');
    return compareWithRoots(baseline, current, options, demands);
  },
});
