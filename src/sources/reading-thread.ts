/**
 * A thread that reads files ahead and digests them, while this one uses what was read: reading and SHA-256 of the files are
 * a seventh of a comparison, and need nothing of the rest. One serves all files that are open; it ends with the last.
 *
 * What it reads and says is what a verdict rests on. So whatever becomes of it is told to whoever waits for it: that it
 * died, what it threw, that it has not answered for too long. Then a file could not be read, and nothing can be PASS.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { EvidenceError } from '../core/errors.ts';
import type { Hash } from '../core/platform.ts';
import type { ThreadAnswer, ThreadOrder } from './reading-worker.ts';

/** Below, a thread takes longer to begin than it saves. */
const THREADED_FROM_BYTES = 32 * 1024 * 1024;

/** A disk that does not answer for so long is not waited for. */
const MOST_SILENCE_MS = 300_000;

const SCRIPT = new URL('./reading-worker.js', import.meta.url);
/** A thread does not take TypeScript, as which tests run these files. */
const IS_BUILT = import.meta.url.endsWith('.js');

interface Waiting {
  readonly resolve: (answer: ThreadAnswer) => void;
  readonly reject: (fault: unknown) => void;
  readonly silence: NodeJS.Timeout;
}

interface ReadingThreadOptions {
  readonly script?: URL;
  readonly mostSilenceMs?: number;
}

export class ReadingThread {
  readonly #worker: Worker;
  readonly #mostSilenceMs: number;
  /** Of each file at most one order is out. */
  readonly #waiting: Map<number, Waiting> = new Map();
  #files = 0;
  #nextFile = 0;
  #fault: Error | undefined;

  constructor({ script = SCRIPT, mostSilenceMs = MOST_SILENCE_MS }: ReadingThreadOptions = {}) {
    this.#mostSilenceMs = mostSilenceMs;
    this.#worker = new Worker(script, { stdin: false });
    // Whoever waits for it keeps the process by a timer; a file that was not closed must not.
    this.#worker.unref();
    this.#worker.on('message', (answer: ThreadAnswer) => this.#take(answer)?.resolve(answer));
    this.#worker.on('error', (fault) => this.#fail(new Error(`it threw: ${fault.message}`)));
    this.#worker.on('exit', (code) => this.#fail(new Error(`it ended with ${code}`)));
  }

  /** Whether it can serve no one. */
  get failed(): boolean {
    return this.#fault !== undefined;
  }

  /** Reads a file from now on, whose descriptor stays open until it is closed. */
  open(name: string, descriptor: number, buffers: readonly Uint8Array[]): ThreadedFile {
    const file = this.#nextFile++;
    this.#files++;
    this.#post({ file, kind: 'open', descriptor, buffers });
    return new ThreadedFile(this, name, file);
  }

  #post(order: ThreadOrder): void {
    if (this.#fault === undefined) this.#worker.postMessage(order);
  }

  /** The answer to an order; rejected where there will be none. */
  ask(order: ThreadOrder): Promise<ThreadAnswer> {
    return new Promise((resolve, reject) => {
      if (this.#fault !== undefined) {
        reject(this.#fault);
        return;
      }
      const tooLong = (): void => this.#fail(new Error(`no answer for ${this.#mostSilenceMs} ms`));
      this.#waiting.set(order.file, { resolve, reject, silence: setTimeout(tooLong, this.#mostSilenceMs) });
      this.#post(order);
    });
  }

  #take({ file }: Pick<ThreadOrder, 'file'>): Waiting | undefined {
    const waiting = this.#waiting.get(file);
    this.#waiting.delete(file);
    clearTimeout(waiting?.silence);
    return waiting;
  }

  #fail(fault: Error): void {
    this.#fault ??= fault;
    for (const file of [...this.#waiting.keys()]) this.#take({ file })?.reject(this.#fault);
    void this.#worker.terminate();
  }

  /** Says that a file is not read on; whoever still waits for it is told so. */
  async close(file: number): Promise<void> {
    this.#take({ file })?.reject(new Error('closed'));
    this.#post({ file, kind: 'close' });
    this.#files--;
    if (this.#files > 0) return;
    this.#fault ??= new Error('closed');
    await this.#worker.terminate();
  }

  get idle(): boolean {
    return this.#files === 0;
  }
}

/** A file that a thread reads. */
export class ThreadedFile {
  readonly #thread: ReadingThread;
  readonly #name: string;
  readonly #file: number;

  constructor(thread: ReadingThread, name: string, file: number) {
    this.#thread = thread;
    this.#name = name;
    this.#file = file;
  }

  /**
   * Reads from `position` on into the buffer of that index; what was read is digested.
   *
   * @returns how many bytes were read; 0 at the end of the file
   * @throws Error with the `code` of the system, or EvidenceError `source-incomplete` if there is no thread any more
   */
  async read(buffer: number, position: number): Promise<number> {
    const { length } = await this.#ask({ file: this.#file, kind: 'read', buffer, position });
    if (length === undefined) throw this.#gone(new Error('it says not how much it has read'));
    return length;
  }

  /** SHA-256 of all that was read. */
  async digest(): Promise<Hash> {
    const { sha256 } = await this.#ask({ file: this.#file, kind: 'digest' });
    if (sha256 === undefined) throw this.#gone(new Error('it says no digest'));
    return sha256;
  }

  async #ask(order: ThreadOrder): Promise<ThreadAnswer> {
    const answer = await this.#thread.ask(order).catch((fault: Error) => {
      throw this.#gone(fault);
    });
    if (answer.code !== undefined) throw Object.assign(new Error(answer.code), { code: answer.code });
    return answer;
  }

  #gone(fault: Error): EvidenceError {
    const reason = `the thread that reads it has failed (${fault.message})`;
    const advice = 'run it again; --workers 1 reads without a thread';
    return new EvidenceError('source-incomplete', reason, { where: { file: this.#name }, advice, cause: fault });
  }

  close(): Promise<void> {
    return this.#thread.close(this.#file);
  }
}

let shared: ReadingThread | undefined;

/** The thread for a file of so many bytes; undefined where none would pay, or there is no second processor for it. */
export function readingThreadFor(bytes: number): ReadingThread | undefined {
  if (!IS_BUILT || bytes < THREADED_FROM_BYTES || availableParallelism() < 2) return undefined;
  if (shared === undefined || shared.failed || shared.idle) shared = new ReadingThread();
  return shared;
}
