/**
 * Keys as SQL expressions: text, in the order of UTF-8 bytes, whatever collation a column has. What a key is for a row is
 * made here by the server, and again by ourselves (`fieldText`) of the columns that it read: the two must agree.
 */
import { type FieldRule, fieldText, namesOf } from '../../core/mapping/field.ts';
import { type HashSpelling, MISSPELLED } from '../../core/mapping/hash-spelling.ts';
import { SOURCE_HASH_DIGITS } from '../../core/platform.ts';
import { idFields, type TableProfile } from '../../wire/table-profile.ts';
import { quotedName, quotedTable } from './catalog.ts';

const BYTEWISE = 'COLLATE pg_catalog."C"';

/** The column's value as text. */
export function keyText(column: string): string {
  return `${quotedName(column)}::text`;
}

/** A text in SQL, quoted; never one that a row gave. */
function quotedText(text: string): string {
  return `'${text.replaceAll("'", "''")}'::text`;
}

/** The same as `normalizedHash`. */
function hashText(text: string, { encoding, case: letters, prefix = '' }: HashSpelling): string {
  const before = `${prefix}${encoding === 'bytea' ? '\\x' : ''}`;
  const length = [...before].length;
  const rest = `pg_catalog.substr(${text}, ${length + 1})`;
  const digits = letters === 'any' ? '[0-9a-fA-F]' : '[0-9a-f]';
  const fits = `pg_catalog.left(${text}, ${length}) = ${quotedText(before)} AND ${rest} ~ '^(${digits}{2})+$'`;
  const { least, most } = SOURCE_HASH_DIGITS;
  const isHash = `${text} ~ '^([0-9a-f]{2}){${least / 2},${most / 2}}$' AND ${text} ~ '[^0]'`;
  return (
    `CASE WHEN ${fits} THEN pg_catalog.lower(${rest}) ` +
    `WHEN ${isHash} THEN ${quotedText(MISSPELLED)} || ${text} ELSE ${text} END`
  );
}

/** What `rule` gives for a row, as SQL: a text, or NULL. Only of rules by which rows are sorted (`requireSortable`). */
function ruleText(rule: FieldRule): string {
  if (typeof rule === 'string') return `(${keyText(rule)} ${BYTEWISE})`;
  if ('value' in rule) return quotedText(rule.value);
  if (!('field' in rule)) throw new RangeError('a field by which no server sorts');
  const given = ruleText(rule.field);
  const digits = rule.hash === undefined ? given : hashText(given, rule.hash);
  const whole = rule.prefix === undefined ? digits : `(${quotedText(rule.prefix)} || ${digits})`;
  return rule.null === undefined ? whole : `coalesce(${whole}, ${quotedText(rule.null)})`;
}

/** The id of a row as SQL; of several fields their canonical JSON array, which escapes as `to_json` does. */
function idText(profile: TableProfile): string {
  const fields = idFields(profile);
  const [only] = fields;
  if (only !== undefined && fields.length === 1) return ruleText(only);
  const parts = fields.map((field) => `pg_catalog.to_json(${ruleText(field)})::text`);
  return `('[' || ${parts.join(` || ',' || `)} || ']')`;
}

/** A condition that is true where `rule` gives no text; undefined where it always gives one. */
export function absentCondition(rule: FieldRule): string | undefined {
  if (typeof rule === 'string') return `${quotedName(rule)} IS NULL`;
  if (!('field' in rule) || rule.null !== undefined) return undefined;
  return absentCondition(rule.field);
}

/** By UTF-8 bytes: in a database in UTF8 the collation "C" is that order, elsewhere the text is converted first. */
function ordered(text: string, encoding: string): string {
  return encoding === 'UTF8' ? `${text} ${BYTEWISE}` : `pg_catalog.convert_to(${text}, 'UTF8')`;
}

/** What the ids are ordered by. */
export function idOrder(profile: TableProfile, encoding: string): string {
  return ordered(idText(profile), encoding);
}

/** What to order by, so that the rows come in the order of tenants and streams. */
export function placeOrder(profile: TableProfile, encoding: string): readonly string[] {
  return placeRules(profile).map((rule) => ordered(ruleText(rule), encoding));
}

/**
 * The position to order by. With its table before it: a bare name behind ORDER BY is first looked for among what is
 * selected, where one column may stand twice.
 */
export function seqOrder(profile: TableProfile, column: string): string {
  return `${quotedTable(profile)}.${quotedName(column)}`;
}

/** Whether `rule` gives one text for all rows. */
export function isConstant(rule: FieldRule): boolean {
  return namesOf(rule).length === 0;
}

/** The text of a rule that reads no column. */
export function constantText(rule: FieldRule): string {
  return fieldText(rule, { textOf: () => null }) ?? '';
}

/** Tenant and stream, as far as they are not the same for all rows. */
export function placeRules({ tenant, stream }: TableProfile): readonly FieldRule[] {
  return [tenant, stream].filter((rule) => !isConstant(rule));
}

/** The expressions by which rows are told apart into tenants and streams. */
export function placeTexts(profile: TableProfile): readonly string[] {
  return placeRules(profile).map((rule) => `${ruleText(rule)} ${BYTEWISE}`);
}

/** What tells the rows of one table apart: tenant and stream, and the id. */
export function identityTexts(profile: TableProfile): readonly string[] {
  return [...placeTexts(profile), `${idText(profile)} ${BYTEWISE}`];
}

/** The texts of a row whose length is limited, as SQL; without those that no server makes, or that are the same for all rows. */
export function sizedTexts(profile: TableProfile): readonly { readonly member: string; readonly text: string }[] {
  const { tenant, stream, type } = profile;
  const rules = Object.entries({ tenant, stream, ...(typeof type === 'string' ? { type } : {}) });
  const texts = rules
    .filter(([, rule]) => !isConstant(rule))
    .map(([member, rule]) => ({ member, text: ruleText(rule) }));
  return [...texts, { member: 'id', text: idText(profile) }];
}

/** A column, and the text that it has where the rule gives another one. */
export interface PlainKey {
  readonly column: string;
  readonly prefix: string;
}

/** The column that holds what `rule` gives, for an index to be used; undefined where it takes more than one column as it is. */
export function plainKey(rule: FieldRule): PlainKey | undefined {
  if (typeof rule === 'string') return { column: rule, prefix: '' };
  if (!('field' in rule)) return undefined;
  const { field, prefix = '', ...others } = rule;
  const inner = plainKey(field);
  const isPlain = Object.values(others).every((value) => value === undefined);
  return isPlain && inner !== undefined ? { column: inner.column, prefix: `${prefix}${inner.prefix}` } : undefined;
}

/** The rows that count as evidence; `TRUE` for all. */
export function rowCondition({ where }: TableProfile): string {
  return where === undefined ? 'TRUE' : `(${where}\n)`;
}
