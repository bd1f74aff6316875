/** Rows of CSV (RFC 4180) as items; text stays text. */
import { Buffer } from 'node:buffer';
import { Readable } from 'node:stream';
import { CsvError, parse } from 'csv-parse';
import { EvidenceError, type Where } from '../../core/errors.ts';
import { canonicalBytes } from '../../core/json/canonical.ts';
import { parseJson } from '../../core/json/parse.ts';
import { multiByteLength } from '../../core/json/utf8.ts';
import type { Json } from '../../core/json/value.ts';
import { MOST_HELD_ITEM_BYTES } from '../../core/limits.ts';
import { type BodyRule, namesOfRule } from '../../core/mapping/record-rule.ts';
import { utf8 } from '../../core/platform.ts';
import type { UnpackedBytes } from '../gunzip.ts';
import type { Format } from './place.ts';
import { type ItemBody, MOST_UNREAD, type RecordMaker } from './record-maker.ts';

/** One row, and what the parser says of where it is: what was read up to its end. */
interface ParsedRow {
  readonly record: readonly Buffer[];
  readonly info: { readonly bytes: number; readonly lines: number };
}

/** What is read of a CSV file. */
export interface CsvFile {
  readonly bytes: UnpackedBytes;
  readonly file: number;
  readonly path: string;
  readonly name: string;
  readonly settle: () => Promise<void> | undefined;
}

/** What Excel writes before UTF-8. The parser would take it off, and then give texts in the place of bytes. */
const BYTE_ORDER_MARK = Buffer.from([0xef, 0xbb, 0xbf]);

async function* chunksOf(bytes: UnpackedBytes, at: { mark: number }): AsyncGenerator<Uint8Array> {
  let first = Buffer.alloc(0);
  let began = false;
  for (let chunk = await bytes.read(); chunk !== undefined; chunk = await bytes.read()) {
    // Copied: the source fills its buffer anew while the parser still works on this.
    if (began) yield Buffer.from(chunk);
    else {
      first = Buffer.concat([first, chunk]);
      began = first.length >= BYTE_ORDER_MARK.length;
      if (began) yield withoutMark(first, at);
    }
  }
  if (!began && first.length > 0) yield first;
}

function withoutMark(first: Buffer, at: { mark: number }): Buffer {
  if (first.indexOf(BYTE_ORDER_MARK) === 0) at.mark = BYTE_ORDER_MARK.length;
  return first.subarray(at.mark);
}

function isUtf8(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; ) {
    const length = (bytes[at] as number) < 0x80 ? 1 : multiByteLength(bytes, at, bytes.length);
    if (length === 0) return false;
    at += length;
  }
  return true;
}

function textOf(cell: Buffer, column: string): string {
  if (isUtf8(cell)) return cell.toString('utf8');
  throw new EvidenceError('input-malformed', 'the text is no UTF-8', { where: { member: column } });
}

class Rows {
  readonly #maker: RecordMaker;
  readonly #columns: ReadonlyMap<string, number>;
  /** Those that the body is made of. */
  readonly #bodyColumns: readonly string[];
  #cells: readonly Buffer[] = [];

  constructor(maker: RecordMaker, columns: readonly string[]) {
    this.#maker = maker;
    this.#columns = new Map(columns.map((name, at) => [name, at]));
    const { rule } = maker.place;
    this.#bodyColumns = columnsOfBody(rule.body, columns, maker.known);
    const read = new Set([...namesOfRule(rule), ...this.#bodyColumns]);
    const missing = [...read].find((name) => !this.#columns.has(name));
    if (missing !== undefined) throw noColumn(missing, columns);
    for (const name of columns) {
      maker.columns.add(name);
      // What is new beside a baseline is said by comparing the two lists of columns.
      const isNew = maker.known?.has(name) === false;
      if (!read.has(name) && !isNew && maker.unread.size < MOST_UNREAD) maker.unread.add(name);
    }
  }

  get width(): number {
    return this.#columns.size;
  }

  take(cells: readonly Buffer[], at: Parameters<RecordMaker['take']>[2], path: string): void {
    this.#cells = cells;
    this.#maker.take({ textOf: (name) => this.#text(name), emptyIsNone: true, path }, this.#body(), at);
  }

  #cell(column: string): string {
    return textOf(this.#cells[this.#columns.get(column) ?? -1] ?? Buffer.alloc(0), column);
  }

  /** CSV knows no NULL: what is empty is as good as not there. */
  #text(column: string): string | undefined {
    const text = this.#cell(column);
    return text === '' ? undefined : text;
  }

  #body(): ItemBody {
    const { body } = this.#maker.place.rule;
    if (body === undefined) return undefined;
    if ('columns' in body) {
      const cells = this.#bodyColumns.map((name): [string, Json] => [name, this.#cell(name)]);
      return { canonical: canonicalBytes(new Map(cells)) };
    }
    const text = this.#cell(body.name);
    if (body.as === 'text') return { canonical: canonicalBytes(text) };
    const { platform } = this.#maker;
    if (body.as === 'bytes') return { digest: platform.sha256(utf8(text)), form: 'bytes' };
    try {
      return { canonical: canonicalBytes(parseJson(platform, utf8(text))) };
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error;
      throw new EvidenceError(error.kind, error.reason, { where: { member: body.name } });
    }
  }
}

/**
 * The columns that a body is made of.
 *
 * @param known - what `*` means; undefined: all there are
 */
function columnsOfBody(
  body: BodyRule | undefined,
  columns: readonly string[],
  known: ReadonlySet<string> | undefined,
): readonly string[] {
  if (body === undefined) return [];
  if ('name' in body) return [body.name];
  if (body.columns !== '*') return body.columns;
  return known === undefined ? columns : columns.filter((name) => known.has(name));
}

function noColumn(name: string, columns: readonly string[]): EvidenceError {
  return new EvidenceError('schema-violation', `there is no column ${JSON.stringify(name)}`, {
    advice: `there are ${columns.slice(0, 50).join(', ')}`,
  });
}

/** @throws EvidenceError for a name that comes twice or is empty */
function columnsOf(cells: readonly Buffer[]): readonly string[] {
  const names = cells.map((cell, at) => textOf(cell, `column ${at + 1}`));
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined)
    throw new EvidenceError('input-malformed', `two columns are called ${JSON.stringify(twice)}`);
  const empty = names.indexOf('');
  if (empty >= 0) throw new EvidenceError('input-malformed', `column ${empty + 1} has no name in the first line`);
  return names;
}

