/** The name of a snapshot of a database that one session holds and many read from: one word, with all that it takes to read it. */

/**
 * What a name says, besides how to find the snapshot: what no reader could find out later, so that all of them write the same
 * header.
 */
export interface HeldSnapshot {
  /** As PostgreSQL calls it. */
  readonly id: string;
  /** When it was taken, by the server's clock, RFC 3339. */
  readonly capturedAt: string;
  /** Position in the write-ahead log at that moment; null where the server did not know it. */
  readonly lsn: string | null;
  /**
   * Of the tables that are locked meanwhile: without a lock a TRUNCATE would empty one under its reader. And of what else
   * the reader finds: a server gives the same ids again after a restart, and so does any other.
   */
  readonly tables: string;
}

const NAME =
  /^([0-9A-Fa-f]+-[0-9A-Fa-f]+-[0-9]+)@([0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}Z)@([0-9A-F]+\/[0-9A-F]+|-)@([0-9a-f]{16})$/;

/** What a name says; undefined for what is none. */
export function heldSnapshotOf(name: string): HeldSnapshot | undefined {
  const [, id, capturedAt, lsn, tables] = NAME.exec(name) ?? [];
  if (id === undefined || capturedAt === undefined || lsn === undefined || tables === undefined) return undefined;
  return { id, capturedAt, lsn: lsn === '-' ? null : lsn, tables };
}

/** The name of `held`. */
export function nameOfHeld({ id, capturedAt, lsn, tables }: HeldSnapshot): string {
  return [id, capturedAt, lsn ?? '-', tables].join('@');
}
