/**
 * Connection URLs, read by ourselves: the driver lets `sslmode` in a URL beat an explicit strict setting, and takes from
 * the environment whatever the URL leaves out.
 */

import { isIPv4 } from 'node:net';
import { userInfo } from 'node:os';
import { DATABASE_SCHEME } from '../../core/database-url.ts';
import { EvidenceError } from '../../core/errors.ts';
import type { Profile } from '../../wire/profile.ts';

/** Where to connect and how, complete: nothing is left to a default of the driver. */
export interface ConnectionTarget {
  /** The URL without its password: what is shown and written. */
  readonly label: string;
  /** A host name or address, or the folder of a Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  readonly database: string;
  /** Undefined for plain text. The file holds the certificates to trust, in place of those of the system. */
  readonly tls: { readonly caFile: string | undefined } | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

export interface ConnectionOptions {
  /** PG* variables that fill in what the URL leaves out; none if undefined. */
  readonly environment?: Environment;
  /** Lets a connection to another machine go unencrypted. */
  readonly allowPlaintext?: boolean;
}

const PARAMETERS: ReadonlySet<string> = new Set(['host', 'sslmode', 'sslrootcert']);
const VERIFIED: ReadonlySet<string> = new Set(['require', 'verify-ca', 'verify-full']);
const DEFAULT_PORT = 5432;

const SHOWN_PLACE = /^(?:\[[0-9a-fA-F:.]*\]|[^:/?#@]*)(?::[0-9]{1,5}(?![^/?#]))?(?:\/[^?#:@]*)?/;

/** `url` without its password and its parameters: safe to print, also when the URL is malformed. */
export function postgresLabel(url: string): string {
  const rest = url.replace(DATABASE_SCHEME, '');
  // The last @, wherever it is: a password with an unescaped / or ? in it must not show either.
  const at = rest.lastIndexOf('@');
  const user = at < 0 ? '' : (/^[^:/?#]*/.exec(rest.slice(0, at))?.[0] ?? '');
  const place = SHOWN_PLACE.exec(rest.slice(at + 1))?.[0] ?? '';
  return `postgres://${user === '' ? '' : `${user}@`}${place}`;
}

function refuse(label: string, reason: string, advice: string): never {
  throw new EvidenceError('source-incomplete', reason, { where: { file: label }, advice });
}

interface UrlParts {
  readonly user: string;
  readonly password: string;
  readonly host: string;
  readonly port: string;
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
  const found = HOST_AND_PORT.exec(authority.slice(at + 1))?.groups;
  // An @ behind the ? is the end of a password with an unescaped ? in it, which no message may show.
  if (found === undefined || rest.includes('#') || database.includes('/') || query.includes('@')) {
    const advice = 'give postgres://user@host:port/database, its parts percent-encoded';
    return refuse(label, 'not a connection URL', advice);
  }
  return {
    user: decoded(label, user),
    password: decoded(label, password),
    host: found['address'] ?? decoded(label, found['host'] ?? ''),
    port: found['port'] ?? '',
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

interface WantedTls {
  readonly mode: string | undefined;
  readonly caFile: string | undefined;
}

/** What the URL says, else the environment: there, what does not verify the server is passed over. */
function wantedTls(parameters: URLSearchParams, { PGSSLMODE, PGSSLROOTCERT }: Environment): WantedTls {
  const mode = PGSSLMODE !== undefined && VERIFIED.has(PGSSLMODE) ? PGSSLMODE : undefined;
  return {
    mode: parameters.get('sslmode') ?? mode,
    caFile: parameters.get('sslrootcert') ?? (PGSSLROOTCERT || undefined),
  };
}

function tlsOf(label: string, host: string, wanted: WantedTls, allowPlaintext: boolean): ConnectionTarget['tls'] {
  const { mode, caFile } = wanted;
  if (mode !== undefined && mode !== 'disable' && !VERIFIED.has(mode)) {
    refuse(label, `sslmode=${mode} does not verify the server`, 'write sslmode=verify-full');
  }
  const mayBePlain = isLocal(host) || allowPlaintext;
  if (mode === 'disable' && !mayBePlain) {
    refuse(label, 'sslmode=disable to another machine', 'leave it out, or allow it with --allow-plaintext');
  }
  const plain = mode === 'disable' || (mode === undefined && caFile === undefined && mayBePlain);
  return plain || host.startsWith('/') ? undefined : { caFile };
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
function hostOf(label: string, { host, parameters }: UrlParts): string {
  const folder = parameters.get('host');
  if (folder === null) return host;
  const isRight = folder.startsWith('/') && host === '';
  return isRight ? folder : refuse(label, '`host` names no folder of a socket, or a second host', 'give //host:port');
}

/**
 * What `url` says, completed.
 *
 * `sslmode` can only make a connection stricter: `require` and `verify-ca` verify everything, as `verify-full` does.
 * Another machine is reached over verified TLS; this one in plain text, unless the URL asks for TLS.
 *
 * @param url - `postgres://user:password@host:port/database?sslmode=…&sslrootcert=…&host=/socket/folder`
 * @throws EvidenceError `source-incomplete`; its message never holds the password
 */
export function parseConnection(url: string, options: ConnectionOptions = {}): ConnectionTarget {
  const { environment = {}, allowPlaintext = false } = options;
  const label = postgresLabel(url);
  const parts = partsOf(url, label);
  requireKnown(label, parts.parameters);
  const { PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE } = environment;
  const host = hostOf(label, parts) || PGHOST || 'localhost';
  const database = parts.database || PGDATABASE || refuse(label, 'no database is named', 'add /database to the URL');
  return {
    label,
    host,
    port: portOf(label, parts.port || PGPORT || String(DEFAULT_PORT)),
    user: parts.user || PGUSER || userInfo().username,
    password: parts.password || PGPASSWORD || '',
    database,
    tls: tlsOf(label, host, wantedTls(parts.parameters, environment), allowPlaintext),
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
}

/** The first records of an ordered stream, as an earlier run has read them. */
export interface ResumePoint {
  readonly tenant: string;
  readonly stream: string;
  readonly size: number;
  readonly lastSeq: number;
  /** `hash` of the last one. */
  readonly head: string;
}

export interface ResumePoints {
  /** The `captureIdentity` of the source that they were read from. */
  readonly identity: string;
  readonly points: readonly ResumePoint[];
}
