/**
 * What rules make of lines that are taken many at once (core/batch): other bodies, and where there is a chain other links.
 * Lines that no rule is for stay as they are.
 *
 * Which rule is for a line is not found out here. It is asked once for each kind of line, by the bytes of all that decides
 * it: the type, and the members of the body that a rule asks for.
 *
 * Links are not made here but taken from the lines of the current side that stand at the same places, and all else is not.
 * Whoever takes what is made must recompute the chain: then it is the expected one, since the current side can only have
 * the one link and hash that the recipe gives. Nothing is checked of the lines either: it makes something of each that has
 * the form that it knows, and the engine says which of them are canonical and clean, before and after.
 */
import { canonicalText } from '../json/canonical.ts';
import { CLOSE_BRACE, LF, OPEN_BRACE, QUOTE } from '../json/cursor.ts';
import { utf8 } from '../platform.ts';
import type { Lines } from '../snapshot/byte-window.ts';
import { BodySplice, isSpliceable } from './body-splice.ts';
import { behindContainer, behindString, MemberScan } from './member-scan.ts';
import type { MigrationRule } from './migration.ts';

const ATTRS = utf8('{"attrs":');
const BODY = utf8('{"body":');
const LATER_BODY = utf8(',"body":');
const STATED_DIGEST = utf8(',"bodyDigest":');
const HASH = utf8(',"hash":"');
const ID = utf8('","id":');
const PREV = utf8(',"prev":"');
const TYPE = utf8(',"type":"');

/** Digits of the only hashes that an engine recomputes. */
const DIGITS = 64;

function stands(text: Uint8Array, bytes: Uint8Array, at: number): boolean {
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  return true;
}

/** Where the body begins of the record at `at`; -1 where it has none, or another form. */
function bodyAt(bytes: Uint8Array, at: number, end: number): number {
  if (stands(BODY, bytes, at)) return at + BODY.length;
  if (!stands(ATTRS, bytes, at) || bytes[at + ATTRS.length] !== OPEN_BRACE) return -1;
  const behind = behindContainer(bytes, at + ATTRS.length, end);
  return behind >= 0 && stands(LATER_BODY, bytes, behind) ? behind + LATER_BODY.length : -1;
}

/** Where the type of the record begins that ends at `end`, with its quotes; -1 where it is not the last member. */
function typeAt(bytes: Uint8Array, start: number, end: number): number {
  if (bytes[end - 1] !== CLOSE_BRACE || bytes[end - 2] !== QUOTE) return -1;
  // No string holds a quote behind a comma: the last such name is that of the member.
  for (let at = end - 3; at > start; at--) {
    if (bytes[at] === QUOTE && stands(TYPE, bytes, at + 1 - TYPE.length)) return at;
  }
  return -1;
}

export interface RewriteLimits {
  readonly bytes: number;
  readonly lines: number;
}

/** How the lines of one stream are told apart. */
export interface StreamRules {
  /** Members of bodies that decide, beside the type, which rule is for a record. */
  readonly asked: readonly string[];
  /**
   * Which rule is for the record at `bytes[start, end)`, by its index, and for all others that have the same of these; -1
   * for none. Undefined where only the simple way can tell.
   */
  choose(bytes: Uint8Array, start: number, end: number): number | undefined;
}

/** Kinds that are kept: most lines are of a few. */
const MOST_KINDS = 1024;
const MOST_KIND_BYTES = 256;

/** Which rule is for lines of a kind, by the bytes of what decides that. */
class Kinds {
  readonly #kept: Map<number, { readonly key: Uint8Array; readonly rule: number }> = new Map();
  /** Of the line at hand. */
  readonly #key: Uint8Array = new Uint8Array(MOST_KIND_BYTES);
  #length = 0;
  #hash = 0;

  clear(): void {
    this.#kept.clear();
  }

  begin(): void {
    this.#length = 0;
    this.#hash = 0;
  }

