/**
 * Rows as records: the JSON text of each, made of what the server prints, in canonical form as far as a value has one, so
 * that the reader behind takes its short way. That reader is strict whatever comes.
 *
 * Nothing passes through a number or a date of this language.
 */

import { CLOSE_BRACE, COMMA, OPEN_BRACE } from '../../core/json/cursor.ts';
import { FORM_ATTRIBUTE } from '../../core/mapping/record-rule.ts';
import { utf8 } from '../../core/platform.ts';
import { NULLS_ATTRIBUTE, type NullsRule } from '../../core/snapshot/header.ts';
import type { Relation } from './catalog.ts';
import type { Run } from './census.ts';
import { isConstant, placeRules } from './key-text.ts';
import type { RecordBytes } from './record-bytes.ts';
import { type RowBytes, RowCells } from './row-cells.ts';
import { type Cell, type Plain, type Reading, RowColumns, type Value } from './row-columns.ts';

/** SHA-256 of `null`, the body of a row that has none. */
const NULL_DIGEST = '74234e98afe7498fb5daf1f36ac2d78acc339464f950703b8c019892f982b90b';

const NULL = utf8('null');
/** What JSON has a null of its own for: so an attribute says that the one column of a body is NULL. */
const IS_NULL_ATTRIBUTE = 'body.isNull';

type Place = Pick<Run, 'tenant' | 'stream'>;

/** Writes a part of a record, with a comma behind each member. */
type Write = (row: RowCells, out: RecordBytes) => void;

/** Writes what stands behind a name, if there is something; false where there is not. */
type WriteValue = (row: RowCells, out: RecordBytes) => boolean;

function labelOf(name: string): Uint8Array {
  return utf8(`${JSON.stringify(name)}:`);
}

/** As a string of JSON; a value that is not NULL. */
function writePlain(row: RowCells, out: RecordBytes, { index, isTime }: Plain): void {
  if (isTime) out.time(row, index);
  else out.cell(row, index);
}

/** A string of JSON, where there is a text. */
function stringOf({ plain, read }: Value): WriteValue {
  if (plain === undefined) return textOf(read);
  return (row, out) => {
    if (row.isNull(plain.index)) return false;
    writePlain(row, out, plain);
    return true;
  };
}

function textOf(read: Reading): WriteValue {
  return (row, out) => {
    const text = read(row) ?? undefined;
    if (text !== undefined) out.string(text);
    return text !== undefined;
  };
}

/** A member that is there where it has a value. */
function member(name: string, write: WriteValue): Write {
  const label = labelOf(name);
  return (row, out) => {
    const { length } = out;
    out.put(label);
    if (write(row, out)) out.byte(COMMA);
    else out.length = length;
  };
}

function writeCell(row: RowCells, out: RecordBytes, cell: Cell): void {
  const { index, form } = cell;
  if (row.isNull(index)) out.put(NULL);
  else if (form === 'json') out.json(row, index);
  else if (form === 'json-in-text') out.jsonInText(row, index);
  else writePlain(row, out, cell);
}

export class RowText {
  readonly #columns: RowColumns;
  readonly #nulls: NullsRule;
  readonly #tenant: Value | undefined;
  readonly #stream: Value | undefined;
  readonly #id: Value;
  readonly #body: readonly Cell[] | Cell | undefined;
  /** Before stream and tenant, in the canonical order of members. */
  readonly #members: readonly Write[];
  readonly #type: Value;
  /** What a rule for derived values asks of a row: the record's own hash, its position, its attributes. */
  readonly hash: Value | undefined;
  readonly seq: Value | undefined;
  readonly attrs: ReadonlyMap<string, Value>;
  /** The row at hand. */
  readonly #row: RowCells = new RowCells();
  readonly #placeIndexes: readonly number[];
  /** A row of the run that was found to be of it. */
  readonly #known: RowCells = new RowCells();
  #knownRun: Place | undefined;
  #writtenRun: Place | undefined;
  #placeText: Uint8Array = utf8('');

