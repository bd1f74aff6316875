/** JSON Pointers (RFC 6901), and the values that they lead to in a canonical text: found in one pass, nothing decoded. */

import { EvidenceError } from '../errors.ts';
import { utf8 } from '../platform.ts';
import { BACKSLASH, CLOSE_BRACE, CLOSE_BRACKET, COMMA, LOWER_N, OPEN_BRACE, OPEN_BRACKET, QUOTE } from './cursor.ts';

const INDEX = /^(?:0|[1-9]\d*)$/;

/**
 * The reference tokens of `pointer`; none for the whole document.
 *
 * @throws EvidenceError `schema-violation` for what is no JSON Pointer
 */
export function pointerTokens(pointer: string): readonly string[] {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) {
    throw new EvidenceError('schema-violation', `${JSON.stringify(pointer)} is no JSON Pointer (RFC 6901)`, {
      advice: 'write /member, /member/member or /list/0; "" is the whole item; ~ in a name is ~0, / is ~1',
    });
  }
  return pointer
    .slice(1)
    .split('/')
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/** `pointer` with the member or element `token` behind it. */
export function pointerTo(pointer: string, token: string | number): string {
  return `${pointer}/${String(token).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}

/** What pointers lead to, as a tree: one node for each beginning of them. */
export interface PointerNode {
  readonly children: Map<string, PointerNode>;
  /** Which of the pointers end here. */
  readonly ends: number[];
}

/** The tree of `pointers`. */
export function pointerTree(pointers: readonly string[]): PointerNode {
  const root: PointerNode = { children: new Map(), ends: [] };
  for (const [at, pointer] of pointers.entries()) {
    let node = root;
    for (const token of pointerTokens(pointer)) {
      const next = node.children.get(token) ?? { children: new Map(), ends: [] };
      node.children.set(token, next);
      node = next;
    }
    node.ends.push(at);
  }
  return root;
}

interface Node {
  /** Canonical spelling of the name with its quotes, and the index that it is in an array; -1 for none. */
  readonly children: readonly { readonly name: Uint8Array; readonly index: number; readonly node: Node }[];
  readonly ends: readonly number[];
}

function compiled({ children, ends }: PointerNode): Node {
  return {
    ends,
    children: [...children].map(([token, node]) => ({
      name: utf8(JSON.stringify(token)),
      index: INDEX.test(token) ? Number(token) : -1,
      node: compiled(node),
    })),
  };
}

/** Finds what several pointers lead to, in one canonical text after another. */
export class PointerTable {
  /** Where the value of each begins in the last text, -1 if there is none. */
  readonly start: number[];
  /** Where it ends. */
  readonly end: number[];
  readonly #root: Node;
  #bytes: Uint8Array = new Uint8Array(0);

  /** @throws EvidenceError `schema-violation` for what is no JSON Pointer */
  constructor(pointers: readonly string[]) {
    this.#root = compiled(pointerTree(pointers));
    this.start = pointers.map(() => -1);
    this.end = pointers.map(() => -1);
  }

  /** Looks through the canonical text that begins at `start`. */
  locate(bytes: Uint8Array, start: number): void {
    this.#bytes = bytes;
    this.start.fill(-1);
    this.#value(this.#root, start);
  }

  /** The functions below take the offset of a first byte and return the offset behind the last one. */
  #value(node: Node, at: number): number {
    const after = node.children.length === 0 ? valueEnd(this.#bytes, at) : this.#inside(node, at);
    for (const pointer of node.ends) {
      this.start[pointer] = at;
      this.end[pointer] = after;
    }
    return after;
  }

  #inside(node: Node, at: number): number {
    const open = this.#bytes[at];
    if (open === OPEN_BRACE) return this.#object(node, at);
    return open === OPEN_BRACKET ? this.#array(node, at) : valueEnd(this.#bytes, at);
  }

  #object(node: Node, open: number): number {
    const bytes = this.#bytes;
    let at = open + 1;
    if (bytes[at] === CLOSE_BRACE) return at + 1;
    for (;;) {
      const nameEnd = stringEnd(bytes, at);
      const child = node.children.find(({ name }) => isName(bytes, at, nameEnd, name));
      at = child === undefined ? valueEnd(bytes, nameEnd + 1) : this.#value(child.node, nameEnd + 1);
      if (bytes[at++] !== COMMA) return at;
    }
  }

  #array(node: Node, open: number): number {
    const bytes = this.#bytes;
    let at = open + 1;
    if (bytes[at] === CLOSE_BRACKET) return at + 1;
    for (let element = 0; ; element++) {
      const child = node.children.find(({ index }) => index === element);
      at = child === undefined ? valueEnd(bytes, at) : this.#value(child.node, at);
      if (bytes[at++] !== COMMA) return at;
    }
  }
}

function isName(bytes: Uint8Array, start: number, end: number, name: Uint8Array): boolean {
  if (end - start !== name.length) return false;
  for (let at = 0; at < name.length; at++) if (bytes[start + at] !== name[at]) return false;
  return true;
}

/** Behind the string whose opening quote is at `open`. */
function stringEnd(bytes: Uint8Array, open: number): number {
  let at = open + 1;
  for (let byte = bytes[at]; byte !== QUOTE; byte = bytes[at]) at += byte === BACKSLASH ? 2 : 1;
  return at + 1;
}

/** Behind the value that begins at `start`, in a canonical text. */
function valueEnd(bytes: Uint8Array, start: number): number {
  const first = bytes[start];
  if (first === QUOTE) return stringEnd(bytes, start);
  return first === OPEN_BRACE || first === OPEN_BRACKET ? containerEnd(bytes, start) : wordEnd(bytes, start);
}

/** Behind a number, true, false or null. */
function wordEnd(bytes: Uint8Array, start: number): number {
  let at = start;
  while (at < bytes.length && bytes[at] !== COMMA && bytes[at] !== CLOSE_BRACE && bytes[at] !== CLOSE_BRACKET) at++;
  return at;
}

function containerEnd(bytes: Uint8Array, start: number): number {
  let depth = 0;
  for (let at = start; at < bytes.length; ) {
    const byte = bytes[at] as number;
    if (byte === QUOTE) {
      at = stringEnd(bytes, at);
      continue;
    }
    at++;
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET) depth++;
    else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --depth === 0) return at;
  }
  return bytes.length;
}

/** A member of an object, by where its name stands with its quotes, or an element of an array, by its index; and its value. */
interface Part {
  readonly name: readonly [start: number, end: number] | number;
  readonly value: number;
}

/** What the canonical value that begins at `start` has in it; none of what is neither object nor array. */
function* partsOf(bytes: Uint8Array, start: number): Generator<Part> {
  const isObject = bytes[start] === OPEN_BRACE;
  if (!isObject && bytes[start] !== OPEN_BRACKET) return;
  const close = isObject ? CLOSE_BRACE : CLOSE_BRACKET;
  if (bytes[start + 1] === close) return;
  for (let at = start + 1, element = 0; ; at++, element++) {
    const nameEnd = isObject ? stringEnd(bytes, at) : at;
    const value = isObject ? nameEnd + 1 : at;
    yield { name: isObject ? [at, nameEnd] : element, value };
    at = valueEnd(bytes, value);
    if (bytes[at] !== COMMA) return;
  }
}

/**
 * Pointers to what stands in a canonical value beside the way to all that the pointers of `tree` lead to, at any depth. What
 * a pointer leads to is read whole; what is null is nothing.
 *
 * @param start - where the value begins in `bytes`
 * @param textOf - the text of some of `bytes`
 * @param pointer - where the value itself stands
 */
export function* besideWay(
  bytes: Uint8Array,
  start: number,
  tree: PointerNode,
  textOf: (start: number, end: number) => string,
  pointer = '',
): Generator<string> {
  if (tree.ends.length > 0 || bytes[start] === LOWER_N) return;
  const isContainer = bytes[start] === OPEN_BRACE || bytes[start] === OPEN_BRACKET;
  if (!isContainer) yield pointer;
  for (const { name, value } of partsOf(bytes, start)) {
    const token = typeof name === 'number' ? String(name) : (JSON.parse(textOf(...name)) as string);
    const inner = pointerTo(pointer, token);
    const child = tree.children.get(token);
    if (child === undefined) yield inner;
    else yield* besideWay(bytes, value, child, textOf, inner);
  }
}
