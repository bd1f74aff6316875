/**
 * Records that a migration names one by one, in CSV files (RFC 4180) beside it: those that are retired or erased, and ids
 * that are made anew. Which columns there are, the first line says.
 */
import { EvidenceError } from '../errors.ts';
import { mismatch } from './mismatch.ts';

interface Named {
  readonly tenant: string;
  readonly stream: string;
  readonly id: string;
}

const KEY_COLUMNS = ['tenant', 'stream'] as const;

function refuse(file: string, line: number, reason: string): never {
  throw new EvidenceError('schema-violation', reason, { where: { file, line } });
}

/** The fields of each line; quotes as RFC 4180 has them. */
export function csvRows(text: string, file: string): readonly (readonly string[])[] {
  const rows: string[][] = [];
  let row: string[] = [];
  const field = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r?\n|$)/gy;
  while (field.lastIndex < text.length || row.length > 0) {
    const match = field.exec(text);
    if (match === null) return refuse(file, rows.length + 1, 'the line is no CSV (RFC 4180)');
    const [, quoted, plain = '', end] = match;
    row.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'));
    if (end === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
}

/** A file of the migration, as it was read. */
export interface NamedFile {
  readonly name: string;
  readonly sha256: string;
  readonly rows: readonly (readonly string[])[];
}

/** Looks up columns by what the first line calls them: `wanted`, with tenant and stream before them or not. */
function columnsOf({ name, rows }: NamedFile, wanted: readonly string[]): { readonly placed: boolean } {
  const header = (rows[0] ?? []).join(',');
  if (header === wanted.join(',')) return { placed: false };
  if (header === [...KEY_COLUMNS, ...wanted].join(',')) return { placed: true };
  const either = `${wanted.join(',')} or ${[...KEY_COLUMNS, ...wanted].join(',')}`;
  return refuse(name, 1, `its first line must be ${either}`);
}

function keyOf({ tenant, stream, id }: Named, placed: boolean): string {
  return placed ? JSON.stringify([tenant, stream, id]) : id;
}

/** How many records a file names: all its lines but the first. */
export function countOf({ rows }: NamedFile): number {
  return Math.max(0, rows.length - 1);
}

interface Entry {
  readonly value: string;
  taken: boolean;
}

/** A table of lines, each of which must be taken by exactly one record. */
class Lines {
  readonly file: string;
  readonly #placed: boolean;
  readonly #entries: Map<string, Entry> = new Map();
  #left: number;

  /** @param last - the columns that end each line: the id, or the id and what it becomes */
  constructor(file: NamedFile, last: readonly string[]) {
    this.file = file.name;
    const { placed } = columnsOf(file, last);
    this.#placed = placed;
    for (const [at, row] of file.rows.slice(1).entries()) this.#add(row, (placed ? 2 : 0) + last.length, at + 2);
    this.#left = this.#entries.size;
  }

  #add(row: readonly string[], width: number, line: number): void {
    if (row.length !== width || row.includes(''))
      refuse(this.file, line, `the line must have ${width} fields, none empty`);
    const [tenant = '', stream = '', placedId = ''] = row;
    const key = keyOf({ tenant, stream, id: this.#placed ? placedId : tenant }, this.#placed);
    if (this.#entries.has(key)) refuse(this.file, line, 'the line names a record that another line names as well');
    this.#entries.set(key, { value: row.at(-1) ?? '', taken: false });
  }

  has(record: Named): boolean {
    return this.#entries.has(keyOf(record, this.#placed));
  }

  /** The last field of the line that names `record`; each line is there for one. */
  take(record: Named): string | undefined {
    const entry = this.#entries.get(keyOf(record, this.#placed));
    if (entry === undefined) return undefined;
    if (entry.taken) mismatch(`a line of ${this.file} names two records: give tenant,stream as well`);
    entry.taken = true;
    this.#left--;
    return entry.value;
  }

  /** How many lines no record has taken. */
  get left(): number {
    return this.#left;
  }
}

/** Records that are named. */
export class NamedRecords {
  readonly #lines: Lines;

  /** @throws EvidenceError `schema-violation` for a file of another form, or that names a record twice */
  constructor(file: NamedFile) {
    this.#lines = new Lines(file, ['id']);
  }

  get file(): string {
    return this.#lines.file;
  }

  has(record: Named): boolean {
    return this.#lines.has(record);
  }

  /** @throws MapMismatch if the line that names `record` has named another one before */
  take(record: Named): void {
    this.#lines.take(record);
  }

  /** How many are named and have not come. */
  get left(): number {
    return this.#lines.left;
  }
}

/** Ids that are made anew, one to one: each line for one record. */
export class RenamedRecords {
  readonly #lines: Lines;

  /** @throws EvidenceError `schema-violation` as for {@link NamedRecords}, and for a new name that is given twice */
  constructor(file: NamedFile) {
    this.#lines = new Lines(file, ['from', 'to']);
    requireOneToOne(file);
  }

  get file(): string {
    return this.#lines.file;
  }

  /** @throws MapMismatch if the table has no line for `record`, or one that another record has taken */
  take(record: Named): string {
    return this.#lines.take(record) ?? mismatch(`${this.#lines.file} has no line for it`);
  }
}

/** Names of tenants or streams that are made anew, one to one: each line for all records of that name. */
export class RenamedPlaces {
  readonly file: string;
  readonly #names: ReadonlyMap<string, string>;

  /** @throws EvidenceError `schema-violation` for a file of another form, or with one name twice */
  constructor(file: NamedFile) {
    if (columnsOf(file, ['from', 'to']).placed) refuse(file.name, 1, 'its first line must be from,to');
    const rows = file.rows.slice(1);
    const bad = rows.findIndex((row) => row.length !== 2 || row.includes(''));
    if (bad >= 0) refuse(file.name, bad + 2, 'the line must have 2 fields, none empty');
    requireOneToOne(file);
    this.file = file.name;
    this.#names = new Map(rows.map(([from = '', to = '']) => [from, to]));
    if (this.#names.size < rows.length) refuse(file.name, 1, 'two lines are for one name');
  }

  /** @throws MapMismatch if the table has no line for `name` */
  of(name: string): string {
    return this.#names.get(name) ?? mismatch(`${this.file} has no line for ${JSON.stringify(name)}`);
  }

  /** All new names. */
  get targets(): Iterable<string> {
    return this.#names.values();
  }
}

/** New names stand once in each place: a table that sends two names to one is none. */
function requireOneToOne({ name, rows }: NamedFile): void {
  const placed = (rows[0]?.length ?? 0) > 2;
  const names = new Set<string>();
  for (const [at, row] of rows.slice(1).entries()) {
    const [tenant = '', stream = ''] = placed ? row : [];
    const key = JSON.stringify([tenant, stream, row.at(-1)]);
    if (names.has(key)) refuse(name, at + 2, 'the table is not one to one: two lines have one new name');
    names.add(key);
  }
}
