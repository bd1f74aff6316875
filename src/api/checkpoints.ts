/** Signed checkpoints of the ordered streams of a source, as files that other people's tools read. */

import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, EvidenceError } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import type { Hash } from '../core/platform.ts';
import type { Verdict } from '../core/report/report.ts';
import { hasBareRoots, type SnapshotSummary, type StreamSummary } from '../core/snapshot/summary.ts';
import { auditSource, type SnapshotAudit } from '../engine/audit-run.ts';
import { EarlyRoots } from '../engine/early-roots.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { exclusively } from '../files/exclusive-lock.ts';
import { withLockedState } from '../files/locked-state.ts';
import { readOnce } from '../files/read-small-file.ts';
import { ReportWriteError, writeWhole } from '../files/write-whole-file.ts';
import { BrokenJournalError, journalLog, openJournal } from '../runbook/journal/append-entry.ts';
import type { JournalFault } from '../runbook/journal/journal.ts';
import type { PrivateKey } from '../trust/keys.ts';
import {
  type GrowingLog,
  originIn,
  parseState,
  type Refusal,
  remembering,
  type SignedLogs,
  stateFor,
  stateText,
} from '../trust/signed-logs.ts';
import {
  type Checkpoint,
  checkpointText,
  originOfSystem,
  parseCheckpoint,
  parseNote,
  requireNoteKey,
  signNote,
  verifierKey,
} from '../trust/signed-note.ts';
import { privateKeyAt } from './key-file.ts';
import { openSource } from './open-source.ts';
import { readOptions, text } from './options.ts';
import { CHECKPOINT_OPTIONS, type CheckpointOptions } from './proof-options.ts';

function streamsOf({ tenants }: SnapshotSummary): readonly (StreamSummary & { readonly tenant: string })[] {
  return tenants.flatMap(({ tenant, streams }) => streams.map((stream) => ({ tenant, ...stream })));
}

export interface WrittenCheckpoints extends SignedCheckpoints {
  readonly audit: SnapshotAudit;
  /** Streams that have no order, and so no checkpoint: a set is no growing log. */
  readonly sets: number;
}

/**
 * Writes a signed checkpoint (c2sp.org/tlog-checkpoint) of each ordered stream into `folder`: all of them, or none.
 *
 * @param name - the source: it is read once and audited; of what is not sound nothing is signed
 * @returns what was written; nothing if the source is not sound, has no ordered stream, or contradicts what was signed
 * @throws as `signLogs`
 */
export async function writeCheckpoints(
  name: string,
  folder: string,
  options: Omit<CheckpointOptions, 'output'>,
): Promise<WrittenCheckpoints> {
  const { source } = await openSource(name, options.source);
  let audit: SnapshotAudit | undefined;
  let streams: readonly (StreamSummary & { readonly tenant: string })[] = [];
  const read = async (sizeSigned: SizeSigned): Promise<LogsRead> => {
    const early = new EarlyRoots(sizeSigned);
    audit = await auditSource(source, options, (record) => early.take(record));
    const { summary, header, verdict } = audit;
    if (verdict === 'PASS' && summary !== null && !hasBareRoots(summary)) streams = streamsOf(summary);
    const system = header?.subject['system'];
    const begin = typeof system === 'string' && system !== '' ? originOfSystem(system) : undefined;
    return { begin, logs: streams.filter(({ ordered }) => ordered), rootThen: (log) => early.rootOf(log) };
  };
  const signed = await signLogs(folder, options, read);
  if (audit === undefined) throw new TypeError('nothing was read');
  return { ...signed, audit, sets: streams.filter(({ ordered }) => !ordered).length };
}

/* Signs growing logs: what is signed is remembered first, so that no two trees of one origin and size are ever signed. */

const MOST_STATE_BYTES = 256 * 1024 * 1024;
const MOST_NOTE_BYTES = 1024 * 1024;

export interface WrittenCheckpoint {
  readonly path: string;
  readonly origin: string;
  /** Number of records. */
  readonly size: number;
  readonly root: Hash;
  /** What `note.NewVerifier` of Go takes. */
  readonly verifierKey: string;
}

export type LogSigning = Pick<CheckpointOptions, 'key' | 'state' | 'origin' | 'attempt'>;

