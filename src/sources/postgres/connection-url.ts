/**
 * Connection URLs, read by ourselves: the driver lets `sslmode` in a URL beat an explicit strict setting, and takes from
 * the environment whatever the URL leaves out.
 */

import { isIPv4 } from 'node:net';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { DATABASE_SCHEME } from '../../core/database-url.ts';
import { EvidenceError } from '../../core/errors.ts';
import type { Shard } from '../../core/snapshot/shard.ts';
import type { Profile } from '../../wire/profile.ts';
import { passwordFrom, serviceFrom } from './connection-files.ts';
import type { HeldSnapshot } from './held-name.ts';

/** One of the servers that a connection may be made to. */
export interface ServerPlace {
  /** A host name or address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly password: string;
  /** Why there is no password, as far as one was looked for. */
  readonly noPassword: string;
}

/** The certificates: those to trust in place of those of the system, and our own with its key. Paths of PEM files. */
export interface TlsFiles {
  readonly caFile: string | undefined;
  readonly certFile?: string | undefined;
  readonly keyFile?: string | undefined;
}

/** Where to connect and how, complete: nothing is left to a default of the driver. */
export interface ConnectionTarget extends ServerPlace {
  /** The URL without its password: what is shown and written. */
  readonly label: string;
  readonly user: string;
  readonly database: string;
  /** Undefined for plain text. */
  readonly tls: TlsFiles | undefined;
  /** Tried in turn where the one before cannot be reached. */
  readonly others: readonly ServerPlace[];
  /** How long one of them may take to let us in, in milliseconds; as long as any answer if undefined. */
  readonly connectMs: number | undefined;
  readonly applicationName: string;
  /** Whether a standby is passed over for the next one. */
  readonly primaryOnly: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface ConnectionOptions {
  /** PG* variables that fill in what the URL leaves out; none if undefined. */
  readonly environment?: Environment;
  /** Lets a connection to another machine go unencrypted. */
  readonly allowPlaintext?: boolean;
}

/** What may stand behind the `?` and in a service, and the variable that says the same. */
const VARIABLE_OF: ReadonlyMap<string, string> = new Map([
  ['host', 'PGHOST'],
  ['sslmode', 'PGSSLMODE'],
  ['sslrootcert', 'PGSSLROOTCERT'],
  ['sslcert', 'PGSSLCERT'],
  ['sslkey', 'PGSSLKEY'],
  ['passfile', 'PGPASSFILE'],
  ['connect_timeout', 'PGCONNECT_TIMEOUT'],
  ['application_name', 'PGAPPNAME'],
  ['target_session_attrs', 'PGTARGETSESSIONATTRS'],
]);
/** What stands before the `?` of a URL. */
const OTHER_VARIABLE_OF: ReadonlyMap<string, string> = new Map([
  ['port', 'PGPORT'],
  ['dbname', 'PGDATABASE'],
  ['user', 'PGUSER'],
  ['password', 'PGPASSWORD'],
]);
const SERVICE = ['service', 'servicefile'] as const;
const PARAMETERS: ReadonlySet<string> = new Set([...VARIABLE_OF.keys(), ...SERVICE]);
const OF_A_SERVICE: ReadonlySet<string> = new Set([...VARIABLE_OF.keys(), ...OTHER_VARIABLE_OF.keys()]);
const VERIFIED: ReadonlySet<string> = new Set(['require', 'verify-ca', 'verify-full']);
const DEFAULT_PORT = 5432;
const APPLICATION = 'evidence-diff';

const SHOWN_PLACE = /^(?:\[[0-9a-fA-F:.]*\]|[^:/?#@]*)(?::[0-9]{1,5}(?![^/?#]))?(?:\/[^?#:@]*)?/;
/** Several hosts: only behind an @, since before it a password could look like one. */
const SHOWN_PLACES =
  /^(?:(?:\[[0-9a-fA-F:.]*\]|[^:/?#@,]*)(?::[0-9]{1,5}(?=,))?,)+(?:\[[0-9a-fA-F:.]*\]|[^:/?#@,]*)(?::[0-9]{1,5}(?![^/?#]))?(?:\/[^?#:@]*)?/;

/** `url` without its password and its parameters: safe to print, also when the URL is malformed. */
export function postgresLabel(url: string): string {
  const rest = url.replace(DATABASE_SCHEME, '');
  // The last @, wherever it is: a password with an unescaped / or ? in it must not show either.
  const at = rest.lastIndexOf('@');
  const user = at < 0 ? '' : (/^[^:/?#]*/.exec(rest.slice(0, at))?.[0] ?? '');
  const places = at < 0 ? undefined : SHOWN_PLACES.exec(rest.slice(at + 1))?.[0];
  const place = places ?? SHOWN_PLACE.exec(rest.slice(at + 1))?.[0] ?? '';
  return `postgres://${user === '' ? '' : `${user}@`}${place}`;
}

function refuse(label: string, reason: string, advice: string): never {
  throw new EvidenceError('source-incomplete', reason, { where: { file: label }, advice });
}

interface UrlParts {
  readonly user: string;
  readonly password: string;
  readonly hosts: readonly { readonly host: string; readonly port: string }[];
  readonly database: string;
  readonly parameters: URLSearchParams;
}

const HOST_AND_PORT = /^(?:\[(?<address>[0-9a-fA-F:.]+)\]|(?<host>[^:[\]]*))(?::(?<port>[0-9]*))?$/;

function cut(text: string, at: number): readonly [string, string] {
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

/** By hand: the rules of the web for URLs would turn port 80 into none and an empty host into an error. */
function partsOf(url: string, label: string): UrlParts {
  const rest = url.replace(DATABASE_SCHEME, '');
  const [place, query] = cut(rest, rest.indexOf('?'));
  const [authority, database] = cut(place, place.indexOf('/'));
  const at = authority.lastIndexOf('@');
  const [user, password] = cut(authority.slice(0, Math.max(0, at)), authority.slice(0, Math.max(0, at)).indexOf(':'));
  const found = authority
    .slice(at + 1)
    .split(',')
    .map((one) => HOST_AND_PORT.exec(one)?.groups);
  // An @ behind the ? is the end of a password with an unescaped ? in it, which no message may show.
  if (found.includes(undefined) || rest.includes('#') || database.includes('/') || query.includes('@')) {
    const advice = 'give postgres://user@host:port/database, its parts percent-encoded';
    return refuse(label, 'not a connection URL', advice);
  }
  return {
    user: decoded(label, user),
    password: decoded(label, password),
    hosts: found.map((one) => ({
      host: one?.['address'] ?? decoded(label, one?.['host'] ?? ''),
      port: one?.['port'] ?? '',
    })),
    database: decoded(label, database),
    parameters: new URLSearchParams(query),
  };
}

function decoded(label: string, part: string): string {
  try {
    return withoutNul(label, decodeURIComponent(part));
  } catch (fault) {
    if (fault instanceof EvidenceError) throw fault;
    return refuse(label, 'a part of the URL is not percent-encoded', 'write % as %25');
  }
}

/** In the message that opens a connection NUL ends a text: what follows would be taken for further settings. */
function withoutNul(label: string, part: string): string {
  return part.includes('\0') ? refuse(label, 'a part of the URL has NUL in it', 'leave %00 out') : part;
}

/** Whether `host` is this machine: a Unix socket or the loopback interface. */
function isLocal(host: string): boolean {
  if (host.startsWith('/') || host === 'localhost' || host === '::1') return true;
  return isIPv4(host) && host.startsWith('127.');
}

/** What the URL says, else the service that it names, else the environment. */
class Settings {
  readonly #parameters: URLSearchParams;
  readonly #service: ReadonlyMap<string, string>;
  readonly #environment: Environment;

  constructor(parameters: URLSearchParams, environment: Environment, label: string) {
    this.#parameters = parameters;
    this.#environment = environment;
    const name = parameters.get('service') ?? (environment['PGSERVICE'] || undefined);
    this.#service = name === undefined ? new Map() : serviceFrom(name, this.#serviceFiles(), OF_A_SERVICE, label);
  }

  #serviceFiles(): readonly string[] {
    const named = this.#parameters.get('servicefile') ?? (this.#environment['PGSERVICEFILE'] || undefined);
    const system = this.#environment['PGSYSCONFDIR'] || '/etc/postgresql-common';
    return named === undefined ? [join(homedir(), '.pg_service.conf'), join(system, 'pg_service.conf')] : [named];
  }

  /** What the URL leaves out. */
  besides(name: string): string | undefined {
    const variable = VARIABLE_OF.get(name) ?? OTHER_VARIABLE_OF.get(name) ?? '';
    return this.#service.get(name) || this.#environment[variable] || undefined;
  }

  get(name: string): string | undefined {
    return this.#parameters.get(name) ?? this.besides(name);
  }

  /** Beside the URL what does not verify the server is passed over: other programs use it. */
  get sslMode(): string | undefined {
    const besides = this.besides('sslmode');
    return this.#parameters.get('sslmode') ?? (besides !== undefined && VERIFIED.has(besides) ? besides : undefined);
  }
}

function filesOf(label: string, settings: Settings): TlsFiles {
  const [certFile, keyFile] = [settings.get('sslcert'), settings.get('sslkey')];
  if ((certFile === undefined) !== (keyFile === undefined)) {
    refuse(label, '`sslcert` and `sslkey` go together', 'give both, or neither');
  }
  return { caFile: settings.get('sslrootcert'), certFile, keyFile };
}

/** One rule for all hosts: one that is another machine makes it that of other machines. */
function tlsOf(
  label: string,
  hosts: readonly string[],
  settings: Settings,
  allowPlaintext: boolean,
): ConnectionTarget['tls'] {
  const mode = settings.sslMode;
  if (mode !== undefined && mode !== 'disable' && !VERIFIED.has(mode)) {
    refuse(label, `sslmode=${mode} does not verify the server`, 'write sslmode=verify-full');
  }
  const mayBePlain = hosts.every(isLocal) || allowPlaintext;
  if (mode === 'disable' && !mayBePlain) {
    refuse(label, 'sslmode=disable to another machine', 'leave it out, or allow it with --allow-plaintext');
  }
  const files = filesOf(label, settings);
  const isAsked = mode !== undefined || Object.values(files).some((file) => file !== undefined);
  const plain = mode === 'disable' || (!isAsked && mayBePlain);
  return plain || hosts.every((host) => host.startsWith('/')) ? undefined : files;
}

function portOf(label: string, port: string): number {
  const value = Number(port);
  if (!/^[0-9]{1,5}$/.test(port) || value < 1 || value > 65_535) {
    refuse(label, 'the port is not a number from 1 to 65535', 'give postgres://user@host:port/database');
  }
  return value;
}

function requireKnown(label: string, parameters: URLSearchParams): void {
  for (const name of new Set(parameters.keys())) {
    if (!PARAMETERS.has(name)) {
      refuse(label, `unknown parameter \`${name}\``, `known are ${[...PARAMETERS].join(', ')}`);
    }
    if (parameters.getAll(name).length > 1) refuse(label, `parameter \`${name}\` comes twice`, 'give it once');
    withoutNul(label, parameters.get(name) ?? '');
  }
}

/** A host that stands behind the ? is not shown: only a socket's folder, which cannot stand before it, may be there. */
function hostsOf(label: string, { hosts, parameters }: UrlParts, settings: Settings): UrlParts['hosts'] {
  const isNamed = hosts.some(({ host }) => host !== '');
  const folder = parameters.get('host');
  const [first] = hosts;
  if (folder !== null) {
    const isRight = folder.startsWith('/') && !isNamed && hosts.length === 1;
    if (!isRight) refuse(label, '`host` names no folder of a socket, or a second host', 'give //host:port');
    return [{ host: folder, port: first?.port ?? '' }];
  }
  const besides = settings.besides('host');
  if (isNamed || besides === undefined) return hosts;
  return besides.split(',').map((host) => ({ host, port: hosts.length === 1 ? (first?.port ?? '') : '' }));
}

function placesOf(label: string, parts: UrlParts, settings: Settings) {
  const hosts = hostsOf(label, parts, settings);
  const ports = (settings.besides('port') ?? String(DEFAULT_PORT)).split(',');
  if (ports.length > 1 && ports.length !== hosts.length) {
    refuse(label, `${hosts.length} hosts and ${ports.length} ports`, 'give one port, or one for each host');
  }
  return hosts.map(({ host, port }, at) => ({
    host: host || 'localhost',
    port: portOf(label, port || (ports.length === 1 ? ports[0] : ports[at]) || String(DEFAULT_PORT)),
  }));
}

const MOST_CONNECT_SECONDS = 86_400;

/** In seconds, as libpq has it: 0 for no limit of its own. */
function connectMsOf(label: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const seconds = Number(text);
  if (!/^[0-9]{1,5}$/.test(text) || seconds > MOST_CONNECT_SECONDS) {
    refuse(label, '`connect_timeout` is no number of seconds', 'give e.g. connect_timeout=10');
  }
  return seconds === 0 ? undefined : seconds * 1000;
}

const SESSION_ATTRIBUTES: ReadonlyMap<string, boolean> = new Map([
  ['any', false],
  ['primary', true],
  ['read-write', true],
]);

function isPrimaryOnly(label: string, text: string | undefined): boolean {
  const known = SESSION_ATTRIBUTES.get(text ?? 'any');
  const advice = `known are ${[...SESSION_ATTRIBUTES.keys()].join(', ')}`;
  return known ?? refuse(label, `unknown \`target_session_attrs\` ${JSON.stringify(text)}`, advice);
}

/**
 * What `url` says, completed.
 *
 * `sslmode` can only make a connection stricter: `require` and `verify-ca` verify everything, as `verify-full` does.
 * Another machine is reached over verified TLS; this one in plain text, unless the URL asks for TLS.
 *
 * @param url - `postgres://user:password@host:port,host:port/database?sslmode=…&sslrootcert=…&service=…`
 * @throws EvidenceError `source-incomplete`; its message never holds the password
 */
export function parseConnection(url: string, options: ConnectionOptions = {}): ConnectionTarget {
  const { environment, allowPlaintext = false } = options;
  const label = postgresLabel(url);
  const parts = partsOf(url, label);
  requireKnown(label, parts.parameters);
  const settings = new Settings(parts.parameters, environment ?? {}, label);
  const places = placesOf(label, parts, settings);
  const hosts = places.map(({ host }) => host);
  const user = parts.user || settings.besides('user') || userInfo().username;
  const database =
    parts.database || settings.besides('dbname') || refuse(label, 'no database is named', 'add /database to the URL');
  const given = parts.password || settings.besides('password');
  const file = settings.get('passfile') ?? (environment === undefined ? undefined : join(homedir(), '.pgpass'));
  const [first = { host: '', port: 0, password: '', noPassword: '' }, ...others] = places.map((place): ServerPlace => {
    if (given || file === undefined) return { ...place, password: given ?? '', noPassword: '' };
    const { password, why } = passwordFrom(file, { ...place, database, user });
    return { ...place, password, noPassword: why };
  });
  return {
    label,
    ...first,
    user,
    database,
    tls: tlsOf(label, hosts, settings, allowPlaintext),
    others,
    connectMs: connectMsOf(label, settings.get('connect_timeout')),
    applicationName: settings.get('application_name') ?? APPLICATION,
    primaryOnly: isPrimaryOnly(label, settings.get('target_session_attrs')),
  };
}

/* How a database is read. */

export interface PostgresOptions extends ConnectionOptions {
  readonly profile: Profile;
  /** Connections that read side by side from one snapshot. Default 1. */
  readonly workers?: number;
  /** Rows that are asked for at once; default by the size of the rows, at most 300. */
  readonly batchSize?: number;
  /** How long to wait for an answer before the connection is given up, in milliseconds. Default 300,000. */
  readonly stallMs?: number;
  /** How long to wait for the lock on each table, in milliseconds. Default 10,000. */
  readonly lockTimeoutMs?: number;
  /** Reads views in place of tables. */
  readonly allowViews?: boolean;
  /** Reads from a standby. */
  readonly allowReplica?: boolean;
  /** What an earlier run has read, to be left out where it is still there. */
  readonly resume?: ResumePoints;
  /** Whether a later run may go on where this one is broken off: then it has a `captureIdentity`. */
  readonly mayBeResumed?: boolean;
  /** A snapshot that somebody holds, to be read in place of one of this moment. */
  readonly held?: HeldSnapshot;
  /** The part of the streams that is read: then `held` says of what whole. */
  readonly shard?: Shard;
}

/** The first records of an ordered stream, as an earlier run has read them. */
export interface ResumePoint {
  readonly tenant: string;
  readonly stream: string;
  readonly size: number;
  readonly lastSeq: number;
  /** `hash` of the last one; null if it has none. */
  readonly head: string | null;
}

export interface ResumePoints {
  /** The `captureIdentity` of the source that they were read from. */
  readonly identity: string;
  /** The oldest transaction that was in progress then (`ResumableSource.since`). */
  readonly since: string | undefined;
  readonly points: readonly ResumePoint[];
}
