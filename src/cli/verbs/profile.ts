/** `evidence-diff profile list|show|check`: which tables a profile reads, and whether a database has them. */
import { printable, printableJson } from '../../reports/printable.ts';
import { isPostgresUrl, postgresLabel } from '../../sources/postgres/connection-url.ts';
import { defineVerb, required, type Values, value } from '../options/define.ts';
import { notEmpty, oneOf } from '../options/readers.ts';
import {
  findSource,
  profileOf,
  SOURCE_OPTIONS,
  type SourceRequest,
  sourceRequest,
  WAYS,
} from '../options/source-options.ts';
import { type ExitCode, exitCodeOf, UsageError } from '../terminal/exit.ts';
import { writeOutputs } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';

const ACTIONS = ['list', 'show', 'check'] as const;

type Action = (typeof ACTIONS)[number];

export interface ProfileArguments {
  readonly action: Action;
  /** Also which profile. */
  readonly source: SourceRequest;
}

const ARGUMENTS = {
  action: required(value('<action>', ACTIONS.join(', '), oneOf(ACTIONS))),
  profile: value('<profile>', 'for show and check: a built-in profile or a file', notEmpty),
};

function request(
  options: Values<typeof SOURCE_OPTIONS>,
  { action, profile }: Values<typeof ARGUMENTS>,
): ProfileArguments {
  if (action === 'list' && profile !== undefined) throw new UsageError('profile list takes no argument');
  if (action === 'show' && (profile === undefined) === (options.profile === undefined)) {
    throw new UsageError('profile show: which one? Give a built-in profile or a file, once');
  }
  if (action === 'check' && profile !== undefined && options.profile !== undefined) {
    throw new UsageError('the profile is given twice: as an argument and with --profile');
  }
  return { action, source: sourceRequest(undefined, profile === undefined ? options : { ...options, profile }) };
}

export const verb = defineVerb({
  name: 'profile',
  summary: 'which tables are read, and whether they are there',
  description: `A profile says which tables of a database hold evidence, and how their rows become records.
list names the built-in ones, show prints one as it was understood, check tries one on a database and reads no evidence.`,
  arguments: ARGUMENTS,
  options: SOURCE_OPTIONS,
  notes: `For check: ${WAYS}.
Exit code 0 if a capture with the profile would be possible, 2 if not.`,
  example: 'profile show stella-ledger',
  request,
  run: (asked, session) => ({ list, show, check })[asked.action](asked, session),
});

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
  const profile = await loadProfile(await profileOf(source), source.schema);
  return print(`${printableJson(JSON.stringify(profile, null, 2))}\n`, session);
}

async function check({ source: request }: ProfileArguments, session: Session): Promise<ExitCode> {
  const { name, options } = await findSource(request, session);
  if (!isPostgresUrl(name)) throw new UsageError(`profile check: ${name} is no database: give postgres://…`);
  const { profile } = await import('../../api/on-demand.ts');
  const { ok, lines } = await profile('check', name, options);
  const verdict = ok
    ? 'PASS: a capture with this profile is possible'
    : 'INCOMPLETE: a capture with this profile would be refused';
  return print(
    [verdict, `database ${postgresLabel(name)}`, ...lines].map((line) => `${printable(line)}\n`).join(''),
    session,
    ok,
  );
}
