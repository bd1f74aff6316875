/**
 * What a rule makes of a body, as bytes: for rules that do nothing but to members of the body itself. Each row of names
 * that bodies have is worked through once; then a new body is written from pieces of the old one. Whatever is not as simple
 * as that is left to the simple way, `patched` (patch.ts), which is the oracle of this one: it alone finds what does not
 * fit, and says so.
 */
import { EvidenceError } from '../errors.ts';
import { canonicalBytes, canonicalText } from '../json/canonical.ts';
import { CLOSE_BRACE, isDigit, LOWER_F, LOWER_T, MINUS, OPEN_BRACE, QUOTE } from '../json/cursor.ts';
import { parseJson } from '../json/parse.ts';
import type { Json } from '../json/value.ts';
import { portable, utf8 } from '../platform.ts';
import { type Conversion, converted } from './convert.ts';
import type { MemberScan } from './member-scan.ts';
import type { MigrationRule } from './migration.ts';
import { MapMismatch, mismatch } from './mismatch.ts';
import type { PatchOperation } from './patch.ts';
import { type Pointer, statedText } from './pointer.ts';
import { changesBodies, pathsOf } from './transform.ts';

/** What was taken away is kept as a bit for each operation. */
const MOST_OPERATIONS = 30;
/** Rows of names that are kept of one rule. */
const MOST_SHAPES = 64;
/** Results that are kept of one conversion: most values come again. */
const MOST_KEPT = 1024;
const MOST_KEPT_BYTES = 64;
/** Room for values that are made of others: a line of more bytes is none for an engine. */
const SCRATCH = 4096;

const ONE_QUOTE = Uint8Array.of(QUOTE);

/** The name of a member of the body; a pointer elsewhere, or deeper, has none here. */
function memberAt(path: Pointer): string | undefined {
  return path.length === 2 ? path[1] : undefined;
}

/** Whether a rule does nothing but to members of bodies, and to links. */
export function isSpliceable(rule: MigrationRule): boolean {
  const { patch, rechain } = rule;
  if (!changesBodies(rule)) return false;
  if (rechain?.derived !== undefined || patch.length > MOST_OPERATIONS) return false;
  return patch.every((operation) => pathsOf(operation).every((path) => memberAt(path) !== undefined));
}

/** The values of a body and those that are made of them, each a part of some bytes. */
class Values {
  readonly bytes: Uint8Array[] = [];
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  readonly #scratch: Uint8Array = new Uint8Array(SCRATCH);
  #used = 0;
  /** A bit for each operation that took something away. */
  lost = 0;

  begin({ bytes, count, bounds }: MemberScan): void {
    for (let at = 0; at < count; at++) this.put(at, bytes, bounds[4 * at + 2] ?? 0, bounds[4 * at + 3] ?? 0);
    this.#used = 0;
    this.lost = 0;
  }

  put(at: number, bytes: Uint8Array, start: number, end: number): true {
    this.bytes[at] = bytes;
    this.starts[at] = start;
    this.ends[at] = end;
    return true;
  }

  firstByte(at: number): number {
    return this.bytes[at]?.[this.starts[at] ?? 0] ?? 0;
  }

  areSame(one: number, other: number): boolean {
    const [a, b] = [this.bytes[one], this.bytes[other]];
    let from = this.starts[one] ?? 0;
    let to = this.starts[other] ?? 0;
    const end = this.ends[one] ?? 0;
    if (a === undefined || b === undefined || end - from !== (this.ends[other] ?? 0) - to) return false;
    while (from < end) if (a[from++] !== b[to++]) return false;
    return true;
  }

