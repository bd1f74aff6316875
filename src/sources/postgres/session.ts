/**
 * One guarded connection: it ends in an answer or in an error, never in silence.
 *
 * The driver alone does not: when a backend dies while rows are streamed, its stream neither ends nor fails, and Node
 * leaves with exit code 0. So every wait here is a race against the connection's own 'error' and 'end' and a timer.
 */
import { readFileSync } from 'node:fs';
import { isIP, Socket } from 'node:net';
import pg from 'pg';
import { EvidenceError } from '../../core/errors.ts';
import type { ConnectionTarget } from './connection-url.ts';
import { postgresFault } from './faults.ts';

/** A row as the server prints it: every column as text, NULL as null. */
export type Row = readonly (string | null)[];

/** No value is parsed: a driver's dates lose microseconds, its numbers lose digits. */
export const AS_TEXT = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;

const APPLICATION = 'evidence-diff';

function tlsOptions(target: ConnectionTarget): pg.ClientConfig['ssl'] {
  const { tls, host, label } = target;
  if (tls === undefined) return false;
  const named = isIP(host) === 0 ? { servername: host } : {};
  try {
    const ca = tls.caFile === undefined ? {} : { ca: readFileSync(tls.caFile, 'utf8') };
    // Said outright, so that no setting of the environment can switch verification off.
    return { rejectUnauthorized: true, host, ...named, ...ca };
  } catch (fault) {
    const advice = 'give the path of a readable PEM file as sslrootcert';
    const reason = 'the certificates to trust could not be read';
    throw new EvidenceError('source-incomplete', reason, { where: { file: label }, advice, cause: fault });
  }
}

function clientConfig(target: ConnectionTarget, socket: Socket, stallMs: number): pg.ClientConfig {
  return {
    host: target.host,
    port: target.port,
    user: target.user,
    // A function, since the driver takes PGPASSWORD or a password file in place of an empty text.
    password: () => target.password,
    database: target.database,
    ssl: tlsOptions(target),
    sslnegotiation: 'postgres',
    application_name: APPLICATION,
    client_encoding: 'UTF8',
    keepAlive: true,
    connectionTimeoutMillis: stallMs,
    stream: () => socket,
  } as pg.ClientConfig;
}

/** The driver takes what is not given from PG* variables: these two could change what is read. */
function ignoreEnvironment(client: pg.Client): void {
  const { connectionParameters } = client as unknown as { connectionParameters: Record<string, unknown> };
  Object.assign(connectionParameters, { options: undefined, replication: undefined });
}

export class Session {
  readonly #client: pg.Client;
  readonly #socket: Socket;
  readonly label: string;
  readonly stallMs: number;
  #failure: EvidenceError | undefined;
  #closed = false;
  readonly #watchers: Set<(failure: EvidenceError) => void> = new Set();

  private constructor(target: ConnectionTarget, stallMs: number) {
    this.label = target.label;
    this.stallMs = stallMs;
    this.#socket = new Socket();
    this.#client = new pg.Client(clientConfig(target, this.#socket, stallMs));
    ignoreEnvironment(this.#client);
    this.#client.on('error', (fault) => this.#fail(postgresFault(fault, this.label)));
    this.#client.on('end', () => this.#fail(this.#incomplete('the connection was closed by the other side')));
  }

  /**
   * Connects.
   *
   * @param stallMs - how long to wait for any single answer, in milliseconds
   * @throws EvidenceError `source-incomplete`
   */
  static async open(target: ConnectionTarget, stallMs: number): Promise<Session> {
    const session = new Session(target, stallMs);
    try {
      await session.guard(session.#client.connect());
    } catch (fault) {
      session.close();
      throw fault;
    }
    return session;
  }

  /** What ended this connection, if something did. */
  get failure(): EvidenceError | undefined {
    return this.#failure;
  }

  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  /** The driver's client, for the one reader that needs it. */
  get client(): pg.Client {
    return this.#client;
  }

  #incomplete(reason: string): EvidenceError {
    const advice = 'run the capture again';
    return new EvidenceError('source-incomplete', reason, { where: { file: this.label }, advice });
  }

  #fail(failure: EvidenceError): void {
    if (this.#closed || this.#failure !== undefined) return;
    this.#failure = failure;
    for (const watcher of this.#watchers) watcher(failure);
  }

  /**
   * Waits for `answer`, but neither longer than the stall limit nor for a connection that is gone.
   *
   * @throws EvidenceError
   */
  guard<T>(answer: Promise<T>, place = this.label): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(fail);
        act();
      };
      const fail = (failure: EvidenceError): void => settle(() => reject(failure));
      const timer = setTimeout(() => this.#stalled(), this.stallMs);
      this.#watchers.add(fail);
      answer.then(
        (value) => settle(() => resolve(value)),
        (fault) => settle(() => reject(postgresFault(fault, place))),
      );
      if (this.#failure !== undefined) fail(this.#failure);
    });
  }

  #stalled(): void {
    this.#fail(this.#incomplete(`no answer for ${this.stallMs / 1000} s`));
    this.#socket.destroy();
  }

  /**
   * Runs one statement.
   *
   * @param place - what is being read, for the message of a fault
   * @throws EvidenceError
   */
  async query(text: string, values: readonly string[] = [], place = this.label): Promise<readonly Row[]> {
    // The extended protocol takes one statement at a time: the simple one would run whatever stands behind a `;`.
    const one = { queryMode: 'extended' as const, rowMode: 'array' as const };
    const asked = { text, values: [...values], types: AS_TEXT, ...one };
    const { rows } = await this.guard(this.#client.query<(string | null)[]>(asked), place);
    return rows;
  }

  /** Ends the connection at once; what the server still sends is not waited for. */
  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }
}
