/** Snapshots by name, for programs. */
import { SnapshotReading } from '../engine/read-records.ts';
import { openSource, type SourceOptions } from './open-source.ts';

/**
 * Opens a snapshot, or a database as one, for reading record by record.
 *
 * @param name - path of the snapshot, `postgres://…`, or `-` for standard input
 * @param source - how it is read, if it is a database
 * @returns its header, and its records as an async iterable
 * @throws EvidenceError if it cannot be opened, or its header cannot be read
 */
export async function readSnapshot(name: string, source: SourceOptions = {}): Promise<SnapshotReading> {
  return SnapshotReading.open((await openSource(name, source)).source);
}
