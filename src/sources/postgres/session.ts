/**
 * One guarded connection: it ends in an answer or in an error, never in silence, and an answer is the one to what was
 * asked.
 *
 * The driver alone does neither: when a backend dies while rows are streamed, its stream neither ends nor fails, and
 * Node leaves with exit code 0; and it counts nothing. So every wait here is a race against the connection's own 'error'
 * and 'end' and a timer, and what the server says goes through {@link Answers} before the driver gets it.
 */
import { readFileSync } from 'node:fs';
import { isIP, Socket } from 'node:net';
import pg from 'pg';
import { EvidenceError } from '../../core/errors.ts';
import { present } from '../../core/present.ts';
import { Answers } from './answers.ts';
import type { ConnectionTarget } from './connection-url.ts';
import type { Answer, Asked } from './exchange.ts';
import { isOutOfReach, loginFault, postgresFault } from './faults.ts';

/** A row as the server prints it: every column as text, NULL as null. */
export type Row = readonly (string | null)[];

/** No value is parsed: a driver's dates lose microseconds, its numbers lose digits. */
export const AS_TEXT = { getTypeParser: () => (text: string) => text } as unknown as pg.CustomTypesConfig;

function pemOf(path: string, label: string, what: string, parameter: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (fault) {
    const advice = `give the path of a readable PEM file as ${parameter}`;
    throw new EvidenceError('source-incomplete', `${what} could not be read`, {
      where: { file: label },
      advice,
      cause: fault,
    });
  }
}

function tlsOptions({ tls, host, label }: ConnectionTarget): pg.ClientConfig['ssl'] {
  if (tls === undefined || host.startsWith('/')) return false;
  const { caFile, certFile, keyFile } = tls;
  const named = isIP(host) === 0 ? { servername: host } : {};
  const ca = caFile === undefined ? {} : { ca: pemOf(caFile, label, 'the certificates to trust', 'sslrootcert') };
  const cert = certFile === undefined ? {} : { cert: pemOf(certFile, label, 'our certificate', 'sslcert') };
  const key = keyFile === undefined ? {} : { key: pemOf(keyFile, label, 'the key of our certificate', 'sslkey') };
  // Said outright, so that no setting of the environment can switch verification off.
  return { rejectUnauthorized: true, host, ...named, ...ca, ...cert, ...key };
}

function clientConfig(target: ConnectionTarget, socket: Socket): pg.ClientConfig {
  return {
    host: target.host,
    port: target.port,
    user: target.user,
    // A function, since the driver takes PGPASSWORD or a password file in place of an empty text.
    password: () => target.password,
    database: target.database,
    ssl: tlsOptions(target),
    sslnegotiation: 'postgres',
    application_name: target.applicationName,
    client_encoding: 'UTF8',
    keepAlive: true,
    stream: () => socket,
  } as pg.ClientConfig;
}

/** The driver takes what is not given from PG* variables: these two could change what is read. */
function ignoreEnvironment(client: pg.Client): void {
  const { connectionParameters } = client as unknown as { connectionParameters: Record<string, unknown> };
  Object.assign(connectionParameters, { options: undefined, replication: undefined });
}

type Listener = (bytes: Buffer) => void;
type Bytes = { on(event: string, listener: Listener): unknown };

/** The part of the driver's connection that hands bytes to its parser; called once more when TLS begins. */
interface Listening {
  attachListeners(stream: Bytes): void;
}

export interface Statement {
  readonly text: string;
  readonly values?: readonly string[];
  /** How many values each row must have. */
  readonly columns: number;
  /** What is being read, for the message of a fault. */
  readonly place?: string;
}

export class Session {
  readonly #client: pg.Client;
  readonly #socket: Socket;
  readonly #answers: Answers = new Answers();
  /** Of several servers the one that let us in. */
  readonly target: ConnectionTarget;
  readonly label: string;
  readonly stallMs: number;
  #failure: EvidenceError | undefined;
  #closed = false;
  readonly #watchers: Set<(failure: EvidenceError) => void> = new Set();

