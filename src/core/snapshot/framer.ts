/**
 * Cuts the bytes of a snapshot into header, records and trailer, as they come in and at any chunk size.
 *
 * It decides by content which container it is: if the first object ends before it has a member `records` or `trailer`,
 * it is the header line of an NDJSON file. It only looks for where things end; whether they are valid is the strict
 * reader's business, which gets exactly the bytes of the frame. A frame that is cut in the wrong place (brackets that
 * do not match) is malformed before that place, so the reader refuses it.
 */

import { EvidenceError } from '../errors.ts';
import { LF } from '../json/cursor.ts';
import { MOST_ENVELOPE_BYTES, MOST_RECORD_BYTES } from '../limits.ts';
import { ByteWindow, type Lines } from './byte-window.ts';
import { ElementFramer, frameEpilogue, framePrologue, type MemberFrame } from './json-framer.ts';

/** Bounds on what is held in memory at once. */
export interface FrameLimits {
  /** Longest record, in bytes of its JSON text. Default 8 MiB. */
  readonly maxRecordBytes: number;
  /** Longest header or trailer, in bytes. Default 256 MiB: a trailer has one entry for each stream. */
  readonly maxEnvelopeBytes: number;
}

export const DEFAULT_LIMITS: FrameLimits = { maxRecordBytes: MOST_RECORD_BYTES, maxEnvelopeBytes: MOST_ENVELOPE_BYTES };

export type Container = 'json' | 'ndjson';

/** What `next` has found: `more` means that the frame is not complete yet. */
export type Frame = 'header' | 'record' | 'trailer' | 'end' | 'more';

/** How far into an over-long line its `kind` may stand for it to be taken for a trailer. */
const KIND_WITHIN_BYTES = 4096;
/** What takes lines many at once takes none that is longer: below that limit each line must be measured by itself. */
const LONGEST_BATCHED = 4096;
const TRAILER_KIND = [...'evidence-snapshot-trailer'].map((character) => character.charCodeAt(0));

type State = 'prologue' | 'elements' | 'epilogue' | 'lines' | 'after' | 'end';

export class SnapshotFramer {
  readonly #window: ByteWindow = new ByteWindow();
  readonly #limits: FrameLimits;
  #elements: ElementFramer | undefined;
  #state: State = 'prologue';
  #closed = false;
  /** A look at an unfinished header or trailer is worth repeating only at this length: keeps the whole linear. */
  #retryAtLength = 0;
  #pendingTrailer: MemberFrame | undefined;

  /** Where the frame lies in `bytes`; valid until the next call. */
  start = 0;
  end = 0;
  /** Members of the header (JSON container: of the enclosing object), as text ranges in `bytes`. */
  members: readonly MemberFrame[] = [];
  container: Container | undefined;
  /** Whether `records` stand behind the header in the same object. */
  recordsFollow = false;

  constructor(limits: FrameLimits = DEFAULT_LIMITS) {
    this.#limits = limits;
  }

  get bytes(): Uint8Array {
    return this.#window.bytes;
  }

  /** Line (from 1) and byte offset (from 0) in the input at index `at` of `bytes`. */
  placeOf(at: number): { readonly line: number; readonly byteOffset: number } {
    return this.#window.placeOf(at);
  }

  /**
   * Takes the next bytes of the input; they are copied.
   *
   * @param left - how many follow, where that is known
   */
  write(chunk: Uint8Array, left?: number): void {
    this.#window.write(chunk, left);
  }

  /** Says that no more bytes come. */
  close(): void {
    this.#closed = true;
  }

  /**
   * The next frame, in the order header, record…, trailer, end.
   *
   * @throws EvidenceError `input-malformed`, `input-truncated` or `input-limit`, with line and byte offset
   */
  next(): Frame {
    switch (this.#state) {
      case 'prologue':
        return this.#prologue();
      case 'elements':
        return this.#element();
      case 'epilogue':
        return this.#epilogue();
      case 'lines':
        return this.#line();
      case 'after':
        return this.#nothingAfter();
      default:
        this.#window.release();
        return 'end';
    }
  }

