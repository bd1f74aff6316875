/** `evidence-diff completion bash|zsh|fish`: the script by which a shell completes the command. */
import type { Verbs } from '../manual/words.ts';
import { type AnyVerb, defineVerb, required, value } from '../options/define.ts';
import { oneOf } from '../options/readers.ts';
import { EXIT, type ExitCode } from '../terminal/exit.ts';
import type { Session } from '../terminal/session.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

type Shell = (typeof SHELLS)[number];

async function scriptOf(shell: Shell, verbs: Verbs): Promise<string> {
  const { bashCompletion, fishCompletion, zshCompletion } = await import('../manual/completion.ts');
  return { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion }[shell](verbs);
}

/**
 * The verb.
 *
 * @param load - gives all verbs, this one too: the registry, which imports this file
 */
export function completionVerb(load: () => Promise<Verbs>): AnyVerb {
  return defineVerb({
    name: 'completion',
    summary: 'a script by which bash, zsh or fish completes the command',
    description:
      'Prints a script by which a shell completes verbs, options and what they take; names of files elsewhere.',
    arguments: { shell: required(value('<shell>', SHELLS.join(', '), oneOf(SHELLS))) },
    options: {},
    notes: `For one session, or in what the shell reads when it starts:
  bash  source <(evidence-diff completion bash)
  zsh   source <(evidence-diff completion zsh), after compinit
  fish  evidence-diff completion fish | source`,
    example: 'completion bash',
    request: (_, { shell }): Shell => shell,
    run: async (shell: Shell, session: Session): Promise<ExitCode> => {
      await session.print(await scriptOf(shell, await load()), true);
      return EXIT.pass;
    },
  }) as AnyVerb;
}