  private constructor(target: ConnectionTarget, stallMs: number) {
    this.target = target;
    this.label = target.label;
    this.stallMs = stallMs;
    this.#socket = new Socket();
    this.#client = new pg.Client(clientConfig(target, this.#socket));
    ignoreEnvironment(this.#client);
    this.#listenFirst();
    this.#client.on('error', (fault) => this.#fail(postgresFault(fault, this.label)));
    this.#client.on('end', () => this.#fail(this.#incomplete('the connection was closed by the other side')));
  }

  /** Lets the driver hear only what was found to be an answer. */
  #listenFirst(): void {
    const { connection } = this.#client as unknown as { readonly connection: Listening };
    const attach = connection.attachListeners.bind(connection);
    connection.attachListeners = (stream) =>
      attach({
        on: (event, listener) => stream.on(event, event === 'data' ? (bytes) => this.#hear(bytes, listener) : listener),
      });
  }

  #hear(bytes: Buffer, listener: Listener): void {
    if (this.#failure !== undefined || this.#closed) return;
    try {
      for (const piece of this.#answers.take(bytes)) listener(piece);
    } catch (fault) {
      // Whatever the driver's parser throws is about these bytes too.
      const said = fault instanceof Error ? fault.message : String(fault);
      const advice = 'connect to the server itself, by TLS, and run the capture again';
      const reason = `the server's answer is not one to what was asked: ${said}`;
      this.#fail(new EvidenceError('source-incomplete', reason, { where: { file: this.label }, advice, cause: fault }));
      this.#socket.destroy();
    }
  }

  /**
   * Connects, to the first of several servers that lets us in.
   *
   * @param stallMs - how long to wait for any single answer, in milliseconds
   * @throws EvidenceError `source-incomplete`; `source-not-authoritative` if a primary is wanted and all are standbys
   */
  static async open(target: ConnectionTarget, stallMs: number): Promise<Session> {
    const { others } = target;
    const tried: string[] = [];
    for (const place of [target, ...others]) {
      try {
        return await Session.#openOne({ ...target, ...place, others: [] }, stallMs);
      } catch (fault) {
        if (others.length === 0 || !isOutOfReach(fault)) throw fault;
        tried.push(`${place.host}:${place.port}: ${fault.reason}`);
        if (tried.length > others.length) throw Session.#noneOf(tried, fault);
      }
    }
    throw new RangeError('a connection without a server');
  }

  static #noneOf(tried: readonly string[], { kind, where, advice, cause }: EvidenceError): EvidenceError {
    const reason = `none of ${tried.length} servers can be read: ${tried.join('; ')}`;
    return new EvidenceError(kind, reason, { where, ...present({ advice }), cause });
  }

  static async #openOne(target: ConnectionTarget, stallMs: number): Promise<Session> {
    const session = new Session(target, stallMs);
    try {
      const connected = session.#client.connect().catch((fault: unknown) => {
        throw loginFault(fault, target);
      });
      await session.guard(connected, target.label, target.connectMs ?? stallMs, 'check host, port and firewall');
      if (!session.#answers.isReady) throw new RangeError('the driver heard answers that nobody has counted');
      if (target.primaryOnly) await session.#requirePrimary();
    } catch (fault) {
      session.close();
      throw fault;
    }
    return session;
  }

  async #requirePrimary(): Promise<void> {
    const [inRecovery] = await this.row({ text: 'SELECT pg_catalog.pg_is_in_recovery()::text', columns: 1 });
    if (inRecovery === 'false') return;
    throw new EvidenceError('source-not-authoritative', 'it is a standby, and a primary is wanted', {
      where: { file: this.label },
      advice: 'name the primary, or leave target_session_attrs out and give --allow-replica',
    });
  }

  /** What ended this connection, if something did. */
  get failure(): EvidenceError | undefined {
    return this.#failure;
  }

  get bytesRead(): number {
    return this.#socket.bytesRead;
  }

  #incomplete(reason: string, advice = 'run the capture again'): EvidenceError {
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
  guard<T>(answer: Promise<T>, place = this.label, limitMs = this.stallMs, advice?: string): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        clearTimeout(timer);
        this.#watchers.delete(fail);
        act();
      };
      const fail = (failure: EvidenceError): void => settle(() => reject(failure));
      const timer = setTimeout(() => this.#stalled(limitMs, advice), limitMs);
      this.#watchers.add(fail);
      answer.then(
        (value) => settle(() => resolve(value)),
        (fault) => settle(() => reject(postgresFault(fault, place))),
      );
      if (this.#failure !== undefined) fail(this.#failure);
    });
  }

  #stalled(limitMs: number, advice: string | undefined): void {
    this.#fail(this.#incomplete(`no answer for ${limitMs / 1000} s`, advice));
    this.#socket.destroy();
  }

  /**
   * Runs one statement that gives rows.
   *
   * @throws EvidenceError
   */
  async rows({ text, values = [], columns, place = this.label }: Statement): Promise<readonly Row[]> {
    return this.#run(text, values, { columns, command: 'SELECT' }, place);
  }

  /**
   * The row of a statement that gives just one.
   *
   * @throws EvidenceError
   */
  async row(statement: Statement): Promise<Row> {
    const [row, ...others] = await this.rows(statement);
    if (row !== undefined && others.length === 0) return row;
    const { place = this.label } = statement;
    const reason = `the server gave ${row === undefined ? 'no row' : `${others.length + 1} rows`} where there is one`;
    throw new EvidenceError('source-incomplete', reason, { where: { file: place }, advice: 'run the capture again' });
  }

  /**
   * Runs one statement that gives no rows.
   *
   * @param command - the word or words by which the server says that it is done
   * @throws EvidenceError
   */
  async run(text: string, command: string, place = this.label): Promise<void> {
    await this.#run(text, [], { columns: 0, command }, place);
  }

  async #run(text: string, values: readonly string[], asked: Asked, place: string): Promise<readonly Row[]> {
    // The extended protocol takes one statement at a time: the simple one would run whatever stands behind a `;`.
    const one = { queryMode: 'extended' as const, rowMode: 'array' as const };
    const query = { text, values: [...values], types: AS_TEXT, ...one };
    const answer = this.#answers.expect(asked);
    const { rows } = await this.guard(this.#client.query<(string | null)[]>(query), place);
    if (!answer.done || rows.length !== answer.rows) throw new RangeError('the driver made another answer of it');
    return rows;
  }

  /**
   * Begins a query whose rows are fetched by and by.
   *
   * @param submitted - the driver's own query, a SELECT
   * @returns it, and the count of the rows that came
   */
  begin<T extends pg.Submittable>(
    submitted: T,
    asked: Omit<Asked, 'command'>,
  ): { readonly stream: T; readonly answer: Answer } {
    const answer = this.#answers.expect({ ...asked, command: 'SELECT' });
    return { stream: this.#client.query(submitted), answer };
  }

  /** Ends the connection at once; what the server still sends is not waited for. */
  close(): void {
    this.#closed = true;
    this.#socket.destroy();
  }
}
