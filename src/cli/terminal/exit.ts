/** Every exit code of the command. A code is never used for a second meaning. */
import type { Verdict } from '../../core/report/report.ts';
import { EXIT_CODE_OF, EXIT_CODE_OF_SIGNAL } from '../../reports/facts.ts';

export const EXIT = {
  pass: EXIT_CODE_OF.PASS,
  fail: EXIT_CODE_OF.FAIL,
  incomplete: EXIT_CODE_OF.INCOMPLETE,
  untrusted: EXIT_CODE_OF.UNTRUSTED,
  /** A gate says `pause` or `investigate`. Its `rollback` is `fail`, its `unknown` is `incomplete`. */
  pause: 10,
  investigate: 11,
  /** A dry run says that evidence has to be migrated. */
  migrationNeeded: 12,
  /** The command line was wrong: nothing was read. */
  usage: 64,
  /** Our own mistake. Also what the process starts with: any other code has to be earned. */
  internal: 70,
  /** The terminal is gone. */
  hungUp: EXIT_CODE_OF_SIGNAL.SIGHUP,
  interrupted: EXIT_CODE_OF_SIGNAL.SIGINT,
  terminated: EXIT_CODE_OF_SIGNAL.SIGTERM,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

const KNOWN: ReadonlySet<unknown> = new Set(Object.values(EXIT));

/** Signals and their codes, for a help. */
export const SIGNAL_ENDS: string = Object.entries(EXIT_CODE_OF_SIGNAL)
  .map(([signal, code]) => `${code} ${signal}`)
  .join(', ');

/** What the help of a verb says of the ends that are no answer. */
export const OTHER_ENDS: string = `${EXIT.usage} usage error, ${EXIT.internal} internal error, ${SIGNAL_ENDS}`;

interface ExitMeaning {
  readonly code: ExitCode;
  /** When the command ends so, whichever verb was asked; a word between backticks is one that it prints or is asked with. */
  readonly when: string;
}

/** What every code says: the help of the command and the table of docs/command-line.md are made of it. */
export const EXIT_MEANINGS: readonly ExitMeaning[] = [
  { code: EXIT.pass, when: 'every check was made and every one held, and every output was written' },
  {
    code: EXIT.fail,
    when: 'the evidence does not hold: missing, changed, re-linked, reordered or, in frozen mode, added',
  },
  {
    code: EXIT.incomplete,
    when: 'something could not be read or checked, or a PASS could not be written down',
  },
  {
    code: EXIT.untrusted,
    when: 'a baseline, current side, migration or signed verdict cannot be believed; the headline says which',
  },
  { code: EXIT.pause, when: 'a gate says `pause`; its `rollback` is 1, its `unknown` is 2' },
  { code: EXIT.investigate, when: 'a gate says `investigate`' },
  { code: EXIT.migrationNeeded, when: '`migrate --dry-run`: evidence has to be migrated' },
  { code: EXIT.usage, when: 'the command line is wrong; nothing was read' },
  { code: EXIT.internal, when: 'a bug in evidence-diff; no verdict was reached' },
  { code: EXIT.hungUp, when: 'SIGHUP: the terminal is gone' },
  { code: EXIT.interrupted, when: 'SIGINT' },
  { code: EXIT.terminated, when: 'SIGTERM' },
];

/** The verdict whose code it is; empty for one that is none's. */
export function verdictWord(code: ExitCode): string {
  return Object.entries(EXIT_CODE_OF).find(([, own]) => own === code)?.[0] ?? '';
}

/** Every code with what it says, a line each, for the help of the command. */
export const EXIT_LINES: string = EXIT_MEANINGS.map(
  ({ code, when }) => `  ${String(code).padEnd(4)}${verdictWord(code).padEnd(12)}${when.replaceAll('`', '')}`,
).join('\n');

/** Whether `code` is one of ours: anything else, `undefined` and `'0'` among them, is a mistake and never a 0. */
export function isExitCode(code: unknown): code is ExitCode {
  return KNOWN.has(code);
}

/**
 * The code of a run that reached `verdict`.
 *
 * @param written - whether every output was written whole. A PASS that could not be written down is INCOMPLETE;
 *   FAIL and UNTRUSTED outrank it and keep their codes.
 */
export function exitCodeOf(verdict: Verdict, written: boolean): ExitCode {
  if (written || verdict === 'FAIL' || verdict === 'UNTRUSTED') return EXIT_CODE_OF[verdict];
  return EXIT.incomplete;
}

/** The command line was wrong: nothing was read, exit code 64. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}
