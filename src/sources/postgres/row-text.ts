/**
 * Rows as records: the JSON text of each, made from the texts that the server prints, in canonical form as far as that
 * costs nothing, so that the reader behind takes its short way. That reader is strict whatever comes.
 *
 * Nothing passes through a number or a date of this language.
 */

import { EvidenceError } from '../../core/errors.ts';
import { canonicalText } from '../../core/json/canonical.ts';
import { ByteCanonicalizer } from '../../core/json/fast/byte-canonicalizer.ts';
import { parseJson } from '../../core/json/parse.ts';
import { MOST_RECORD_BYTES } from '../../core/limits.ts';
import { type FieldRule, fieldText, namesOf } from '../../core/mapping/field.ts';
import { FORM_ATTRIBUTE } from '../../core/mapping/record-rule.ts';
import { portable, utf8 } from '../../core/platform.ts';
import { NULLS_ATTRIBUTE, type NullsRule } from '../../core/snapshot/header.ts';
import { idFields } from '../../wire/table-profile.ts';
import { type Column, mappedColumns, quotedName, type Relation } from './catalog.ts';
import type { Run } from './census.ts';
import { isConstant, keyText } from './key-text.ts';
import type { Row } from './session.ts';

const UTF8_BYTES_A_UNIT = 3;
const EMPTY = new Uint8Array();

type Form = 'json' | 'json-in-text' | 'text' | 'bytes';

/** SHA-256 of `null`, the body of a row that has none. */
const NULL_DIGEST = '74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b';

/** Columns whose bytes are what was written into them: others are printed by rules of their own. */
const HAVE_BYTES: ReadonlySet<string> = new Set(['bytea', 'text', 'character varying', 'json', 'xml']);

const TIME = /^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d(?:\.\d+)?)(\+00)?$/;

/** A time of day as RFC 3339, with all its digits; what has no such form (infinity, years BC) stays as it is. */
function rfc3339(text: string): string {
  const found = TIME.exec(text);
  if (found === null) return text;
  const [, date, time, zone] = found;
  return `${date}T${time}${zone === undefined ? '' : 'Z'}`;
}

function isJsonType(column: Column | undefined): boolean {
  return column?.baseType === 'json' || column?.baseType === 'jsonb';
}

export function isTimeType(column: Column | undefined): boolean {
  return column?.baseType.startsWith('timestamp') === true;
}

/** What a rule gives for a row. */
type Reading = (row: Row) => string | null | undefined;

/** A named text beside the body. */
interface Attribute {
  /** The name as JSON, and a colon. */
  readonly label: string;
  readonly read: Reading;
}

interface Cell {
  readonly name: string;
  /** The member's name as JSON, and a colon. */
  readonly label: string;
  readonly index: number;
  readonly isTime: boolean;
  readonly form: Form;
}

export class RowText {
  readonly #relation: Relation;
  readonly #nulls: NullsRule;
  readonly #expressions: string[] = [];
  readonly #selected: string[] = [];
  /** Where the text of a key is in a row, by its column. */
  readonly #keys: Map<string, number> = new Map();
  /** Where a value is in a row, by its column. */
  readonly #values: Map<string, number> = new Map();
  readonly #tenant: Reading | undefined;
  readonly #stream: Reading | undefined;
  readonly #id: Reading;
  readonly #type: Reading;
  readonly #attrs: readonly Attribute[];
  readonly #body: readonly Cell[] | Cell | undefined;
  readonly #seq: Reading | undefined;
  readonly #recordedAt: Reading | undefined;
  readonly #prev: Reading | undefined;
  readonly #hash: Reading | undefined;
  readonly #bodyDigest: Reading | undefined;
  readonly #canonicalizer: ByteCanonicalizer = new ByteCanonicalizer(portable);
  #scratch: Buffer = Buffer.allocUnsafe(4096);
  #lastPlace: Pick<Run, 'tenant' | 'stream'> | undefined;
  #lastPlaceText = '';

