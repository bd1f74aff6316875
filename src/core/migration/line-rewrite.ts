/**
 * What a rule makes of lines that are taken many at once (core/batch): other bodies, and where there is a chain other links.
 *
 * Links are not made here but taken from the lines of the current side that stand at the same places, and all else is not.
 * Whoever takes what is made must recompute the chain: then it is the expected one, since the current side can only have
 * the one link and hash that the recipe gives. Nothing is checked of the lines either: it makes something of each that has
 * the form that it knows, and the engine says which of them are canonical and clean, before and after.
 */
import { LF, OPEN_BRACE, QUOTE } from '../json/cursor.ts';
import { utf8 } from '../platform.ts';
import type { Lines } from '../snapshot/byte-window.ts';
import { BodySplice } from './body-splice.ts';
import { behindContainer, behindString, MemberScan } from './member-scan.ts';
import type { MigrationRule } from './migration.ts';

const ATTRS = utf8('{"attrs":');
const BODY = utf8('{"body":');
const LATER_BODY = utf8(',"body":');
const STATED_DIGEST = utf8(',"bodyDigest":');
const HASH = utf8(',"hash":"');
const ID = utf8('","id":');
const PREV = utf8(',"prev":"');

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

export interface RewriteLimits {
  readonly bytes: number;
  readonly lines: number;
}

export class LineRewrite {
  readonly #splice: BodySplice;
  readonly #members: MemberScan = new MemberScan();
  readonly #most: RewriteLimits;
  /** What was made, each line with its end as it stood. */
  readonly bytes: Uint8Array;
  /** Where each line ends in `bytes`. */
  readonly ends: Int32Array;
  /** Where the line ends that it was made of. */
  readonly sourceEnds: Int32Array;
  /** Which operations took something from each, a bit for each. */
  readonly lost: Int32Array;
  lines = 0;
  /** Where the links of the line at hand stand in it. */
  #hashAt = 0;
  #prevAt = 0;

  /**
   * @param rule - one that is spliceable
   * @param most - of what is made, and of what it is made of
   */
  constructor(rule: MigrationRule, most: RewriteLimits) {
    this.#splice = new BodySplice(rule);
    this.#most = most;
    this.bytes = new Uint8Array(most.bytes);
    this.ends = new Int32Array(most.lines);
    this.sourceEnds = new Int32Array(most.lines);
    this.lost = new Int32Array(most.lines);
  }

  /**
   * Makes as many lines as it can, one after the other.
   *
   * @param most - it ends where so many bytes were made
   * @param links - lines from which the links are taken; undefined where they stay as they are
   */
  make({ bytes, start, end, commas }: Lines, most: number, links?: Lines): void {
    this.lines = 0;
    const sourceEnd = Math.min(end, start + this.#most.bytes);
    let [from, to, linked] = [start, 0, links?.start ?? 0];
    while (from < sourceEnd && to < most && this.lines < this.#most.lines) {
      const lineEnd = this.#line(bytes, from, sourceEnd, to, links !== undefined);
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

  /** Makes what becomes of one line; where that line ends, -1 if it is none for this. */
  #line(bytes: Uint8Array, from: number, sourceEnd: number, to: number, isLinked: boolean): number {
    const made = this.bytes;
    const body = bodyAt(bytes, from, sourceEnd);
    const bodyEnd = body < 0 ? -1 : this.#members.scan(bytes, body, sourceEnd);
    if (bodyEnd < 0 || stands(STATED_DIGEST, bytes, bodyEnd)) return -1;
    let out = to;
    for (let at = from; at < body; at++) made[out++] = bytes[at] as number;
    out = this.#splice.write(this.#members, made, out);
    if (out < 0 || (isLinked && !this.#findLinks(bytes, bodyEnd, sourceEnd, out - bodyEnd))) return -1;
    const lineEnd = bytes.indexOf(LF, bodyEnd) + 1;
    if (lineEnd === 0 || lineEnd > sourceEnd || out + lineEnd - bodyEnd > made.length) return -1;
    made.set(bytes.subarray(bodyEnd, lineEnd), out);
    this.ends[this.lines] = out + lineEnd - bodyEnd;
    this.lost[this.lines] = this.#splice.lost;
    return lineEnd;
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
