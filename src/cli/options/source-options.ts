/** Which source a verb reads, and how: the options that all verbs share, the environment and the config file. */

import { isPostgresUrl } from '../../core/database-url.ts';
import { EvidenceError } from '../../core/errors.ts';
import { present } from '../../core/present.ts';
import type { SourceOptions } from '../../index.ts';
import type { ConfiguredNamespace } from '../../wire/config.ts';
import type { Profile } from '../../wire/profile.ts';
import { UsageError } from '../terminal/exit.ts';
import { DASH, refuseReplaced } from '../terminal/outputs.ts';
import { mayHoldPassword } from '../terminal/redaction.ts';
import type { Surroundings } from '../terminal/session.ts';
import { CONFIG_NAME, type ConfigFile, configuredProfile, configuredSource, readConfig } from './config-file.ts';
import { flag, grouped, list, type Values, value, wordsOf } from './define.ts';
import { InvalidArgumentError, notEmpty, positive } from './readers.ts';

/** A source that was found. */
export interface LiveSource {
  readonly name: string;
  readonly options: SourceOptions;
}

const GROUP = 'Databases:';
const ITEMS_GROUP = 'Evidence that others wrote:';

export const WAYS = `The source is given as an argument or with --source, by --namespace with a config file, in the variable
EVIDENCE_SOURCE, or as "source" in ${CONFIG_NAME}`;

/**
 * A name that may be given for a source.
 *
 * @throws InvalidArgumentError for one that is empty, or that would show a password as the name of a file
 */
export function sourceName(value: string): string {
  notEmpty(value);
  if (!isPostgresUrl(value) && mayHoldPassword(value)) {
    throw new InvalidArgumentError(
      'It is no connection URL that is known here: give postgres://user@host:port/database.',
    );
  }
  return value;
}

/** A JSON Pointer, which may be empty: then it is the whole. */
function pointer(value: string): string {
  if (value === '' || value.startsWith('/')) return value;
  throw new InvalidArgumentError('It is a JSON Pointer: "" for the file itself, else /member.');
}

/** How evidence is read that is in files of others. */
export const ITEMS_OPTIONS = grouped(ITEMS_GROUP, {
  profile: value('<profile>', 'how it is read: a file, or for databases a built-in profile or generic', notEmpty, {
    page: '[profile.md](profile.md); for databases the default is `stella-ledger`; see [profile](#profile)',
  }),
  records: value(
    '<pointer>',
    'in place of a profile: where the array of items is in a file, "" if it is the file',
    pointer,
    {
      mayBeEmpty: true,
      page: 'a JSON Pointer; `""` also where the file is lines (`.ndjson`, `.jsonl`) or rows (`.csv`)',
    },
  ),
  map: list('<member=field>', 'a member and its pointer or column; member==text is fixed', notEmpty),
});

/** How a side is read: what is in files of others, and databases. */
export const READING_OPTIONS = {
  ...ITEMS_OPTIONS,
  ...grouped(GROUP, {
    table: value('<schema.table>', 'the one table of the profile generic', notEmpty, { page: 'with `--map`' }),
    where: value('<condition>', 'an SQL condition on its rows; every report names it', notEmpty),
    schema: value('<schema>', 'the schema of all tables, in place of what the profile says', notEmpty),
    workers: value('<n>', 'connections that read side by side', positive),
    batchSize: value('<n>', 'rows that are asked for at once', positive),
    stallTimeout: value('<seconds>', 'how long to wait for any answer', positive),
    lockTimeout: value('<seconds>', 'how long to wait for the lock on a table', positive),
    pgEnv: flag('let PG* variables fill in what the URL leaves out', {
      page: 'so do a service and `~/.pgpass`; none makes a connection weaker ([which](postgres.md#standbys-poolers-tls)); without it they are ignored',
    }),
    allowViews: flag('read views in place of tables', { page: 'each comparison then names them as not checked' }),
    allowReplica: flag('read from a standby', { page: 'each comparison then names it' }),
    allowPlaintext: flag('let a connection to another machine go unencrypted'),
    config: value('<file>', `config file, in place of ${CONFIG_NAME} here`, notEmpty),
  }),
};

/** Which source is read, and how. */
export const SOURCE_OPTIONS = {
  source: value('<source>', 'the source, in place of the argument, or where there is none', sourceName),
  namespace: value('<name>', 'the source that the config file has for a namespace', notEmpty),
  ...READING_OPTIONS,
};

/** The source as an argument. */
export const SOURCE_ARGUMENT = {
  source: value(
    '<source>',
    'a snapshot, JSON, NDJSON or CSV (also .gz), a folder, an archive, postgres://…, or - for standard input',
    sourceName,
  ),
};

/** How a database is to be read, as the command line says; times in seconds. */
export type ReadingRequest = Values<typeof READING_OPTIONS>;

/** Which source, and how. */
export type SourceRequest = Values<typeof SOURCE_OPTIONS>;

