/**
 * How many rows there are, stream by stream, in the very snapshot that is read afterwards. What is read has to add up to
 * these counts; so a connection that ends early, a broken index or a bug cannot make rows disappear in silence. The
 * counts themselves are held against those of the table as a whole, which come in an answer of their own: a stream that
 * is lost with its count is missed there.
 */
import { EvidenceError } from '../../core/errors.ts';
import { compareUtf8 } from '../../core/json/utf8.ts';
import { type FieldRule, namesOf } from '../../core/mapping/field.ts';
import { counted } from '../../core/words.ts';
import { idFields, type TableProfile } from '../../wire/table-profile.ts';
import { quotedName, quotedTable, type Relation } from './catalog.ts';
import { Cells } from './cells.ts';
import { absentCondition, constantText, isConstant, placeRules, placeTexts, rowCondition } from './key-text.ts';
import type { RowCells } from './row-cells.ts';
import type { Row, Session } from './session.ts';

/** The rows of one stream. */
export interface Run {
  readonly relation: Relation;
  readonly tenant: string;
  readonly stream: string;
  readonly rows: number;
  /** First and last `seq` of an ordered stream. */
  readonly range: { readonly first: bigint; readonly last: bigint } | undefined;
  /** Rows whose body has what the chain's recipe needs; undefined if the recipe needs nothing. */
  readonly whole: number | undefined;
}

/** The rows of one table. */
export interface Census {
  readonly runs: readonly Run[];
  /** To be held against the values that are read. */
  readonly values: ValueCount;
}

// An index that a newer collation library has broken hides rows, and so do bounds of partitions; a scan does not.
const BY_SCAN = ['enable_indexscan', 'enable_indexonlyscan', 'enable_bitmapscan', 'enable_partition_pruning'];

/** The fields by which rows are told apart: none of them may be missing. */
function requiredFields(profile: TableProfile): readonly FieldRule[] {
  const { seq, type } = profile;
  return [...placeRules(profile), ...idFields(profile), ...(seq === undefined ? [] : [seq]), type];
}

/** Rows whose body is whole: that has the member which the recipe needs. */
function wholeCondition({ chain, body }: TableProfile): string | undefined {
  const member = chain?.recipeNeeds;
  if (member === undefined) return undefined;
  const column = body !== undefined && 'column' in body ? body.column : undefined;
  if (column === undefined) return 'FALSE';
  const literal = `'${member.replaceAll("'", "''")}'`;
  return `pg_catalog.jsonb_exists(${quotedName(column)}::jsonb, ${literal})`;
}

/** What is counted of a group of rows; `FIGURES` of them. */
function figures(profile: TableProfile): readonly string[] {
  const absent = requiredFields(profile)
    .map(absentCondition)
    .filter((condition) => condition !== undefined);
  const seq = profile.seq === undefined ? undefined : `${quotedName(profile.seq)}::bigint`;
  return [
    'pg_catalog.count(*)::text',
    `pg_catalog.count(*) FILTER (WHERE ${absent.length === 0 ? 'FALSE' : absent.join(' OR ')})::text`,
    seq === undefined ? 'NULL' : `pg_catalog.min(${seq})::text`,
    seq === undefined ? 'NULL' : `pg_catalog.max(${seq})::text`,
    `pg_catalog.count(*) FILTER (WHERE ${wholeCondition(profile) ?? 'FALSE'})::text`,
  ];
}

const FIGURES = 5;

/** What to do where rows or values are lost on the way. */
const LOST = 'connect to the server itself, and run the capture again';

function fromText(profile: TableProfile, expressions: readonly string[]): string {
  return `SELECT ${expressions.join(', ')} FROM ${quotedTable(profile)} WHERE ${rowCondition(profile)}`;
}

function censusText(profile: TableProfile, counts: readonly string[]): string {
  const keys = placeTexts(profile);
  const grouped = keys.length === 0 ? '' : ` GROUP BY ${keys.map((_, index) => index + 1).join(', ')}`;
  return `${fromText(profile, [...keys, ...figures(profile), ...counts])}${grouped}`;
}

