/**
 * A JSON text as it comes in, of any length: validated as strictly as the reader of whole texts does, with what pointers
 * lead to taken out on the way, and the canonical form of one of its values given away piece by piece.
 *
 * Nothing is held but the names on the way and what was asked for. So members that are not in canonical order cannot be
 * put in order here: that is refused, for whoever has the room to hold the value.
 */

import { EvidenceError, type Where } from '../../errors.ts';
import type { Platform } from '../../platform.ts';
import {
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COLON,
  COMMA,
  CR,
  LF,
  LOWER_F,
  LOWER_N,
  LOWER_T,
  MAX_DEPTH,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
  SPACE,
  TAB,
} from '../cursor.ts';
import { parseJson } from '../parse.ts';
import { type PointerNode, pointerTo, pointerTree } from '../pointer.ts';
import { canonicalNumber, JsonNumber } from '../value.ts';
import { ByteOutput, copyString } from './copy-string.ts';
import { closingQuote, isNumberByte, kindOf, PieceOutput, safeCut } from './pieces.ts';

/** Longest name, number or text that was asked for: these are held whole. */
const MOST_TOKEN_BYTES = 1024 * 1024;

/** Most names of members of one object that are not put in order: they are kept to find one that comes twice. */
const MOST_NAMES = 1_000_000;

/** Most members that nothing reads that are named. */
const MOST_UNREAD = 100;

/** What a pointer leads to that is no scalar. */
export const CONTAINER: unique symbol = Symbol('container');

export interface WalkOptions {
  /** Pointers to scalars whose texts are wanted. */
  readonly wanted?: readonly string[];
  /** Where the value is whose canonical form is given away. */
  readonly body?: string;
  readonly emit?: (bytes: Uint8Array) => void;
  /** Where the array is in front of whose elements the walk is to stop: see `stopped`. */
  readonly stopAt?: string;
}

type State = 'value' | 'element-or-end' | 'name' | 'name-or-end' | 'colon' | 'after' | 'string' | 'done';

/** A container that is not closed yet. */
interface Level {
  readonly isObject: boolean;
  readonly node: PointerNode | undefined;
  readonly pointer: string;
  /** Whether its canonical form is given away. */
  readonly emits: boolean;
  /** Names that there were, where their order is free. */
  readonly names: Set<string> | undefined;
  lastName: string | undefined;
  elements: number;
}

/** The walk over one text. */
export class JsonWalk {
  readonly #platform: Platform;
  readonly #given: PieceOutput;
  readonly #root: PointerNode;
  readonly #bodyEnds: number;
  readonly #stopEnds: number;
  readonly #levels: Level[] = [];
  readonly #scratch: ByteOutput = new ByteOutput();
  #state: State = 'value';
  #node: PointerNode | undefined;
  #pointer = '';
  /** Pieces of the string at hand, if its text is wanted. */
  #pieces: string[] | undefined;
  #piecesLength = 0;
  /** The texts that `wanted` leads to: null for null, undefined where there is none. */
  readonly texts: (string | null | undefined | typeof CONTAINER)[];
  /** Whether there was a value for `body`. */
  foundBody = false;
  /** Whether the array of `stopAt` was opened: its elements are for somebody else, who says when it was closed. */
  stopped = false;
  /** What stands where `stopAt` leads, if it is no array. */
  otherAtStop: string | undefined;
  /** Pointers to the members beside the way to `stopAt` or `wanted`: nothing reads them. */
  readonly unread: Set<string> = new Set();
  /** The first of them that is an array or object. */
  unreadContainer: string | undefined;
  #isBeside = false;

  constructor(platform: Platform, { wanted = [], body, emit = () => {}, stopAt }: WalkOptions) {
    this.#platform = platform;
    this.#given = new PieceOutput(emit);
    const more = [...(body === undefined ? [] : [body]), ...(stopAt === undefined ? [] : [stopAt])];
    this.#root = pointerTree([...wanted, ...more]);
    this.#bodyEnds = body === undefined ? -1 : wanted.length;
    this.#stopEnds = stopAt === undefined ? -1 : wanted.length + more.length - 1;
    this.texts = wanted.map(() => undefined);
    this.#node = this.#root;
  }

