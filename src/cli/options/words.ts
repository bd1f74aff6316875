/** The words of `evidence-diff --help`. */
import type { Verb } from './verb.ts';

function linesOf(verbs: readonly Verb[]): string {
  return verbs.map(({ name, summary }) => `  ${name.padEnd(19)}${summary}`).join('\n');
}

/** The words for the options of every comparison. */
export const comparisonHelp = {
  mode: 'append: growth is normal and counted (default); frozen: any addition is a FAIL',
  output: 'write the report to a file, whole or not at all; - is standard output; may be given more than once',
  format: (formats: readonly string[]): string => `${formats.join(', ')}; else by the ending of --output, else text`,
  maxFindings: 'list at most n findings for each side and kind (default 1000); all are counted',
  expectDigest: 'sha256:<64 hex digits> of the baseline file; any other file is UNTRUSTED',
  consistencyProof: 'what prove --from --to has written, for two sides without records',
  allowSame: 'let both sides be one and the same input',
  allowLaterBaseline: 'let the baseline be captured after the current side, as after a restore',
  quiet: 'print nothing on standard output: the exit code is the answer',
  progress: 'report progress on standard error, also where that is no terminal',
  noProgress: 'report no progress, also on a terminal',
  noColor: 'no colours (also: NO_COLOR=1)',
} as const;

export const compareHelp = {
  description: 'Proves that no evidence was lost, altered or re-linked between two snapshots of a store.',
  baseline: 'from before: a snapshot (.json or .ndjson, also .gz), postgres://…, or - for standard input',
  current: 'from after: likewise',
  epilogue: (verbs: readonly Verb[]): string => `Verbs (evidence-diff <verb> --help):
${linesOf(verbs)}
The first argument selects a verb if it is the name of one: give a file of that name as ./stats.

Exit codes:
  0  PASS        every check was made and every one held
  1  FAIL        evidence is missing, changed, re-linked, reordered or, in frozen mode, added
  2  INCOMPLETE  something could not be read, checked or written down
  3  UNTRUSTED   the baseline itself cannot be believed
  64 usage error, 70 internal error, 130 SIGINT, 143 SIGTERM

With --output, standard output gets the headline alone; with --format json nothing but reports.
File names that begin with - go after --.

Example:
  evidence-diff baseline.json current.json --mode frozen --output continuity.json`,
} as const;