  /**
   * @param nulls - how SQL NULL stands in a body made of columns
   * @param known - the columns that `*` means; all if undefined
   */
  constructor(relation: Relation, nulls: NullsRule = 'distinct', known?: ReadonlySet<string>) {
    this.#relation = relation;
    this.#nulls = nulls;
    const { profile } = relation;
    this.#tenant = isConstant(profile.tenant) ? undefined : this.#key(profile.tenant);
    this.#stream = isConstant(profile.stream) ? undefined : this.#key(profile.stream);
    this.#id = this.#idReading();
    this.#type = this.#key(profile.type);
    this.#attrs = Object.entries(profile.attrs)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, rule]) => ({ label: `${JSON.stringify(name)}:`, read: this.#value(rule) }));
    this.#body = this.#bodyCells(known);
    this.#seq = this.#optional(profile.seq);
    this.#recordedAt = this.#optional(profile.recordedAt);
    this.#prev = this.#optional(profile.prev);
    this.#hash = this.#optional(profile.hash);
    this.#bodyDigest = this.#optional(profile.bodyDigest);
  }

  /** What to select, in the order in which this class expects it. */
  get expressions(): readonly string[] {
    return this.#expressions;
  }

  /** The column that each expression is the value of. */
  get selected(): readonly string[] {
    return this.#selected;
  }

  #indexFor(known: Map<string, number>, column: string, expression: string): number {
    const index = known.get(column);
    if (index !== undefined) return index;
    known.set(column, this.#expressions.length);
    this.#selected.push(column);
    return this.#expressions.push(expression) - 1;
  }

  /** The columns whose values come as the server prints them; of the others the digest does. */
  get printed(): readonly string[] {
    const body = this.#body;
    const digest = body !== undefined && 'index' in body && body.form === 'bytes' ? body.index : -1;
    return this.#selected.filter((_, at) => at !== digest);
  }

