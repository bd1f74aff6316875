/**
 * A small witness, written to c2sp.org/tlog-witness (add-checkpoint) and c2sp.org/tlog-cosignature (Ed25519), and to
 * nothing of ours but the keys: notes, sizes and proofs are read here a second time.
 */
import { createHash } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { verifyConsistency } from '../../src/core/merkle/proof.ts';
import { portable } from '../../src/core/platform.ts';
import type { PrivateKey, PublicKey } from '../../src/trust/keys.ts';

export interface Answer {
  readonly status: number;
  readonly body: string;
}

interface Head {
  readonly size: number;
  readonly root: string;
}

/** First four bytes of SHA-256(name || LF || type || key), in base64 with what follows it. */
function keyId(name: string, type: number, bytes: Uint8Array): Buffer {
  return createHash('sha256').update(`${name}\n`).update(Buffer.of(type)).update(bytes).digest().subarray(0, 4);
}

const hex = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');

/** The request body for a checkpoint: old size, consistency proof, empty line, checkpoint. */
export function addCheckpoint(oldSize: number, path: readonly string[], checkpoint: string): string {
  const proof = path.map((hash) => `${Buffer.from(hash, 'hex').toString('base64')}\n`);
  return `old ${oldSize}\n${proof.join('')}\n${checkpoint}`;
}

export class Witness {
  readonly name: string;
  /** Every request, as it came. */
  readonly requests: string[] = [];
  readonly #key: PrivateKey;
  readonly #logKey: (origin: string) => PublicKey | undefined;
  readonly #heads = new Map<string, Head>();
  /** What happens to the checkpoint while this witness is asked. */
  meanwhile: () => Promise<unknown> = async () => undefined;
  /** What it says that it is, in seconds since 1970. */
  time = 1_700_000_000n;

  /** What it says to another tree of the size that it knows: c2sp.org/tlog-witness asks for 409. */
  forked: Answer = { status: 409, body: '' };

  /** @param logKey - the key of a log that is known, by its origin */
  constructor(key: PrivateKey, logKey: (origin: string) => PublicKey | undefined, name = 'witness.example/w1') {
    this.name = name;
    this.#key = key;
    this.#logKey = logKey;
  }

  /** `name+id+key` (c2sp.org/signed-note). */
  get verifierKey(): string {
    const { bytes } = this.#key.publicKey;
    const id = keyId(this.name, 4, bytes).toString('hex');
    return `${this.name}+${id}+${Buffer.concat([Buffer.of(4), bytes]).toString('base64')}`;
  }

  /** Serves it on loopback, under a prefix. */
  async serve(): Promise<{ readonly url: string; readonly close: () => Promise<void> }> {
    const server = createServer((request, response) => {
      const chunks: Uint8Array[] = [];
      request.on('data', (chunk: Uint8Array) => chunks.push(chunk));
      request.on('end', async () => {
        await this.meanwhile();
        const isRight = request.method === 'POST' && request.url === '/w/add-checkpoint';
        const sent = Buffer.concat(chunks).toString();
        this.requests.push(sent);
        const { status, body } = isRight ? this.addCheckpoint(sent) : { status: 405, body: '' };
        response.writeHead(status, status === 409 ? { 'content-type': 'text/x.tlog.size' } : {}).end(body);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const close = (): Promise<void> => new Promise((resolve) => server.close(() => resolve()));
    return { url: `http://127.0.0.1:${port}/w/`, close };
  }

  sizeOf(origin: string): number {
    return this.#heads.get(origin)?.size ?? 0;
  }

  /** As if it had never seen that log. */
  forget(origin: string): void {
    this.#heads.delete(origin);
  }

  addCheckpoint(request: string): Answer {
    const [, old = '', proof = '', text = '', signatures = ''] =
      /^old (0|[1-9][0-9]*)\n((?:[A-Za-z0-9+/=]+\n){0,63})\n([\s\S]*?\n)\n((?:— [^\n]+\n)+)$/u.exec(request) ?? [];
    const [origin = '', size = '', root = ''] = text.split('\n');
    if (text === '') return { status: 400, body: 'malformed\n' };
    const key = this.#logKey(origin);
    if (key === undefined) return { status: 404, body: '' };
    if (!this.#isSigned(origin, key, text, signatures)) return { status: 403, body: '' };
    const [oldSize, newSize] = [Number(old), Number(size)];
    if (oldSize > newSize) return { status: 400, body: 'the old size is larger\n' };
    const was = this.#heads.get(origin) ?? { size: 0, root: '' };
    if (oldSize !== was.size) return { status: 409, body: `${was.size}\n` };
    const path = proof.split('\n').filter((line) => line !== '');
    if (oldSize === newSize && was.size > 0 && hex(root) !== was.root) return this.forked;
    if (!isConsistent(was, { size: newSize, root: hex(root) }, path.map(hex))) return { status: 422, body: '' };
    this.#heads.set(origin, { size: newSize, root: hex(root) });
    return { status: 200, body: this.#cosignature(text) };
  }

  #isSigned(origin: string, key: PublicKey, text: string, signatures: string): boolean {
    return signatures.split('\n').some((line) => {
      const [, name, base64 = ''] = line.split(' ');
      const bytes = Buffer.from(base64, 'base64');
      const isOfLog = name === origin && bytes.subarray(0, 4).equals(keyId(origin, 1, key.bytes));
      return isOfLog && key.verifies(Buffer.from(text), bytes.subarray(4));
    });
  }

  #cosignature(text: string): string {
    const { time } = this;
    const signature = this.#key.sign(Buffer.from(`cosignature/v1\ntime ${time}\n${text}`));
    const stamp = Buffer.alloc(8);
    stamp.writeBigUInt64BE(time);
    const id = keyId(this.name, 4, this.#key.publicKey.bytes);
    return `— ${this.name} ${Buffer.concat([id, stamp, signature]).toString('base64')}\n`;
  }
}

function isConsistent(was: Head, is: Head, path: readonly string[]): boolean {
  // An empty tree is the beginning of every other one, and of none is anything to be proven.
  if (was.size === 0 || was.size === is.size) return path.length === 0;
  try {
    verifyConsistency(portable, { size1: was.size, size2: is.size, root1: was.root, root2: is.root, path });
    return true;
  } catch {
    return false;
  }
}
