/** A TCP proxy on the loopback that breaks as networks do: at a byte of the tester's choice, or on command. */
import { once } from 'node:events';
import { connect, createServer, type Server, type Socket } from 'node:net';

const HOST = '127.0.0.1';

/**
 * - `end`: both sides get FIN; connections made later work
 * - `reset`: both sides get RST; connections made later work
 * - `black-hole`: nothing passes any more, and nobody is told; connections made later are taken, and hear nothing
 * - `pause`: nothing passes until `resume`, and nothing is lost
 */
export type NetworkFault = 'end' | 'reset' | 'black-hole' | 'pause';

interface Link {
  readonly client: Socket;
  readonly server: Socket;
  /** From here on whatever comes is dropped. */
  isCut: boolean;
}

interface Armed {
  readonly fault: NetworkFault;
  /** In bytes from the server, counted from the opening of the proxy. */
  readonly at: number;
}

export class FaultProxy {
  readonly #listener: Server;
  readonly #targetPort: number;
  readonly #links: Set<Link> = new Set();
  #armed: Armed | undefined;
  #holding: 'black-hole' | 'pause' | undefined;
  #bytesFromServer = 0;
  #bytesToServer = 0;
  #connections = 0;
  #faults = 0;

  private constructor(targetPort: number) {
    this.#targetPort = targetPort;
    this.#listener = createServer({ allowHalfOpen: true }, (client) => this.#join(client));
  }

  /**
   * Starts a proxy to a server on the loopback.
   *
   * @param port - the server's
   */
  static async open(port: number): Promise<FaultProxy> {
    const proxy = new FaultProxy(port);
    proxy.#listener.listen(0, HOST);
    await once(proxy.#listener, 'listening');
    return proxy;
  }

  get port(): number {
    const address = this.#listener.address();
    if (address === null || typeof address === 'string') throw new RangeError('the proxy is closed');
    return address.port;
  }

  /** Bytes that the server sent and that were passed on, over all connections. */
  get bytesFromServer(): number {
    return this.#bytesFromServer;
  }

  /** Bytes that clients sent and that were passed on, over all connections. */
  get bytesToServer(): number {
    return this.#bytesToServer;
  }

  /** Connections made so far. */
  get connections(): number {
    return this.#connections;
  }

  /** Faults that have struck so far: a test whose fault never came has shown nothing. */
  get faults(): number {
    return this.#faults;
  }

  /** `url` by way of this proxy. */
  through(url: string): string {
    const via = new URL(url);
    via.hostname = HOST;
    via.port = String(this.port);
    return via.href;
  }

  /**
   * Lets `fault` strike once `afterBytes` more bytes of the server have been passed on, over all connections; with 0, in
   * place of the next byte.
   */
  arm(fault: NetworkFault, afterBytes: number): void {
    this.#armed = { fault, at: this.#bytesFromServer + afterBytes };
  }

  /** Lets `fault` strike now. */
  inject(fault: NetworkFault): void {
    this.#armed = undefined;
    this.#faults++;
    if (fault === 'black-hole' || fault === 'pause') this.#holding = fault;
    for (const link of this.#links) strike(link, fault);
  }

  /** Ends a pause. What a black hole has swallowed stays lost, and its connections stay dead. */
  resume(): void {
    this.#holding = undefined;
    for (const { client, server, isCut } of this.#links) {
      if (isCut) continue;
      client.resume();
      server.resume();
    }
  }

  /** Drops all connections and takes no more. */
  async close(): Promise<void> {
    if (!this.#listener.listening) return;
    const closed = once(this.#listener, 'close');
    this.#listener.close();
    for (const { client, server } of this.#links) {
      client.destroy();
      server.destroy();
    }
    await closed;
  }

  #join(client: Socket): void {
    const server = connect({ host: HOST, port: this.#targetPort, allowHalfOpen: true, noDelay: true });
    client.setNoDelay(true);
    const link = { client, server, isCut: false };
    this.#links.add(link);
    this.#connections++;
    client.on('data', (chunk) => this.#fromClient(link, chunk));
    server.on('data', (chunk) => this.#fromServer(link, chunk));
    this.#wire(link, client, server);
    this.#wire(link, server, client);
    if (this.#holding !== undefined) strike(link, this.#holding);
  }

  /** What happens to `one` and concerns `other`. */
  #wire(link: Link, one: Socket, other: Socket): void {
    one.on('error', () => undefined);
    one.on('drain', () => {
      if (this.#holding === undefined) other.resume();
    });
    one.on('end', () => {
      if (!link.isCut) other.end();
    });
    one.on('close', () => {
      if (!link.isCut) other.destroy();
      if (link.client.closed && link.server.closed) this.#links.delete(link);
    });
  }

  #fromClient(link: Link, chunk: Buffer): void {
    if (link.isCut) return;
    this.#bytesToServer += chunk.length;
    if (!link.server.write(chunk)) link.client.pause();
  }

  #fromServer(link: Link, chunk: Buffer): void {
    if (link.isCut) return;
    const left = this.#armed === undefined ? Number.POSITIVE_INFINITY : this.#armed.at - this.#bytesFromServer;
    const passed = chunk.subarray(0, left);
    this.#bytesFromServer += passed.length;
    if (passed.length > 0 && !link.client.write(passed)) link.server.pause();
    if (this.#armed === undefined || chunk.length < Math.max(left, 1)) return;
    this.inject(this.#armed.fault);
    const held = chunk.subarray(passed.length);
    if (!link.isCut && held.length > 0) link.server.unshift(held);
  }
}

function strike(link: Link, fault: NetworkFault): void {
  const { client, server } = link;
  if (link.isCut) return;
  if (fault === 'pause') {
    client.pause();
    server.pause();
    return;
  }
  link.isCut = true;
  for (const socket of [client, server]) {
    if (fault === 'end') socket.end();
    if (fault === 'reset') socket.resetAndDestroy();
    // Whatever still comes is read and dropped, so that the sender sees a line that takes what it gives.
    else socket.resume();
  }
}
