/** What a declared recipe hashes: the bytes of its parts, taken from a record (docs/snapshot.md, "Declared recipes"). */
import { fromBase64, fromHex, joined, toBase64 } from '../base64.ts';
import { canonicalBytes, canonicalText } from '../json/canonical.ts';
import { parseJson } from '../json/parse.ts';
import { canonicalizeRfc8785 } from '../json/rfc8785.ts';
import { type Json, JsonNumber } from '../json/value.ts';
import { type Platform, utf8 } from '../platform.ts';
import {
  type DigestPart,
  type FieldForm,
  type FieldPart,
  type IntegerForm,
  type PrevPart,
  type RecipePart,
  type Spelling,
  tokensOf,
} from '../snapshot/declared-recipe.ts';
import { attributeOf, type EvidenceRecord } from '../snapshot/record.ts';

/** A record that a recipe does not fit: its hash cannot be what the recipe gives. */
export class RecipeMisfit extends Error {}

/** The body is needed, and is not in the snapshot. */
export class BodyNeeded extends Error {}

/** So many times its record a recipe may take, and so much beside: what repeats a body for ever is no recipe. */
const MOST_TIMES = 4;
const MOST_BESIDE = 256 * 1024;

const WIDTH: Readonly<Record<IntegerForm, number>> = {
  u8: 1,
  u16be: 2,
  u16le: 2,
  u32be: 4,
  u32le: 4,
  u64be: 8,
  u64le: 8,
};

function isIntegerForm(form: FieldForm): form is IntegerForm {
  return Object.hasOwn(WIDTH, form);
}

/** `value` in as many bytes as `form` has; undefined where they do not hold it. */
function integer(value: bigint, form: IntegerForm): Uint8Array | undefined {
  const width = WIDTH[form];
  if (value < 0n || value >> BigInt(8 * width) !== 0n) return undefined;
  const bytes = Uint8Array.from({ length: width }, (_, at) => Number((value >> BigInt(8 * at)) & 0xffn));
  return form.endsWith('be') ? bytes.reverse() : bytes;
}

function spelled(hex: string, as: Spelling): Uint8Array {
  if (as === 'hex') return utf8(hex);
  const bytes = fromHex(hex);
  return as === 'raw' ? bytes : utf8(toBase64(bytes));
}

/** The text of a value that has one. */
function textOf(value: Json): string | undefined {
  if (typeof value === 'string') return value;
  if (value instanceof JsonNumber) return canonicalText(value);
  return typeof value === 'boolean' ? String(value) : undefined;
}

const HEX = /^(?:[0-9A-Fa-f]{2})*$/;
const DIGITS = /^[0-9]{1,20}$/;

/** `value` written as `form`; undefined if it has no such form. */
function written(value: Json, form: FieldForm): Uint8Array | undefined {
  if (form === 'jcs') return canonicalBytes(value);
  if (form === 'rfc8785') return rfc8785(value);
  const text = textOf(value);
  if (text === undefined) return undefined;
  if (form === 'text') return utf8(text);
  if (isIntegerForm(form)) return DIGITS.test(text) ? integer(BigInt(text), form) : undefined;
  if (typeof value !== 'string') return undefined;
  if (form === 'hex') return HEX.test(text) ? fromHex(text) : undefined;
  return fromBase64(text);
}

function rfc8785(value: Json): Uint8Array | undefined {
  try {
    return utf8(canonicalizeRfc8785(value));
  } catch {
    // A number that no double holds: RFC 8785 has no form for it.
    return undefined;
  }
}

function member(value: Json, token: string): Json | undefined {
  if (value instanceof Map) return value.get(token);
  if (!Array.isArray(value) || !/^(?:0|[1-9][0-9]*)$/.test(token)) return undefined;
  return (value as readonly Json[])[Number(token)];
}

/** The bytes of the parts of a recipe, for one record. */
export class RecipeInput {
  readonly #platform: Platform;
  readonly #record: EvidenceRecord;
  readonly #digest: (bytes: Uint8Array) => string;
  #body: Json | undefined;
  #room: number;

  /** @param digest - what a part that is a digest is made with, as hexadecimal digits */
  constructor(platform: Platform, record: EvidenceRecord, digest: (bytes: Uint8Array) => string) {
    this.#platform = platform;
    this.#record = record;
    this.#digest = digest;
    this.#room = MOST_TIMES * ((record.body?.length ?? 0) + 3 * (record.attrs?.length ?? 0)) + MOST_BESIDE;
  }

  /**
   * @throws RecipeMisfit where the record does not have what the recipe takes
   * @throws BodyNeeded where the body is not there
   */
  bytes(parts: readonly RecipePart[]): Uint8Array {
    return joined(...parts.flatMap((part) => this.#part(part)));
  }

  #part(part: RecipePart): readonly Uint8Array[] {
    const bytes = this.#plain(part);
    this.#room -= bytes.length;
    if (this.#room < 0) throw new RecipeMisfit(`the recipe takes more than ${MOST_TIMES} times the record`);
    if (part.lengthPrefix === undefined) return [bytes];
    const length = integer(BigInt(bytes.length), part.lengthPrefix);
    if (length === undefined)
      throw new RecipeMisfit(`a part is longer than its length prefix ${part.lengthPrefix} holds`);
    return [length, bytes];
  }

  #plain(part: RecipePart): Uint8Array {
    if ('text' in part) return utf8(part.text);
    if ('field' in part) return this.#field(part);
    return 'prev' in part ? this.#prev(part) : this.#nested(part);
  }

  #nested({ digest, as = 'hex' }: DigestPart): Uint8Array {
    return spelled(this.#digest(this.bytes(digest)), as);
  }

  #prev({ prev: as, null: none = '' }: PrevPart): Uint8Array {
    const { prev } = this.#record;
    if (prev === undefined) throw new RecipeMisfit('the record has no prev');
    if (prev === null) return utf8(none);
    if (!HEX.test(prev)) throw new RecipeMisfit('prev is not hexadecimal');
    return spelled(prev, as);
  }

  #field({ field, as = 'text', null: none }: FieldPart): Uint8Array {
    const { body } = this.#record;
    if (field === '/body' && as === 'jcs' && body !== undefined && none === undefined) return body;
    const value = this.valueAt(field);
    if (none !== undefined && (value === undefined || value === null)) return utf8(none);
    if (value === undefined) throw new RecipeMisfit(`the record has no ${field}`);
    const bytes = written(value, as);
    if (bytes === undefined) throw new RecipeMisfit(`${field} cannot be written as ${as}`);
    return bytes;
  }

  /** The value at `pointer`; undefined if there is none. */
  valueAt(pointer: string): Json | undefined {
    const [name = '', ...rest] = tokensOf(pointer);
    if (name === 'attrs') return this.#attribute(rest);
    if (name !== 'body') return this.#member(name);
    let value: Json | undefined = this.#parsedBody();
    for (const token of rest) {
      if (value === undefined) return undefined;
      value = member(value, token);
    }
    return value;
  }

  #parsedBody(): Json {
    const { body } = this.#record;
    if (body === undefined) throw new BodyNeeded();
    this.#body ??= parseJson(this.#platform, body);
    return this.#body;
  }

  #attribute([name]: readonly string[]): Json | undefined {
    const { attrs } = this.#record;
    if (attrs === undefined) return undefined;
    return name === undefined ? parseJson(this.#platform, utf8(attrs)) : attributeOf(attrs, name);
  }

  #member(name: string): Json | undefined {
    const value = this.#record[name as 'tenant' | 'seq' | 'prev'];
    return typeof value === 'number' ? new JsonNumber(String(value)) : value;
  }
}
