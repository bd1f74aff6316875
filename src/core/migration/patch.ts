/**
 * JSON Patch (RFC 6902) over exact JSON values, with `convert` as one more operation.
 *
 * Values are as the strict reader gives them, so no number passes through a double (docs/decisions/0007). A document is
 * changed in place: it is a copy that nobody else has. What an operation takes out or writes over is reported.
 */
import { canonicalText } from '../json/canonical.ts';
import { type Json, JsonNumber } from '../json/value.ts';
import { type Conversion, converted, type Loss } from './convert.ts';
import { mismatch, nothingAt } from './mismatch.ts';
import { childOf, isIndex, type Pointer, pointerText, statedText, valueAt } from './pointer.ts';

export type PatchOperation =
  | { readonly op: 'add' | 'replace' | 'test'; readonly path: Pointer; readonly value: Json }
  | { readonly op: 'remove'; readonly path: Pointer }
  | { readonly op: 'move' | 'copy'; readonly from: Pointer; readonly path: Pointer }
  | { readonly op: 'convert'; readonly path: Pointer; readonly to: Conversion };

/** Called with each value that the operation at an index of the patch takes away. */
export type OnLoss = (operation: number, loss: Loss) => void;

/** What an operation takes away, where it takes something away. */
export function lossOf(operation: PatchOperation): Loss {
  if (operation.op === 'remove') return 'removed';
  if (operation.op !== 'convert' || 'concat' in operation.to) return 'overwritten';
  return 'values' in operation.to ? 'merged' : 'respelled';
}

/** A copy of which no part is shared with `value`. */
function copyOf(value: Json): Json {
  if (value instanceof Map) return new Map([...value].map(([name, member]) => [name, copyOf(member)]));
  return Array.isArray(value) ? value.map(copyOf) : (value as Json);
}

/** Whether two values are the same: numbers by their value, members in any order (RFC 6902 §4.6). */
export function isSame(one: Json | undefined, other: Json | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  if (one === other) return true;
  const isPlain = (value: Json): boolean => typeof value !== 'object' || value === null;
  if (isPlain(one) || isPlain(other)) return false;
  if (one instanceof JsonNumber !== other instanceof JsonNumber) return false;
  return canonicalText(one) === canonicalText(other);
}

class Patching {
  #document: Json;
  readonly #onLoss: (loss: Loss) => void;

  constructor(document: Json, onLoss: (loss: Loss) => void) {
    this.#document = document;
    this.#onLoss = onLoss;
  }

  get document(): Json {
    return this.#document;
  }

  apply(operation: PatchOperation): void {
    const { path } = operation;
    if (operation.op === 'add') this.#add(path, copyOf(operation.value));
    else if (operation.op === 'replace') this.#replace(path, copyOf(operation.value));
    else if (operation.op === 'remove') this.#remove(path);
    else if (operation.op === 'copy') this.#add(path, copyOf(this.#needed(operation.from)));
    else if (operation.op === 'move') this.#move(operation.from, path);
    else if (operation.op === 'test') this.#test(path, operation.value);
    else if (operation.op === 'convert') this.#convert(path, operation.to);
  }

  #test(path: Pointer, value: Json): void {
    if (!isSame(this.#needed(path), value)) mismatch(`the test at ${pointerText(path)} does not hold`);
  }

  #replace(path: Pointer, value: Json): void {
    this.#needed(path);
    this.#set(path, value);
  }

  #remove(path: Pointer): void {
    this.#take(path);
    this.#onLoss('removed');
  }

  #needed(path: Pointer): Json {
    const value = valueAt(this.#document, path);
    return value === undefined ? nothingAt(pointerText(path)) : value;
  }

  /** The container of what is, or will be, at `path`. */
  #around(path: Pointer): Json {
    return this.#needed(path.slice(0, -1));
  }

  #overwrite(before: Json | undefined, value: Json): void {
    if (before !== undefined && !isSame(before, value)) this.#onLoss('overwritten');
  }

  #add(path: Pointer, value: Json): void {
    const container = path.length === 0 ? undefined : this.#around(path);
    if (Array.isArray(container)) this.#insert(container, path, value);
    else this.#set(path, value);
  }

  #insert(container: Json[], path: Pointer, value: Json): void {
    const name = path.at(-1) ?? '';
    const at = name === '-' ? container.length : isIndex(name) ? Number(name) : Number.NaN;
    if (!(at <= container.length)) mismatch(`${pointerText(path)} is no place in its array`);
    container.splice(at, 0, value);
  }

  /** Puts `value` at `path`: in place of what is there, or as a new member. */
  #set(path: Pointer, value: Json): void {
    const name = path.at(-1);
    if (name === undefined) {
      this.#overwrite(this.#document, value);
      this.#document = value;
      return;
    }
    const container = this.#around(path);
    this.#overwrite(childOf(container, name), value);
    if (container instanceof Map) container.set(name, value);
    else if (Array.isArray(container) && isIndex(name) && Number(name) < container.length) {
      container[Number(name)] = value;
    } else mismatch(`there is no object or array around ${pointerText(path)}`);
  }

  #take(path: Pointer): Json {
    const value = this.#needed(path);
    const name = path.at(-1);
    if (name === undefined) return mismatch('a whole record cannot be removed');
    const container = this.#around(path);
    if (container instanceof Map) container.delete(name);
    else (container as Json[]).splice(Number(name), 1);
    return value;
  }

  #move(from: Pointer, path: Pointer): void {
    const into = from.length < path.length && from.every((name, at) => path[at] === name);
    if (into) mismatch(`${pointerText(from)} cannot be moved into itself`);
    const isWhere = from.length === path.length && from.every((name, at) => path[at] === name);
    if (isWhere) this.#needed(path);
    else this.#add(path, this.#take(from));
  }

  #convert(path: Pointer, to: Conversion): void {
    const value = valueAt(this.#document, path);
    const { result, loss } = converted(value, to, (pointer) => this.#needed(pointer), statedText(path));
    if (loss !== undefined) this.#onLoss(loss);
    if ('concat' in to) this.#add(path, result);
    // What a conversion makes of a value stands for it: nothing was written over.
    else this.#replaceQuietly(path, result);
  }

  #replaceQuietly(path: Pointer, value: Json): void {
    const name = path.at(-1);
    const container = name === undefined ? undefined : this.#around(path);
    if (name === undefined) this.#document = value;
    else if (container instanceof Map) container.set(name, value);
    else (container as Json[])[Number(name)] = value;
  }
}

/**
 * `document` after all of `operations`, in order.
 *
 * @param document - changed in place
 * @param onLoss - called with each value that is removed, written over or merged with another
 * @throws MapMismatch at the first operation that does not apply (RFC 6902 §5: then there is no result)
 */
export function patched(document: Json, operations: readonly PatchOperation[], onLoss: OnLoss = () => {}): Json {
  let index = 0;
  const patching = new Patching(document, (loss) => onLoss(index, loss));
  for (const operation of operations) {
    patching.apply(operation);
    index++;
  }
  return patching.document;
}
