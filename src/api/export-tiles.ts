/** Ordered streams, or an upgrade journal, as tiled logs under checkpoints that were signed before. */

import { createHash } from 'node:crypto';
import { mkdir, realpath, rm, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CHECKPOINT_NAME, TileLog, type TilesRefusal } from '../bundle/write-tiles.ts';
import { codeOf, EvidenceError } from '../core/errors.ts';
import type { Hash } from '../core/platform.ts';
import type { Verdict } from '../core/report/report.ts';
import { hasBareRoots } from '../core/snapshot/summary.ts';
import { auditSource, type SnapshotAudit } from '../engine/audit-run.ts';
import { exclusively } from '../files/exclusive-lock.ts';
import { readOnce } from '../files/read-small-file.ts';
import { attempt } from '../files/write-whole-file.ts';
import { openJournal } from '../runbook/journal/append-entry.ts';
import { STREAM as JOURNAL_STREAM, type JournalFault } from '../runbook/journal/journal.ts';
import { isOriginOf } from '../trust/origin.ts';
import { type Checkpoint, parseCheckpoint, parseNote } from '../trust/signed-note.ts';
import { TrustError } from '../trust/trust-error.ts';
import { requireOwnOutput, shownPath } from './file-words.ts';
import { checkpointsAt, noteAt } from './key-file.ts';
import { openSource } from './open-source.ts';
import { readOptions, text } from './options.ts';
import { TILES_OPTIONS, type TilesOptions } from './proof-options.ts';

const MOST_NOTE_BYTES = 1024 * 1024;

/** A log that was written, or extended. */
export interface WrittenTiles extends Checkpoint {
  /** Its folder. */
  readonly path: string;
  /** How many entries it had before; 0 if it is new. */
  readonly before: number;
}

/** What `exportTiles` has written, or why nothing. */
export interface TilesExport {
  /**
   * PASS: every checkpoint that was given has its log. FAIL: the evidence or the journal does not hold, or contradicts a
   * checkpoint or a log that lies there. INCOMPLETE: that could not be found out. Nothing is written then.
   */
  readonly verdict: Verdict;
  readonly written: readonly WrittenTiles[];
  readonly refused: readonly TilesRefusal[];
  /** Of the source; null for a journal. */
  readonly audit: SnapshotAudit | null;
  /** What speaks against the journal; null if nothing does. */
  readonly fault: JournalFault | null;
  /** Ordered streams of which no checkpoint was given, which have no log. */
  readonly unsigned: number;
  /** Streams that have no order: a set is no log. */
  readonly sets: number;
}

interface Noted extends Checkpoint {
  readonly note: string;
  readonly path: string;
}

async function notedAt(path: string): Promise<Noted> {
  const note = await noteAt(path);
  try {
    const checkpoint = parseCheckpoint(parseNote(note).text);
    if (checkpoint.size === 0) throw new TrustError('signature-invalid', 'a checkpoint of no records: there is no log');
    return { ...checkpoint, note, path };
  } catch (fault) {
    if (!(fault instanceof TrustError)) throw fault;
    throw new TrustError(fault.kind, `${shownPath(path)}: ${fault.message}`);
  }
}

/** The checkpoints that were given, one of each origin. */
async function notedIn(given: readonly string[]): Promise<readonly Noted[]> {
  const noted = new Map<string, Noted>();
  for (const one of given) {
    const paths = await checkpointsAt(one);
    if (paths.length === 0) throw new TrustError('signature-missing', `there is no checkpoint in ${shownPath(one)}`);
    for (const path of paths) {
      const own = await notedAt(path);
      const other = noted.get(own.origin);
      if (other !== undefined) {
        const both = `${shownPath(other.path)} and ${shownPath(path)} are both of the origin ${own.origin}`;
        throw new TrustError('subject-mismatch', `${both}: give the one that the log is to have`);
      }
      noted.set(own.origin, own);
    }
  }
  return [...noted.values()];
}

