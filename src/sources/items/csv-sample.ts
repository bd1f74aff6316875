/** The first rows of what may be CSV, to see what it is. */
import type { Buffer } from 'node:buffer';
import { CsvError, parse } from 'csv-parse/sync';
import { ROW_ENDS } from './csv-items.ts';

/**
 * The rows of a text that ends with one.
 *
 * @returns undefined for what is no CSV
 */
export function rowsOfSample(text: Buffer, delimiter: string): readonly (readonly string[])[] | undefined {
  try {
    return parse(text, { bom: true, delimiter, record_delimiter: ROW_ENDS, relax_column_count: true });
  } catch (error) {
    if (error instanceof CsvError) return undefined;
    throw error;
  }
}