const READING = Object.keys(READING_OPTIONS) as readonly (keyof ReadingRequest)[];

/** What the options of a verb say of how a database is read. */
export function readingRequest(options: ReadingRequest): ReadingRequest {
  return Object.fromEntries(READING.filter((name) => name in options).map((name) => [name, options[name]]));
}

/** What `request` says of how `names` are read, as it stands on a command line: of databases only where there is one. */
export function readingWords(request: ReadingRequest, names: readonly string[]): readonly string[] {
  return wordsOf(names.some(isPostgresUrl) ? READING_OPTIONS : ITEMS_OPTIONS, request);
}

/**
 * What the options of a verb say of its source.
 *
 * @param argument - the source that was given as an argument
 * @throws UsageError if it is named in two ways
 */
export function sourceRequest(argument: string | undefined, options: SourceRequest): SourceRequest {
  const { source, namespace } = options;
  if (argument !== undefined && source !== undefined)
    throw new UsageError('the source is given twice: as an argument and with --source');
  const named = argument ?? source;
  if (named !== undefined && namespace !== undefined) {
    throw new UsageError('--namespace names a source, and there is another one: give one of them');
  }
  return {
    ...readingRequest(options),
    ...(named === undefined ? {} : { source: named }),
    ...present({ namespace }),
  };
}

interface Found {
  readonly name: string;
  /** What the config file says of the namespace. */
  readonly namespace?: ConfiguredNamespace;
}

function inNamespace(file: ConfigFile | undefined, wanted: string, around: Surroundings): Found {
  if (file === undefined) {
    throw new UsageError(`--namespace ${wanted}: there is no ${CONFIG_NAME} here that says where it is; see --config`);
  }
  const { namespaces = {} } = file.config;
  const namespace = Object.hasOwn(namespaces, wanted) ? namespaces[wanted] : undefined;
  if (namespace === undefined) {
    const known = Object.keys(namespaces);
    const says = known.length === 0 ? 'it has none' : `it has ${known.join(', ')}`;
    throw new UsageError(`--namespace ${wanted}: ${file.path} has no such namespace; ${says}`);
  }
  return { name: configuredSource(file, namespace.source, `namespace ${wanted}`, around), namespace };
}

function find(request: SourceRequest, file: ConfigFile | undefined, around: Surroundings): Found {
  if (request.source !== undefined) return { name: request.source };
  if (request.namespace !== undefined) return inNamespace(file, request.namespace, around);
  const { EVIDENCE_SOURCE: fromEnvironment } = around.env;
  if (fromEnvironment === '') throw new UsageError('EVIDENCE_SOURCE is set, and empty');
  if (fromEnvironment !== undefined) return { name: fromEnvironment };
  if (file?.config.source !== undefined) {
    return { name: configuredSource(file, file.config.source, 'source', around) };
  }
  throw new UsageError(`there is no source. ${WAYS.replaceAll('\n', ' ')}.`);
}

function checkedName(name: string): string {
  try {
    return sourceName(name);
  } catch (fault) {
    if (fault instanceof InvalidArgumentError) throw new UsageError(`the source ${name}: ${fault.message}`);
    throw fault;
  }
}

const milliseconds = (value: number | undefined): number | undefined =>
  value === undefined ? undefined : value * 1000;

/** Without the members that are undefined. */
function known(options: { readonly [K in keyof SourceOptions]: SourceOptions[K] | undefined }): SourceOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as SourceOptions;
}

async function reading(
  request: ReadingRequest,
  file: ConfigFile | undefined,
  { namespace }: Partial<Found>,
  around: Surroundings,
): Promise<SourceOptions> {
  const configured = { ...file?.config, ...namespace };
  const profile =
    configured.profile === undefined || file === undefined ? undefined : configuredProfile(file, configured.profile);
  // Where the command line names one, the options that name files have been looked at already.
  if (profile !== undefined) refuseReplaced(around.written, [profile]);
  return known({
    profile: await profileOf(request, profile),
    // What a config file chose was not asked for by whoever typed this command.
    profileNamed: request.profile === undefined && profile !== undefined ? false : undefined,
    schema: request.schema ?? configured.schema,
    workers: request.workers ?? configured.workers,
    batchSize: request.batchSize ?? configured.batchSize,
    stallMs: milliseconds(request.stallTimeout ?? configured.stallTimeoutSeconds),
    lockTimeoutMs: milliseconds(request.lockTimeout ?? configured.lockTimeoutSeconds),
    allowViews: request.allowViews,
    allowReplica: request.allowReplica,
    allowPlaintext: request.allowPlaintext,
    environment: request.pgEnv === true ? around.env : undefined,
  });
}

/**
 * The source that is meant: as the command line says, else the environment, else the config file.
 *
 * @throws UsageError if there is none, or what names it is wrong
 */