/** The checkpoint of a log that lies in `folder`; undefined if there is none. */
async function notedThere(folder: string, origin: string): Promise<Noted | undefined> {
  const path = join(folder, CHECKPOINT_NAME);
  try {
    await readOnce(path, 'a checkpoint', MOST_NOTE_BYTES);
  } catch (fault) {
    if (codeOf(fault) === 'ENOENT' || codeOf(fault) === 'ENOTDIR') return undefined;
    throw fault;
  }
  const there = await notedAt(path).catch((fault: unknown) => fault);
  if (there instanceof Error || (there as Noted).origin !== origin) {
    const advice = 'give another folder: what lies there is not replaced';
    const reason = `there is something else than a checkpoint of ${origin}`;
    throw new EvidenceError('input-changed', reason, { where: { file: path }, advice, cause: there });
  }
  return there as Noted;
}

/** The note of the log, with the cosignatures that lie there on the same tree: lines of its own names come of what was given. */
function mergedNote({ note }: Noted, there: Noted | undefined): string {
  if (there === undefined || parseNote(there.note).text !== parseNote(note).text) return note;
  const { text, signatures } = parseNote(note);
  const lines = there.note.slice(text.length + 1).split('\n');
  const names = signatures.map(({ name }) => `\u2014 ${name} `);
  const more = lines.filter((line) => line !== '' && !names.some((name) => line.startsWith(name)));
  return `${note}${more.map((line) => `${line}\n`).join('')}`;
}

/** An origin is no file name: it may hold anything, and be longer than one. */
function folderOf(origin: string): string {
  return createHash('sha256').update(origin).digest('hex').slice(0, 32);
}

class Log {
  readonly noted: Noted;
  readonly there: Noted | undefined;
  readonly shown: string;
  readonly tiles: TileLog;
  #place: string | undefined;

  constructor(noted: Noted, there: Noted | undefined, at: { readonly shown: string; readonly folder: string }) {
    const name = folderOf(noted.origin);
    this.noted = noted;
    this.there = there;
    this.shown = join(at.shown, name);
    const places = { shown: this.shown, folder: join(at.folder, name), staged: join(at.folder, UNFINISHED, name) };
    this.tiles = new TileLog(places, noted, there);
  }

  /** Whether it is the log of a stream; an origin must not be that of two. */
  isOf(tenant: string, stream: string): boolean {
    if (!isOriginOf(this.noted.origin, tenant, stream)) return false;
    const place = JSON.stringify([tenant, stream]);
    this.#place ??= place;
    if (this.#place === place) return true;
    throw new EvidenceError('proof-unavailable', `two streams have names that make the origin ${this.noted.origin}`);
  }
}

const UNFINISHED = '.unfinished';

/** Takes the records of a source stream by stream. */
class Logs {
  readonly #logs: readonly Log[];
  #open: { readonly tenant: string; readonly stream: string; readonly own: readonly Log[] } | undefined;
  /** Ordered streams that no log is of. */
  unsigned = 0;
  sets = 0;

  constructor(logs: readonly Log[]) {
    this.#logs = logs;
  }

