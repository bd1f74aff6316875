/** `evidence-diff init SOURCE`: a profile for what lies there. */
import { isPostgresUrl } from '../../core/database-url.ts';
import { printable } from '../../reports/printable.ts';
import { defineVerb, required, value } from '../options/define.ts';
import { notEmpty } from '../options/readers.ts';
import { type PrintedAs, printedAs } from '../options/shared.ts';
import { sourceName } from '../options/source-options.ts';
import { type ExitCode, UsageError } from '../terminal/exit.ts';
import { checkNotSources, DASH } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';

export interface InitArguments {
  readonly source: string;
  /** Where the profile goes; undefined for standard output. */
  readonly output: string | undefined;
  readonly format: PrintedAs;
}

export const verb = defineVerb({
  name: 'init',
  summary: 'a profile for evidence of other makers',
  description: `Looks at a file or folder, says what it is, and writes a profile by which its items become records: the ids by the
rule of their kind, where they are of a known one.`,
  arguments: { source: required(value('<source>', 'a file or folder', sourceName)) },
  options: {
    output: value('<file>', 'the profile; standard output if not given', notEmpty),
    format: printedAs,
  },
  notes: `What was guessed is said on standard error, and in the profile under "assumptions": look at it first.
A file is not changed, and no name of a file decides anything.`,
  example: 'init sboms-before.json --output sboms.profile.json',
  request: ({ output, format }, { source }): InitArguments => {
    if (source === DASH || isPostgresUrl(source)) throw new UsageError('init: give the name of a file or folder');
    return { source, output: output === DASH ? undefined : output, format };
  },
  run: propose,
});

async function propose({ source, output, format }: InitArguments, session: Session): Promise<ExitCode> {
  if (output !== undefined) checkNotSources([{ path: output, format: 'json' }], [source]);
  const { init } = await import('../../api/on-demand.ts');
  const proposed = await init(source, output === undefined ? {} : { output });
  const { found, rules, unread, undecided, profile } = proposed;
  const lines = [
    `${source}: ${found}`,
    ...rules.map((rule) => `id by ${rule}`),
    ...unread.map((what) => `not read: ${what}`),
    ...undecided,
  ].map(printable);
  if (format === 'json') return session.result('json', 'PASS', '', proposed);
  if (output !== undefined)
    return session.result('text', 'PASS', `${[...lines, `profile ${output}`].join('\n')}\n`, {});
  for (const line of lines) session.complain(line);
  // Whoever redirects it has a profile or none: a part of one is worse.
  return session.result('json', 'PASS', '', profile);
}
