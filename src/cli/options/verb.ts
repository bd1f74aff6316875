/** What a verb is to the command. */
import type { ExitCode } from '../terminal/exit.ts';
import type { Session } from '../terminal/session.ts';

export interface VerbModule {
  /**
   * @param argv - the arguments after the verb
   * @param session - where to print, and what surrounds the call
   * @param verbs - all verbs, for a help that lists them
   * @returns the exit code, once every output was written
   * @throws UsageError if the arguments are wrong
   */
  readonly run: (argv: readonly string[], session: Session, verbs: readonly Verb[]) => Promise<ExitCode>;
}

export interface Verb {
  readonly name: string;
  /** One line for the help. */
  readonly summary: string;
  readonly load: () => Promise<VerbModule>;
}
