/** `evidence-diff profile list|show|check`: which tables a profile reads, and whether a database has them. */

import { isPostgresUrl } from '../../core/database-url.ts';
import type { ProfileCheck } from '../../index.ts';
import { printable } from '../../reports/printable.ts';
import { postgresLabel } from '../../sources/postgres/connection-url.ts';
import { defineVerb, refuseOthers, required, type Values, value } from '../options/define.ts';
import { notEmpty, oneOf } from '../options/readers.ts';
import { type PrintedAs, printedAs } from '../options/shared.ts';
import {
  findSource,
  profileOf,
  SOURCE_OPTIONS,
  type SourceRequest,
  sourceRequest,
  WAYS,
} from '../options/source-options.ts';
import { type ExitCode, UsageError } from '../terminal/exit.ts';
import type { Session } from '../terminal/session.ts';

const ACTIONS = ['list', 'show', 'check'] as const;

type Action = (typeof ACTIONS)[number];

export interface ProfileArguments {
  readonly action: Action;
  /** Also which profile. */
  readonly source: SourceRequest;
  readonly format: PrintedAs;
}

const ARGUMENTS = {
  action: required(value('<action>', ACTIONS.join(', '), oneOf(ACTIONS))),
  profile: value('<profile>', 'for show and check: a built-in profile or a file', notEmpty),
};

const OPTIONS = { format: printedAs, ...SOURCE_OPTIONS };

/** What is heeded where no database is read. */
const WITHOUT_SOURCE = {
  list: ['format'],
  show: ['format', 'profile', 'schema', 'table', 'map', 'where'],
} satisfies Partial<Record<Action, readonly (keyof typeof OPTIONS)[]>>;

function request(options: Values<typeof OPTIONS>, { action, profile }: Values<typeof ARGUMENTS>): ProfileArguments {
  if (action !== 'check') refuseOthers(options, WITHOUT_SOURCE[action], `profile ${action}`);
  if (action === 'list' && profile !== undefined) throw new UsageError('profile list takes no argument');
  if (action === 'show' && (profile === undefined) === (options.profile === undefined)) {
    throw new UsageError('profile show: which one? Give a built-in profile or a file, once');
  }
  if (action === 'check' && profile !== undefined && options.profile !== undefined) {
    throw new UsageError('the profile is given twice: as an argument and with --profile');
  }
  const source = sourceRequest(undefined, profile === undefined ? options : { ...options, profile });
  return { action, source, format: options.format };
}

export const verb = defineVerb({
  name: 'profile',
  summary: 'which tables are read, and whether they are there',
  description: `This is about profiles of databases, which say what tables hold evidence, and how their rows become records. list names
the built-in ones, show prints one as it was understood, check tries one on a database: it counts, and reads
only JSON that the server does not vouch for. A profile of files is made by init, and tried by import.`,
  arguments: ARGUMENTS,
  options: OPTIONS,
  notes: `For check: ${WAYS}.
Exit code 0 if a capture with the profile would be possible, 2 if not.`,
  example: 'profile show stella-ledger',
  request,
  run: (asked, session) => ({ list, show, check })[asked.action](asked, session),
});

async function list({ format }: ProfileArguments, session: Session): Promise<ExitCode> {
  const { builtInProfiles } = await import('../../api/profiles.ts');
  const profiles = builtInProfiles().map(({ name, description }) => ({ name, description }));
  const lines = profiles.map(({ name, description }) => `${name}  ${description}\n`);
  return session.result(format, 'PASS', lines.join(''), { kind: 'evidence-profiles', version: 1, profiles });
}

async function show({ source }: ProfileArguments, session: Session): Promise<ExitCode> {
  const { loadProfile } = await import('../../api/profiles.ts');
  const profile = await loadProfile(await profileOf(source), source.schema);
  return session.result('json', 'PASS', '', profile);
}

function checkWords({ ok, complete }: ProfileCheck): string {
  if (!complete) return 'whether a capture with this profile is possible is not known: not everything was looked at';
  return ok ? 'a capture with this profile is possible' : 'a capture with this profile would be refused';
}

async function check(request: ProfileArguments, session: Session): Promise<ExitCode> {
  const { name, options } = await findSource(request.source, session);
  if (!isPostgresUrl(name)) throw new UsageError(`profile check: ${name} is no database: give postgres://…`);
  const { profile } = await import('../../api/on-demand.ts');
  const found = await profile('check', name, options);
  const { ok, lines } = found;
  const verdict = ok ? 'PASS' : 'INCOMPLETE';
  const says = checkWords(found);
  const database = postgresLabel(name);
  const text = [`${verdict}: ${says}`, `database ${database}`, ...lines].map((line) => `${printable(line)}\n`).join('');
  const result = { kind: 'evidence-profile-check', version: 1, verdict, database, lines };
  return session.result(request.format, verdict, text, result);
}