  /** Adds something that decides. Behind it goes a byte that no line has. */
  put(bytes: Uint8Array, start: number, end: number): void {
    let [length, hash] = [this.#length, this.#hash];
    for (let at = start; at <= end; at++) {
      const byte = at === end ? LF : (bytes[at] ?? 0);
      this.#key[length++] = byte;
      hash = (Math.imul(hash, 31) + byte) | 0;
    }
    this.#length = length;
    this.#hash = hash;
  }

  get rule(): number | undefined {
    const kept = this.#kept.get(this.#hash);
    if (kept === undefined || kept.key.length !== this.#length) return undefined;
    for (let at = 0; at < this.#length; at++) if (kept.key[at] !== this.#key[at]) return undefined;
    return kept.rule;
  }

  keep(rule: number): void {
    if (this.#length > MOST_KIND_BYTES) return;
    if (this.#kept.size >= MOST_KINDS) this.#kept.clear();
    this.#kept.set(this.#hash, { key: this.#key.slice(0, this.#length), rule });
  }
}

export class LineRewrite {
  readonly #rules: readonly MigrationRule[];
  readonly #splices: Map<number, BodySplice | undefined> = new Map();
  readonly #members: MemberScan = new MemberScan();
  readonly #kinds: Kinds = new Kinds();
  readonly #most: RewriteLimits;
  #choose: StreamRules['choose'] = () => undefined;
  /** Names of the members that decide, as they stand in a body. */
  #asked: readonly Uint8Array[] = [];
  /** What was made, each line with its end as it stood. */
  readonly bytes: Uint8Array;
  /** Where each line ends in `bytes`. */
  readonly ends: Int32Array;
  /** Where the line ends that it was made of. */
  readonly sourceEnds: Int32Array;
  /** Which rule has made it; -1 if none was for it. */
  readonly rules: Int32Array;
  /** Which operations took something from each, a bit for each. */
  readonly lost: Int32Array;
  lines = 0;
  /** Where the body of the line at hand begins and ends; -1 if it is none for this. */
  #body = -1;
  #bodyEnd = -1;
  /** Where the links of the line at hand stand in it. */
  #hashAt = 0;
  #prevAt = 0;

  /** @param most - of what is made, and of what it is made of */
  constructor(rules: readonly MigrationRule[], most: RewriteLimits) {
    this.#rules = rules;
    this.#most = most;
    this.bytes = new Uint8Array(most.bytes);
    this.ends = new Int32Array(most.lines);
    this.sourceEnds = new Int32Array(most.lines);
    this.rules = new Int32Array(most.lines);
    this.lost = new Int32Array(most.lines);
  }

  /** Begins with the lines of another stream. */
  open({ asked, choose }: StreamRules): void {
    this.#kinds.clear();
    this.#asked = asked.map((name) => utf8(canonicalText(name)));
    this.#choose = choose;
  }

  /**
   * Makes as many lines as it can, one after the other.
   *
   * @param most - it ends where so many bytes were made
   * @param links - lines from which the links are taken; undefined where they stay as they are
   */
  make(lines: Lines, most: number, links?: Lines): void {
    this.lines = 0;
    const { start, end, commas } = lines;
    const sourceEnd = Math.min(end, start + this.#most.bytes);
    let [from, to, linked] = [start, 0, links?.start ?? 0];
    while (from < sourceEnd && to < most && this.lines < this.#most.lines) {
      const lineEnd = this.#line(lines, from, sourceEnd, to, links !== undefined);
      if (lineEnd < 0) return;
      const made = this.ends[this.lines] ?? 0;
      if (links !== undefined) {
        linked = this.#link(links, linked, to, made - (commas ? 2 : 1));
        if (linked < 0) return;
      }
      this.sourceEnds[this.lines++] = lineEnd;
      [from, to] = [lineEnd, made];
    }
  }

  /** Makes what becomes of the line at `start`; where that line ends, -1 if it is none for this. */
  #line({ bytes, commas }: Lines, start: number, sourceEnd: number, to: number, isLinked: boolean): number {
    const lineEnd = bytes.indexOf(LF, start) + 1;
    if (lineEnd === 0 || lineEnd > sourceEnd) return -1;
    this.#body = bodyAt(bytes, start, lineEnd);
    this.#bodyEnd = this.#body < 0 ? -1 : this.#members.scan(bytes, this.#body, lineEnd);
    const rule = this.#ruleFor(bytes, start, lineEnd - (commas ? 2 : 1));
    // Where the links of a stream are made anew, a rule has to be for each of its records.
    if (rule === undefined || (rule < 0 && isLinked)) return -1;
    this.rules[this.lines] = rule;
    this.lost[this.lines] = 0;
    const out = rule < 0 ? this.#copy(bytes, start, lineEnd, to) : this.#spliced(rule, bytes, start, lineEnd, to);
    if (out < 0 || (isLinked && !this.#findLinks(bytes, this.#bodyEnd, lineEnd, out - lineEnd))) return -1;
    this.ends[this.lines] = out;
    return lineEnd;
  }

  #ruleFor(bytes: Uint8Array, start: number, end: number): number | undefined {
    const [kinds, type] = [this.#kinds, typeAt(bytes, start, end)];
    if (type < 0 || (this.#asked.length > 0 && this.#bodyEnd < 0)) return undefined;
    kinds.begin();
    kinds.put(bytes, type, end - 1);
    for (const name of this.#asked) {
      const at = this.#members.find(name);
      if (at < 0) kinds.put(bytes, 0, 0);
      else kinds.put(bytes, this.#members.bounds[4 * at + 2] ?? 0, this.#members.bounds[4 * at + 3] ?? 0);
    }
    const known = kinds.rule;
    if (known !== undefined) return known;
    const rule = this.#choose(bytes, start, end);
    if (rule !== undefined) kinds.keep(rule);
    return rule;
  }

  /** Copies a part of the line to `to`; the place behind it, -1 if there is no room. */
  #copy(bytes: Uint8Array, from: number, end: number, to: number): number {
    if (to + end - from > this.bytes.length) return -1;
    this.bytes.set(bytes.subarray(from, end), to);
    return to + end - from;
  }

  /** Makes a line with another body; the place behind it, -1 if only the simple way can. */
  #spliced(rule: number, bytes: Uint8Array, from: number, lineEnd: number, to: number): number {
    const [made, body, bodyEnd] = [this.bytes, this.#body, this.#bodyEnd];
    const splice = this.#spliceBy(rule);
    if (splice === undefined || bodyEnd < 0 || stands(STATED_DIGEST, bytes, bodyEnd)) return -1;
    let out = to;
    for (let at = from; at < body; at++) made[out++] = bytes[at] as number;
    out = splice.write(this.#members, made, out);
    this.lost[this.lines] = splice.lost;
    return out < 0 ? -1 : this.#copy(bytes, bodyEnd, lineEnd, out);
  }

  #spliceBy(rule: number): BodySplice | undefined {
    const stated = this.#rules[rule];
    if (stated !== undefined && !this.#splices.has(rule)) {
      this.#splices.set(rule, isSpliceable(stated) ? new BodySplice(stated) : undefined);
    }
    return this.#splices.get(rule);
  }

  /** Finds the digits of both links behind the body; false where they have another form. `shift` is to what is made. */
  #findLinks(bytes: Uint8Array, at: number, end: number, shift: number): boolean {
    const hash = at + HASH.length;
    if (!stands(HASH, bytes, at) || !stands(ID, bytes, hash + DIGITS)) return false;
    const behindId = behindString(bytes, hash + DIGITS + ID.length, end);
    const prev = behindId + PREV.length;
    if (behindId < 0 || !stands(PREV, bytes, behindId) || bytes[prev + DIGITS] !== QUOTE) return false;
    this.#hashAt = hash + shift;
    this.#prevAt = prev + shift;
    return true;
  }

  /**
   * Takes the links of the current line, if it is as long as the record that was made, at [to, end).
   *
   * @returns where the next line of the current side begins; -1 if there is no such line
   */
  #link({ bytes, end: last, commas }: Lines, from: number, to: number, end: number): number {
    const made = this.bytes;
    const shift = from - to;
    const next = end + shift + (commas ? 2 : 1);
    if (next > last || bytes[next - 1] !== LF) return -1;
    for (const first of [this.#hashAt, this.#prevAt]) {
      for (let at = first; at < first + DIGITS; at++) made[at] = bytes[at + shift] as number;
    }
    return next;
  }
}
