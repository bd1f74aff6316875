/** Files of JSON as items: the elements of an array in one, its lines, or the file itself. */

import { EvidenceError } from '../../core/errors.ts';
import {
  BACKSLASH,
  CLOSE_BRACE,
  CLOSE_BRACKET,
  COMMA,
  LF,
  OPEN_BRACE,
  OPEN_BRACKET,
  QUOTE,
} from '../../core/json/cursor.ts';
import { JsonWalk } from '../../core/json/fast/walk.ts';
import { MOST_HELD_ITEM_BYTES } from '../../core/limits.ts';
import type { Platform } from '../../core/platform.ts';
import { type ByteWindow, isWhiteSpace } from '../../core/snapshot/byte-window.ts';
import type { Feed } from './feed.ts';
import type { JsonItems } from './json-items.ts';
import { requireForeign } from './ours.ts';

/** Goes on with a walk until it stops or ends. */
async function walkOn(feed: Feed, walk: JsonWalk, item: number | undefined): Promise<void> {
  const { window } = feed;
  while (!walk.done && !walk.stopped) {
    const taken = feed.placed(
      () => walk.write(window.bytes, window.start, window.end, feed.closed),
      item,
      window.start,
    );
    window.consume(taken);
    if (!walk.done && !walk.stopped) await feed.more();
  }
}

/** Takes the item that begins here and is too long to be held: it ends where its value does. */
async function takeLong(feed: Feed, items: JsonItems, item: number): Promise<void> {
  const at = feed.placeOf(item, feed.window.start);
  const long = feed.placed(() => items.walk(), item, feed.window.start);
  try {
    await walkOn(feed, long.walk, item);
  } catch (error) {
    throw withSize(error, feed, at.byteOffset);
  }
  feed.placed(() => items.takeWalk(long, at, feed.path), item, feed.window.start);
}

/** What could not be put in order says how long it is at least. */
function withSize(error: unknown, { window }: Feed, from: number): unknown {
  if (!(error instanceof EvidenceError) || error.kind !== 'input-limit') return error;
  const seen = window.placeOf(window.end).byteOffset - from;
  const reason = `${error.reason} (${seen} bytes of it were read; ${MOST_HELD_ITEM_BYTES} are held)`;
  const advice = 'bring its members into canonical order (RFC 8785), or take the file as bytes';
  return new EvidenceError('input-limit', reason, { where: error.where, advice, cause: error });
}

/** Nothing but white space may stand behind what was read. */
async function requireEnd(feed: Feed): Promise<void> {
  for (;;) {
    feed.window.skipWhiteSpace();
    if (feed.window.start < feed.window.end) {
      const fault = new EvidenceError('input-malformed', 'data after the end of the JSON text');
      throw feed.fault(fault, undefined, feed.window.start);
    }
    if (feed.closed) return;
    await feed.more();
  }
}

/* The elements of an array. */

/** Finds where elements begin and end; what is in them is for the strict reader. */
class Elements {
  readonly #window: ByteWindow;
  #expected: 'first' | 'element' | 'comma' = 'first';
  /** Bytes of the element that were looked at. */
  #seen = 0;
  #depth = 0;
  #inString = false;

  constructor(window: ByteWindow) {
    this.#window = window;
  }

