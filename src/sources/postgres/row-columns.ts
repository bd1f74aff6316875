/** What is selected of a table for its records, and where in a row the values of a rule are. */

import { EvidenceError } from '../../core/errors.ts';
import { type FieldRule, fieldText, namesOf } from '../../core/mapping/field.ts';
import { idFields } from '../../wire/table-profile.ts';
import { type Column, mappedColumns, quotedName, type Relation } from './catalog.ts';
import { keyText } from './key-text.ts';
import { rfc3339 } from './record-bytes.ts';
import type { RowCells } from './row-cells.ts';

/** The columns that the body of a record is made of, or the one that it is; none where it has no body. */
function bodyColumns({ profile, columns }: Relation): readonly string[] {
  const { body } = profile;
  if (body === undefined) return [];
  if ('column' in body) return [body.column];
  if (body.columns !== '*') return body.columns;
  const mapped = new Set(mappedColumns(profile));
  return [...columns.keys()].filter((name) => !mapped.has(name));
}

/** Those columns of a body that become JSON, as far as `isJson` says it of a column: what is read as text or bytes does not. */
export function jsonInBody(relation: Relation, isJson: (name: string) => boolean): readonly string[] {
  const { body } = relation.profile;
  const isRaw = body !== undefined && 'column' in body && (body.as === 'text' || body.as === 'bytes');
  return isRaw ? [] : bodyColumns(relation).filter(isJson);
}

type Form = 'json' | 'json-in-text' | 'text' | 'bytes';

/** Columns whose bytes are what was written into them: others are printed by rules of their own. */
const HAVE_BYTES: ReadonlySet<string> = new Set(['bytea', 'text', 'character varying', 'json', 'xml']);

export function isJsonType(column: Column | undefined): boolean {
  return column?.baseType === 'json' || column?.baseType === 'jsonb';
}

export function isTimeType(column: Column | undefined): boolean {
  return column?.baseType.startsWith('timestamp') === true;
}

/** What a rule gives for a row. */
export type Reading = (row: RowCells) => string | null | undefined;

/** A value of a row as it is; a time as RFC 3339. */
export interface Plain {
  readonly index: number;
  readonly isTime: boolean;
}

/** A column of a body. */
export interface Cell extends Plain {
  readonly name: string;
  readonly form: Form;
}

/** What a rule gives, and as which value of a row where it is just that. */
export interface Value {
  readonly plain: Plain | undefined;
  readonly read: Reading;
}

export class RowColumns {
  readonly #relation: Relation;
  /** What to select, in the order of the values of a row. */
  readonly expressions: string[] = [];
  /** The column that each expression is the value of. */
  readonly selected: string[] = [];
  /** Where the text of a key is in a row, by its column. */
  readonly #keys: Map<string, number> = new Map();
  /** Where a value is in a row, by its column. */
  readonly #values: Map<string, number> = new Map();

  constructor(relation: Relation) {
    this.#relation = relation;
  }

  #indexFor(known: Map<string, number>, column: string, expression: string): number {
    const index = known.get(column);
    if (index !== undefined) return index;
    known.set(column, this.expressions.length);
    this.selected.push(column);
    return this.expressions.push(expression) - 1;
  }

  /** How `rule` is read of a row, where each column is found as `plainOf` says. */
  #reading(rule: FieldRule, plainOf: (column: string) => Plain): Value {
    const plains = new Map(namesOf(rule).map((column) => [column, plainOf(column)]));
    const textOf = (row: RowCells, column: string): string | null | undefined => {
      const plain = plains.get(column);
      const text = plain === undefined ? undefined : row.text(plain.index);
      return text !== null && text !== undefined && plain?.isTime === true ? rfc3339(text) : text;
    };
    return {
      plain: typeof rule === 'string' ? plains.get(rule) : undefined,
      read: (row) => fieldText(rule, { textOf: (column) => textOf(row, column) }),
    };
  }

  /** A key is text as a cast to text gives it: it is this that the server sorts by. */
  key(rule: FieldRule): Value {
    return this.#reading(rule, (column) => ({
      index: this.#indexFor(this.#keys, column, keyText(column)),
      isTime: false,
    }));
  }

  /** A value is text as the server prints it, a time as RFC 3339. */
  value(rule: FieldRule): Value {
    return this.#reading(rule, (column) => this.#plain(column));
  }

  #plain(column: string): Plain {
    const index = this.#indexFor(this.#values, column, quotedName(column));
    return { index, isTime: isTimeType(this.#relation.columns.get(column)) };
  }

  /** The id; of several fields their canonical JSON array. */
  id(): Value {
    const parts = idFields(this.#relation.profile).map((rule) => this.key(rule));
    const [only] = parts;
    if (only !== undefined && parts.length === 1) return only;
    return { plain: undefined, read: (row) => JSON.stringify(parts.map(({ read }) => read(row) ?? '')) };
  }

  /** Where the keys of these rules are in a row. */
  indexesOf(rules: readonly FieldRule[]): readonly number[] {
    return rules.flatMap(namesOf).map((column) => this.#keys.get(column) ?? 0);
  }

  #cell(name: string, column: string, form: Form): Cell {
    return { name, ...this.#plain(column), form };
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
    return { name: 'body', index, isTime: false, form: 'bytes' };
  }

  #formOf(column: string): Form {
    return isJsonType(this.#relation.columns.get(column)) ? 'json' : 'text';
  }

  /**
   * The columns of a body, in canonical order, or the one that it is; undefined where there is none.
   *
   * @param known - the columns that `*` means; all if undefined
   */
  body(known: ReadonlySet<string> | undefined): readonly Cell[] | Cell | undefined {
    const { body } = this.#relation.profile;
    if (body === undefined) return undefined;
    if ('column' in body) {
      if (body.as === 'bytes') return this.#digestCell(body.column);
      const form = body.as === 'text' ? 'text' : this.#formOf(body.column);
      return this.#cell('body', body.column, body.as === 'json' && form === 'text' ? 'json-in-text' : form);
    }
    const isKnown = (name: string): boolean => body.columns !== '*' || known?.has(name) !== false;
    const names = bodyColumns(this.#relation).filter(isKnown);
    return [...names].sort().map((name) => this.#cell(name, name, this.#formOf(name)));
  }
}