  /** How long the canonical form of the body is so far. */
  get bodyBytes(): number {
    return this.#given.length;
  }

  get done(): boolean {
    return this.#state === 'done';
  }

  #beginBody(): void {
    this.foundBody = true;
    this.#given.isOpen = true;
  }

  /** The pointer to what is at hand. */
  get pointer(): string {
    return this.#pointer;
  }

  /** Says that the array at which the walk stopped was read to its end, the bracket and all. */
  closedArray(): void {
    this.stopped = false;
    this.#leave();
  }

  /**
   * Takes bytes of the text.
   *
   * @param closed - whether no more come behind them
   * @returns the offset behind what was taken; what is left must come again, with more behind it
   * @throws EvidenceError `input-malformed`, `input-truncated` or `input-limit`, with the offset into `bytes`
   */
  write(bytes: Uint8Array, start: number, end: number, closed: boolean): number {
    let at = start;
    while (at < end && !this.stopped && this.#state !== 'done') {
      const next = this.#step(bytes, at, end, closed);
      if (next === at) break;
      at = next;
    }
    if (closed && !this.done && !this.stopped) {
      throw new EvidenceError('input-truncated', 'the input ends within a JSON text', { where: { byteOffset: end } });
    }
    return at;
  }

  /** One token, or a piece of a string; `at` itself where more bytes are needed. */
  #step(bytes: Uint8Array, at: number, end: number, closed: boolean): number {
    if (this.#state === 'string') return this.#stringPiece(bytes, at, end);
    const byte = bytes[at] as number;
    if (byte === SPACE || byte === LF || byte === CR || byte === TAB) return at + 1;
    switch (this.#state) {
      case 'element-or-end':
        if (byte === CLOSE_BRACKET) return this.#close(bytes, at);
        return this.#element(bytes, at, end, closed);
      case 'name-or-end':
        return byte === CLOSE_BRACE ? this.#close(bytes, at) : this.#name(bytes, at, end);
      case 'name':
        return this.#name(bytes, at, end);
      case 'colon':
        if (byte !== COLON) throw this.#unexpected(bytes, at);
        this.#state = 'value';
        return at + 1;
      case 'after':
        return this.#afterValue(bytes, at);
      default:
        return this.#value(bytes, at, end, closed);
    }
  }

  #element(bytes: Uint8Array, at: number, end: number, closed: boolean): number {
    const level = this.#levels.at(-1);
    if (level !== undefined) {
      this.#node = level.node?.children.get(String(level.elements));
      this.#pointer = pointerTo(level.pointer, level.elements);
    }
    return this.#value(bytes, at, end, closed);
  }

  #afterValue(bytes: Uint8Array, at: number): number {
    const level = this.#levels.at(-1) as Level;
    const byte = bytes[at];
    if (byte === (level.isObject ? CLOSE_BRACE : CLOSE_BRACKET)) return this.#close(bytes, at);
    if (byte !== COMMA) throw this.#unexpected(bytes, at);
    this.#given.byte(COMMA);
    this.#state = level.isObject ? 'name' : 'value';
    if (!level.isObject) {
      level.elements++;
      this.#node = level.node?.children.get(String(level.elements));
      this.#pointer = pointerTo(level.pointer, level.elements);
    }
    return at + 1;
  }

  /* Values. */

  #value(bytes: Uint8Array, at: number, end: number, closed: boolean): number {
    const byte = bytes[at] as number;
    if (byte !== OPEN_BRACKET && this.#node?.ends.includes(this.#stopEnds) === true) this.otherAtStop = kindOf(byte);
    if (this.#node?.ends.includes(this.#bodyEnds) === true && !this.foundBody) this.#beginBody();
    switch (byte) {
      case QUOTE:
        this.#state = 'string';
        this.#pieces = this.#wanted().length > 0 ? [] : undefined;
        this.#piecesLength = 0;
        this.#given.byte(QUOTE);
        return at + 1;
      case OPEN_BRACE:
      case OPEN_BRACKET:
        return this.#open(bytes, at);
      case LOWER_T:
        return this.#word(bytes, at, end, 'true');
      case LOWER_F:
        return this.#word(bytes, at, end, 'false');
      case LOWER_N:
        return this.#word(bytes, at, end, 'null');
      default:
        return this.#number(bytes, at, end, closed);
    }
  }

  #open(bytes: Uint8Array, at: number): number {
    const isObject = bytes[at] === OPEN_BRACE;
    if (this.#levels.length === MAX_DEPTH) {
      throw this.#fault('input-limit', `more than ${MAX_DEPTH} containers in one another`, at);
    }
    for (const which of this.#wanted()) this.texts[which] = CONTAINER;
    if (this.#isBeside) this.unreadContainer ??= this.#pointer;
    this.#isBeside = false;
    const [node, emits] = [this.#node, this.#given.isOpen];
    const names = isObject && !emits ? new Set<string>() : undefined;
    this.#levels.push({ isObject, node, pointer: this.#pointer, emits, names, lastName: undefined, elements: 0 });
    this.#given.byte(bytes[at] as number);
    this.#state = isObject ? 'name-or-end' : 'element-or-end';
    if (!isObject && node?.ends.includes(this.#stopEnds) === true) this.stopped = true;
    return at + 1;
  }

  #close(bytes: Uint8Array, at: number): number {
    this.#given.byte(bytes[at] as number);
    this.#leave();
    return at + 1;
  }

  #leave(): void {
    const level = this.#levels.pop();
    this.#pointer = level?.pointer ?? '';
    this.#node = level?.node;
    this.#ended();
  }

  /** After every value: what is given away may end here. */
  #ended(): void {
    const outer = this.#levels.at(-1);
    if (this.#given.isOpen && outer?.emits !== true) {
      this.#given.flush();
      this.#given.isOpen = false;
    }
    this.#state = outer === undefined ? 'done' : 'after';
  }

  #word(bytes: Uint8Array, at: number, end: number, word: string): number {
    for (let i = 0; i < word.length; i++) {
      if (at + i === end) return at;
      if (bytes[at + i] !== word.charCodeAt(i)) throw this.#unexpected(bytes, at + i);
    }
    this.#scalar(word, word === 'null' ? null : word);
    return at + word.length;
  }

  #number(bytes: Uint8Array, at: number, end: number, closed: boolean): number {
    let to = at;
    while (to < end && isNumberByte(bytes[to] as number)) to++;
    if (to - at > MOST_TOKEN_BYTES) throw this.#fault('input-limit', 'a number of more than 1 MiB', at);
    if (to === end && !closed) return at;
    // The strict reader knows what is wrong with one, and what else cannot begin a value: a byte order mark has three bytes.
    const number = parseJson(this.#platform, bytes, at, to > at ? to : Math.min(at + 3, end));
    if (!(number instanceof JsonNumber)) throw this.#unexpected(bytes, at);
    const text = canonicalNumber(number.token);
    this.#scalar(text, text);
    return to;
  }

  #scalar(canonical: string, text: string | null): void {
    for (const which of this.#wanted()) this.texts[which] = text;
    this.#given.ascii(canonical);
    this.#ended();
  }

  /** Which of the texts that are wanted is the value at hand. */
  #wanted(): readonly number[] {
    const { ends = [] } = this.#node ?? {};
    return ends.length === 0 ? ends : ends.filter((which) => which < this.texts.length);
  }

  /* Strings: names are held whole, texts go by in pieces. */

  #name(bytes: Uint8Array, at: number, end: number): number {
    if (bytes[at] !== QUOTE) throw this.#unexpected(bytes, at);
    const close = closingQuote(bytes, at + 1, end);
    if (close < 0) {
      if (end - at > MOST_TOKEN_BYTES) throw this.#fault('input-limit', 'a member name of more than 1 MiB', at);
      return at;
    }
    const name = this.#decoded(bytes, at, close + 1);
    const level = this.#levels.at(-1) as Level;
    this.#requireName(level, name, at);
    this.#node = level.node?.children.get(name);
    this.#pointer = pointerTo(level.pointer, name);
    const isBeside = level.node !== undefined && this.#node === undefined && !level.emits;
    this.#isBeside = isBeside;
    if (isBeside && this.unread.size < MOST_UNREAD) this.unread.add(this.#pointer);
    if (level.emits) this.#given.text(JSON.stringify(name), COLON);
    this.#state = 'colon';
    return close + 1;
  }

  #requireName(level: Level, name: string, at: number): void {
    const isTwice = level.emits ? level.lastName === name : level.names?.has(name) === true;
    if (isTwice) throw this.#fault('input-malformed', 'duplicate member name', at);
    level.names?.add(name);
    if ((level.names?.size ?? 0) > MOST_NAMES)
      throw this.#fault('input-limit', 'an object of more than a million members', at);
    // The order of UTF-16 code units (RFC 8785 §3.2.3) is that of JavaScript.
    if (level.emits && level.lastName !== undefined && name < level.lastName) {
      throw this.#fault('input-limit', 'its members are not in canonical order, and it is too large to be held', at);
    }
    level.lastName = name;
  }

  #decoded(bytes: Uint8Array, at: number, end: number): string {
    return parseJson(this.#platform, bytes, at, end) as string;
  }

  /** As much of the string at hand as there is; its quote at the beginning was taken. */
  #stringPiece(bytes: Uint8Array, at: number, end: number): number {
    const cut = safeCut(bytes, at, end);
    const isLast = cut < end && bytes[cut] === QUOTE;
    const piece = this.#scratch;
    piece.length = 0;
    // Between quotes it is a string of its own; what is written is never longer.
    const text = new Uint8Array(cut - at + 2);
    text[0] = QUOTE;
    text.set(bytes.subarray(at, cut), 1);
    text[text.length - 1] = QUOTE;
    piece.reserve(text.length);
    if (copyString(text, 0, text.length, piece) !== text.length) throw this.#badString(text, at);
    this.#take(piece.bytes, 1, piece.length - 1, at);
    if (!isLast) return cut;
    this.#given.byte(QUOTE);
    for (const which of this.#wanted()) this.texts[which] = JSON.parse(`"${(this.#pieces ?? []).join('')}"`) as string;
    this.#ended();
    return cut + 1;
  }

  #take(canonical: Uint8Array, from: number, to: number, at: number): void {
    if (this.#pieces !== undefined) {
      this.#piecesLength += to - from;
      if (this.#piecesLength > MOST_TOKEN_BYTES) throw this.#fault('input-limit', 'a value of more than 1 MiB', at);
      this.#pieces.push(this.#platform.text(canonical, from, to));
    }
    this.#given.piece(canonical, from, to);
  }

  /** The strict reader says what is wrong with it. */
  #badString(text: Uint8Array, at: number): EvidenceError {
    try {
      parseJson(this.#platform, text);
    } catch (error) {
      if (error instanceof EvidenceError) return error.at({ byteOffset: at + (error.where.byteOffset ?? 1) - 1 });
      throw error;
    }
    return new EvidenceError('input-malformed', 'no string of JSON', { where: { byteOffset: at } });
  }

  /* Faults. */

  #fault(kind: 'input-malformed' | 'input-limit', reason: string, byteOffset: number): EvidenceError {
    const where: Where = { byteOffset, ...(this.#pointer === '' ? {} : { member: this.#pointer }) };
    return new EvidenceError(kind, reason, { where });
  }

  #unexpected(bytes: Uint8Array, at: number): EvidenceError {
    const byte = (bytes[at] ?? 0).toString(16).padStart(2, '0');
    return this.#fault('input-malformed', `unexpected byte 0x${byte}`, at);
  }
}