  #prologue(): Frame {
    const { start } = this.#window;
    const found = this.#look(() => framePrologue(this.#window, this.#closed, this.#limits.maxEnvelopeBytes));
    if (found === 'more') return 'more';
    this.#requireEnvelope(found.end - start, start);
    this.members = found.members;
    this.start = found.start;
    this.end = found.end;
    this.container = found.next === 'line-end' ? 'ndjson' : 'json';
    this.#window.consume(found.end);
    if (found.next === 'line-end') this.#state = 'lines';
    else if (found.next === 'records') {
      this.recordsFollow = true;
      this.#elements = new ElementFramer(this.#window, this.#limits.maxRecordBytes);
      this.#state = 'elements';
    } else {
      this.#pendingTrailer = found.trailer;
      this.#state = found.trailer === undefined ? 'after' : 'epilogue';
    }
    return 'header';
  }

  #element(): Frame {
    const found = this.#elements?.next(this.#closed) ?? 'end-of-array';
    if (found === 'more') return 'more';
    if (found === 'end-of-array') {
      this.#state = 'epilogue';
      this.#retryAtLength = 0;
      return this.#epilogue();
    }
    this.start = found.start;
    this.end = found.end;
    return 'record';
  }

  #epilogue(): Frame {
    if (this.#pendingTrailer === undefined) {
      const { start } = this.#window;
      const found = this.#look(() => frameEpilogue(this.#window, this.#closed));
      if (found === 'more') return 'more';
      this.#requireEnvelope(found.end - start, start);
      this.#pendingTrailer = found.trailer;
      this.#window.consume(found.end);
    }
    this.start = this.#pendingTrailer.valueStart;
    this.end = this.#pendingTrailer.valueEnd;
    this.#state = 'after';
    return 'trailer';
  }

  /** A line is a record if something follows it, else the trailer: so the last line waits for the end of the input. */
  #line(): Frame {
    const window = this.#window;
    const lineEnd = window.indexOf(LF);
    if (lineEnd < 0) return this.#unfinishedLine();
    const isLast = lineEnd + 1 === window.end;
    if (isLast && !this.#closed) return 'more';
    this.start = window.start;
    this.end = lineEnd;
    if (this.start === this.end) throw this.#error('input-malformed', 'empty line', window.start);
    this.#requireLine(lineEnd, isLast);
    window.consumeLine(lineEnd + 1);
    if (isLast) this.#state = 'end';
    return isLast ? 'trailer' : 'record';
  }

  /** Lines that are records for sure, since something follows them; undefined where there are none. */
  get lines(): Lines | undefined {
    if (this.#limits.maxRecordBytes < LONGEST_BATCHED) return undefined;
    if (this.#state === 'elements') return this.#elements?.lines;
    if (this.#state !== 'lines') return undefined;
    const { bytes, start, end } = this.#window;
    const last = this.#window.lastIndexOf(LF, end - 1);
    return last < 0 ? undefined : { bytes, start, end: last + 1, commas: false, anySpelling: true };
  }

  /** Takes `count` of these lines that end at `end`, none of them empty or longer than a record may be. */
  takeLines(end: number, count: number): void {
    if (this.#state === 'elements') this.#elements?.takeLines(end, count);
    else this.#window.consumeLines(end, count);
  }

  #unfinishedLine(): Frame {
    const window = this.#window;
    const length = window.end - window.start;
    this.#requireLine(window.end, true);
    if (!this.#closed) return 'more';
    if (length === 0) throw this.#error('input-truncated', 'the trailer is missing', window.start);
    throw this.#error('input-truncated', 'the last line does not end in LF', window.end);
  }

  /**
   * Holds a line to the limits, by what is known of it as soon as it is too long for a record: so the answer is the same
   * whether it came at once or byte by byte.
   */
  #requireLine(end: number, mayBeTrailer: boolean): void {
    const length = end - this.#window.start;
    if (length <= this.#limits.maxRecordBytes) return;
    if (!this.#looksLikeTrailer()) throw this.#recordTooLong();
    if (length > this.#limits.maxEnvelopeBytes) throw this.#envelopeTooLong();
    if (!mayBeTrailer) throw this.#recordTooLong();
  }

  #looksLikeTrailer(): boolean {
    const { bytes, start } = this.#window;
    const last = start + Math.min(KIND_WITHIN_BYTES, this.#limits.maxRecordBytes) - TRAILER_KIND.length;
    for (let at = start; at <= last; at++) {
      if (TRAILER_KIND.every((byte, offset) => bytes[at + offset] === byte)) return true;
    }
    return false;
  }

  #nothingAfter(): Frame {
    const window = this.#window;
    window.skipWhiteSpace();
    if (window.start < window.end)
      throw this.#error('input-malformed', 'data after the end of the snapshot', window.start);
    if (!this.#closed) return 'more';
    this.#state = 'end';
    window.release();
    return 'end';
  }

  /** Looks for a header or trailer where enough has come since the last look; what lies beyond the limit is not seen. */
  #look<T>(frame: () => T | 'more'): T | 'more' {
    const { start, end } = this.#window;
    const most = this.#limits.maxEnvelopeBytes;
    if (!this.#closed && end - start < this.#retryAtLength && end - start <= most) return 'more';
    this.#retryAtLength = 2 * (end - start);
    try {
      const found = frame();
      if (found === 'more') this.#requireEnvelope(end - start, start);
      return found;
    } catch (error) {
      // A fault that lies behind the limit is seen only if so much came at once.
      const at = error instanceof EvidenceError ? error.where.byteOffset : undefined;
      if (at !== undefined) this.#requireEnvelope(at - this.placeOf(start).byteOffset, start);
      throw error;
    }
  }

  #requireEnvelope(length: number, start: number): void {
    if (length > this.#limits.maxEnvelopeBytes) throw this.#envelopeTooLong(start);
  }

  #recordTooLong(): EvidenceError {
    return this.#tooLong('a record', this.#limits.maxRecordBytes, this.#window.start);
  }

  #envelopeTooLong(start: number = this.#window.start): EvidenceError {
    return this.#tooLong('the header or the trailer', this.#limits.maxEnvelopeBytes, start);
  }

  #tooLong(what: string, limit: number, at: number): EvidenceError {
    return this.#error('input-limit', `${what} is longer than the limit of ${limit} bytes`, at);
  }

  #error(kind: 'input-malformed' | 'input-truncated' | 'input-limit', reason: string, at: number): EvidenceError {
    return new EvidenceError(kind, reason, { where: this.placeOf(at) });
  }
}
