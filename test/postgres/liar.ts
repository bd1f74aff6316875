/** A server that lies in one message: what it says passes through a Liar, message by message. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

const HOST = '127.0.0.1';
const HEADER_BYTES = 5;

/** One message of the server, with its header. */
export type Message = Buffer;

export function message(code: string, body: Buffer | string = ''): Message {
  const bytes = typeof body === 'string' ? Buffer.from(body, 'latin1') : body;
  const header = Buffer.alloc(HEADER_BYTES);
  header.write(code, 0, 'latin1');
  header.writeInt32BE(bytes.length + 4, 1);
  return Buffer.concat([header, bytes]);
}

export function codeOf(one: Message): string {
  return one.toString('latin1', 0, 1);
}

function bodyOf(one: Message): Buffer {
  return one.subarray(HEADER_BYTES);
}

export function rowOf(values: readonly (Buffer | null)[]): Message {
  const count = Buffer.alloc(2);
  count.writeInt16BE(values.length, 0);
  const cells = values.flatMap((value) => {
    const length = Buffer.alloc(4);
    length.writeInt32BE(value === null ? -1 : value.length, 0);
    return value === null ? [length] : [length, value];
  });
  return message('D', Buffer.concat([count, ...cells]));
}

function valuesOf(row: Message): readonly (Buffer | null)[] {
  const body = bodyOf(row);
  let at = 2;
  return Array.from({ length: body.readInt16BE(0) }, () => {
    const length = body.readInt32BE(at);
    at += 4;
    if (length < 0) return null;
    at += length;
    return body.subarray(at - length, at);
  });
}

/** `tag` with another count of rows. */
function counted(tag: Message, by: number): Message {
  const text = bodyOf(tag)
    .toString('latin1')
    .replace(/\d+(?=\0$)/, (count) => String(Number(count) + by));
  return message('C', text);
}

const notice = (severity: string) =>
  `S${severity}\0V${severity}\0C57014\0Mcanceling statement due to statement timeout\0\0`;

/**
 * What is said in the place of one message; `skip` lets what follows be unsaid, up to and with ReadyForQuery or without;
 * `recount` says one row more or less when the command is done.
 */
interface Said {
  readonly messages: readonly Message[];
  readonly skip?: 'to Z' | 'before Z';
  readonly recount?: number;
  /** Is said after the next message. */
  readonly held?: Message;
}

export interface Lie {
  readonly name: string;
  /** The kinds of messages that it can be told in the place of. */
  readonly at: RegExp;
  /** Whether it puts another value in the place of one: whoever knows no other truth must believe it. */
  readonly substitutes?: boolean;
  /** Whether the answer agrees with itself: another answer is needed to see it. */
  readonly agrees?: boolean;
  readonly tell: (one: Message, before: Message | undefined) => Said;
}

const say = (...messages: Message[]): Said => ({ messages });

function withValue(row: Message, which: number, value: (old: Buffer) => Buffer | null): Said {
  const values = valuesOf(row);
  const at = which < 0 ? values.length + which : which;
  return say(rowOf(values.map((old, index) => (index === at && old !== null ? value(old) : old))));
}

const ANY = /./;
const ROW = /D/;