export async function findSource(request: SourceRequest, around: Surroundings): Promise<LiveSource> {
  const byName = request.source !== undefined && !isPostgresUrl(request.source);
  // A file is read without it: a config file that is wrong is no reason not to.
  const file = byName && request.config === undefined ? undefined : await readConfig(request.config, around.secrets);
  const found = find(request, file, around);
  const name = checkedName(found.name);
  if (name !== DASH) refuseReplaced(around.written, [name]);
  return { name, options: await readingOf(request, [name], () => reading(request, file, found, around)) };
}

/**
 * How the databases among `names` are to be read.
 *
 * @throws UsageError if what says so is wrong
 */
export async function findReading(
  request: ReadingRequest,
  names: readonly string[],
  around: Surroundings,
): Promise<SourceOptions> {
  const live = names.some(isPostgresUrl);
  const file = live || request.config !== undefined ? await readConfig(request.config, around.secrets) : undefined;
  return readingOf(request, names, () => reading(request, file, {}, around));
}

const OF_TABLES = ['table', 'where', 'schema'] as const;

/**
 * How the sources `names` are read: what is about databases and what is about files each have one to be about.
 *
 * @param reading - how the databases among them are
 * @throws UsageError if not
 */
async function readingOf(
  request: ReadingRequest,
  names: readonly string[],
  reading: () => Promise<SourceOptions>,
): Promise<SourceOptions> {
  const { records, map, profile } = request;
  const live = names.some(isPostgresUrl);
  const isShort = records !== undefined;
  const [first = ''] = names;
  const ofTables = OF_TABLES.find((name) => request[name] !== undefined);
  if (ofTables !== undefined && !live) throw new UsageError(`--${ofTables} is about a database, and ${first} is none`);
  if (isShort && profile !== undefined)
    throw new UsageError('--records stands in the place of a profile: give one of them');
  if (isShort && ofTables !== undefined)
    throw new UsageError(`--records is about a file, and --${ofTables} about a database: give each side its profile`);
  if (isShort && names.every(isPostgresUrl))
    throw new UsageError(`--records is about a file, and ${first} is a database`);
  requireFileMap(request, names);
  if (!live && profile === GENERIC) throw new UsageError(`--profile generic is of a database, and ${first} is none`);
  const ofFiles = isShort ? { records, map: Object.fromEntries(mapOf(map ?? [])) } : known({ profile });
  return live ? { ...ofFiles, ...(await reading()) } : ofFiles;
}

/* Which profile the options mean; the profile `generic` is made of options alone. */

type ProfileRequest = Pick<ReadingRequest, 'profile' | 'records' | 'table' | 'map' | 'where'>;

const GENERIC = 'generic';

function mapOf(entries: readonly string[]): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const entry of entries) {
    const at = entry.indexOf('=');
    const [member, column] = [entry.slice(0, at), entry.slice(at + 1)];
    if (at <= 0 || column === '' || column === '=') {
      throw new UsageError(`--map ${entry}: give member=column, or member==text for a fixed text`);
    }
    if (map.has(member)) throw new UsageError(`--map ${member}=… was given more than once`);
    map.set(member, column);
  }
  return map;
}

/**
 * A name alone is one of a column. Where no file has columns it is a pointer that lacks its slash, or a text without `=`.
 *
 * @throws UsageError that says how it is written
 */
function requireFileMap({ records, map = [] }: ReadingRequest, names: readonly string[]): void {
  if (names.some(isPostgresUrl)) return;
  if (map.length > 0 && records === undefined)
    throw new UsageError('--map says what is in a file: give --records with it, --records "" for lines or one array');
  if (names.some((name) => /\.csv(?:\.gz)?$/i.test(name))) return;
  for (const [member, given] of mapOf(map)) {
    if (/^[/=]/.test(given) || given === '*') continue;
    const ways = `write --map ${member}=/${given} for the member, or --map ${member}==${given} for that text`;
    throw new UsageError(`--map ${member}=${given}: ${given} is no JSON Pointer, which begins with /; ${ways}`);
  }
}

async function generic({ table, map = [], where }: ProfileRequest): Promise<Profile> {
  if (table === undefined || map.length === 0) {
    throw new UsageError('--profile generic needs --table schema.table and --map member=column');
  }
  const { genericProfile } = await import('../../wire/profile.ts');
  try {
    return genericProfile(table, mapOf(map), where);
  } catch (fault) {
    if (fault instanceof EvidenceError) throw new UsageError(fault.message);
    throw fault;
  }
}

/**
 * The profile that is meant; undefined for the default one.
 *
 * @param configured - what the config file says, where the command line says nothing
 * @throws UsageError if the options contradict each other
 */
export async function profileOf(request: ProfileRequest, configured?: string): Promise<Profile | string | undefined> {
  const chosen = request.profile ?? configured;
  if (chosen === GENERIC) return generic(request);
  const isMapped = request.map !== undefined && request.records === undefined;
  if (request.table !== undefined || isMapped || request.where !== undefined) {
    throw new UsageError('--table, --map and --where make the profile generic: give --profile generic with them');
  }
  return chosen;
}