  /**
   * @param nulls - how SQL NULL stands in a body made of columns
   * @param known - the columns that `*` means; all if undefined
   */
  constructor(relation: Relation, nulls: NullsRule = 'distinct', known?: ReadonlySet<string>) {
    const columns = new RowColumns(relation);
    const { profile } = relation;
    this.#columns = columns;
    this.#nulls = nulls;
    this.#tenant = isConstant(profile.tenant) ? undefined : columns.key(profile.tenant);
    this.#stream = isConstant(profile.stream) ? undefined : columns.key(profile.stream);
    this.#id = columns.id();
    this.#type = columns.key(profile.type);
    this.attrs = new Map(Object.entries(profile.attrs).map(([name, rule]) => [name, columns.value(rule)] as const));
    this.#body = columns.body(known);
    const value = (name: 'seq' | 'recordedAt' | 'prev' | 'hash' | 'bodyDigest'): Value | undefined => {
      const rule = profile[name];
      return rule === undefined ? undefined : columns.value(rule);
    };
    const [recordedAt, prev, bodyDigest] = [value('recordedAt'), value('prev'), value('bodyDigest')];
    this.seq = value('seq');
    this.hash = value('hash');
    this.#members = [
      this.#attributes(),
      ...this.#bodyMembers(),
      ...(bodyDigest === undefined || this.#isBytes ? [] : [member('bodyDigest', stringOf(bodyDigest))]),
      ...(this.hash === undefined ? [] : [member('hash', stringOf(this.hash))]),
      member('id', this.#orEmpty(this.#id)),
      ...(prev === undefined ? [] : [prevOf(prev)]),
      ...(recordedAt === undefined ? [] : [member('recordedAt', stringOf(recordedAt))]),
      ...(this.seq === undefined ? [] : [seqOf(this.seq)]),
    ];
    this.#placeIndexes = columns.indexesOf(placeRules(profile));
  }

  /** What to select, in the order in which this class expects it. */
  get expressions(): readonly string[] {
    return this.#columns.expressions;
  }

  /** The column that each expression is the value of. */
  get selected(): readonly string[] {
    return this.#columns.selected;
  }

  /** The columns whose values come as the server prints them; of the others the digest does. */
  get printed(): readonly string[] {
    const body = this.#body;
    const digest = body !== undefined && 'index' in body && body.form === 'bytes' ? body.index : -1;
    return this.selected.filter((_, at) => at !== digest);
  }

  get #isBytes(): boolean {
    return this.#body !== undefined && 'index' in this.#body && this.#body.form === 'bytes';
  }