export const LIES: readonly Lie[] = [
  { name: 'drop', at: ANY, tell: () => say() },
  { name: 'say twice', at: ANY, tell: (one) => say(one, one) },
  { name: 'say the one before again', at: ANY, tell: (one, before) => say(before ?? one) },
  { name: 'swap with the next', at: ANY, tell: (one) => ({ messages: [], held: one }) },
  { name: 'an unknown kind', at: ANY, tell: (one) => say(message('x', bodyOf(one))) },
  { name: 'cut its end off', at: /[DCTZS]/, tell: (one) => say(message(codeOf(one), bodyOf(one).subarray(0, -1))) },
  {
    name: 'say a byte more',
    at: /[DCTZS]/,
    tell: (one) => say(message(codeOf(one), Buffer.concat([bodyOf(one), Buffer.of(0)]))),
  },
  { name: 'an error behind it', at: ANY, tell: (one) => say(one, message('E', notice('ERROR'))) },
  { name: 'an error in its place', at: ANY, tell: () => say(message('E', notice('ERROR'))) },
  { name: 'a fatal error in its place', at: ANY, tell: () => say(message('E', notice('FATAL'))) },
  { name: 'a notice behind it', at: ANY, tell: (one) => say(one, message('N', notice('WARNING'))) },
  { name: 'data to copy', at: ANY, tell: () => say(message('H', Buffer.of(0, 0, 0)), message('d', 'x'), message('c')) },
  { name: 'no data', at: /[TD]/, tell: () => say(message('n')) },
  { name: 'fewer values', at: ROW, tell: (one) => say(rowOf(valuesOf(one).slice(0, -1))) },
  { name: 'a value more', at: ROW, tell: (one) => say(rowOf([...valuesOf(one), Buffer.from('1')])) },
  { name: 'nothing but NULL', at: ROW, tell: (one) => say(rowOf(valuesOf(one).map(() => null))) },
  { name: 'NULL for the first value', at: ROW, tell: (one) => withValue(one, 0, () => null) },
  { name: 'NULL for the last value', at: ROW, tell: (one) => withValue(one, -1, () => null) },
  { name: 'NULL for the last but one', at: ROW, tell: (one) => withValue(one, -2, () => null) },
  { name: 'a row less, and the count of it', agrees: true, at: ROW, tell: () => ({ messages: [], recount: -1 }) },
  {
    name: 'a row more, and the count of it',
    agrees: true,
    at: ROW,
    tell: (one) => ({ messages: [one, one], recount: 1 }),
  },
  {
    name: 'done after it',
    agrees: true,
    at: ROW,
    tell: (one) => ({ messages: [one, message('C', 'SELECT 1\0')], skip: 'before Z' }),
  },
  {
    name: 'done and ready after it',
    agrees: true,
    at: ROW,
    tell: (one) => ({ messages: [one, message('C', 'SELECT 1\0'), message('Z', 'T')], skip: 'to Z' }),
  },
  {
    name: 'done in its place',
    agrees: true,
    at: ROW,
    tell: () => ({ messages: [message('C', 'SELECT 0\0'), message('Z', 'T')], skip: 'to Z' }),
  },
  { name: 'suspended after it', at: ROW, tell: (one) => ({ messages: [one, message('s')], skip: 'before Z' }) },
  { name: 'an empty query', at: /[DC]/, tell: () => ({ messages: [message('I')], skip: 'before Z' }) },
  { name: 'suspended in its place', at: /C/, tell: () => say(message('s')) },
  { name: 'done in place of suspended', at: /s/, tell: () => say(message('C', 'SELECT 2\0')) },
  { name: 'one row more is said', at: /C/, tell: (one) => say(counted(one, 1)) },
  { name: 'one row less is said', at: /C/, tell: (one) => say(counted(one, -1)) },
  { name: 'done as a ROLLBACK', at: /C/, tell: () => say(message('C', 'ROLLBACK\0')) },
  { name: 'outside of a transaction', at: /Z/, tell: (one) => say(message('Z', bodyOf(one)[0] === 0x49 ? 'T' : 'I')) },
  { name: 'in a failed transaction', at: /Z/, tell: () => say(message('Z', 'E')) },
  {
    name: 'a column less is announced',
    at: /T/,
    tell: (one) => {
      const body = Buffer.from(bodyOf(one));
      body.writeInt16BE(body.readInt16BE(0) - 1, 0);
      return say(message('T', body));
    },
  },
  {
    name: 'another value',
    at: ROW,
    substitutes: true,
    tell: (one) => withValue(one, 0, (old) => Buffer.concat([old, Buffer.from('1')])),
  },
  {
    name: 'another last value',
    at: ROW,
    substitutes: true,
    tell: (one) => withValue(one, -1, (old) => Buffer.concat([old, Buffer.from('1')])),
  },
  {
    name: 'no text for the last value',
    at: ROW,
    substitutes: true,
    tell: (one) => withValue(one, -1, () => Buffer.alloc(0)),
  },
  {
    name: 'the first value for the last',
    at: ROW,
    substitutes: true,
    tell: (one) => withValue(one, -1, () => valuesOf(one)[0] ?? null),
  },
];

