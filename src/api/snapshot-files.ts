/** Snapshots by file name, for programs. */
import { SnapshotReading } from '../engine/read-records.ts';
import { openSource } from './open-source.ts';

/**
 * Opens a snapshot for reading record by record.
 *
 * @param path - path of the snapshot, or `-` for standard input
 * @returns its header, and its records as an async iterable
 * @throws EvidenceError if it cannot be opened, or its header cannot be read
 */
export async function readSnapshot(path: string): Promise<SnapshotReading> {
  return SnapshotReading.open(openSource(path).source);
}
