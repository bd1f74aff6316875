/**
 * What stands between a client and a server and is not as careful as it should be: it hands out a session that somebody
 * has used before, and writes over what the client says.
 */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

const HOST = '127.0.0.1';
const HEADER_BYTES = 5;
const READY = 'Z';
const ERROR = 'E';

export interface PoolerOptions {
  /** Statements that were run on a session before it is handed out. */
  readonly before?: string;
  /** Text that is written over another of the same length, in bytes, in all that clients send. */
  readonly instead?: readonly (readonly [string, string])[];
}

function queryMessage(sql: string): Buffer {
  const text = Buffer.from(`${sql}\0`);
  const head = Buffer.alloc(HEADER_BYTES);
  head.write('Q', 0);
  head.writeUInt32BE(text.length + 4, 1);
  return Buffer.concat([head, text]);
}

/** Cuts what a server sends into whole messages. */
class Messages {
  #rest: Buffer = Buffer.alloc(0);

  *take(chunk: Buffer): Generator<{ readonly type: string; readonly bytes: Buffer }> {
    this.#rest = Buffer.concat([this.#rest, chunk]);
    while (this.#rest.length >= HEADER_BYTES) {
      const length = 1 + this.#rest.readUInt32BE(1);
      if (this.#rest.length < length) return;
      const bytes = this.#rest.subarray(0, length);
      this.#rest = this.#rest.subarray(length);
      yield { type: String.fromCharCode(bytes[0] ?? 0), bytes };
    }
  }
}

export class Pooler {
  readonly #listener: Server;
  readonly #sockets: Set<Socket> = new Set();
  readonly #port: number;
  readonly #options: PoolerOptions;
  #replaced = 0;

  private constructor(port: number, options: PoolerOptions) {
    this.#port = port;
    this.#options = options;
    this.#listener = createServer({ noDelay: true }, (client) => this.#join(client));
  }

  /**
   * Starts a pooler on the loopback.
   *
   * @param port - the server's
   */
  static async open(port: number, options: PoolerOptions): Promise<Pooler> {
    const pooler = new Pooler(port, options);
    pooler.#listener.listen(0, HOST);
    await once(pooler.#listener, 'listening');
    return pooler;
  }

  /** How often a text was written over. */
  get replaced(): number {
    return this.#replaced;
  }

  /** `url` by way of this pooler. */
  through(url: string): string {
    const address = this.#listener.address();
    if (address === null || typeof address === 'string') throw new RangeError('the pooler is closed');
    const via = new URL(url);
    via.port = String(address.port);
    return via.href;
  }

  async close(): Promise<void> {
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  #join(client: Socket): void {
    const server = connect({ host: HOST, port: this.#port, noDelay: true });
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => other.destroy());
    }
    client.on('data', (chunk: Buffer) => server.write(this.#rewritten(chunk)));
    this.#listen(client, server);
  }

  /** Lets the session be used before its first ReadyForQuery reaches the client. */
  #listen(client: Socket, server: Socket): void {
    const messages = new Messages();
    const { before } = this.#options;
    let state: 'login' | 'used' | 'ours' = before === undefined ? 'ours' : 'login';
    server.on('data', (chunk: Buffer) => {
      for (const { type, bytes } of messages.take(chunk)) {
        if (state === 'used' && type === ERROR) throw new Error(`the pooler's own: ${bytes.toString()}`);
        if (type === READY && state === 'login') {
          state = 'used';
          server.write(queryMessage(before ?? ''));
          continue;
        }
        if (type === READY && state === 'used') state = 'ours';
        if (state !== 'used') client.write(bytes);
      }
    });
  }

  #rewritten(chunk: Buffer): Buffer {
    let text = chunk.toString('latin1');
    for (const [said, instead] of this.#options.instead ?? []) {
      if (said.length !== instead.length) throw new RangeError(`not of one length: ${said}, ${instead}`);
      const parts = text.split(said);
      this.#replaced += parts.length - 1;
      text = parts.join(instead);
    }
    return Buffer.from(text, 'latin1');
  }
}
