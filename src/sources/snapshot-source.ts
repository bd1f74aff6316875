/** A snapshot as a source of evidence: bytes, unpacked if need be, cut into header, records and trailer. */
import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import { EvidenceError, type Where } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import type { Json } from '../core/json/value.ts';
import { type Hash, type Platform, portable } from '../core/platform.ts';
import type { Lines } from '../core/snapshot/byte-window.ts';
import { type FrameLimits, SnapshotFramer } from '../core/snapshot/framer.ts';
import type { SnapshotHeader } from '../core/snapshot/header.ts';
import type { MemberFrame } from '../core/snapshot/json-framer.ts';
import { MAKE_ONE } from '../core/snapshot/other-input.ts';
import type { Trailer } from '../core/snapshot/trailer.ts';
import { type KeepStated, parseHeader, readTrailer } from '../wire/envelope.ts';
import type { ByteSource } from './bytes.ts';
import { UnpackedBytes } from './gunzip.ts';

export interface SnapshotSourceOptions {
  readonly platform?: Platform;
  readonly limits?: FrameLimits;
  /** Whether one part of a capture will do. Default false: it is refused. */
  readonly mayBeShard?: boolean;
  /** What an input is that turns out to be no snapshot, and what to do with it, as far as that is known. */
  readonly faultOfOther?: (fault: EvidenceError) => Promise<EvidenceError | undefined>;
}

export class SnapshotSource implements EvidenceSource {
  readonly #bytes: ByteSource;
  readonly #unpacked: UnpackedBytes;
  readonly #platform: Platform;
  readonly #framer: SnapshotFramer;
  readonly #mayBeShard: boolean;
  readonly #faultOfOther: SnapshotSourceOptions['faultOfOther'];
  #trailer: Trailer | undefined;
  #keep: KeepStated | undefined;

  /** @param bytes - the input; it is this source's from now on */
  constructor(bytes: ByteSource, options: SnapshotSourceOptions = {}) {
    this.#bytes = bytes;
    this.#unpacked = new UnpackedBytes(bytes);
    this.#platform = options.platform ?? portable;
    this.#framer = new SnapshotFramer(options.limits);
    this.#mayBeShard = options.mayBeShard === true;
    this.#faultOfOther = options.faultOfOther;
  }

  get name(): string {
    return this.#bytes.name;
  }

  get bytesRead(): number {
    return this.#bytes.bytesRead;
  }

  get bytesTotal(): number | null {
    return this.#bytes.bytesTotal;
  }

  get recordsTotal(): null {
    return null;
  }

  get bytes(): Uint8Array {
    return this.#framer.bytes;
  }

  get start(): number {
    return this.#framer.start;
  }

  get end(): number {
    return this.#framer.end;
  }

  get trailer(): Trailer | undefined {
    return this.#trailer;
  }

  where(at: number): Where {
    return { file: this.name, ...this.#framer.placeOf(at) };
  }

  async open(): Promise<SnapshotHeader> {
    try {
      return await this.#open();
    } catch (fault) {
      if (!(fault instanceof EvidenceError) || fault.advice !== MAKE_ONE) throw fault;
      throw (await this.#faultOfOther?.(fault)) ?? fault;
    }
  }

  async #open(): Promise<SnapshotHeader> {
    for (;;) {
      const found = this.#named(() => this.#framer.next());
      if (found === 'header') break;
      await this.fill();
    }
    const { start, members, recordsFollow } = this.#framer;
    return this.#named(() => parseHeader(this.#members(members), recordsFollow, this.#mayBeShard), start);
  }

  /** The header's members, which the container cut apart: each is read strictly, and none may come twice. */
  #members(frames: readonly MemberFrame[]): Json {
    const members = new Map<string, Json>();
    for (const { nameStart, nameEnd, valueStart, valueEnd } of frames) {
      const name = this.#strict(nameStart, nameEnd) as string;
      if (members.has(name)) {
        throw new EvidenceError('input-malformed', 'duplicate member name', { where: this.#framer.placeOf(nameStart) });
      }
      members.set(name, this.#strict(valueStart, valueEnd));
    }
    return members;
  }

  shrinkTrailer(keep: KeepStated): void {
    this.#keep = keep;
  }

  #read(start: number, end: number): Trailer {
    return readTrailer(this.#platform, this.#framer.bytes, start, end, this.#keep);
  }

  #strict(start: number, end: number): Json {
    return this.#placed(start, () => parseJson(this.#platform, this.#framer.bytes, start, end));
  }

  #placed<T>(start: number, read: () => T): T {
    try {
      return read();
    } catch (error) {
      throw error instanceof EvidenceError ? error.at(this.where(error.where.byteOffset ?? start)) : error;
    }
  }

  next(): 'record' | 'more' | 'end' {
    const found = this.#named(() => this.#framer.next());
    if (found === 'trailer') {
      const { start, end } = this.#framer;
      this.#trailer = this.#named(() => this.#placed(start, () => this.#read(start, end)), start);
      return this.next();
    }
    if (found === 'header') throw new RangeError('a snapshot has one header');
    return found;
  }

  lines(): Lines | undefined {
    return this.#framer.lines;
  }

  takeLines(end: number, count: number): void {
    this.#framer.takeLines(end, count);
  }

  async fill(): Promise<void> {
    const bytes = await this.#unpacked.read();
    if (bytes === undefined) this.#framer.close();
    else this.#framer.write(bytes, this.#left);
  }

  /** How many bytes follow, where that is known: what is packed does not say. */
  get #left(): number | undefined {
    const { bytesTotal, bytesRead } = this.#bytes;
    return bytesTotal === null || this.#unpacked.isPacked ? undefined : Math.max(0, bytesTotal - bytesRead);
  }

  async finish(): Promise<Hash | null> {
    return this.#bytes.finish();
  }

  async close(): Promise<void> {
    await this.#unpacked.close();
  }

  /** Adds the name of the input, and the place if the fault has none, to what `work` throws. */
  #named<T>(work: () => T, at?: number): T {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error;
      const place = at === undefined || error.where.byteOffset !== undefined ? {} : this.#framer.placeOf(at);
      throw error.at({ file: this.name, ...place });
    }
  }
}
