/** Snapshots of the records of a program. */
import { type RecordInput, type WriteOptions, type WrittenSnapshot, writeRecords } from '../engine/write-snapshot.ts';
import { readOptions, text, WRITE_OPTIONS } from './options.ts';

function requireIterable(records: unknown): void {
  const isList = typeof records === 'object' && records !== null && !(records instanceof Uint8Array);
  if (isList && (Symbol.iterator in records || Symbol.asyncIterator in records)) return;
  throw new TypeError('writeSnapshot: records must be an iterable or async iterable of records');
}

/**
 * Writes a snapshot of `records` to `path`.
 *
 * @param path - the file; it appears when it is complete, and an old one stays until then
 * @param records - sorted by tenant, stream (both as UTF-8), then `seq` or `id`
 * @returns counts, roots, the file's SHA-256 and size
 * @throws TypeError for an option that there is not, or a value in a record that is not JSON
 * @throws EvidenceError `schema-violation` or `input-malformed` for a record that does not fit, `report-write-failed` if
 *   the file cannot be written; then nothing is left behind. What is wrong with a record is told with its place.
 */
export async function writeSnapshot(
  path: string,
  records: Iterable<RecordInput> | AsyncIterable<RecordInput>,
  options: WriteOptions = {},
): Promise<WrittenSnapshot> {
  requireIterable(records);
  return writeRecords(text(path, 'writeSnapshot: path'), records, readOptions(options, WRITE_OPTIONS, 'writeSnapshot'));
}
