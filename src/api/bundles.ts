/** Evidence bundles by names. */

import { existsSync } from 'node:fs';
import { STAMP_NAME } from '../bundle/layout.ts';
import { BundleSource } from '../bundle/source.ts';
import { type BundleExport, exportSource } from '../bundle/write.ts';
import { isPostgresUrl } from '../core/database-url.ts';
import { present } from '../core/present.ts';
import { auditSource, type SnapshotAudit } from '../engine/audit-run.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { SnapshotReading } from '../engine/prove.ts';
import { FileBytes } from '../sources/bytes.ts';
import { SnapshotSource } from '../sources/snapshot-source.ts';
import type { PublicKey } from '../trust/keys.ts';
import { TrustError } from '../trust/trust-error.ts';
import type { VerifiedTimestamp } from '../trust/verify-timestamp.ts';
import type { BundleTime } from './bundle-time.ts';
import { shownPath } from './file-words.ts';
import { layoutOf } from './layouts.ts';
import { openSource } from './open-source.ts';
import { timestampPath } from './open-timestamp.ts';
import {
  BUNDLE_OPTIONS,
  type BundleOptions,
  EXPORT_OPTIONS,
  type ExportByNameOptions,
  READ_OPTIONS,
  type ReadOptions,
  readOptions,
  text,
} from './options.ts';
/**
 * Reads a source once, audits it, and writes a bundle of it: a folder with a snapshot and every body, which verifies by
 * itself. It is written whole or not at all, and replaces nothing. The verb is called `export`, which no function can be.
 *
 * @param name - `postgres://…`, path of a snapshot of depth full or of a bundle, or `-`
 * @param path - the folder to make
 * @returns counts, roots, every fault that the source shows by itself, and what was written
 * @throws TypeError for an option that there is not, or that is not what it must be
 * @throws EvidenceError if a profile cannot be read
 * @throws RangeError if the program itself is wrong
 */
export async function exportBundle(name: string, path: string, given: ExportByNameOptions = {}): Promise<BundleExport> {
  const { source: reading, ...options } = readOptions<ExportByNameOptions>(given, EXPORT_OPTIONS, 'exportBundle');
  text(path, 'exportBundle: path');
  const { source } = await openSource(text(name, 'exportBundle: name'), reading);
  const { signal, onProgress, chainKeys } = options;
  const watching = {
    ...present({ signal, onProgress, chainKeys }),
  };
  const platform = nodePlatform;
  const readBack = (folder: string) => auditSource(new BundleSource(folder, { platform }), watching);
  const snapshotAt = (file: string) => new SnapshotSource(new FileBytes(file), { platform });
  const exported = await exportSource(source, path, { readBack, snapshotAt }, options);
  return exported.written === null ? exported : { ...exported, ...present({ notTaken: notTaken(name) }) };
}

/** The time stamp of the source is of its bytes, which no bundle keeps. */
function notTaken(name: string): readonly string[] | undefined {
  const stamp = timestampPath(name);
  if (isPostgresUrl(name) || !existsSync(stamp)) return undefined;
  return [`${shownPath(stamp)}: a time stamp of the bytes of the source, which no bundle keeps`];
}

const NOT_LOOKED_AT = `${STAMP_NAME}, a time stamp: no certificate of an authority was given`;

/** A bundle as it was checked. */
export interface BundleAudit extends SnapshotAudit {
  /** The time by which its manifest was there; null unless that was verified. There where a time is demanded. */
  readonly timestamp?: VerifiedTimestamp | null;
  /** What lies in it and was not looked at, each in words; there where there is something. */
  readonly notLookedAt?: readonly string[];
}

async function keysAt(paths: readonly string[]): Promise<readonly PublicKey[]> {
  if (paths.length === 0) return [];
  const { publicKeyAt } = await import('./key-file.ts');
  const keys: PublicKey[] = [];
  for (const path of paths) keys.push(await publicKeyAt(path));
  return keys;
}

/**
 * Checks a bundle: every file is there, none is too many, each is what its name says, and all roots are recomputed.
 *
 * @param path - the folder; or a folder, an archive or a file in a published layout (docs/layouts.md)
 * @returns counts, roots and every fault; `sha256` is the digest of its manifest; with `tsaCertificates` the time by which
 *   that was there. That it is whole says nothing about who wrote it.
 * @throws TypeError for an option that there is not, or that is not what it must be
 * @throws TrustError if a key cannot be read, there are keys for what has no signatures, or a time is demanded of a layout
 *   of others
 * @throws RangeError if the program itself is wrong
 */
export async function verifyBundle(path: string, given: BundleOptions = {}): Promise<BundleAudit> {
  const options = readOptions<BundleOptions>(given, BUNDLE_OPTIONS, 'verifyBundle');
  const { trustedKeys = [], tsaCertificates, ...reading } = options;
  const keys = await keysAt(trustedKeys);
  const time = await demandedTime(tsaCertificates);
  const stamp = { judgeStamp: time?.judge };
  const source = await layoutOf(text(path, 'verifyBundle: path'), keys, stamp);
  if (keys.length > 0 && !(source !== undefined && 'keys' in source)) {
    const advice = 'sign its snapshot, and give the keys to verify-signature or to a comparison';
    throw new TrustError('signature-missing', `${shownPath(path)}: there are no signatures in it: ${advice}`);
  }
  const bundle = source ?? new BundleSource(path, { platform: nodePlatform, ...stamp });
  const hasPlace = 'hasStamp' in bundle;
  const audit = await auditSource(bundle, reading);
  // What could not be opened is in no layout as yet: that is said first.
  if (time !== undefined && !hasPlace && audit.header !== null) {
    const advice =
      'only a bundle that export has written has a place for one: have the file itself stamped, and verify it by timestamp';
    throw new TrustError(
      'signature-missing',
      `${shownPath(path)}: a time stamp is demanded (--tsa-certificate) of a layout of others: ${advice}`,
    );
  }
  if (time !== undefined) return { ...audit, timestamp: time.timestamp };
  return hasPlace && bundle.hasStamp ? { ...audit, notLookedAt: [NOT_LOOKED_AT] } : audit;
}

async function demandedTime(certificates: readonly string[] | undefined): Promise<BundleTime | undefined> {
  if (certificates === undefined) return undefined;
  const { BundleTime: Time } = await import('./bundle-time.ts');
  return Time.open(certificates);
}

/* Snapshots by name, for programs. */

/**
 * Opens a snapshot, or a database as one, for reading record by record.
 *
 * @param name - path of the snapshot, `postgres://…`, or `-` for standard input
 * @param given - how it is read, if it is a database; the keys that its recipes name
 * @returns its header, and its records as an async iterable
 * @throws TypeError for an option that there is not, or that is not what it must be
 * @throws EvidenceError if it cannot be opened, or its header cannot be read
 */
export async function readSnapshot(name: string, given: ReadOptions = {}): Promise<SnapshotReading> {
  const { chainKeys, ...source } = readOptions<ReadOptions>(given, READ_OPTIONS, 'readSnapshot');
  return SnapshotReading.open((await openSource(text(name, 'readSnapshot: name'), source)).source, chainKeys);
}
