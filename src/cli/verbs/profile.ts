/** `evidence-diff profile list|show|check`: which tables a profile reads, and whether a database has them. */
import { Argument } from 'commander';
import { printable, printableJson } from '../../reports/printable.ts';
import { isPostgresUrl, postgresLabel } from '../../sources/postgres/connection-url.ts';
import { newCommand, notEmpty, oneOf, type Parsed, parseWith } from '../options/command-line.ts';
import { addSourceOptions, findSource, type SourceRequest, sourceRequest, WAYS } from '../options/source-options.ts';
import { EXIT, type ExitCode, exitCodeOf, UsageError } from '../terminal/exit.ts';
import { writeOutputs } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';

const ACTIONS = ['list', 'show', 'check'] as const;

type Action = (typeof ACTIONS)[number];

export interface ProfileArguments {
  readonly action: Action;
  /** Also which profile. */
  readonly source: SourceRequest;
}

const DESCRIPTION = `A profile says which tables of a database hold evidence, and how their rows become records.
list names the built-in ones, show prints one as it was understood, check tries one on a database and reads no evidence.`;

const EPILOGUE = `For check: ${WAYS}.
Exit code 0 if a capture with the profile would be possible, 2 if not.

Example:
  evidence-diff profile show stella-ledger`;

/**
 * Reads the command line of `profile`.
 *
 * @throws UsageError if it is wrong
 */
export function parseProfileVerb(argv: readonly string[]): Parsed<ProfileArguments> {
  const command = newCommand('profile <action> [profile] [options]', DESCRIPTION, EPILOGUE)
    .addArgument(new Argument('<action>', ACTIONS.join(', ')).argParser(oneOf(ACTIONS)))
    .addArgument(new Argument('[profile]', 'for show and check: a built-in profile or a file').argParser(notEmpty));
  addSourceOptions(command);
  return parseWith(command, argv, ({ processedArgs }) => {
    const [action, profile]: readonly [Action, string | undefined] = processedArgs as [Action, string | undefined];
    const options = command.opts<SourceRequest>();
    if (action === 'list' && profile !== undefined) throw new UsageError('profile list takes no argument');
    if (action === 'show' && (profile === undefined) === (options.profile === undefined)) {
      throw new UsageError('profile show: which one? Give a built-in profile or a file, once');
    }
    if (action === 'check' && profile !== undefined && options.profile !== undefined) {
      throw new UsageError('the profile is given twice: as an argument and with --profile');
    }
    const chosen = profile ?? options.profile;
    return {
      action,
      source: sourceRequest(undefined, chosen === undefined ? options : { ...options, profile: chosen }),
    };
  });
}

async function print(text: string, session: Session, ok = true): Promise<ExitCode> {
  const faults = await writeOutputs([{ path: '-', format: 'text' }], () => text, session);
  for (const fault of faults) session.complain(`${fault.kind}: ${printable(fault.message)}`);
  return exitCodeOf(ok ? 'PASS' : 'INCOMPLETE', faults.length === 0);
}

async function list(_: ProfileArguments, session: Session): Promise<ExitCode> {
  const { builtInProfiles } = await import('../../api/profiles.ts');
  const lines = builtInProfiles().map(({ name, description }) => `${name}  ${description}`);
  return print(`${lines.join('\n')}\n`, session);
}

async function show({ source }: ProfileArguments, session: Session): Promise<ExitCode> {
  const { loadProfile } = await import('../../api/profiles.ts');
  const { profileOf } = await import('../options/source-options.ts');
  const profile = await loadProfile(await profileOf(source), source.schema);
  return print(`${printableJson(JSON.stringify(profile, null, 2))}\n`, session);
}

async function check({ source: request }: ProfileArguments, session: Session): Promise<ExitCode> {
  const { name, options } = await findSource(request, session);
  if (!isPostgresUrl(name)) throw new UsageError(`profile check: ${name} is no database: give postgres://…`);
  const { profile, schema, ...reading } = options;
  const { loadProfile } = await import('../../api/profiles.ts');
  const { checkProfile } = await import('../../sources/postgres/index.ts');
  const { ok, lines } = await checkProfile(name, { ...reading, profile: await loadProfile(profile, schema) });
  const verdict = ok
    ? 'PASS: a capture with this profile is possible'
    : 'INCOMPLETE: a capture with this profile would be refused';
  return print(
    [verdict, `database ${postgresLabel(name)}`, ...lines].map((line) => `${printable(line)}\n`).join(''),
    session,
    ok,
  );
}

export async function run(argv: readonly string[], session: Session): Promise<ExitCode> {
  const parsed = parseProfileVerb(argv);
  if ('help' in parsed) {
    await session.print(parsed.help);
    return EXIT.pass;
  }
  return { list, show, check }[parsed.run.action](parsed.run, session);
}