  #orEmpty(value: Value): WriteValue {
    const write = stringOf(value);
    return (row, out) => {
      if (!write(row, out)) out.string('');
      return true;
    };
  }

  /** All attributes by their names, with what is said of the form of the body. */
  #attributes(): Write {
    const attrs = [...this.attrs].map(([name, value]) => [name, stringOf(value)] as const);
    const members = [...this.#bodyAttributes(), ...attrs]
      .sort(([a], [b]) => (a < b ? -1 : Number(a > b)))
      .map(([name, write]) => member(name, write));
    const label = labelOf('attrs');
    return (row, out) => {
      const { length } = out;
      out.put(label);
      out.byte(OPEN_BRACE);
      const empty = out.length;
      for (const write of members) write(row, out);
      if (out.length === empty) out.length = length;
      else endObject(out);
    };
  }

  #bodyAttributes(): readonly (readonly [name: string, write: WriteValue])[] {
    const body = this.#body;
    if (body === undefined) return [];
    if (!('index' in body)) return this.#nulls === 'as-null' ? [] : [[NULLS_ATTRIBUTE, nullsOf(body)]];
    const isNull: Reading = (row) => (row.isNull(body.index) ? 'true' : undefined);
    const form: Reading = (row) => (row.isNull(body.index) ? undefined : 'bytes');
    const ofNull = [IS_NULL_ATTRIBUTE, textOf(isNull)] as const;
    return body.form === 'bytes' ? [[FORM_ATTRIBUTE, textOf(form)], ofNull] : [ofNull];
  }

  #bodyMembers(): readonly Write[] {
    const body = this.#body;
    if (body === undefined) return [];
    if (!('index' in body)) return [this.#columnsOf(body)];
    if (body.form === 'bytes') return [digestOf(body)];
    return [
      member('body', (row, out) => {
        writeCell(row, out, body);
        return true;
      }),
    ];
  }

  #columnsOf(body: readonly Cell[]): Write {
    const label = labelOf('body');
    const cells = body.map((cell) => ({ cell, label: labelOf(cell.name) }));
    const areLeftOut = this.#nulls !== 'as-null';
    return (row, out) => {
      out.put(label);
      out.byte(OPEN_BRACE);
      const empty = out.length;
      for (const { cell, label: name } of cells) {
        if (areLeftOut && row.isNull(cell.index)) continue;
        out.put(name);
        writeCell(row, out, cell);
        out.byte(COMMA);
      }
      if (out.length === empty) out.byte(COMMA);
      endObject(out);
    };
  }

  /** Another row is at hand. */
  open(row: RowBytes): RowCells {
    return this.#row.open(row);
  }

  /** Whether the row at hand is of this run: it is where its keys are those of the row before, to the byte. */
  isOf(run: Place): boolean {
    const [row, known] = [this.#row, this.#known];
    if (run === this.#knownRun && this.#placeIndexes.every((index) => row.isSame(index, known))) return true;
    const [tenant, stream] = [this.#tenant?.read(row), this.#stream?.read(row)];
    if ((tenant !== undefined && tenant !== run.tenant) || (stream !== undefined && stream !== run.stream))
      return false;
    known.open(row.bytes);
    this.#knownRun = run;
    return true;
  }

  /** Which row it is, for the message of a fault. */
  idOf(row: RowBytes): string {
    return this.#id.read(new RowCells().open(row)) ?? '';
  }

  /** Stream and tenant, which are the same for all rows of a run, and what stands before the type. */
  #place(run: Place): Uint8Array {
    if (run !== this.#writtenRun) {
      this.#writtenRun = run;
      const place = `"stream":${JSON.stringify(run.stream)},"tenant":${JSON.stringify(run.tenant)}`;
      this.#placeText = utf8(`${place},"type":`);
    }
    return this.#placeText;
  }

  /**
   * Writes the record of the row at hand behind what `out` has.
   *
   * @throws EvidenceError `input-limit` if it is longer than a snapshot may hold
   */
  write(run: Place, out: RecordBytes): void {
    const row = this.#row;
    out.begin();
    out.byte(OPEN_BRACE);
    for (const write of this.#members) write(row, out);
    out.put(this.#place(run));
    if (this.#type.plain === undefined || row.isNull(this.#type.plain.index)) out.string(this.#type.read(row) ?? '');
    else writePlain(row, out, this.#type.plain);
    out.byte(CLOSE_BRACE);
    out.end();
  }
}

/** Puts a brace in the place of the last comma, and a comma behind it. */
function endObject(out: RecordBytes): void {
  out.length--;
  out.byte(CLOSE_BRACE);
  out.byte(COMMA);
}

/** The source's link, which may be null. */
function prevOf({ plain, read }: Value): Write {
  return member('prev', (row, out) => {
    if (plain !== undefined && !row.isNull(plain.index)) {
      writePlain(row, out, plain);
      return true;
    }
    const prev = read(row);
    if (prev !== undefined) out.text(JSON.stringify(prev));
    return prev !== undefined;
  });
}

/** As the server prints it: the reader is strict. */
function seqOf({ plain, read }: Value): Write {
  return member('seq', (row, out) => {
    if (plain !== undefined && !plain.isTime && !row.isNull(plain.index)) out.raw(row, plain.index);
    else out.text(`${read(row)}`);
    return true;
  });
}

/** The columns of a body that are NULL, as the attribute that names them. */
function nullsOf(body: readonly Cell[]): WriteValue {
  return (row, out) => {
    if (!body.some(({ index }) => row.isNull(index))) return false;
    const names = body.filter(({ index }) => row.isNull(index)).map(({ name }) => name);
    out.string(JSON.stringify(names));
    return true;
  };
}

/** Of a body that the server has taken the digest of. */
function digestOf({ index }: Cell): Write {
  const label = utf8('"bodyDigest":"sha256:');
  return (row, out) => {
    out.put(label);
    if (row.isNull(index)) out.text(NULL_DIGEST);
    else out.raw(row, index);
    out.text('",');
  };
}
