/** How a database is read. */
import type { Profile } from '../../wire/profile.ts';
import type { ConnectionOptions } from './connection-url.ts';

export interface PostgresOptions extends ConnectionOptions {
  readonly profile: Profile;
  /** Connections that read side by side from one snapshot. Default 1. */
  readonly workers?: number;
  /** Rows that are asked for at once; default by the size of the rows, at most 300. */
  readonly batchSize?: number;
  /** How long to wait for an answer before the connection is given up, in milliseconds. Default 300,000. */
  readonly stallMs?: number;
  /** How long to wait for the lock on each table, in milliseconds. Default 10,000. */
  readonly lockTimeoutMs?: number;
  /** Reads views in place of tables. */
  readonly allowViews?: boolean;
  /** Reads from a standby. */
  readonly allowReplica?: boolean;
  /** What an earlier run has read, to be left out where it is still there. */
  readonly resume?: ResumePoints;
}

/** The first records of an ordered stream, as an earlier run has read them. */
export interface ResumePoint {
  readonly tenant: string;
  readonly stream: string;
  readonly size: number;
  readonly lastSeq: number;
  /** `hash` of the last one. */
  readonly head: string;
}

export interface ResumePoints {
  /** The `captureIdentity` of the source that they were read from. */
  readonly identity: string;
  readonly points: readonly ResumePoint[];
}
