/** Captures by names. */

import type { EvidenceSource, ResumableSource } from '../core/audit/evidence-source.ts';
import { present } from '../core/present.ts';
import { captureSource, type SnapshotCapture } from '../engine/capture.ts';
import { type Checkpoint, readCheckpoint, UselessCheckpoint } from '../engine/checkpoint.ts';
import { CaptureJournal, ResumedSource } from '../engine/resume-capture.ts';
import { type RecordInput, type WriteOptions, type WrittenSnapshot, writeRecords } from '../engine/write-snapshot.ts';
import { heldSnapshotOf } from '../sources/postgres/held-name.ts';
import { requireOwnOutput } from './file-words.ts';
import { type InternalSourceOptions, openSource } from './open-source.ts';
import {
  CAPTURE_OPTIONS,
  type CaptureByNameOptions,
  readOptions,
  text,
  VERIFY_ALL_OPTIONS,
  type VerifyAllOptions,
  WRITE_OPTIONS,
} from './options.ts';
import { requireShardable } from './shards.ts';

export interface ResumedCapture extends SnapshotCapture {
  /** Records that were taken over from an interrupted run. */
  readonly takenOver: number;
  /** Why nothing was taken over although that was asked for. */
  readonly startedOver: string | null;
}

interface Found {
  readonly checkpoint: Checkpoint;
  readonly journalPath: string;
}

/** What can be gone on from, or why nothing can. */
async function findCheckpoint(
  path: string | undefined,
  { depth = 'digest' }: CaptureByNameOptions,
): Promise<Found | string> {
  if (path === undefined) return 'nothing is written, so nothing was noted';
  try {
    const found = await readCheckpoint(path);
    if (depth === 'full' && found.checkpoint.depth !== 'full') return 'the interrupted run kept no bodies';
    return found;
  } catch (fault) {
    if (fault instanceof UselessCheckpoint) return fault.message;
    throw fault;
  }
}

function isResumable(source: EvidenceSource): source is ResumableSource {
  return 'captureIdentity' in source;
}

/** The options of a source that is to leave out what was read before. */
function leavingOut(
  { source, shard, snapshotId }: CaptureByNameOptions,
  found: Found | string | undefined,
): InternalSourceOptions {
  const held = snapshotId === undefined ? undefined : heldSnapshotOf(snapshotId);
  const mayBeResumed = shard === undefined && held === undefined;
  const opening = { ...source, mayBeResumed, ...present({ shard, held }) };
  if (found === undefined || typeof found === 'string') return opening;
  const { identity, since, streams } = found.checkpoint;
  return { ...opening, resume: { identity, since, points: streams } };
}

/**
 * Reads a source once, recomputes everything in it, and writes a snapshot of it meanwhile: whole or not at all.
 *
 * While a database is read into a file, checkpoints are written beside that file (`.checkpoint`); they are removed when
 * the capture ends, and stay if it was broken off.
 *
 * @param name - `postgres://…`, path of a snapshot or a bundle, or `-`
 * @returns counts, roots, every fault that the source shows by itself, and what was written
 * @throws EvidenceError if a profile cannot be read
 * @throws TypeError for a summary without roots; for `depth`, `resume` and all that says how a file is written without
 *   `output`; for an option that there is not, or that is not what it must be
 * @throws RangeError if the program itself is wrong
 */
export async function verifyAll(name: string, given: VerifyAllOptions = {}): Promise<ResumedCapture> {
  const options = readOptions<VerifyAllOptions>(given, VERIFY_ALL_OPTIONS, 'verifyAll');
  text(name, 'verifyAll: name');
  const { output, includeMerkleRoots = false, ...capturing } = options;
  if (output === undefined) {
    const {
      signal: _,
      onProgress: __,
      maxFindings: ___,
      source: ____,
      chainKeys: _____,
      snapshotId: ______,
      ...writing
    } = capturing;
    const [first] = Object.keys(writing);
    if (first !== undefined) throw new TypeError(`verifyAll: ${first} is about the file: give output with it`);
  }
  if (capturing.depth === 'summary' && !includeMerkleRoots) {
    throw new TypeError(
      'verifyAll: depth "summary": without records its roots are all there is: give includeMerkleRoots',
    );
  }
  return capture(name, output, { ...capturing, roots: includeMerkleRoots });
}

/** `captureSnapshot`, as it was called until there was a function for each verb. */
export async function captureSnapshot(
  name: string,
  path: string | undefined,
  given: CaptureByNameOptions = {},
): Promise<ResumedCapture> {
  const options = readOptions<CaptureByNameOptions>(given, CAPTURE_OPTIONS, 'captureSnapshot');
  text(name, 'captureSnapshot: name');
  if (path !== undefined) text(path, 'captureSnapshot: path');
  return capture(name, path, options);
}

/** What is read of a snapshot that somebody holds is taken again in its place: nothing is noted for another one. */
function isPart({ shard, snapshotId }: CaptureByNameOptions): boolean {
  return (shard ?? snapshotId) !== undefined;
}

async function capture(name: string, path: string | undefined, options: CaptureByNameOptions): Promise<ResumedCapture> {
  requireShardable(name, path, options);
  if (path !== undefined) requireOwnOutput('output', path, [name]);
  const found = options.resume === true ? await findCheckpoint(path, options) : undefined;
  const { source: live } = await openSource(name, leavingOut(options, found));
  const { source: _, resume: __, shard, snapshotId: ___, ...capturing } = options;
  if (path !== undefined && !isPart(options) && isResumable(live)) return captureLive(live, path, options, found);
  // A shard states its roots in any case: it goes from machine to machine, and what it lost on the way must show.
  const roots = shard === undefined ? {} : { roots: true };
  const captured = await captureSource(live, path, { ...capturing, ...roots });
  const why = options.resume === true ? 'only a capture of a database into a file can be taken up again' : null;
  return { ...captured, takenOver: 0, startedOver: why };
}

async function captureLive(
  live: ResumableSource,
  path: string,
  { source: _, resume: __, shard: ___, snapshotId: ____, ...capturing }: CaptureByNameOptions,
  found: Found | string | undefined,
): Promise<ResumedCapture> {
  const known = typeof found === 'object' ? found : undefined;
  const resumed = known === undefined ? undefined : new ResumedSource(live, known.checkpoint, known.journalPath);
  const atLeast = known?.checkpoint.records ?? 0;
  const journal = new CaptureJournal(path, capturing.depth ?? 'digest', () => live.captureIdentity, {
    atLeast,
    since: () => live.since,
  });
  const captured = await captureSource(resumed ?? live, path, { ...capturing, journal });
  const takenOver = resumed?.taken ?? 0;
  const lost = known !== undefined && takenOver === 0 ? 'the source is not as it was, or is another one' : null;
  return { ...captured, takenOver, startedOver: typeof found === 'string' ? found : lost };
}

/* Snapshots of the records of a program. */

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
 *   the file cannot be written; then nothing is left behind. What is wrong with a record is reported with its place.
 */
export async function writeSnapshot(
  path: string,
  records: Iterable<RecordInput> | AsyncIterable<RecordInput>,
  options: WriteOptions = {},
): Promise<WrittenSnapshot> {
  requireIterable(records);
  return writeRecords(text(path, 'writeSnapshot: path'), records, readOptions(options, WRITE_OPTIONS, 'writeSnapshot'));
}