function parserFault(error: unknown): unknown {
  if (!(error instanceof CsvError)) return error;
  const kind = error.code === 'CSV_MAX_RECORD_SIZE' ? 'input-limit' : 'input-malformed';
  const line = Number(error['lines']);
  const where: Where = Number.isInteger(line) ? { line } : {};
  const reason = kind === 'input-limit' ? `a row is longer than ${MOST_HELD_ITEM_BYTES} bytes` : reasonOf(error.code);
  return new EvidenceError(kind, reason, { where });
}

/** The parser's own words show what it read. */
function reasonOf(code: string): string {
  if (code === 'CSV_QUOTE_NOT_CLOSED') return 'the input ends within quotes';
  if (code === 'CSV_INVALID_CLOSING_QUOTE') return 'text behind a closing quote (RFC 4180)';
  return code === 'INVALID_OPENING_QUOTE'
    ? 'a quote within text that does not begin with one (RFC 4180)'
    : `no CSV (${code})`;
}

/** What ends a row, wherever it stands outside of quotes (RFC 4180 allows no cell to have it there). */
export const ROW_ENDS: string[] = ['\r\n', '\n', '\r'];

function parserOf({ delimiter }: Extract<Format, { readonly kind: 'csv' }>) {
  // As bytes: what is no UTF-8 would be replaced without a word. Lengths of rows are checked here, with a place.
  return parse({
    delimiter,
    encoding: null,
    info: true,
    // Else the first line decides for all: of files that were put together rows would be one, or have the rest of an end in them.
    record_delimiter: ROW_ENDS,
    max_record_size: MOST_HELD_ITEM_BYTES,
    relax_column_count: true,
  });
}

/**
 * Takes each row.
 *
 * @throws EvidenceError with the line of what is wrong: a row of another length, a column that is not there
 */
export async function readRows(
  csv: CsvFile,
  format: Extract<Format, { readonly kind: 'csv' }>,
  maker: RecordMaker,
): Promise<void> {
  const at = { item: -1, line: 1, byteOffset: 0, mark: 0 };
  const source = Readable.from(chunksOf(csv.bytes, at), { objectMode: false });
  const parser = parserOf(format);
  source.on('error', (error) => parser.destroy(error));
  try {
    await takeRows(csv, format.header, maker, source.pipe(parser) as AsyncIterable<ParsedRow>, at);
  } catch (fault) {
    const error = parserFault(fault);
    if (!(error instanceof EvidenceError) || error.where.file !== undefined) throw error;
    const { item, line, byteOffset } = at;
    throw error.at({ file: csv.name, line, byteOffset, ...(item < 0 ? {} : { item }), ...error.where });
  } finally {
    source.destroy();
    parser.destroy();
  }
}

/** @param at - where reading is, for whoever has to say so */
async function takeRows(
  csv: CsvFile,
  hasHeader: boolean,
  maker: RecordMaker,
  parsed: AsyncIterable<ParsedRow>,
  at: { item: number; line: number; byteOffset: number; mark: number },
): Promise<void> {
  let rows: Rows | undefined;
  for await (const { record, info } of parsed) {
    const isHeader = hasHeader && rows === undefined;
    rows ??= new Rows(maker, hasHeader ? columnsOf(record) : record.map((_, column) => `${column + 1}`));
    if (!isHeader) {
      at.item++;
      requireWidth(record, rows.width);
      const { item, line, byteOffset } = at;
      rows.take(record, { file: csv.file, item, line, byteOffset }, csv.path);
    }
    at.line = info.lines + 1;
    at.byteOffset = info.bytes + at.mark;
    const wait = csv.settle();
    if (wait !== undefined) await wait;
  }
}

function requireWidth(record: readonly Buffer[], width: number): void {
  if (record.length === width) return;
  const reason = `the row has ${record.length} columns, and the first one ${width}`;
  throw new EvidenceError('input-malformed', reason, { advice: 'write every row with every column (RFC 4180)' });
}
