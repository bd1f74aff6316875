/** A throw-away PostgreSQL server: a cluster of its own in a temporary folder, on a free port of the loopback. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { type Binaries, binaries as foundBinaries } from './binaries.ts';
import {
  type Cluster,
  type ClusterOptions,
  ENVIRONMENT,
  handOver,
  initialise,
  newCluster,
  removeCluster,
  SUPERUSER,
} from './cluster.ts';

const HOST = '127.0.0.1';
const START_LIMIT_MS = 120_000;
const POLL_MS = 10;
const PORT_TRIES = 5;

/** The release since which a database is made in either of two ways. */
const HAS_STRATEGIES = 15;

/** Line of postmaster.pid that says whether connections are taken. */
const STATUS_LINE = 7;

export interface ServerOptions extends ClusterOptions {
  /** Of postgresql.conf, e.g. `{ max_connections: '10' }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Default: those that are found here. */
  readonly binaries?: Binaries;
}

export interface DatabaseOptions {
  readonly encoding?: string;
  readonly locale?: string;
  readonly icuLocale?: string;
  readonly owner?: string;
  /** Default `template0`, which fits any encoding and locale. */
  readonly template?: string;
}

/** `fast` ends sessions in order, `immediate` is a crash: the server recovers at its next start. */
export type StopMode = 'fast' | 'immediate';

export interface RestartOptions {
  readonly mode?: StopMode;
  /** Whether it comes back as a replica that only answers (it stays one). Default false. */
  readonly standby?: boolean;
}

export type ResultRow = Readonly<Record<string, unknown>>;

/** An identifier or a literal of SQL. */
export function quoted(text: string, mark: '"' | "'" = '"'): string {
  return mark + text.replaceAll(mark, mark + mark) + mark;
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, HOST);
  await once(probe, 'listening');
  const address = probe.address();
  probe.close();
  await once(probe, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port was given');
  return address.port;
}

/** A connection that outlives the death of its backend without taking the test with it; the caller ends it. */
export async function connectTo(url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, ssl: false });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

export class PostgresServer {
  readonly #cluster: Cluster;
  readonly #settings: Readonly<Record<string, string>>;
  /** Says how a database is made: copying the files of its template costs a third of writing all of them to the log. */
  readonly copying: string;
  #process: ChildProcess | undefined;
  #port = 0;

  private constructor(binaries: Binaries, settings: Readonly<Record<string, string>>) {
    this.#cluster = newCluster(binaries);
    this.#settings = settings;
    this.copying = Number.parseInt(binaries.version, 10) < HAS_STRATEGIES ? '' : 'STRATEGY file_copy';
  }

