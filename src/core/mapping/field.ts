/** One member of a record from an item of foreign evidence, as a field of a profile says (docs/profile.md). */
import { EvidenceError } from '../errors.ts';
import { isInfinite } from '../instant.ts';
import { type HashSpelling, normalizedHash } from './hash-spelling.ts';
import { takenFrom } from './path-template.ts';
import { zonedTime } from './zone.ts';

/** A value that is taken from another one, and what is done to it: in the order of these members. */
export interface DerivedField {
  readonly field: FieldRule;
  /** What a missing value or NULL becomes; nothing else is done to it then. */
  readonly null?: string | undefined;
  /** Its IANA zone, for a time that has none. */
  readonly zone?: string | undefined;
  readonly fold?: 'earlier' | 'later' | undefined;
  /** How a hash is spelled; it becomes lower-case hexadecimal digits. */
  readonly hash?: HashSpelling | undefined;
  readonly prefix?: string | undefined;
  /** The source's word for "no predecessor", which may be the empty text: it becomes null. */
  readonly genesis?: string | undefined;
}

/**
 * SHA-256 in lower-case hexadecimal digits, of what is under a name: `json` of its canonical form, `base64` of the bytes
 * that its text spells.
 */
export interface DigestField {
  readonly digest: string;
  readonly of: 'json' | 'base64';
}

/**
 * Where a member comes from: a column or JSON Pointer, a fixed text, a derived value, a digest, or the path of the file.
 */
export type FieldRule =
  | string
  | { readonly value: string }
  | DerivedField
  | DigestField
  | { readonly path: true }
  | { readonly path: string; readonly take: string };

/** What an item has under the names that a profile uses. */
export interface ItemValues {
  /**
   * The text of a column or pointer: text as it is, other JSON scalars in canonical form.
   *
   * @returns null for NULL, undefined where there is none
   * @throws EvidenceError `input-malformed` for an object or array
   */
  readonly textOf: (name: string) => string | null | undefined;
  /**
   * The digest that `DigestField` says; there where items are JSON.
   *
   * @returns null for JSON null, undefined where there is no such value
   * @throws EvidenceError `input-malformed` for what is no base64
   */
  readonly digestOf?: (name: string, of: DigestField['of']) => string | null | undefined;
  /** Whether an empty text is given as none, as in CSV, which knows no other. */
  readonly emptyIsNone?: true;
  /** Path under the source, with `/`; undefined where items are no files. */
  readonly path?: string | undefined;
}

/**
 * The text that `rule` gives for an item.
 *
 * @returns null for NULL and for the word that stands for no predecessor; undefined where the item has no such value
 * @throws EvidenceError `input-malformed` for a value that the rule does not fit, `schema-violation` for a rule that
 *   fits no item of this source
 */
export function fieldText(rule: FieldRule, item: ItemValues): string | null | undefined {
  if (typeof rule === 'string') return item.textOf(rule);
  if ('value' in rule) return rule.value;
  if ('path' in rule) return pathText(rule, item);
  if ('digest' in rule) return digestText(rule, item);
  const given = fieldText(rule.field, item);
  if (given === null || given === undefined) return withoutValue(rule, given, item);
  if (rule.genesis === given) return null;
  const instant = rule.zone === undefined || isInfinite(given) ? given : zonedTime(given, rule.zone, rule.fold);
  const digits = rule.hash === undefined ? instant : normalizedHash(instant, rule.hash);
  return `${rule.prefix ?? ''}${digits}`;
}

/**
 * What a rule gives where there is nothing. If the source has a word for no predecessor, NULL in its place says nothing of one,
 * and is a link that is not there.
 */
function withoutValue(
  { null: word, genesis }: DerivedField,
  given: null | undefined,
  { emptyIsNone }: ItemValues,
): string | null | undefined {
  if (word !== undefined) return word;
  if (genesis === undefined) return given;
  return genesis === '' && emptyIsNone === true ? null : undefined;
}

function digestText({ digest, of }: DigestField, { digestOf }: ItemValues): string | null | undefined {
  if (digestOf !== undefined) return digestOf(digest, of);
  throw new EvidenceError('schema-violation', 'a field takes the digest of a JSON value, and these items are no JSON');
}

function pathText(
  rule: { readonly path: true } | { readonly path: string; readonly take: string },
  { path }: ItemValues,
): string {
  if (path === undefined) {
    throw new EvidenceError('schema-violation', 'a field takes the path of a file, and these items are no files');
  }
  return rule.path === true ? path : takenFrom(rule.path, rule.take, path);
}

/** The columns and pointers that `rule` reads. */
export function namesOf(rule: FieldRule): readonly string[] {
  if (typeof rule === 'string') return [rule];
  if ('digest' in rule) return [rule.digest];
  return 'field' in rule ? namesOf(rule.field) : [];
}
