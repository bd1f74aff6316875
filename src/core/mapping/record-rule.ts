/** From an item of foreign evidence to the text of a record, as one place of a profile says (docs/profile.md). */
import { EvidenceError } from '../errors.ts';
import { delimited } from '../json/utf8.ts';
import { isWholeToken } from '../json/value.ts';
import { isHash } from '../platform.ts';
import { type FieldRule, fieldText, type ItemValues, namesOf } from './field.ts';

/** What stands in the place of a body that is no JSON: the attribute says of what the digest is. */
export const FORM_ATTRIBUTE = 'body.form';

/** What a body is made of. */
export type BodyRule =
  | { readonly name: string; readonly as: 'json' | 'text' | 'bytes' }
  | { readonly columns: '*' | readonly string[] };

/** Where each member of a record comes from. */
export interface RecordRule {
  readonly tenant: FieldRule;
  readonly stream: FieldRule;
  readonly id: readonly FieldRule[];
  readonly seq: FieldRule | undefined;
  readonly type: FieldRule;
  readonly recordedAt: FieldRule | undefined;
  readonly prev: FieldRule | undefined;
  readonly hash: FieldRule | undefined;
  readonly attrs: readonly (readonly [name: string, rule: FieldRule])[];
  readonly bodyDigest: FieldRule | undefined;
  readonly body: BodyRule | undefined;
}

/** The members of a record but its body; the canonical text of each side of it. */
export interface RecordText {
  readonly tenant: string;
  readonly stream: string;
  readonly id: string;
  readonly seq: number | undefined;
  /** Up to where the body stands. */
  readonly head: string;
  /** From behind the body. */
  readonly tail: string;
}

/** All names that a rule reads. */
export function namesOfRule(rule: RecordRule): readonly string[] {
  const { tenant, stream, id, seq, type, recordedAt, prev, hash, attrs, bodyDigest } = rule;
  const rules = [tenant, stream, ...id, seq, type, recordedAt, prev, hash, bodyDigest, ...attrs.map(([, one]) => one)];
  return [...new Set(rules.flatMap((one) => (one === undefined ? [] : namesOf(one))))];
}

/** What a rule reads, for a message. */
function shown(rule: FieldRule): string | undefined {
  return namesOf(rule)[0];
}

function named<T>(rule: FieldRule, work: () => T): T {
  try {
    return work();
  } catch (error) {
    const member = shown(rule);
    throw error instanceof EvidenceError && member !== undefined ? error.at({ member }) : error;
  }
}

function textOf(rule: FieldRule, item: ItemValues): string | null | undefined {
  return named(rule, () => fieldText(rule, item));
}

function missing(what: string, rule: FieldRule): EvidenceError {
  const member = shown(rule);
  const reason = `the item has no ${what}${member === undefined ? '' : `: ${member === '' ? 'it' : member} is missing or null`}`;
  const advice =
    'name what every item has, or say in the profile what a missing value becomes: {"field": …, "null": …}';
  return new EvidenceError('schema-violation', reason, { where: member === undefined ? {} : { member }, advice });
}

function required(what: string, rule: FieldRule, item: ItemValues): string {
  const text = textOf(rule, item);
  if (text === null || text === undefined || text === '') throw missing(what, rule);
  return text;
}

function optional(name: string, rule: FieldRule | undefined, item: ItemValues): string {
  const text = rule === undefined ? undefined : textOf(rule, item);
  return text === null || text === undefined ? '' : `,${JSON.stringify(name)}:${JSON.stringify(text)}`;
}

function position(rule: FieldRule, item: ItemValues): number {
  const text = required('seq', rule, item);
  const seq = isWholeToken(text) ? Number(text) : Number.NaN;
  if (Number.isSafeInteger(seq)) return seq;
  return named(rule, () => {
    throw new EvidenceError('schema-violation', '`seq` must be an integer from 0 to 2^53-1, in digits');
  });
}

function idOf(rules: readonly FieldRule[], item: ItemValues): string {
  const texts = rules.map((rule) => required('id', rule, item));
  const [only] = texts;
  // A canonical array of strings is what JSON.stringify writes (RFC 8785 §3.2.2.2).
  return texts.length === 1 && only !== undefined ? only : JSON.stringify(texts);
}