  /** Begins to write a value. */
  open(at: number): void {
    this.put(at, this.#scratch, this.#used, this.#used);
  }

  /** Writes some bytes behind what was written of it; false if there is no more room. */
  write(at: number, bytes: Uint8Array, start = 0, end: number = bytes.length): boolean {
    if (this.#used + end - start > SCRATCH) return false;
    for (let from = start; from < end; from++) this.#scratch[this.#used++] = bytes[from] ?? 0;
    this.ends[at] = this.#used;
    return true;
  }

  /** Writes another value, without as many bytes at each of its ends. */
  writeValue(at: number, of: number, without = 0): boolean {
    const bytes = this.bytes[of];
    return (
      bytes !== undefined && this.write(at, bytes, (this.starts[of] ?? 0) + without, (this.ends[of] ?? 0) - without)
    );
  }
}

/** Does one operation to the values of a body; false if only the simple way can tell what comes of it. */
type Step = (values: Values) => boolean;

interface Made {
  readonly bytes: Uint8Array;
  readonly isLossy: boolean;
}

/** A conversion of a value by itself. */
class ValueConversion {
  readonly #to: Conversion;
  readonly #at: string;
  readonly #kept: Map<string, Made | undefined> = new Map();

  constructor(to: Conversion, path: Pointer) {
    this.#to = to;
    this.#at = statedText(path);
  }

  /** Undefined where it does not apply. */
  of(bytes: Uint8Array, start: number, end: number): Made | undefined {
    if (end - start > MOST_KEPT_BYTES) return this.#made(bytes, start, end);
    let key = '';
    for (let at = start; at < end; at++) key += String.fromCharCode(bytes[at] ?? 0);
    const known = this.#kept.get(key);
    if (known !== undefined || this.#kept.has(key)) return known;
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    const made = this.#made(bytes, start, end);
    this.#kept.set(key, made);
    return made;
  }

  #made(bytes: Uint8Array, start: number, end: number): Made | undefined {
    try {
      const { result, loss } = converted(
        parseJson(portable, bytes, start, end),
        this.#to,
        () => mismatch(''),
        this.#at,
      );
      return { bytes: canonicalBytes(result), isLossy: loss !== undefined };
    } catch (fault) {
      if (fault instanceof MapMismatch || fault instanceof EvidenceError) return undefined;
      throw fault;
    }
  }
}

/** A piece of the new body: some bytes, then a value. */
interface Piece {
  readonly text: Uint8Array;
  readonly value: number;
}

/** What becomes of all bodies with one row of names. */
interface Plan {
  readonly steps: readonly Step[];
  /** Operations that take something from every body. */
  readonly lost: number;
  readonly pieces: readonly Piece[];
}

/** Works through the operations for one row of names: which value stands where, and what must be done to it. */
class Planning {
  /** Which value each member has, by name. */
  readonly #members: Map<string, number>;
  #values: number;
  readonly #steps: Step[] = [];
  #lost = 0;

  constructor(names: readonly string[]) {
    this.#members = new Map(names.map((name, at) => [name, at]));
    this.#values = names.length;
  }

  /** Undefined if an operation does not fit: the simple way says why. */
  plan(operations: readonly PatchOperation[]): Plan | undefined {
    if (!operations.every((operation, at) => this.#fits(operation, 1 << at))) return undefined;
    const names = [...this.#members.keys()].sort((one, other) => (one < other ? -1 : 1));
    const pieces = names.map((name, at) => ({
      text: utf8(`${at === 0 ? '{' : ','}${canonicalText(name)}:`),
      value: this.#members.get(name) ?? 0,
    }));
    return { steps: this.#steps, lost: this.#lost, pieces };
  }

  #fits(operation: PatchOperation, bit: number): boolean {
    const name = memberAt(operation.path) ?? '';
    const before = this.#members.get(name);
    if (operation.op === 'add') return this.#set(name, this.#literal(operation.value), bit);
    if ('from' in operation) return this.#bring(operation, name, bit);
    if (operation.op === 'convert' && 'concat' in operation.to) return this.#concat(operation.to.concat, name, bit);
    if (before === undefined) return false;
    if (operation.op === 'convert') return this.#convert(operation, name, before, bit);
    if (operation.op === 'remove') {
      this.#lost |= bit;
      return this.#members.delete(name);
    }
    const value = this.#literal(operation.value);
    if (operation.op === 'replace') return this.#set(name, value, bit);
    return this.#do((values) => values.areSame(before, value));
  }

  #do(step: Step): true {
    this.#steps.push(step);
    return true;
  }

  #literal(value: Json): number {
    const [at, bytes] = [this.#values++, canonicalBytes(value)];
    this.#do((values) => values.put(at, bytes, 0, bytes.length));
    return at;
  }

  #set(name: string, value: number, bit: number): true {
    const before = this.#members.get(name);
    this.#members.set(name, value);
    if (before === undefined) return true;
    return this.#do((values) => {
      if (!values.areSame(before, value)) values.lost |= bit;
      return true;
    });
  }

  #bring({ op, from }: Extract<PatchOperation, { op: 'copy' | 'move' }>, name: string, bit: number): boolean {
    const source = memberAt(from) ?? '';
    const value = this.#members.get(source);
    if (value === undefined) return false;
    if (op === 'move' && source === name) return true;
    if (op === 'move') this.#members.delete(source);
    return this.#set(name, value, bit);
  }