/** The logs of a source. */
export interface LogsRead {
  /** What origins begin with if nobody says so: the name of the system. */
  readonly begin: string | undefined;
  /** None: nothing is signed. */
  readonly logs: readonly GrowingLog[];
  /** The root that a log had when it was as large as was asked. */
  readonly rootThen: (log: GrowingLog) => Hash | undefined;
}

/** How many records of a log were signed; undefined if none were. Asked while a source is read. */
export type SizeSigned = (tenant: string, stream: string) => number | undefined;

export interface SignedCheckpoints {
  readonly written: readonly WrittenCheckpoint[];
  /** Why nothing was written, if anything speaks against it. */
  readonly refused: readonly Refusal[];
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (fault) {
    const code = codeOf(fault);
    throw new ReportWriteError(folder, `could not make the folder (${code})`, 'give another folder', fault);
  }
}

/** An origin is no file name: it may hold anything, and be longer than one. */
function pathOf(folder: string, origin: string): string {
  return join(folder, `${createHash('sha256').update(origin).digest('hex').slice(0, 32)}.checkpoint`);
}

function stateIn(path: string, bytes: Uint8Array | undefined): SignedLogs | undefined {
  if (bytes === undefined) return undefined;
  try {
    return parseState(parseJson(nodePlatform, bytes));
  } catch (fault) {
    if (!(fault instanceof EvidenceError)) throw fault;
    const advice = 'put back the state as it was: nothing is signed by somebody who does not know what he has signed';
    throw new EvidenceError(fault.kind, fault.reason, { where: { file: path }, advice, cause: fault });
  }
}

async function checkpointAt(path: string): Promise<Checkpoint | undefined> {
  try {
    const text = Buffer.from((await readOnce(path, 'a checkpoint', MOST_NOTE_BYTES)).bytes).toString();
    return parseCheckpoint(parseNote(text).text);
  } catch (fault) {
    if (codeOf(fault) === 'ENOENT') return undefined;
    const advice = 'give another folder: what lies there is not replaced';
    throw new EvidenceError('input-changed', 'there is something else than a checkpoint', {
      where: { file: path },
      advice,
      cause: fault,
    });
  }
}

/** A state that was lost, or is an older one, does not know what lies in the folder. */
async function unknownIn(folder: string, state: SignedLogs, logs: readonly GrowingLog[]): Promise<readonly Refusal[]> {
  const refused: Refusal[] = [];
  for (const log of logs) {
    const origin = originIn(state, log);
    const path = pathOf(folder, origin);
    const found = await checkpointAt(path);
    if (found === undefined) continue;
    const known = state.signed.get(origin);
    const fits = known !== undefined && found.origin === origin && found.size <= known.size;
    if (fits && (found.size < known.size || found.root === known.root)) continue;
    const message = `${path} was signed, and the state does not know it: it is another state, or an older one`;
    refused.push({ kind: 'input-changed', broken: false, message });
  }
  return refused;
}

/** Cosignatures that lie there on this very tree are kept: witnesses are not asked twice. */
async function cosignaturesAt(path: string, note: string, origin: string): Promise<string> {
  const before = await readOnce(path, 'a checkpoint', MOST_NOTE_BYTES).catch(() => undefined);
  if (before === undefined) return '';
  const text = Buffer.from(before.bytes).toString();
  if (parseNote(text).text !== parseNote(note).text) return '';
  const lines = text.slice(parseNote(text).text.length + 1).split('\n');
  return lines
    .filter((line) => line !== '' && !line.startsWith(`\u2014 ${origin} `))
    .map((line) => `${line}\n`)
    .join('');
}

async function write(folder: string, tree: Checkpoint, key: PrivateKey): Promise<WrittenCheckpoint> {
  const { origin, size, root } = tree;
  const path = pathOf(folder, origin);
  const note = signNote(checkpointText(tree), origin, key);
  // A witness may be adding what it has cosigned at this moment.
  await exclusively(`${path}.lock`, async () => {
    await writeWhole(path, Buffer.from(`${note}${await cosignaturesAt(path, note, origin)}`));
  });
  return { path, origin, size, root, verifierKey: verifierKey(origin, key.publicKey) };
}

/**
 * Signs every log that `read` gives as a checkpoint (c2sp.org/tlog-checkpoint) in `folder`: all of them, or none.
 *
 * The state is locked all along, and on the disk before anything is signed: who is killed in between, or can write no
 * checkpoint, has promised more than he has given, never the other way round. The next run gives it.
 *
 * @param read - reads the source; nothing is signed if it gives no logs
 * @throws TrustError for a key that cannot be used
 * @throws EvidenceError if the state cannot be used, or a file not be written; and what `read` throws
 */