  /** Begins an element, or says what is there instead. */
  begin(): 'element' | 'more' | 'end' {
    const window = this.#window;
    for (;;) {
      window.skipWhiteSpace();
      if (window.start >= window.end) return 'more';
      const byte = window.bytes[window.start];
      if (byte === CLOSE_BRACKET && this.#expected !== 'element') {
        window.consume(window.start + 1);
        return 'end';
      }
      if (this.#expected !== 'comma') return 'element';
      if (byte !== COMMA) throw this.#unexpected();
      this.#expected = 'element';
      window.consume(window.start + 1);
    }
  }

  #unexpected(): EvidenceError {
    const where = { byteOffset: this.#window.start };
    return new EvidenceError('input-malformed', 'expected a comma or the end of the array', { where });
  }

  /** Behind the last byte of the element that was begun; -1 if it is not there yet. */
  find(): number {
    const { bytes, start, end } = this.#window;
    let at = start + this.#seen;
    while (at < end) {
      if (this.#inString) at = this.#throughString(bytes, at, end);
      if (at >= end) break;
      const ends = this.#outside(bytes[at] as number);
      if (ends !== 'no') return this.#found(ends === 'before' ? at : at + 1);
      at++;
    }
    this.#seen = at - start;
    return -1;
  }

  /** The closing quote, or where the string has not come to its end. */
  #throughString(bytes: Uint8Array, from: number, end: number): number {
    let at = from;
    while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
    return at;
  }

  /** Whether the element ends with, or before, a byte that is no character of a string. */
  #outside(byte: number): 'no' | 'before' | 'with' {
    if (byte === QUOTE) {
      this.#inString = !this.#inString;
      return this.#inString || this.#depth > 0 ? 'no' : 'with';
    }
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) this.#depth++;
    else if (byte === CLOSE_BRACE || byte === CLOSE_BRACKET) {
      if (this.#depth === 0) return 'before';
      return --this.#depth === 0 ? 'with' : 'no';
    } else if (this.#depth === 0 && (byte === COMMA || isWhiteSpace(byte))) return 'before';
    return 'no';
  }

  #found(at: number): number {
    this.taken();
    return at;
  }

  /** Says that the element was taken. */
  taken(): void {
    this.#expected = 'comma';
    this.#seen = this.#depth = 0;
    this.#inString = false;
  }
}

async function takeElement(feed: Feed, elements: Elements, items: JsonItems, item: number): Promise<void> {
  const { window } = feed;
  for (;;) {
    const end = elements.find();
    if (end >= 0) {
      const { start } = window;
      feed.placed(() => items.take(window.bytes, start, end, feed.placeOf(item, start), feed.path), item, start);
      return window.consume(end);
    }
    if (feed.closed) throw feed.fault(cutOff(), item, window.end);
    if (window.end - window.start > MOST_HELD_ITEM_BYTES) {
      await takeLong(feed, items, item);
      return elements.taken();
    }
    await feed.more();
  }
}

function cutOff(): EvidenceError {
  return new EvidenceError('input-truncated', 'the input ends within the array of items');
}

/** Reads the elements up to the end of the array; an element costs no promise. */
async function takeElements(feed: Feed, items: JsonItems): Promise<void> {
  const { window } = feed;
  const elements = new Elements(window);
  for (let item = 0; ; ) {
    const found = feed.placed(() => elements.begin(), item, window.start);
    if (found === 'end') return;
    if (found === 'more') {
      if (feed.closed) throw feed.fault(cutOff(), item, window.end);
      await feed.more();
      continue;
    }
    const end = elements.find();
    if (end < 0) await takeElement(feed, elements, items, item);
    else {
      const { start } = window;
      feed.placed(() => items.take(window.bytes, start, end, feed.placeOf(item, start), feed.path), item, start);
      window.consume(end);
    }
    item++;
    const wait = feed.settle();
    if (wait !== undefined) await wait;
  }
}

/**
 * Takes the elements of the array that `pointer` leads to.
 *
 * @param unread - takes the members of the file that nothing reads
 * @returns a pointer to the first of them that is an array or object
 * @throws EvidenceError with the place of what is wrong
 */
