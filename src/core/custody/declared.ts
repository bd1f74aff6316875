/**
 * Declared recipes computed: with which function, what they hash, and the hash that a record must have by what a header
 * or a profile states (docs/snapshot.md, "Declared recipes").
 */

import { blake3 } from '@noble/hashes/blake3.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha1 } from '@noble/hashes/legacy.js';
import { sha256, sha384, sha512 } from '@noble/hashes/sha2.js';
import { sha3_256 } from '@noble/hashes/sha3.js';
import { fromBase64, fromHex, joined, toBase64 } from '../base64.ts';
import { canonicalBytes, canonicalizeRfc8785, canonicalText } from '../json/canonical.ts';
import { parseJson } from '../json/parse.ts';
import { type Json, JsonNumber } from '../json/value.ts';
import { hexOf, type Platform, utf8 } from '../platform.ts';
import {
  type Algorithm,
  type DeclaredRecipe,
  type DigestPart,
  type FieldForm,
  type FieldPart,
  hashedParts,
  type IntegerForm,
  type PrevPart,
  preimagePointer,
  type RecipeChoice,
  type RecipePart,
  recipeName,
  type Spelling,
  tokensOf,
} from '../snapshot/declared-recipe.ts';
import { attributeOf, type EvidenceRecord } from '../snapshot/record.ts';
import { type Expected, RECIPES, type Recipe } from './recipes.ts';

/*
 * The hash functions that a declared recipe may name: a seam beside that of the platform, so that whoever needs SHA-256
 * alone (the verifier page) does not carry them all.
 *
 * The portable ones are the oracle; the engine passes those of node:crypto (src/engine/node-engines.ts), and
 * test/contract/digests.test.ts holds both to each other and to published values.
 */

export interface Digests {
  /** The digest of `bytes`, as lower-case hexadecimal digits. */
  readonly digest: (algorithm: Algorithm, bytes: Uint8Array) => string;
  /** The HMAC (RFC 2104) of `bytes`, likewise. */
  readonly hmac: (algorithm: Algorithm, key: Uint8Array, bytes: Uint8Array) => string;
}

const HASHES = { sha256, sha384, sha512, 'sha3-256': sha3_256, sha1, blake3 } as const;

/** Runs anywhere: @noble/hashes. */
export const portableDigests: Digests = {
  digest: (algorithm, bytes) => hexOf(HASHES[algorithm](bytes)),
  hmac: (algorithm, key, bytes) => hexOf(hmac(HASHES[algorithm], key, bytes)),
};

/* What a declared recipe hashes: the bytes of its parts, taken from a record (docs/snapshot.md, "Declared recipes"). */

/** A record that a recipe does not fit: its hash cannot be what the recipe gives. */
class RecipeMisfit extends Error {}

/** The body is needed, and is not in the snapshot. */
class BodyNeeded extends Error {}

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
class RecipeInput {
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

/* Declared recipes computed: the hash that a record must have by what a header or a profile states. */

/** Keys of HMACs by their names, as bytes. */
export type ChainKeys = Readonly<Record<string, Uint8Array>>;

/** Whether `text`, which is what was hashed, is the body: its canonical text, or another spelling of the same value. */
function isBody(platform: Platform, text: string, { bodyDigest }: EvidenceRecord): boolean {
  const isDigestOf = (bytes: Uint8Array): boolean => bodyDigest === `sha256:${platform.sha256(bytes)}`;
  const bytes = utf8(text);
  if (isDigestOf(bytes)) return true;
  try {
    return isDigestOf(canonicalBytes(parseJson(platform, bytes)));
  } catch {
    // No JSON: then the body may be that text itself.
    return isDigestOf(canonicalBytes(text));
  }
}

function keyOf(keys: ChainKeys, name: string | undefined): Uint8Array | undefined {
  return name !== undefined && Object.hasOwn(keys, name) ? keys[name] : undefined;
}

class Declared implements Recipe {
  readonly name: string;
  readonly #recipe: DeclaredRecipe;
  readonly #parts: readonly RecipePart[];
  readonly #digests: Digests;
  readonly #key: Uint8Array | undefined;

  readonly #onKey: (name: string) => void;

  constructor(recipe: DeclaredRecipe, digests: Digests, keys: ChainKeys, onKey: (name: string) => void) {
    this.name = recipeName(recipe);
    this.#recipe = recipe;
    this.#parts = hashedParts(recipe);
    this.#digests = digests;
    this.#key = keyOf(keys, recipe.hmacKey);
    this.#onKey = onKey;
  }

  expectedHash(platform: Platform, record: EvidenceRecord): Expected {
    const { algorithm, hmacKey, preimage } = this.#recipe;
    if (hmacKey !== undefined && this.#key === undefined) {
      return { why: `the key ${JSON.stringify(hmacKey)} was not given`, missingKey: hmacKey };
    }
    try {
      const input = new RecipeInput(platform, record, (bytes) => this.#digests.digest(algorithm, bytes));
      const hash = this.#hash(input.bytes(this.#parts));
      if (preimage === undefined) return hash;
      const stored = input.valueAt(preimagePointer(preimage));
      const bound = typeof stored === 'string' && isBody(platform, stored, record);
      return bound ? hash : { hash, textOnly: true };
    } catch (fault) {
      if (fault instanceof RecipeMisfit) return { misfit: fault.message };
      if (!(fault instanceof BodyNeeded)) throw fault;
      return { why: `recipe ${this.name} needs the bodies, and they are not in the snapshot` };
    }
  }

  #hash(bytes: Uint8Array): string {
    const { algorithm, hmacKey } = this.#recipe;
    if (this.#key === undefined || hmacKey === undefined) return this.#digests.digest(algorithm, bytes);
    this.#onKey(hmacKey);
    return this.#digests.hmac(algorithm, this.#key, bytes);
  }
}

/** Every recipe that there is: those of the registry, and those that are declared, each made once. */
export class RecipeBook {
  readonly #digests: Digests;
  readonly #keys: ChainKeys;
  readonly #made: WeakMap<DeclaredRecipe, Recipe> = new WeakMap();
  readonly #used: Set<string> = new Set();

  /** @param keys - of HMACs, by the names that recipes have for them */
  constructor(digests: Digests = portableDigests, keys: ChainKeys = {}) {
    this.#digests = digests;
    this.#keys = keys;
  }

  /** @throws RangeError for a name that is not in the registry: whoever read it had to ask */
  recipeOf(choice: RecipeChoice): Recipe {
    if (typeof choice === 'string') {
      const recipe = RECIPES.get(choice);
      if (recipe === undefined) throw new RangeError(`there is no recipe ${choice}`);
      return recipe;
    }
    const made =
      this.#made.get(choice) ?? new Declared(choice, this.#digests, this.#keys, (name) => this.#used.add(name));
    this.#made.set(choice, made);
    return made;
  }

  /** Names of keys that were given, and with which no hash was made: who gave them meant something to be checked. */
  get unusedKeys(): readonly string[] {
    return Object.keys(this.#keys).filter((name) => !this.#used.has(name));
  }
}

/** What is wrong with a key that no hash was made with. */
export function unusedKeyText(name: string): string {
  const given = `the key ${JSON.stringify(name)} was given, and no hash could be recomputed with it`;
  return `${given}: no recipe names it, or what it hashes is not there`;
}