  /** How `rule` is read of a row, where each column has the text that `textAt` says. */
  #reading(rule: FieldRule, textAt: (column: string) => (row: Row) => string | null): Reading {
    if (typeof rule === 'string') return textAt(rule);
    const columns = new Map(namesOf(rule).map((column) => [column, textAt(column)]));
    return (row) => fieldText(rule, { textOf: (column) => columns.get(column)?.(row) });
  }

  /** A key is text as a cast to text gives it: it is this that the server sorts by. */
  #key(rule: FieldRule): Reading {
    return this.#reading(rule, (column) => {
      const index = this.#indexFor(this.#keys, column, keyText(column));
      return (row) => row[index] ?? null;
    });
  }

  /** A value is text as the server prints it, a time as RFC 3339. */
  #value(rule: FieldRule): Reading {
    return this.#reading(rule, (column) => {
      const index = this.#valueIndex(column);
      if (!isTimeType(this.#relation.columns.get(column))) return (row) => row[index] ?? null;
      return (row) => {
        const text = row[index] ?? null;
        return text === null ? null : rfc3339(text);
      };
    });
  }

  #optional(rule: FieldRule | undefined): Reading | undefined {
    return rule === undefined ? undefined : this.#value(rule);
  }

  #idReading(): Reading {
    const parts = idFields(this.#relation.profile).map((rule) => this.#key(rule));
    const [only] = parts;
    if (only !== undefined && parts.length === 1) return only;
    return (row) => JSON.stringify(parts.map((read) => read(row) ?? ''));
  }

  #valueIndex(column: string): number {
    return this.#indexFor(this.#values, column, quotedName(column));
  }

  #cell(name: string, column: string, form: Form = 'text'): Cell {
    const isTime = isTimeType(this.#relation.columns.get(column));
    return { name, label: `${JSON.stringify(name)}:`, index: this.#valueIndex(column), isTime, form };
  }

  /** What the server computes of a column: neither it nor we have to hold the text of a value that may be of any size. */
  #digestCell(column: string): Cell {
    const { label, columns } = this.#relation;
    const type = columns.get(column)?.baseType ?? '';
    if (!HAVE_BYTES.has(type)) {
      const reason = `the body is the column ${column} as bytes, and its type is ${type}`;
      const advice = `of bytes are ${[...HAVE_BYTES].join(', ')}`;
      throw new EvidenceError('schema-violation', reason, { where: { file: label }, advice });
    }
    const name = quotedName(column);
    const bytes = type === 'bytea' ? name : `pg_catalog.convert_to(${name}::text, 'UTF8')`;
    const expression = `pg_catalog.encode(pg_catalog.sha256(${bytes}), 'hex')`;
    const index = this.#indexFor(new Map(), column, expression);
    return { name: 'body', label: '', index, isTime: false, form: 'bytes' };
  }

  #formOf(column: string): Form {
    return isJsonType(this.#relation.columns.get(column)) ? 'json' : 'text';
  }

  #bodyCells(known: ReadonlySet<string> | undefined): readonly Cell[] | Cell | undefined {
    const { profile, columns } = this.#relation;
    const { body } = profile;
    if (body === undefined) return undefined;
    if ('column' in body) {
      if (body.as === 'bytes') return this.#digestCell(body.column);
      const form = body.as === 'text' ? 'text' : this.#formOf(body.column);
      return this.#cell('body', body.column, body.as === 'json' && form === 'text' ? 'json-in-text' : form);
    }
    const mapped = new Set(mappedColumns(profile));
    const names =
      body.columns === '*'
        ? [...columns.keys()].filter((name) => !mapped.has(name) && known?.has(name) !== false)
        : body.columns;
    return [...names].sort().map((name) => this.#cell(name, name, this.#formOf(name)));
  }

  /** Tenant and stream of the row; undefined where the profile fixes them. */
  placeOf(row: Row): { readonly tenant: string | null | undefined; readonly stream: string | null | undefined } {
    return { tenant: this.#tenant?.(row), stream: this.#stream?.(row) };
  }

  /** Which row it is, for the message of a fault. */
  idOf(row: Row): string {
    return this.#id(row) ?? '';
  }

  #cellText(row: Row, cell: Cell): string {
    const text = row[cell.index];
    if (text === null || text === undefined) return 'null';
    if (cell.form === 'json') return text;
    if (cell.form === 'json-in-text') return canonicalText(parseJson(portable, utf8(text)));
    return JSON.stringify(cell.isTime ? rfc3339(text) : text);
  }

  /** Whether the one column of the body is NULL: JSON has a null of its own, so an attribute tells them apart. */
  #bodyIsNull(row: Row): boolean {
    const body = this.#body;
    return body !== undefined && 'index' in body && row[body.index] === null;
  }

  /** The columns of a body made of columns that are NULL, as the attribute that names them; empty if there is none. */
  #nullsText(row: Row): string {
    const body = this.#body;
    if (body === undefined || 'index' in body || this.#nulls === 'as-null') return '';
    const names = body.filter(({ index }) => row[index] === null).map(({ name }) => name);
    return names.length === 0 ? '' : `${JSON.stringify(NULLS_ATTRIBUTE)}:${JSON.stringify(JSON.stringify(names))}`;
  }

  #attrsText(row: Row): string {
    const form = this.#isBytes ? `${JSON.stringify(FORM_ATTRIBUTE)}:"bytes"` : this.#nullsText(row);
    let text = this.#bodyIsNull(row) ? '"body.isNull":"true"' : form;
    for (const { label, read } of this.#attrs) {
      const value = read(row);
      if (value !== null && value !== undefined) text += `${text === '' ? '' : ','}${label}${JSON.stringify(value)}`;
    }
    return text === '' ? '' : `"attrs":{${text}},`;
  }

  /** The body where it is put together from columns, or is no JSON; empty where it is a JSON column. */
  #bodyText(row: Row): string {
    const body = this.#body;
    if (body === undefined || this.#isBytes || this.#jsonBody(row) !== undefined) return '';
    if ('index' in body) return `"body":${this.#cellText(row, body)},`;
    const there = this.#nulls === 'as-null' ? body : body.filter(({ index }) => row[index] !== null);
    return `"body":{${there.map((cell) => `${cell.label}${this.#cellText(row, cell)}`).join(',')}},`;
  }

  /** The text of a body that is one JSON column. */
  #jsonBody(row: Row): string | undefined {
    const body = this.#body;
    if (body === undefined || !('index' in body) || body.form !== 'json') return undefined;
    return row[body.index] ?? undefined;
  }

  get #isBytes(): boolean {
    return this.#body !== undefined && 'index' in this.#body && this.#body.form === 'bytes';
  }

  #digestText(row: Row): string {
    const body = this.#body;
    if (body === undefined || !('index' in body) || !this.#isBytes)
      return this.#member(row, 'bodyDigest', this.#bodyDigest);
    return `"bodyDigest":"sha256:${row[body.index] ?? NULL_DIGEST}",`;
  }

  #member(row: Row, member: string, read: Reading | undefined): string {
    const value = read?.(row) ?? undefined;
    return value === undefined ? '' : `"${member}":${JSON.stringify(value)},`;
  }

  #prevText(row: Row): string {
    const prev = this.#prev?.(row);
    return prev === undefined ? '' : `"prev":${JSON.stringify(prev)},`;
  }

  /** Stream and tenant, which are the same for all rows of a run. */
  #placeText(run: Pick<Run, 'tenant' | 'stream'>): string {
    if (run !== this.#lastPlace) {
      this.#lastPlace = run;
      this.#lastPlaceText = `"stream":${JSON.stringify(run.stream)},"tenant":${JSON.stringify(run.tenant)}`;
    }
    return this.#lastPlaceText;
  }

  /** What stands behind the body in the canonical order of members. */
  #tailText(row: Row, run: Pick<Run, 'tenant' | 'stream'>): string {
    return (
      `${this.#digestText(row)}${this.#member(row, 'hash', this.#hash)}` +
      `"id":${JSON.stringify(this.idOf(row))},${this.#prevText(row)}` +
      `${this.#member(row, 'recordedAt', this.#recordedAt)}` +
      `${this.#seq === undefined ? '' : `"seq":${this.#seq(row)},`}` +
      `${this.#placeText(run)},"type":${JSON.stringify(this.#type(row) ?? '')}}`
    );
  }

  /** The canonical form of a JSON column; its text as it is where that is refused, for the reader to say why. */
  #canonicalBody(text: string): Uint8Array {
    const most = text.length * UTF8_BYTES_A_UNIT;
    if (this.#scratch.length < most) this.#scratch = Buffer.allocUnsafe(most);
    const length = this.#scratch.write(text, 0, 'utf8');
    return this.#canonicalizer.canonicalize(this.#scratch, 0, length) ?? this.#scratch.subarray(0, length);
  }

  /**
   * Writes the record of `row` into `buffer`, or into a larger one.
   *
   * @returns the buffer that holds it, and its length in bytes
   * @throws EvidenceError `input-limit` if it is longer than a snapshot may hold
   */
  write(
    row: Row,
    run: Pick<Run, 'tenant' | 'stream'>,
    buffer: Buffer,
  ): { readonly buffer: Buffer; readonly length: number } {
    const json = this.#jsonBody(row);
    const head = `{${this.#attrsText(row)}${json === undefined ? this.#bodyText(row) : '"body":'}`;
    const body = json === undefined ? EMPTY : this.#canonicalBody(json);
    const tail = `${json === undefined ? '' : ','}${this.#tailText(row, run)}`;
    const most = (head.length + tail.length) * UTF8_BYTES_A_UNIT + body.length;
    if (most > UTF8_BYTES_A_UNIT * MOST_RECORD_BYTES) this.#refuseLong(head.length + body.length + tail.length);
    const target = buffer.length < most ? Buffer.allocUnsafe(most) : buffer;
    let length = target.write(head, 0, 'utf8');
    target.set(body, length);
    length += body.length;
    length += target.write(tail, length, 'utf8');
    if (length > MOST_RECORD_BYTES) this.#refuseLong(length);
    return { buffer: target, length };
  }

  #refuseLong(length: number): never {
    const reason = `it makes a record of some ${length} bytes, and a record has at most ${MOST_RECORD_BYTES}`;
    const advice =
      'take the digest of its bytes alone ("body": {"field": …, "as": "bytes"}), or map one that is stored (bodyDigest)';
    throw new EvidenceError('input-limit', reason, { advice });
  }
}
