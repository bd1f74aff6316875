/** The first rows of a text in columns, to see what it is. */
import type { Buffer } from 'node:buffer';
import type { Json } from '../../core/json/value.ts';
import { rowsOfSample } from '../items/csv-sample.ts';

const DELIMITERS = [',', ';', '\t', '|'] as const;

/** Names and rows of a text in columns. */
export interface Columns {
  readonly delimiter: string;
  readonly rows: readonly Json[];
}

const NAME = /^[\p{L}_][\p{L}\p{N}_ .:/-]{0,62}$/u;

/** Whether a row names columns: different words, none of them a number. */
function isHeader(names: readonly string[]): boolean {
  const areWords = names.every((name) => NAME.test(name));
  return names.length > 1 && areWords && new Set(names).size === names.length;
}

/**
 * A text as columns: a first row of names, and rows of as many cells.
 *
 * @param text - whole rows
 * @returns undefined for what is no such text
 */
export function columnsOf(text: Buffer): Columns | undefined {
  const end = text.indexOf('\n');
  const first = text.subarray(0, end < 0 ? text.length : end);
  // No name has a line break in it, so what is not in the first line parts no names: megabytes are not read for it.
  for (const delimiter of DELIMITERS.filter((one) => first.includes(one))) {
    const [names = [], ...rows] = rowsOfSample(text, delimiter) ?? [];
    if (!isHeader(names) || rows.some((row) => row.length !== names.length)) continue;
    return { delimiter, rows: rows.map((row) => new Map(names.map((name, at) => [name, row[at] ?? '']))) };
  }
  return oneColumn(text, first);
}

/** Why a text that has names of columns in its first line is none in columns; undefined for what has no such names. */
export function columnsFault(text: Buffer): string | undefined {
  const end = text.indexOf('\n');
  const first = text.subarray(0, end < 0 ? text.length : end);
  for (const delimiter of DELIMITERS.filter((one) => first.includes(one))) {
    const [names = [], ...rows] = rowsOfSample(text, delimiter) ?? [];
    const areNames = names.length > 1 && names.every((name) => NAME.test(name));
    const fault = areNames ? faultIn(names, rows) : undefined;
    if (fault !== undefined) return fault;
  }
  return undefined;
}

function faultIn(names: readonly string[], rows: readonly (readonly string[])[]): string | undefined {
  const twin = names.find((name, at) => names.indexOf(name) !== at);
  if (twin !== undefined) return `two columns are called ${JSON.stringify(twin)}: give each a name of its own`;
  const at = rows.findIndex((row) => row.length !== names.length);
  const row = rows[at];
  if (row === undefined) return undefined;
  if (row.length === 1 && row[0] === '') return `row ${at + 1} behind the names is blank: take it away`;
  const cells = row.length === 1 ? 'cell' : 'cells';
  return `row ${at + 1} behind the names has ${row.length} ${cells}, and the first line ${names.length}`;
}

/** Lines of one word each, the first of which may be a name: of one column nothing else tells text from CSV. */
function oneColumn(text: Buffer, first: Buffer): Columns | undefined {
  const name = wordIn(first.toString('utf8').replace(/^\uFEFF/, ''));
  if (name === undefined || !NAME.test(name)) return undefined;
  const lines = text
    .toString('utf8')
    .replace(/\r?\n$/, '')
    .split('\n')
    .slice(1);
  const words = lines.map(wordIn);
  if (words.length < 2 || words.includes(undefined)) return undefined;
  return { delimiter: ',', rows: words.map((word) => new Map([[name, word ?? '']])) };
}

function wordIn(line: string): string | undefined {
  const word = line.replace(/\r$/, '');
  return /^[^\s",;|]{1,256}$/.test(word) ? word : undefined;
}