  /**
   * Starts a new server; it takes about a second.
   *
   * @throws Error with what initdb or the server said, if it does not come up
   */
  static async start(options: ServerOptions = {}): Promise<PostgresServer> {
    const { binaries = foundBinaries, settings = {} } = options;
    if (binaries === undefined) throw new Error('there is no PostgreSQL here: ask postgresAvailable first');
    const server = new PostgresServer(binaries, settings);
    try {
      await initialise(server.#cluster, options);
      await server.#launchOnFreePort();
      return server;
    } catch (fault) {
      await server.stop();
      throw fault;
    }
  }

  get port(): number {
    return this.#port;
  }

  /** The superuser's. */
  get password(): string {
    return this.#cluster.password;
  }

  /** Of the postmaster; another one after a restart. */
  get pid(): number {
    const pid = this.#process?.pid;
    if (pid === undefined) throw new RangeError('the server does not run');
    return pid;
  }

  /** Holds everything of the server; gone after `stop`. */
  get folder(): string {
    return this.#cluster.folder;
  }

  /** What the server wrote to its log so far. */
  log(): string {
    return readFileSync(join(this.folder, 'log'), 'utf8');
  }

  url(database = SUPERUSER, user = SUPERUSER, password: string = this.password): string {
    const who = `${encodeURIComponent(user)}:${encodeURIComponent(password)}`;
    return `postgres://${who}@${HOST}:${this.#port}/${encodeURIComponent(database)}`;
  }

  /** As `connectTo`, on the server's own port. */
  async connect(database = SUPERUSER, user = SUPERUSER, password: string = this.password): Promise<pg.Client> {
    return connectTo(this.url(database, user, password));
  }

  /**
   * Runs `text`, one statement or several, as the superuser.
   *
   * @returns the rows of the last statement
   */
  async sql(database: string, text: string): Promise<readonly ResultRow[]> {
    const client = await this.connect(database);
    try {
      const result: pg.QueryResult | pg.QueryResult[] = await client.query(text);
      return (Array.isArray(result) ? result.at(-1) : result)?.rows ?? [];
    } finally {
      await client.end();
    }
  }

  async createDatabase(name: string, options: DatabaseOptions = {}): Promise<void> {
    const { encoding, locale, icuLocale, owner, template = 'template0' } = options;
    const parts = [`CREATE DATABASE ${quoted(name)} TEMPLATE ${quoted(template)} ${this.copying}`];
    if (encoding !== undefined) parts.push(`ENCODING ${quoted(encoding, "'")}`);
    if (locale !== undefined) parts.push(`LOCALE ${quoted(locale, "'")}`);
    if (icuLocale !== undefined) parts.push(`LOCALE_PROVIDER icu ICU_LOCALE ${quoted(icuLocale, "'")}`);
    if (owner !== undefined) parts.push(`OWNER ${quoted(owner)}`);
    await this.sql(SUPERUSER, parts.join(' '));
  }

  /** Stops and starts again, on the same port; connections are lost. */
  async restart({ mode = 'fast', standby = false }: RestartOptions = {}): Promise<void> {
    await this.#halt(mode);
    if (standby) {
      const signal = join(this.folder, 'data', 'standby.signal');
      writeFileSync(signal, '');
      handOver(signal, this.#cluster.user);
    }
    await this.#launch();
  }

  /** Ends the server and removes all of it; may be called again. */
  async stop(): Promise<void> {
    await this.#halt('immediate');
    await removeCluster(this.#cluster);
  }

  async #halt(mode: StopMode): Promise<void> {
    const child = this.#process;
    this.#process = undefined;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    // Waiting for a child that keeps nothing alive would let Node leave in the middle, with exit code 0.
    child.ref();
    const ended = once(child, 'exit');
    child.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    await ended;
  }

  /** Between asking for a port and taking it, somebody else may have it. */
  async #launchOnFreePort(): Promise<void> {
    for (let tries = 1; ; tries++) {
      this.#port = await freePort();
      try {
        return await this.#launch();
      } catch (fault) {
        if (tries === PORT_TRIES || !this.log().includes('Address already in use')) throw fault;
      }
    }
  }

  async #launch(): Promise<void> {
    const { folder, bin, user } = this.#cluster;
    const own = { port: String(this.#port), listen_addresses: HOST, unix_socket_directories: folder, fsync: 'off' };
    const all = Object.entries({ ...own, ...this.#settings }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const log = openSync(join(folder, 'log'), 'a');
    const spawned = { ...user, cwd: folder, env: ENVIRONMENT, detached: true };
    const child = spawn(join(bin, 'postgres'), ['-D', join(folder, 'data'), ...all], {
      ...spawned,
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    child.unref();
    this.#process = child;
    const startedMs = performance.now();
    while (!this.#isReady(child)) {
      if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the server ended:\n${this.log()}`);
      if (performance.now() - startedMs > START_LIMIT_MS) throw new Error(`the server is not up yet:\n${this.log()}`);
      await sleep(POLL_MS);
    }
  }

  #isReady({ pid }: ChildProcess): boolean {
    try {
      const lines = readFileSync(join(this.folder, 'data', 'postmaster.pid'), 'utf8').split('\n');
      return lines[0] === String(pid) && lines[STATUS_LINE]?.trim() === 'ready';
    } catch {
      return false;
    }
  }
}