function digestOf(rule: FieldRule | undefined, item: ItemValues): string | undefined {
  if (rule === undefined) return undefined;
  const text = required('bodyDigest', rule, item);
  const hash = text.startsWith('sha256:') ? text.slice('sha256:'.length) : text;
  if (isHash(hash)) return `sha256:${hash}`;
  return named(rule, () => {
    throw new EvidenceError('input-malformed', '`bodyDigest` is no SHA-256: 64 lower-case hexadecimal digits', {
      advice: 'say in the profile how it is spelled: {"field": …, "hash": {"encoding": …}}',
    });
  });
}

function attrsOf(rule: RecordRule, item: ItemValues, more: readonly (readonly [string, string])[]): string {
  const all = [...more];
  for (const [name, field] of rule.attrs) {
    const text = textOf(field, item);
    if (text !== null && text !== undefined) all.push([name, text]);
  }
  if (all.length === 0) return '';
  const sorted = all.sort(([a], [b]) => (a < b ? -1 : 1));
  const members = sorted.map(([name, text]) => `${JSON.stringify(name)}:${JSON.stringify(text)}`);
  return `"attrs":{${members.join(',')}}`;
}

function prevOf(rule: FieldRule | undefined, item: ItemValues): string {
  if (rule === undefined) return '';
  const text = textOf(rule, item);
  if (text === undefined) return '';
  return `,"prev":${text === null ? 'null' : JSON.stringify(text)}`;
}

/**
 * The canonical text of the record of `item`, in two parts with room for the body between them.
 *
 * @param body - `held` where the body goes between the two parts; else the digest in its place, if there is one
 * @param more - attributes besides those of the rule
 * @throws EvidenceError `schema-violation` for a member that is missing, `input-malformed` for one that does not fit
 */
export function recordText(
  rule: RecordRule,
  item: ItemValues,
  body: 'held' | { readonly digest: string | undefined },
  more: readonly (readonly [string, string])[] = [],
): RecordText {
  const tenant = required('tenant', rule.tenant, item);
  const stream = required('stream', rule.stream, item);
  const id = idOf(rule.id, item);
  const seq = rule.seq === undefined ? undefined : position(rule.seq, item);
  const attrs = attrsOf(rule, item, more);
  const stated = digestOf(rule.bodyDigest, item) ?? (body === 'held' ? undefined : body.digest);
  const comma = attrs === '' ? '' : ',';
  // In the order of canonical form: attrs, body, bodyDigest, hash, id, prev, recordedAt, seq, stream, tenant, type.
  const head = `{${attrs}${body === 'held' ? `${comma}"body":` : ''}`;
  const digest = stated === undefined ? '' : `"bodyDigest":${JSON.stringify(stated)}`;
  const before = body === 'held' || attrs !== '';
  const rest =
    `${optional('hash', rule.hash, item)},"id":${JSON.stringify(id)}${prevOf(rule.prev, item)}` +
    `${optional('recordedAt', rule.recordedAt, item)}${seq === undefined ? '' : `,"seq":${seq}`}` +
    `,"stream":${JSON.stringify(stream)},"tenant":${JSON.stringify(tenant)}` +
    `,"type":${JSON.stringify(required('type', rule.type, item))}}`;
  const tail = digest === '' ? rest : `${before ? ',' : ''}${digest}${rest}`;
  return { tenant, stream, id, seq, head, tail: digest === '' && !before ? tail.slice(1) : tail };
}

/**
 * A text that sorts by its UTF-8 bytes as records of a snapshot do: by tenant, then stream, then `seq` or `id`; two items
 * of one key are one record.
 */
export function sortKey({ tenant, stream, id, seq }: Omit<RecordText, 'head' | 'tail'>): string {
  const last = seq === undefined ? `\u0002${id}` : `\u0001${String(seq).padStart(16, '0')}`;
  return `${delimited(tenant)}${delimited(stream)}${last}`;
}
