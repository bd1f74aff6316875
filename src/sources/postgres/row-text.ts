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
import { portable, utf8 } from '../../core/platform.ts';
import { NULLS_ATTRIBUTE, type NullsRule } from '../../core/snapshot/header.ts';
import { type Column, mappedColumns, quotedName, type Relation } from './catalog.ts';
import type { Run } from './census.ts';
import { keyText, streamColumn, tenantColumn } from './key-text.ts';
import type { Row } from './session.ts';

const UTF8_BYTES_A_UNIT = 3;
const EMPTY = new Uint8Array();

type Form = 'json' | 'json-in-text' | 'text';

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

function isTimeType(column: Column | undefined): boolean {
  return column?.baseType.startsWith('timestamp') === true;
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
  readonly #attrs: readonly Cell[];
  readonly #body: readonly Cell[] | Cell | undefined;
  readonly #tenant: number | undefined;
  readonly #stream: number | undefined;
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
    this.#tenant = this.#keyIndex(tenantColumn(profile));
    this.#stream = this.#keyIndex(streamColumn(profile));
    this.#keyIndex(profile.id);
    if (typeof profile.type === 'string') this.#keyIndex(profile.type);
    this.#attrs = Object.entries(profile.attrs)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, column]) => this.#cell(name, column));
    this.#body = this.#bodyCells(known);
    for (const column of [profile.seq, profile.recordedAt, profile.prev, profile.hash, profile.bodyDigest]) {
      if (column !== undefined) this.#valueIndex(column);
    }
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

  #keyIndex(column: string | undefined): number | undefined {
    return column === undefined ? undefined : this.#indexFor(this.#keys, column, keyText(column));
  }

  #valueIndex(column: string): number {
    return this.#indexFor(this.#values, column, quotedName(column));
  }

  #cell(name: string, column: string, form: Form = 'text'): Cell {
    const isTime = isTimeType(this.#relation.columns.get(column));
    return { name, label: `${JSON.stringify(name)}:`, index: this.#valueIndex(column), isTime, form };
  }

  #formOf(column: string): Form {
    return isJsonType(this.#relation.columns.get(column)) ? 'json' : 'text';
  }

  #bodyCells(known: ReadonlySet<string> | undefined): readonly Cell[] | Cell | undefined {
    const { profile, columns } = this.#relation;
    const { body } = profile;
    if (body === undefined) return undefined;
    if (typeof body === 'string') return this.#cell('body', body, this.#formOf(body));
    if ('column' in body) {
      const form = this.#formOf(body.column);
      return this.#cell('body', body.column, body.as === 'json' && form === 'text' ? 'json-in-text' : form);
    }
    const mapped = new Set(mappedColumns(profile));
    const names =
      body.columns === '*'
        ? [...columns.keys()].filter((name) => !mapped.has(name) && known?.has(name) !== false)
        : body.columns;
    return [...names].sort().map((name) => this.#cell(name, name, this.#formOf(name)));
  }

  /** The tenant and the column of the stream, as the row has them; undefined where the profile fixes them. */
  placeOf(row: Row): { readonly tenant: string | null | undefined; readonly streamKey: string | null | undefined } {
    return {
      tenant: this.#tenant === undefined ? undefined : row[this.#tenant],
      streamKey: this.#stream === undefined ? undefined : row[this.#stream],
    };
  }

  /** Which row it is, for the message of a fault. */
  idOf(row: Row): string {
    return this.#key(row, this.#relation.profile.id);
  }

  #value(row: Row, column: string): string | undefined {
    return row[this.#values.get(column) ?? -1] ?? undefined;
  }

  #key(row: Row, column: string): string {
    return row[this.#keys.get(column) ?? -1] ?? '';
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
    let text = this.#bodyIsNull(row) ? '"body.isNull":"true"' : this.#nullsText(row);
    for (const cell of this.#attrs) {
      if (row[cell.index] === null) continue;
      text += `${text === '' ? '' : ','}${cell.label}${this.#cellText(row, cell)}`;
    }
    return text === '' ? '' : `"attrs":{${text}},`;
  }

  /** The body where it is put together from columns, or is no JSON; empty where it is a JSON column. */
  #bodyText(row: Row): string {
    const body = this.#body;
    if (body === undefined || this.#jsonBody(row) !== undefined) return '';
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

  #optional(row: Row, member: string, column: string | undefined): string {
    const value = column === undefined ? undefined : this.#value(row, column);
    return value === undefined ? '' : `"${member}":${JSON.stringify(value)},`;
  }

  #prevText(row: Row, column: string | undefined): string {
    return column === undefined ? '' : `"prev":${JSON.stringify(this.#value(row, column) ?? null)},`;
  }

  #timeText(row: Row, column: string | undefined): string {
    const value = column === undefined ? undefined : this.#value(row, column);
    if (value === undefined) return '';
    const isTime = isTimeType(this.#relation.columns.get(column ?? ''));
    return `"recordedAt":${JSON.stringify(isTime ? rfc3339(value) : value)},`;
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
    const { profile } = this.#relation;
    const { id, seq, type, recordedAt, prev, hash, bodyDigest } = profile;
    const kind = typeof type === 'string' ? this.#key(row, type) : type.value;
    return (
      `${this.#optional(row, 'bodyDigest', bodyDigest)}${this.#optional(row, 'hash', hash)}` +
      `"id":${JSON.stringify(this.#key(row, id))},${this.#prevText(row, prev)}${this.#timeText(row, recordedAt)}` +
      `${seq === undefined ? '' : `"seq":${this.#value(row, seq)},`}` +
      `${this.#placeText(run)},"type":${JSON.stringify(kind)}}`
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
    if (most > UTF8_BYTES_A_UNIT * MOST_RECORD_BYTES) this.#refuseLong();
    const target = buffer.length < most ? Buffer.allocUnsafe(most) : buffer;
    let length = target.write(head, 0, 'utf8');
    target.set(body, length);
    length += body.length;
    length += target.write(tail, length, 'utf8');
    if (length > MOST_RECORD_BYTES) this.#refuseLong();
    return { buffer: target, length };
  }

  #refuseLong(): never {
    const reason = `it makes a record of more than ${MOST_RECORD_BYTES} bytes`;
    const advice = 'map a digest of its content (bodyDigest) in place of the content';
    throw new EvidenceError('input-limit', reason, { advice });
  }
}
