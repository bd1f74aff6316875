/**
 * What a rule makes of a body, as bytes: for rules that do nothing but within bodies. Each row of names that bodies have is
 * worked through once; then a new body is written from pieces of the old one. What an operation does to values themselves,
 * or within them, the simple way does, `patched` (patch.ts), to these members alone. It is the oracle of all of this, too:
 * where something does not fit, it alone finds that, and says so.
 */
import { EvidenceError } from '../errors.ts';
import { canonicalBytes, canonicalText } from '../json/canonical.ts';
import { CLOSE_BRACE, isDigit, LOWER_F, LOWER_T, MINUS, OPEN_BRACE, QUOTE } from '../json/cursor.ts';
import { parseJson } from '../json/parse.ts';
import type { Json } from '../json/value.ts';
import { portable, utf8 } from '../platform.ts';
import type { Conversion } from './convert.ts';
import { type MemberScan, Values } from './member-scan.ts';
import type { MigrationRule } from './migration.ts';
import { MapMismatch } from './mismatch.ts';
import { type PatchOperation, patched } from './patch.ts';
import type { Pointer } from './pointer.ts';
import { changesBodies, pathsOf } from './transform.ts';

/** What was taken away is kept as a bit for each operation. */
const MOST_OPERATIONS = 30;
/** Rows of names that are kept of one rule. */
const MOST_SHAPES = 64;
/** Results that are kept of one conversion: most values come again. */
const MOST_KEPT = 1024;
const MOST_KEPT_BYTES = 64;

const ONE_QUOTE = Uint8Array.of(QUOTE);

/** The name of the member of the body that a pointer is to, or leads through. */
function memberOf(path: Pointer): string {
  return path[1] ?? '';
}

/** Whether a pointer within a body is to a member of it, and no deeper. */
function isMember(path: Pointer): boolean {
  return path.length === 2;
}

/** Members to which an operation may do something, if they are still there behind it. */
function changedBy(operation: PatchOperation): readonly string[] {
  const name = memberOf(operation.path);
  return operation.op === 'move' && memberOf(operation.from) !== name ? [memberOf(operation.from), name] : [name];
}

/** Whether a rule does nothing but within bodies, and to links. */
export function isSpliceable(rule: MigrationRule): boolean {
  return changesBodies(rule) && rule.rechain?.derived === undefined && rule.patch.length <= MOST_OPERATIONS;
}

/** Does one operation to the values of a body; false if only the simple way can tell what comes of it. */
type Step = (values: Values) => boolean;

interface Made {
  /** The members that are changed, in canonical form. */
  readonly members: readonly Uint8Array[];
  readonly isLossy: boolean;
}

/** An operation that is done the simple way, to as many members of a body as it needs. */
class MemberPatch {
  readonly #operation: PatchOperation;
  readonly #given: readonly (readonly [name: string, value: number])[];
  readonly #changed: readonly string[];
  readonly #kept: Map<string, Made | undefined> = new Map();

  /**
   * @param given - the members that it needs, and which values they have
   * @param changed - names of the members that it changes, and does not take away
   */
  constructor(operation: PatchOperation, given: ReadonlyMap<string, number>, changed: readonly string[]) {
    this.#operation = operation;
    this.#given = [...given];
    this.#changed = changed;
  }

  /** Undefined where it does not apply. */
  of(values: Values): Made | undefined {
    let length = 0;
    for (const [, at] of this.#given) length += values.lengthOf(at);
    if (length > MOST_KEPT_BYTES) return this.#made(values);
    let key = '';
    for (const [, at] of this.#given) key += `${values.keyOf(at)},`;
    const known = this.#kept.get(key);
    if (known !== undefined || this.#kept.has(key)) return known;
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    const made = this.#made(values);
    this.#kept.set(key, made);
    return made;
  }

  #made(values: Values): Made | undefined {
    let isLossy = false;
    try {
      const body = new Map(this.#given.map(([name, at]) => [name, values.json(at)]));
      patched(new Map([['body', body]]), [this.#operation], () => {
        isLossy = true;
      });
      return { members: this.#changed.map((name) => canonicalBytes(body.get(name) ?? null)), isLossy };
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
    if (!pathsOf(operation).every(isMember)) return this.#patch(operation, bit);
    const name = memberOf(operation.path);
    const before = this.#members.get(name);
    if (operation.op === 'add') return this.#set(name, this.#literal(operation.value), bit);
    if ('from' in operation) return this.#bring(operation, name, bit);
    if (operation.op === 'convert' && 'concat' in operation.to) return this.#concat(operation.to.concat, name, bit);
    if (before === undefined) return false;
    if (operation.op === 'convert') {
      return 'text' in operation.to ? this.#spellOut(name, before) : this.#patch(operation, bit);
    }
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
    const source = memberOf(from);
    const value = this.#members.get(source);
    if (value === undefined) return false;
    if (op === 'move' && source === name) return true;
    if (op === 'move') this.#members.delete(source);
    return this.#set(name, value, bit);
  }

  #spellOut(name: string, of: number): true {
    const at = this.#values++;
    this.#members.set(name, at);
    return this.#do((values) => spelledOut(values, of, at));
  }

  /** Leaves an operation to the simple way. */
  #patch(operation: PatchOperation, bit: number): boolean {
    const members = this.#members;
    const named = new Set(pathsOf(operation).map(memberOf));
    const given = new Map([...members].filter(([name]) => named.has(name)));
    const { path } = operation;
    if (operation.op === 'move' && isMember(operation.from)) members.delete(memberOf(operation.from));
    if (isMember(path)) members.set(memberOf(path), this.#values);
    const changed = changedBy(operation).filter((name) => members.has(name));
    const first = this.#values;
    for (const name of changed) members.set(name, this.#values++);
    const patch = new MemberPatch(operation, given, changed);
    return this.#do((values) => {
      const made = patch.of(values);
      if (made === undefined) return false;
      if (made.isLossy) values.lost |= bit;
      return made.members.every((bytes, at) => values.put(first + at, bytes, 0, bytes.length));
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
      const of = this.#members.get(memberOf(part.pointer));
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
