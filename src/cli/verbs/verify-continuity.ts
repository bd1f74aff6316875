/** `evidence-diff verify-continuity --baseline F [source]`: the comparison with what is there now. */

import type { ExitCode } from '../terminal/exit.ts';
import type { Session } from '../terminal/session.ts';
import { runAgainstBaseline } from './against-baseline.ts';

export const verifyContinuityVerb = {
  name: 'verify-continuity',
  description: 'Compares a baseline with what is there now: the comparison, against the live source.',
  baseline: 'snapshot from before, as verify-all has written it',
  example: 'evidence-diff verify-continuity --baseline baseline.json --source current.json --output continuity.json',
} as const;

export function run(argv: readonly string[], session: Session): Promise<ExitCode> {
  return runAgainstBaseline(verifyContinuityVerb, argv, session, async (baseline, current, options, demands) => {
    const { compareSnapshots } = await import('../../api/compare-snapshots.ts');
    return compareSnapshots(baseline, current, options, demands);
  });
}