export async function readArray(
  feed: Feed,
  pointer: string,
  items: JsonItems,
  platform: Platform,
  unread: Set<string>,
): Promise<string | undefined> {
  const walk = new JsonWalk(platform, { wanted: ['/kind'], stopAt: pointer });
  await walkOn(feed, walk, undefined);
  if (!walk.stopped) throw feed.fault(noArray(pointer, walk), undefined, feed.window.start);
  feed.placed(() => requireForeign(walk.texts), undefined, feed.window.start);
  await takeElements(feed, items);
  walk.closedArray();
  await walkOn(feed, walk, undefined);
  feed.placed(() => requireForeign(walk.texts), undefined, feed.window.start);
  await requireEnd(feed);
  for (const member of walk.unread) unread.add(member);
  return walk.unreadContainer;
}

function noArray(pointer: string, walk: JsonWalk): EvidenceError {
  const kind = walk.texts[0];
  if (typeof kind === 'string') requireForeign(walk.texts);
  const place = pointer === '' ? 'the file' : `what is at ${pointer}`;
  const beside = [...walk.unread].slice(0, 20).join(', ');
  const advice = `name the array of items by its JSON Pointer${beside === '' ? '' : `; there are ${beside}`}`;
  const reason =
    walk.otherAtStop === undefined ? `there is nothing at ${pointer}` : `${place} is ${walk.otherAtStop}, and no array`;
  return new EvidenceError('schema-violation', reason, { advice });
}

/* Lines. */

async function takeLongLine(feed: Feed, items: JsonItems, item: number): Promise<void> {
  const { window } = feed;
  const at = feed.placeOf(item, window.start);
  const long = feed.placed(() => items.walk(), item, window.start);
  for (;;) {
    const lineEnd = window.indexOf(LF);
    const to = lineEnd < 0 ? window.end : lineEnd;
    const isLast = lineEnd >= 0 || feed.closed;
    try {
      window.consume(feed.placed(() => long.walk.write(window.bytes, window.start, to, isLast), item, window.start));
    } catch (error) {
      throw withSize(error, feed, at.byteOffset);
    }
    if (isLast) {
      requireBlank(feed, item, to);
      window.consume(lineEnd < 0 ? window.end : lineEnd + 1);
      return feed.placed(() => items.takeWalk(long, at, feed.path), item, window.start);
    }
    await feed.more();
  }
}

function requireBlank(feed: Feed, item: number, end: number): void {
  const { window } = feed;
  for (let at = window.start; at < end; at++) {
    if (isWhiteSpace(window.bytes[at])) continue;
    throw feed.fault(new EvidenceError('input-malformed', 'data after the item on its line'), item, at);
  }
}

function isBlank({ bytes }: ByteWindow, start: number, end: number): boolean {
  for (let at = start; at < end; at++) if (!isWhiteSpace(bytes[at])) return false;
  return true;
}

/** Takes each line; blank ones are none. */
export async function readLines(feed: Feed, items: JsonItems): Promise<void> {
  const { window } = feed;
  for (let item = 0; ; ) {
    const found = window.indexOf(LF);
    if (found < 0 && !feed.closed) {
      if (window.end - window.start <= MOST_HELD_ITEM_BYTES) await feed.more();
      else await takeLongLine(feed, items, item++);
      continue;
    }
    const end = found < 0 ? window.end : found;
    const { start } = window;
    if (!isBlank(window, start, end)) {
      feed.placed(() => items.take(window.bytes, start, end, feed.placeOf(item, start), feed.path), item, start);
      item++;
    }
    if (found < 0) return;
    window.consumeLine(found + 1);
    const wait = feed.settle();
    if (wait !== undefined) await wait;
  }
}

/* The file itself. */

/** Takes the file as one item. */
export async function readWhole(feed: Feed, items: JsonItems): Promise<void> {
  const { window } = feed;
  while (!feed.closed && window.end - window.start <= MOST_HELD_ITEM_BYTES) await feed.more();
  if (feed.closed) {
    const { start, end } = window;
    const at = { ...feed.placeOf(-1, start), item: -1 };
    feed.placed(() => items.take(window.bytes, start, end, at, feed.path), undefined, start);
    window.consume(end);
    return;
  }
  await takeLong(feed, items, -1);
  await requireEnd(feed);
}