const ANY_TEXT = /^/;

function seqOf(text: string | null | undefined, place: string): bigint {
  if (text !== null && text !== undefined && /^-?[0-9]+$/.test(text)) return BigInt(text);
  const where = { file: place };
  throw new EvidenceError('schema-violation', `a seq is no whole number: ${text}`, { where });
}

function runOf(relation: Relation, place: string, row: Row): Run {
  const { profile } = relation;
  const keys = placeRules(profile).length;
  const cells = new Cells(row.slice(keys), place);
  const absent = cells.count(1, 'the count of rows with NULL in them');
  if (absent !== 0) {
    const columns = [...new Set(requiredFields(profile).flatMap(namesOf))].join(', ');
    const reason = `${counted(absent, 'row has', 'rows have')} NULL in one of ${columns}: such rows cannot be told apart`;
    throw new EvidenceError('schema-violation', reason, {
      where: { file: place },
      advice: 'leave them out by `where`, or say what NULL becomes: { "field": …, "null": "none" }',
    });
  }
  const { tenant, stream, seq, chain } = profile;
  const key = (at: number): string => new Cells(row, place).text(at, 'the key of a stream', ANY_TEXT);
  const [, , first, last] = row.slice(keys);
  return {
    relation,
    tenant: isConstant(tenant) ? constantText(tenant) : key(0),
    stream: isConstant(stream) ? constantText(stream) : key(keys - 1),
    rows: cells.count(0, 'a count of rows'),
    range: seq === undefined ? undefined : { first: seqOf(first, place), last: seqOf(last, place) },
    whole: chain?.recipeNeeds === undefined ? undefined : cells.count(4, 'a count of rows'),
  };
}

/** The sums of the streams, as the cells of the table's own answer. */
function totalsOf(runs: readonly Run[]): Row {
  const ranges = runs.flatMap(({ range }) => (range === undefined ? [] : [range]));
  const least = ranges.reduce<bigint | null>((to, { first }) => (to === null || first < to ? first : to), null);
  const most = ranges.reduce<bigint | null>((to, { last }) => (to === null || last > to ? last : to), null);
  const rows = runs.reduce((sum, run) => sum + run.rows, 0);
  const whole = runs.reduce((sum, run) => sum + (run.whole ?? 0), 0);
  return [rows, 0, least, most, whole].map((figure) => (figure === null ? null : String(figure)));
}

const FIGURE_NAMES = ['rows', 'rows with NULL in their keys', 'the first seq', 'the last seq', 'whole bodies'];

function countTexts(selected: readonly string[]): readonly string[] {
  return selected.map((column) => `pg_catalog.count(${quotedName(column)})::text`);
}

/** The table as a whole, counted in an answer of its own, must be the sum of its streams. */
async function countTable(session: Session, relation: Relation, selected: readonly string[], runs: readonly Run[]) {
  const { profile, label } = relation;
  const place = `${session.label} ${label}`;
  const counts = countTexts(selected);
  const columns = FIGURES + counts.length;
  const row = await session.row({ text: fromText(profile, [...figures(profile), ...counts]), columns, place });
  const totals = totalsOf(runs);
  const at = totals.findIndex((total, figure) => total !== row[figure]);
  if (at >= 0) {
    const reason = `${FIGURE_NAMES[at]}: the table has ${row[at]}, its streams have ${totals[at]}`;
    throw new EvidenceError('source-incomplete', reason, { where: { file: place }, advice: LOST });
  }
  const cells = new Cells(row, place);
  const values = selected.map((column, index) => cells.count(FIGURES + index, `the count of ${column}`));
  return new ValueCount(selected, values, place);
}

/**
 * Counts the rows of one table by tenant and stream, and its values by column.
 *
 * @param selected - the columns whose values are read
 * @param isRead - which streams are read, where that is not all of them
 * @throws EvidenceError
 */