/** Hears the messages of one connection in order, and says what is to be said in their place. */
export class Liar {
  readonly #lie: Lie;
  readonly #at: number;
  #heard = 0;
  #before: Message | undefined;
  #held: Message | undefined;
  #skip: Said['skip'];
  #recount = 0;
  /** Whether it has lied. */
  lied = false;

  /** @param at - which message, counted from 0 */
  constructor(lie: Lie, at: number) {
    this.#lie = lie;
    this.#at = at;
  }

  hear(one: Message): readonly Message[] {
    const at = this.#heard++;
    const said = at === this.#at ? this.#tell(one) : this.#passed(one);
    this.#before = one;
    return said;
  }

  #tell(one: Message): readonly Message[] {
    this.lied = true;
    const { messages, skip, held, recount = 0 } = this.#lie.tell(one, this.#before);
    this.#skip = skip;
    this.#held = held;
    this.#recount = recount;
    return messages;
  }

  #passed(one: Message): readonly Message[] {
    const code = codeOf(one);
    if (this.#skip !== undefined) {
      if (code !== 'Z') return [];
      const unsaid = this.#skip === 'to Z';
      this.#skip = undefined;
      return unsaid ? [] : [one];
    }
    const held = this.#held === undefined ? [] : [this.#held];
    this.#held = undefined;
    if (code !== 'C' || this.#recount === 0) return [one, ...held];
    const recounted = counted(one, this.#recount);
    this.#recount = 0;
    return [recounted, ...held];
  }
}

/** Cuts what a server sends into messages. */
class Messages {
  #rest: Buffer = Buffer.alloc(0);

  take(bytes: Buffer): readonly Message[] {
    let rest = Buffer.concat([this.#rest, bytes]);
    const whole: Message[] = [];
    while (rest.length >= HEADER_BYTES && rest.length > rest.readInt32BE(1)) {
      const length = rest.readInt32BE(1) + 1;
      whole.push(rest.subarray(0, length));
      rest = rest.subarray(length);
    }
    this.#rest = rest;
    return whole;
  }
}

/** A TCP proxy on the loopback, to a server without TLS, whose connections go through a liar each. */
export class LyingProxy {
  readonly #listener: Server;
  readonly #sockets: Set<Socket> = new Set();
  /** Of the connections that are made from now on; honest if undefined. */
  liar: Liar | undefined;
  /** Told of each message as the server sent it. */
  onMessage: ((one: Message) => void) | undefined;

  private constructor(port: number) {
    this.#listener = createServer((client) => this.#join(client, connect({ host: HOST, port, noDelay: true })));
  }

  /** @param port - the server's */
  static async open(port: number): Promise<LyingProxy> {
    const proxy = new LyingProxy(port);
    proxy.#listener.listen(0, HOST);
    await once(proxy.#listener, 'listening');
    return proxy;
  }

  /** `url` by way of this proxy. */
  through(url: string): string {
    const address = this.#listener.address();
    if (address === null || typeof address === 'string') throw new RangeError('the proxy is closed');
    const via = new URL(url);
    via.port = String(address.port);
    return via.href;
  }

  #join(client: Socket, server: Socket): void {
    const { liar } = this;
    const messages = new Messages();
    client.setNoDelay(true);
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      this.#sockets.add(one);
      one.on('error', () => undefined);
      one.on('close', () => {
        this.#sockets.delete(one);
        other.destroy();
      });
    }
    client.on('data', (bytes) => server.write(bytes));
    server.on('data', (bytes) => {
      const said: Message[] = [];
      for (const one of messages.take(bytes)) {
        this.onMessage?.(one);
        said.push(...(liar === undefined ? [one] : liar.hear(one)));
      }
      if (said.length > 0) client.write(Buffer.concat(said));
    });
  }

  async close(): Promise<void> {
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }
}