  take(tenant: string, stream: string, isOrdered: boolean, entry: () => Uint8Array, leaf: Hash): void {
    if (this.#open?.stream !== stream || this.#open.tenant !== tenant) {
      const own = isOrdered ? this.#logs.filter((log) => log.isOf(tenant, stream)) : [];
      this.#open = { tenant, stream, own };
      if (!isOrdered) this.sets++;
      else if (own.length === 0) this.unsigned++;
    }
    for (const { tiles } of this.#open.own) tiles.take(entry(), leaf);
  }
}

type Read = Pick<TilesExport, 'verdict' | 'audit' | 'fault'> & { readonly name: string };

async function readJournalInto(logs: Logs, path: string): Promise<Read> {
  const { entries, leaves, leafInputs, fault } = await openJournal(path);
  const read = { name: path, audit: null };
  if (fault !== undefined) return { ...read, fault, verdict: fault.broken ? 'FAIL' : 'INCOMPLETE' };
  for (const [at, leaf] of leaves.entries()) {
    logs.take(entries[0]?.upgrade ?? '', JOURNAL_STREAM, true, () => leafInputs[at] ?? new Uint8Array(), leaf);
  }
  return { ...read, fault: null, verdict: 'PASS' };
}

async function readSourceInto(logs: Logs, name: string, options: TilesOptions): Promise<Read> {
  const { source: how, checkpoints: _, ...auditing } = options;
  const { source } = await openSource(name, how);
  const audit = await auditSource(source, auditing, ({ tenant, stream, seq, leaf }, reader) =>
    logs.take(tenant, stream, seq !== undefined, () => reader.canonical(false), leaf),
  );
  const hasRecords = audit.summary !== null && !hasBareRoots(audit.summary) && audit.header?.depth !== 'summary';
  const verdict = audit.verdict === 'PASS' && !hasRecords ? 'INCOMPLETE' : audit.verdict;
  return { name: audit.name, audit, fault: null, verdict };
}

async function writeLogs(
  of: string | { readonly journal: string },
  at: { readonly shown: string; readonly folder: string },
  noted: readonly Noted[],
  options: TilesOptions,
): Promise<TilesExport> {
  const own: Log[] = [];
  try {
    for (const one of noted)
      own.push(new Log(one, await notedThere(join(at.folder, folderOf(one.origin)), one.origin), at));
    const logs = new Logs(own);
    const { name, ...read } =
      typeof of === 'string' ? await readSourceInto(logs, of, options) : await readJournalInto(logs, of.journal);
    const result = { ...read, written: [], refused: [], unsigned: logs.unsigned, sets: logs.sets };
    if (read.verdict !== 'PASS') return result;
    const refused = own.flatMap(({ tiles }) => tiles.finish(shownPath(name)) ?? []);
    if (refused.length > 0) {
      return { ...result, refused, verdict: refused.some(({ broken }) => broken) ? 'FAIL' : 'INCOMPLETE' };
    }
    const written: WrittenTiles[] = [];
    for (const { tiles, noted: to, there, shown } of own) {
      await tiles.place(Buffer.from(mergedNote(to, there)));
      const { origin, size, root } = to;
      written.push({ path: shown, origin, size, root, before: there?.size ?? 0 });
    }
    return { ...result, written };
  } finally {
    for (const { tiles } of own) await tiles.discard();
  }
}

/** @throws as `exportTiles` of on-demand-trust.ts says */
export async function exportTiles(
  of: string | { readonly journal: string },
  folder: string,
  given: TilesOptions,
): Promise<TilesExport> {
  const options = readOptions<TilesOptions>(given, TILES_OPTIONS, 'exportTiles', ['checkpoints']);
  text(folder, 'exportTiles: folder');
  if (typeof of === 'object') {
    readOptions<{ readonly journal: string }>(of, { journal: text }, 'exportTiles: of', ['journal']);
    if (options.source !== undefined) throw new TypeError('exportTiles: source: a journal is no source');
  } else text(of, 'exportTiles: the source');
  requireOwnOutput('exportTiles: folder', folder, [typeof of === 'string' ? of : of.journal, ...options.checkpoints]);
  const noted = await notedIn(options.checkpoints);
  const made = await attempt(folder, 'make the folder', () => mkdir(folder, { recursive: true }));
  const at = { shown: folder, folder: await realpath(folder) };
  try {
    return await exclusively(join(at.folder, '.lock'), async () => {
      // Whoever left it was killed: the lock is ours.
      await rm(join(at.folder, UNFINISHED), { recursive: true, force: true });
      try {
        return await writeLogs(of, at, noted, options);
      } finally {
        await rm(join(at.folder, UNFINISHED), { recursive: true, force: true });
      }
    });
  } finally {
    // An empty folder that was not there before says nothing to anybody.
    if (made !== undefined) await rmdir(at.folder).catch(() => undefined);
  }
}
