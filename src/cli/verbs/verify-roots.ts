/** `evidence-diff verify-roots --baseline F [source]`: the comparison with a file of roots in place of a snapshot. */
import type { ExitCode } from '../terminal/exit.ts';
import type { Session } from '../terminal/session.ts';
import { runAgainstBaseline } from './against-baseline.ts';

export const verifyRootsVerb = {
  name: 'verify-roots',
  description: 'Compares the roots of before, as roots-export has written them, with what is there now.',
  baseline: 'roots from before, as roots-export has written them as JSON',
  example: 'evidence-diff verify-roots --baseline roots.json --source current.json --output roots-verification.json',
} as const;

export function run(argv: readonly string[], session: Session): Promise<ExitCode> {
  return runAgainstBaseline(verifyRootsVerb, argv, session, async (baseline, current, options, demands) => {
    const { compareWithRoots } = await import('../../api/compare-snapshots.ts');
    return compareWithRoots(baseline, current, options, demands);
  });
}
