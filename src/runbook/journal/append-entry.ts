/** An upgrade journal as a growing log: one leaf an entry. */

import { basename, dirname, join } from 'node:path';
import { EvidenceError } from '../../core/errors.ts';
import { rootOf } from '../../core/merkle/tree.ts';
import type { Hash } from '../../core/platform.ts';
import { nodePlatform } from '../../engine/node-platform.ts';
import { type LockedFile, withLockedFile } from '../../files/append-only-file.ts';
import { digestFile, readSmallFile } from '../../files/read-small-file.ts';
import { stemOf, writeWhole } from '../../files/write-whole-file.ts';
import type { JournalBody, NotedFile } from '../../wire/journal-entry.ts';
import {
  entriesAfter,
  entryLine,
  headFault,
  type Journal,
  type JournalEntry,
  type JournalFault,
  readJournal,
  STREAM,
} from './journal.ts';

/** The tree over the entries of a journal, which may have none; its tenant is the upgrade. */
export interface JournalLog {
  readonly tenant: string;
  readonly stream: string;
  readonly size: number;
  readonly root: Hash;
}

/**
 * The log that `journal` is.
 *
 * @param sizeSigned - how many entries were signed; undefined if none were
 * @returns the log, and the root over as many entries as were signed; undefined if there are not as many
 * @throws BrokenJournalError if the journal does not hold
 */
export function journalLog(
  path: string,
  { entries, leaves, fault }: Journal,
  sizeSigned: (tenant: string, stream: string) => number | undefined,
): { readonly log: JournalLog; readonly rootThen: Hash | undefined } {
  if (fault !== undefined) throw new BrokenJournalError(path, fault);
  const log = {
    tenant: entries[0]?.upgrade ?? '',
    stream: STREAM,
    size: leaves.length,
    root: rootOf(nodePlatform, leaves),
  };
  const size = sizeSigned(log.tenant, log.stream);
  const isThere = size !== undefined && size <= leaves.length;
  return { log, rootThen: isThere ? rootOf(nodePlatform, leaves.slice(0, size)) : undefined };
}

/* Appends to an upgrade journal: verified first, one process at a time, synced, read back. */

const MAX_JOURNAL_BYTES = 64 * 1024 * 1024;

/** What is to be entered. */
export interface NewEntry {
  /** Undefined: the upgrade that the journal is of. */
  readonly upgrade: string | undefined;
  readonly step: string;
  readonly type: string;
  readonly at?: string;
  readonly actor?: string;
  readonly note?: string;
  /** Files of which the digest is entered. */
  readonly files: readonly string[];
  /** A head that must still be in the chain. */
  readonly expectHead: string | undefined;
  /** Whether an unfinished last line is cut off, once a copy of it was kept. */
  readonly repairTornLine: boolean;
}

export interface Appended {
  readonly entry: JournalEntry;
  /** Where the copy of an unfinished line lies, if there was one. */
  readonly tornCopy: string | undefined;
}

/** The journal does not hold: nothing was appended to it. */
export class BrokenJournalError extends Error {
  override readonly name: string = 'BrokenJournalError';
  readonly fault: JournalFault;
  constructor(path: string, fault: JournalFault) {
    super(`${path}, line ${fault.line}: ${fault.message}`);
    this.fault = fault;
  }
}

/**
 * Reads and verifies the journal `path`.
 *
 * @throws EvidenceError if it cannot be read
 */
export async function openJournal(path: string): Promise<Journal> {
  return readJournal(nodePlatform, (await readSmallFile(path, MAX_JOURNAL_BYTES)).bytes);
}

async function noted(paths: readonly string[]): Promise<readonly NotedFile[]> {
  const files: NotedFile[] = [];
  for (const path of paths) files.push({ path, ...(await digestFile(path)) });
  return files;
}

function upgradeOf({ entries }: Journal, wanted: string | undefined): string {
  const known = entries[0]?.upgrade;
  const upgrade = wanted ?? known;
  if (upgrade === undefined) {
    const advice = 'say with the first entry which upgrade it is: --upgrade ID';
    throw new EvidenceError('schema-violation', 'the journal is new, and of no upgrade yet', { advice });
  }
  if (known === undefined || upgrade === known) return upgrade;
  const reason = `the journal is of the upgrade ${JSON.stringify(known)}, not of ${JSON.stringify(upgrade)}`;
  throw new EvidenceError('schema-violation', reason, { advice: 'begin a journal of its own for another upgrade' });
}

/** @throws BrokenJournalError unless the journal is sound, or is so but for a last line that may be cut off */
function requireSound(path: string, journal: Journal, { expectHead, repairTornLine }: NewEntry): void {
  const { fault, torn } = journal;
  if (fault !== undefined && !(torn !== undefined && repairTornLine)) throw new BrokenJournalError(path, fault);
  if (expectHead !== undefined && entriesAfter(journal, expectHead) === undefined) {
    throw new BrokenJournalError(path, headFault(journal));
  }
}

interface Repair {
  readonly repaired: { readonly sha256: string; readonly bytes: number };
  readonly tornCopy: string;
}

/** Cuts off an unfinished last line, if there is one, once a copy of it lies beside the journal. */
async function repair(path: string, file: LockedFile, { torn }: Journal): Promise<Repair | undefined> {
  if (torn === undefined) return undefined;
  const sha256 = nodePlatform.sha256(torn.bytes);
  const tornCopy = join(dirname(path), `${stemOf(basename(path))}.torn-${torn.at}-${sha256.slice(0, 16)}`);
  await writeWhole(tornCopy, torn.bytes);
  await file.cut(torn.at);
  return { repaired: { sha256, bytes: torn.bytes.length }, tornCopy };
}

/**
 * Appends one entry to the journal `path`, which is made if it is not there.
 *
 * @param now - the clock: RFC 3339, asked while the journal is locked, so that times follow the order of the entries
 * @throws BrokenJournalError if the journal does not hold
 * @throws EvidenceError if it cannot be read, locked or written, or a file that is to be noted cannot be read
 */
export async function appendEntry(path: string, entry: NewEntry, now: () => string): Promise<Appended> {
  const { upgrade: wanted, files: paths, expectHead: _head, repairTornLine: _repair, ...said } = entry;
  const files = await noted(paths);
  return withLockedFile(path, MAX_JOURNAL_BYTES, async (file) => {
    const journal = readJournal(nodePlatform, await file.read());
    requireSound(path, journal, entry);
    const upgrade = upgradeOf(journal, wanted);
    const repaired = await repair(path, file, journal);
    const body: JournalBody = {
      version: 1,
      upgrade,
      recordedAt: now(),
      ...said,
      ...(files.length === 0 ? {} : { files }),
      ...(repaired === undefined ? {} : { repaired: repaired.repaired }),
    };
    await file.append(entryLine(nodePlatform, body, journal));
    const after = readJournal(nodePlatform, await file.read());
    const last = after.entries.at(-1);
    if (after.fault !== undefined || last?.seq !== journal.entries.length + 1) {
      throw new RangeError('the entry that was written does not verify');
    }
    return { entry: last, tornCopy: repaired?.tornCopy };
  });
}
