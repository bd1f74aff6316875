/** `SHA256SUMS` of a bundle against what lies in it: every file has its one line, in order, and no line has no file. */

import { Buffer } from 'node:buffer';
import { type BigIntStats, closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import type { ReportFault } from '../core/audit/evidence-source.ts';
import { EvidenceError } from '../core/errors.ts';
import type { Hash } from '../core/platform.ts';
import type { ByteSource } from '../sources/bytes.ts';
import { type FileTable, unreadable } from './folder.ts';
import { bodyPath, proofPath, SNAPSHOT_NAME } from './layout.ts';

interface Entry {
  readonly path: string;
  /** Undefined of a file that was not read, which was reported. */
  readonly digest: Hash | undefined;
}

/** What `SHA256SUMS` should list. */
export interface ListedFiles {
  readonly bodies: FileTable;
  readonly proofs: FileTable;
  /** The digest of the proof at an index, undefined if it was not read. */
  readonly digestOfProof: (index: number) => Hash | undefined;
  /** Undefined if there is none. */
  readonly snapshot: Hash | undefined;
}

/** Longer than any line can be. */
const MAX_LINE = 4096;

const LINE = /^([0-9a-f]{64}) {2}((?:bodies|proofs)\/[0-9a-f]{2}\/[0-9a-f]{62}\.json|snapshot\.ndjson)$/;

function* entriesOf({ bodies, proofs, digestOfProof, snapshot }: ListedFiles): Generator<Entry> {
  for (let at = 0; at < bodies.size; at++) {
    const digest = bodies.at(at);
    yield { path: bodyPath(digest), digest };
  }
  for (let at = 0; at < proofs.size; at++) yield { path: proofPath(proofs.at(at)), digest: digestOfProof(at) };
  if (snapshot !== undefined) yield { path: SNAPSHOT_NAME, digest: snapshot };
}

export class Checksums {
  readonly #bytes: ByteSource;
  readonly #expected: Generator<Entry>;
  readonly #report: ReportFault;
  #wanted: Entry | undefined;
  #line = 0;
  #last = '';

  /**
   * @param bytes - the file; it is closed here
   * @param files - what was found in the bundle
   */
  constructor(bytes: ByteSource, files: ListedFiles, report: ReportFault) {
    this.#bytes = bytes;
    this.#expected = entriesOf(files);
    this.#report = report;
    this.#advance();
  }

  #advance(): void {
    const next = this.#expected.next();
    this.#wanted = next.done === true ? undefined : next.value;
  }

  /**
   * Compares all of it, and reports every difference.
   *
   * @returns its own digest
   * @throws EvidenceError if it cannot be read to its end
   */
  async check(): Promise<Hash | null> {
    try {
      let rest = '';
      for (;;) {
        const chunk = await this.#bytes.read();
        if (chunk === undefined) break;
        // One character for each byte: what is no ASCII is in no line that is accepted.
        const lines = `${rest}${Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length).toString('latin1')}`.split(
          '\n',
        );
        rest = (lines.pop() ?? '').slice(0, MAX_LINE);
        for (const line of lines) this.#take(line);
      }
      if (rest !== '') this.#mismatch(`line ${this.#line + 1} does not end in LF`);
      while (this.#wanted !== undefined) this.#unlisted();
      return await this.#bytes.finish();
    } finally {
      await this.#bytes.close();
    }
  }

  #take(line: string): void {
    this.#line++;
    const [, digest = '', path = ''] = LINE.exec(line) ?? [];
    if (path === '') this.#mismatch(`line ${this.#line} names no file of a bundle in the form that sha256sum writes`);
    else if (path <= this.#last) this.#mismatch(`line ${this.#line}: ${path} is out of order, or comes twice`);
    else this.#compare(digest, path);
  }

  #compare(digest: Hash, path: string): void {
    this.#last = path;
    while (this.#wanted !== undefined && this.#wanted.path < path) this.#unlisted();
    if (this.#wanted?.path !== path) {
      this.#mismatch(`${path} is listed, and the bundle has no such file`);
      return;
    }
    const { digest: is } = this.#wanted;
    if (is !== undefined && digest !== is) {
      this.#mismatch(`${path} is listed with the digest ${digest}; it is ${is}`);
    }
    this.#advance();
  }

  #unlisted(): void {
    this.#mismatch(`${this.#wanted?.path} is there, and is not listed`);
    this.#advance();
  }

  #mismatch(what: string): void {
    this.#report({ kind: 'manifest-mismatch', message: `${this.#bytes.name}: ${what}` });
  }
}

/*
 * Reads the bodies and proofs of a bundle, one whole file at a time: opened without following a link, and found to be the
 * same file before and after.
 *
 * Synchronous, because such a file costs less than the promises it would take to wait for it; whoever calls lets others run
 * from time to time.
 */

function stateOf({ dev, ino, size, mtimeNs, ctimeNs }: BigIntStats): string {
  return [dev, ino, size, mtimeNs, ctimeNs].join(' ');
}

function refusal(
  kind: 'input-changed' | 'input-limit' | 'source-incomplete',
  name: string,
  reason: string,
): EvidenceError {
  return new EvidenceError(kind, reason, { where: { file: name } });
}

/** A buffer of which a part is filled. */
export interface Room {
  bytes: Buffer;
}

function makeRoom(room: Room, length: number): void {
  if (room.bytes.length >= length) return;
  const grown = Buffer.allocUnsafe(2 * length);
  room.bytes.copy(grown);
  room.bytes = grown;
}

export class WholeFileReader {
  readonly #what: string;
  readonly #maxBytes: number;

  /** @param what - what such a file is, for the message */
  constructor(what: string, maxBytes: number) {
    this.#what = what;
    this.#maxBytes = maxBytes;
  }

  /**
   * Reads the file `path` into `room`, from `at` on; what is there before stays.
   *
   * @param name - how to name the file to the user
   * @param after - bytes that must be free behind it
   * @returns its length in bytes
   * @throws EvidenceError `source-incomplete`, `input-changed` or `input-limit`
   */
  read(path: string, name: string, room: Room, at: number, after: number): number {
    let file: number;
    try {
      file = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch (error) {
      throw unreadable(name, error);
    }
    try {
      return this.#readOpen(file, name, room, at, after);
    } finally {
      closeSync(file);
    }
  }

  #readOpen(file: number, name: string, room: Room, at: number, after: number): number {
    const before = fstatSync(file, { bigint: true });
    if (!before.isFile()) throw refusal('source-incomplete', name, 'not a regular file');
    if (before.size > BigInt(this.#maxBytes)) {
      throw refusal('input-limit', name, `${this.#what} is longer than the limit of ${this.#maxBytes} bytes`);
    }
    const length = Number(before.size);
    // One byte more than it should have: that is how a file shows that it grows.
    makeRoom(room, at + length + 1 + after);
    let done = 0;
    try {
      for (;;) {
        const bytesRead = readSync(file, room.bytes, at + done, length + 1 - done, done);
        done += bytesRead;
        if (bytesRead === 0 || done > length) break;
      }
    } catch (error) {
      throw unreadable(name, error);
    }
    const now = fstatSync(file, { bigint: true });
    if (done !== length || stateOf(now) !== stateOf(before)) {
      throw refusal('input-changed', name, 'the file changed while it was read');
    }
    return length;
  }
}