export async function countRows(
  session: Session,
  relation: Relation,
  selected: readonly string[],
  isRead?: (run: Run) => boolean,
): Promise<Census> {
  const place = `${session.label} ${relation.label}`;
  const keys = placeRules(relation.profile).length;
  const counts = isRead === undefined ? [] : countTexts(selected);
  for (const setting of BY_SCAN) await session.run(`SET LOCAL ${setting} = off`, 'SET');
  const columns = keys + FIGURES + counts.length;
  const answer = await session.rows({ text: censusText(relation.profile, counts), columns, place });
  const rows = answer.filter((row) => row[keys] !== '0');
  const runs = rows.map((row) => runOf(relation, place, row));
  const all = await countTable(session, relation, selected, runs);
  for (const setting of BY_SCAN) await session.run(`SET LOCAL ${setting} = on`, 'SET');
  if (isRead === undefined) return { runs, values: all };
  const byRun = rows.map((row) => row.slice(keys + FIGURES));
  return {
    runs,
    values: all.ofPart(
      byRun,
      byRun.filter((_, at) => runs[at] !== undefined && isRead(runs[at])),
    ),
  };
}

/**
 * All runs in the order of a snapshot.
 *
 * @throws EvidenceError `schema-violation` if two tables feed one stream
 */
export function inOrder(runs: readonly Run[], label: string): readonly Run[] {
  const sorted = [...runs].sort((a, b) => compareUtf8(a.tenant, b.tenant) || compareUtf8(a.stream, b.stream));
  for (const [index, run] of sorted.entries()) {
    const next = sorted[index + 1];
    if (next?.tenant !== run.tenant || next.stream !== run.stream) continue;
    const reason = `${run.relation.label} and ${next.relation.label} both have rows of ${run.tenant} / ${run.stream}`;
    throw new EvidenceError('schema-violation', reason, { where: { file: label }, advice: 'mend the profile' });
  }
  return sorted;
}

/*
 * How many values each column has: counted by the server in one answer, counted again while the rows are read. A value
 * that is lost on the way, as one that was NULL, makes a difference.
 */

export class ValueCount {
  readonly #columns: readonly string[];
  readonly #counted: readonly number[];
  readonly #seen: number[];
  readonly #place: string;

  /**
   * @param columns - by the places that their values have in a row
   * @param counted - how many values the server says that each has, NULL left out
   * @param place - the table, for the message of a fault
   */
  constructor(columns: readonly string[], counted: readonly number[], place: string) {
    this.#columns = columns;
    this.#counted = counted;
    this.#seen = columns.map(() => 0);
    this.#place = place;
  }

  /**
   * The same of a part of the rows.
   *
   * @param groups - the counts of all groups, which must add up to those of the whole
   * @param part - those of the groups that are read
   */
  ofPart(groups: readonly Row[], part: readonly Row[]): ValueCount {
    const sums = (rows: readonly Row[]): number[] =>
      this.#columns.map((column, at) =>
        rows.reduce((sum, row) => sum + new Cells(row, this.#place).count(at, `the count of ${column}`), 0),
      );
    const whole = sums(groups);
    const at = whole.findIndex((count, column) => count !== this.#counted[column]);
    if (at < 0) return new ValueCount(this.#columns, sums(part), this.#place);
    const reason = `values of the column ${this.#columns[at]}: the table has ${this.#counted[at]}, its streams have ${whole[at]}`;
    throw new EvidenceError('source-incomplete', reason, { where: { file: this.#place }, advice: LOST });
  }

  take(row: RowCells): void {
    const seen = this.#seen;
    for (let at = 0; at < seen.length; at++) if (!row.isNull(at)) seen[at] = (seen[at] ?? 0) + 1;
  }

  /** @throws EvidenceError `source-incomplete` if other values came than were counted; after the last row */
  requireAll(): void {
    const at = this.#seen.findIndex((count, column) => count !== this.#counted[column]);
    if (at < 0) return;
    const reason = `values of the column ${this.#columns[at]}: ${this.#seen[at]} read, ${this.#counted[at]} were counted`;
    throw new EvidenceError('source-incomplete', reason, { where: { file: this.#place }, advice: LOST });
  }
}