  #convert({ to, path }: Extract<PatchOperation, { op: 'convert' }>, name: string, of: number, bit: number): true {
    const at = this.#values++;
    this.#members.set(name, at);
    if ('text' in to) return this.#do((values) => spelledOut(values, of, at));
    const conversion = new ValueConversion(to, path);
    return this.#do((values) => {
      const bytes = values.bytes[of];
      const made = bytes === undefined ? undefined : conversion.of(bytes, values.starts[of] ?? 0, values.ends[of] ?? 0);
      if (made === undefined) return false;
      if (made.isLossy) values.lost |= bit;
      return values.put(at, made.bytes, 0, made.bytes.length);
    });
  }

  #concat(parts: Extract<Conversion, { concat: unknown }>['concat'], name: string, bit: number): boolean {
    const at = this.#values++;
    const writes: Step[] = [];
    for (const part of parts) {
      if ('text' in part) {
        const bytes = utf8(canonicalText(part.text).slice(1, -1));
        writes.push((values) => values.write(at, bytes));
        continue;
      }
      const of = this.#members.get(memberAt(part.pointer) ?? '');
      if (of === undefined) return false;
      writes.push((values) => values.firstByte(of) === QUOTE && values.writeValue(at, of, 1));
    }
    this.#do((values) => {
      values.open(at);
      return values.write(at, ONE_QUOTE) && writes.every((write) => write(values)) && values.write(at, ONE_QUOTE);
    });
    return this.#set(name, at, bit);
  }
}

/** A number, true or false as text: its canonical spelling in quotes. */
function spelledOut(values: Values, of: number, at: number): boolean {
  const first = values.firstByte(of);
  if (!isDigit(first) && first !== MINUS && first !== LOWER_T && first !== LOWER_F) return false;
  values.open(at);
  return values.write(at, ONE_QUOTE) && values.writeValue(at, of) && values.write(at, ONE_QUOTE);
}

interface Shape {
  /** The names as they stand in a body. */
  readonly names: readonly Uint8Array[];
  readonly plan: Plan | undefined;
}

function hasNames(members: MemberScan, names: readonly Uint8Array[]): boolean {
  if (members.count !== names.length) return false;
  for (let at = 0; at < names.length; at++) if (!members.hasName(at, names[at] as Uint8Array)) return false;
  return true;
}

export class BodySplice {
  readonly #operations: readonly PatchOperation[];
  readonly #shapes: Shape[] = [];
  #last: Shape | undefined;
  readonly #values: Values = new Values();

  /** @param rule - one that is spliceable */
  constructor({ patch }: MigrationRule) {
    this.#operations = patch;
  }

  /** Which operations took something from the last body, a bit for each. */
  get lost(): number {
    return this.#values.lost;
  }

  /**
   * Writes what becomes of the body with these members to `to`, from `at` on.
   *
   * @returns the place behind it; -1 if only the simple way can tell, or there is no room
   */
  write(members: MemberScan, to: Uint8Array, at: number): number {
    const plan = this.#shapeOf(members)?.plan;
    if (plan === undefined) return -1;
    const values = this.#values;
    values.begin(members);
    values.lost = plan.lost;
    for (const step of plan.steps) if (!step(values)) return -1;
    let out = at;
    for (const { text, value } of plan.pieces) {
      const bytes = values.bytes[value] as Uint8Array;
      const end = values.ends[value] ?? 0;
      let from = values.starts[value] ?? 0;
      if (out + text.length + end - from + 2 > to.length) return -1;
      for (let i = 0; i < text.length; i++) to[out++] = text[i] as number;
      while (from < end) to[out++] = bytes[from++] as number;
    }
    if (out === at) to[out++] = OPEN_BRACE;
    to[out++] = CLOSE_BRACE;
    return out;
  }

  #shapeOf(members: MemberScan): Shape | undefined {
    const last = this.#last;
    if (last !== undefined && hasNames(members, last.names)) return last;
    this.#last = this.#shapes.find(({ names }) => hasNames(members, names)) ?? this.#shapeMade(members);
    return this.#last;
  }

  #shapeMade({ bytes, count, bounds }: MemberScan): Shape | undefined {
    if (this.#shapes.length >= MOST_SHAPES) return undefined;
    const names = Array.from({ length: count }, (_, at) => bytes.slice(bounds[4 * at], bounds[4 * at + 1]));
    const texts = names.map(textOf);
    // A name that comes twice is none of a record.
    const isPlain = texts.every((text, at) => text !== undefined && texts.indexOf(text) === at);
    const plan = isPlain ? new Planning(texts as readonly string[]).plan(this.#operations) : undefined;
    const shape = { names, plan };
    this.#shapes.push(shape);
    return shape;
  }
}

function textOf(name: Uint8Array): string | undefined {
  try {
    const text = parseJson(portable, name);
    return typeof text === 'string' ? text : undefined;
  } catch (fault) {
    if (fault instanceof EvidenceError) return undefined;
    throw fault;
  }
}
