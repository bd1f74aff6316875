/** Snapshots by name, for programs. */
import { SnapshotReading } from '../engine/read-records.ts';
import { openSource, type SourceOptions } from './open-source.ts';
import { readOptions, SOURCE_OPTIONS, text } from './options.ts';

/**
 * Opens a snapshot, or a database as one, for reading record by record.
 *
 * @param name - path of the snapshot, `postgres://…`, or `-` for standard input
 * @param source - how it is read, if it is a database
 * @returns its header, and its records as an async iterable
 * @throws TypeError for an option that there is not, or that is not what it must be
 * @throws EvidenceError if it cannot be opened, or its header cannot be read
 */
export async function readSnapshot(name: string, source: SourceOptions = {}): Promise<SnapshotReading> {
  const options = readOptions<SourceOptions>(source, SOURCE_OPTIONS, 'readSnapshot');
  return SnapshotReading.open((await openSource(text(name, 'readSnapshot: name'), options)).source);
}
