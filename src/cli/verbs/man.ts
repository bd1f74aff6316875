/** `evidence-diff man`: the man page of the command. */
import type { Verbs } from '../manual/words.ts';
import { type AnyVerb, defineVerb } from '../options/define.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import type { Session } from '../terminal/session.ts';

/**
 * The verb.
 *
 * @param load - gives all verbs, this one too: the registry, which imports this file
 */
export function manVerb(load: () => Promise<Verbs>): AnyVerb {
  return defineVerb({
    name: 'man',
    summary: 'the man page of the command',
    description: 'Prints the man page of the command, all verbs and options, as roff: man -l - shows it.',
    arguments: {},
    options: {},
    example: 'man',
    request: () => undefined,
    run: async (_: undefined, session: Session): Promise<ExitCode> => {
      const { manPage } = await import('../manual/man-page.ts');
      await session.print(manPage(await load()), true);
      return EXIT.pass;
    },
  }) as AnyVerb;
}