export async function signLogs(
  folder: string,
  { key: keyPath, state: statePath, origin, attempt }: LogSigning,
  read: (sizeSigned: SizeSigned) => Promise<LogsRead>,
): Promise<SignedCheckpoints> {
  const key = await privateKeyAt(keyPath);
  requireNoteKey(key.publicKey);
  return withLockedState(statePath, MOST_STATE_BYTES, async ({ bytes, replace }) => {
    const before = stateIn(statePath, bytes);
    const known = before === undefined ? undefined : stateFor(before, origin, attempt);
    const { begin, logs, rootThen } = await read((tenant, stream) =>
      known === undefined ? undefined : known.signed.get(originIn(known, { tenant, stream }))?.size,
    );
    if (logs.length === 0) return { written: [], refused: [] };
    const state = stateFor(before, origin ?? begin, attempt);
    const { next, refused } = remembering(state, logs, rootThen);
    await makeFolder(folder);
    const against = [...refused, ...(await unknownIn(folder, state, logs))];
    if (against.length > 0) return { written: [], refused: against };
    // Also where nothing in it is new: a crash may have left it in its place, and not on the disk.
    await replace(Buffer.from(stateText(next)));
    const written: WrittenCheckpoint[] = [];
    for (const log of logs) {
      const tree = { origin: originIn(next, log), size: log.size, root: log.root };
      written.push(await write(folder, tree, key));
    }
    return { written, refused: [] };
  });
}

/** What `checkpoint` has signed, or why nothing. */
export interface Checkpoints extends SignedCheckpoints {
  /**
   * PASS: signed and written. FAIL: the evidence, or the journal, does not hold, or contradicts what was signed.
   * INCOMPLETE: that could not be found out, or there is no growing log.
   */
  readonly verdict: Verdict;
  /** Of the source; null for a journal. */
  readonly audit: SnapshotAudit | null;
  /** Streams of the source that have no order, and so no checkpoint. */
  readonly sets: number;
  /** What speaks against the journal; null if nothing does. */
  readonly fault: JournalFault | null;
}

function verdictOf({ written, refused }: SignedCheckpoints): Verdict {
  if (written.length > 0) return 'PASS';
  return refused.some(({ broken }) => broken) ? 'FAIL' : 'INCOMPLETE';
}

async function ofJournal(path: string, { output, ...signing }: CheckpointOptions): Promise<Checkpoints> {
  const nothing = { audit: null, sets: 0, fault: null };
  const read = async (sizeSigned: SizeSigned): Promise<LogsRead> => {
    const { log, rootThen } = journalLog(path, await openJournal(path), sizeSigned);
    return { begin: undefined, logs: log.size === 0 ? [] : [log], rootThen: () => rootThen };
  };
  try {
    const signed = await signLogs(output, signing, read);
    return { ...nothing, verdict: verdictOf(signed), ...signed };
  } catch (thrown) {
    if (!(thrown instanceof BrokenJournalError)) throw thrown;
    const { fault } = thrown;
    return { ...nothing, verdict: fault.broken ? 'FAIL' : 'INCOMPLETE', written: [], refused: [], fault };
  }
}

/** @throws as `checkpoint` of on-demand-trust.ts says */
export async function checkpoint(
  of: string | { readonly journal: string },
  given: CheckpointOptions,
): Promise<Checkpoints> {
  const options = readOptions<CheckpointOptions>(given, CHECKPOINT_OPTIONS, 'checkpoint', ['output', 'key', 'state']);
  if (typeof of === 'object') {
    const { journal } = readOptions<{ readonly journal: string }>(of, { journal: text }, 'checkpoint: of', ['journal']);
    if (options.source !== undefined) throw new TypeError('checkpoint: source: a journal is no source');
    if (options.origin === undefined) throw new TypeError('checkpoint: a journal names no system: give origin');
    return ofJournal(journal, options);
  }
  const { output, ...signing } = options;
  const signed = await writeCheckpoints(text(of, 'checkpoint: the source'), output, signing);
  const { verdict } = signed.audit;
  return { ...signed, verdict: verdict === 'PASS' ? verdictOf(signed) : verdict, fault: null };
}
