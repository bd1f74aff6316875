/** Evidence bundles by names. */
import { BundleSource } from '../bundle/source.ts';
import { type BundleExport, exportSource } from '../bundle/write.ts';
import { present } from '../core/present.ts';
import { auditSource, type SnapshotAudit } from '../engine/audit-run.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { SnapshotReading } from '../engine/prove.ts';
import { FileBytes } from '../sources/bytes.ts';
import { SnapshotSource } from '../sources/snapshot-source.ts';
import type { PublicKey } from '../trust/keys.ts';
import { TrustError } from '../trust/trust-error.ts';
import { shownPath } from './file-words.ts';
import { layoutOf } from './layouts.ts';
import { openSource } from './open-source.ts';
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
  return exportSource(source, path, { readBack, snapshotAt }, options);
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
 * @returns counts, roots and every fault; `sha256` is the digest of its manifest. That it is whole says nothing about who
 *   wrote it.
 * @throws TypeError for an option that there is not, or that is not what it must be
 * @throws TrustError if a key cannot be read, or there are keys for what has no signatures
 * @throws RangeError if the program itself is wrong
 */
export async function verifyBundle(path: string, given: BundleOptions = {}): Promise<SnapshotAudit> {
  const { trustedKeys = [], ...options } = readOptions<BundleOptions>(given, BUNDLE_OPTIONS, 'verifyBundle');
  const keys = await keysAt(trustedKeys);
  const source = await layoutOf(text(path, 'verifyBundle: path'), keys);
  if (keys.length > 0 && !(source !== undefined && 'keys' in source)) {
    const advice = 'sign its snapshot, and give the keys to verify-signature or to a comparison';
    throw new TrustError('signature-missing', `${shownPath(path)}: there are no signatures in it: ${advice}`);
  }
  return auditSource(source ?? new BundleSource(path, { platform: nodePlatform }), options);
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
