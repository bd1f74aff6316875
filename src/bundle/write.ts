/**
 * Writes an evidence bundle: a folder that holds a snapshot and every body, and verifies by itself (docs/bundle.md).
 *
 * It is made beside its place, synced, read back as any reader would, and renamed: whoever looks sees nothing or all of
 * it. The digests of the bodies are not held: their names in the folders are the list.
 */

import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { chmod, lstat, mkdir, readdir, realpath, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import { codeOf, EvidenceError } from '../core/errors.ts';
import type { Hash } from '../core/platform.ts';
import type { Finding } from '../core/report/report.ts';
import type { SnapshotSummary } from '../core/snapshot/summary.ts';
import type { AuditOptions, SnapshotAudit } from '../engine/audit-run.ts';
import { captureSource, type WrittenCapture } from '../engine/capture.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { syncTree } from '../files/sync-folder-tree.ts';
import {
  attempt,
  isAlive,
  LOOK_AT_TARGET,
  ReportWriteError,
  stemOf,
  syncFolder,
  writeWhole,
} from '../files/write-whole-file.ts';
import { FanOut, guarded } from './fan-out.ts';
import {
  type BundleManifest,
  bodyPath,
  CHECKSUMS_NAME,
  checksumLine,
  type FileTotals,
  MANIFEST_NAME,
  manifestText,
  PROOFS_NAME,
  proofPath,
  SNAPSHOT_NAME,
} from './layout.ts';
import { BundleBodies } from './write-bodies.ts';
import { BundleProofs } from './write-proofs.ts';

export interface ExportOptions extends AuditOptions {
  /** Takes over the bodies of an export to the same folder that was broken off. */
  readonly resume?: boolean;
  /** Whether the bundle has a proof of every record as well. */
  readonly includeProofs?: boolean;
}

export interface WrittenBundle {
  readonly path: string;
  /** The digest of its manifest, which stands for all of it. */
  readonly sha256: Hash;
  readonly bodies: number;
  readonly bodyBytes: number;
  /** Null if they were not asked for. */
  readonly proofs: FileTotals | null;
  readonly snapshotBytes: number;
}

export interface BundleExport extends SnapshotAudit {
  /** Null if nothing was written. */
  readonly written: WrittenBundle | null;
  /** Where an unfinished export was left, which a later one can take over. */
  readonly unfinished: string | null;
  /** Bodies that were taken over from an export that was broken off. */
  readonly takenOver: number;
  /** Whether there was one to take over. */
  readonly resumed: boolean;
  /** What lies beside the source and is not in the bundle, each in words; there where there is something. */
  readonly notTaken?: readonly string[];
}

/** How what was written is read again. */
export interface BundleReaders {
  /** Reads a bundle as any reader would. */
  readonly readBack: (folder: string) => Promise<SnapshotAudit>;
  /** The snapshot in the file `path`. */
  readonly snapshotAt: (path: string) => EvidenceSource;
}

const GATHERED_LINES = 512;

/** Every file as `SHA256SUMS` names it, in the order of the bytes of the path. */
function* listed(asked: string, bodies: FanOut, proofs: FanOut | undefined, snapshot: Hash): Generator<string> {
  for (const digest of bodies.hashes()) yield checksumLine(digest, bodyPath(digest));
  for (const leaf of proofs?.hashes() ?? []) {
    const text = guarded(asked, 'read back a proof', () => readFileSync(proofs?.path(leaf) ?? ''));
    yield checksumLine(nodePlatform.sha256(text), proofPath(leaf));
  }
  yield checksumLine(snapshot, SNAPSHOT_NAME);
}

async function* gathered(all: Iterable<string>): AsyncGenerator<Uint8Array> {
  let lines = '';
  let count = 0;
  for (const line of all) {
    lines += line;
    if (++count % GATHERED_LINES !== 0) continue;
    yield Buffer.from(lines);
    lines = '';
  }
  yield Buffer.from(lines);
}

class Export {
  readonly #asked: string;
  readonly #options: ExportOptions;
  readonly #partial: Partial;
  readonly #bodies: BundleBodies;

  constructor(asked: string, partial: Partial, options: ExportOptions) {
    this.#asked = asked;
    this.#options = options;
    this.#partial = partial;
    this.#bodies = new BundleBodies(asked, partial.path);
  }

  async run(source: EvidenceSource, readers: BundleReaders): Promise<BundleExport> {
    const { resume: _, includeProofs: __, ...auditing } = this.#options;
    const { path } = this.#partial;
    const capturing = { ...auditing, depth: 'digest', container: 'ndjson', gzip: false, bodies: this.#bodies } as const;
    const capture = await captureSource(source, join(path, SNAPSHOT_NAME), capturing);
    const { written: snapshot, hidden: _hidden, resumable: _resumable, ...audit } = capture;
    if (snapshot === null || audit.summary === null) return this.#leave(audit);
    try {
      const written = await this.#complete(snapshot, audit.summary, readers);
      return written === undefined ? this.#leave(interrupted(audit)) : this.#ended(audit, written);
    } catch (fault) {
      if (!(fault instanceof EvidenceError)) throw fault;
      return this.#leave(withFinding(audit, { kind: fault.kind, class: 'INCOMPLETE', message: fault.message }));
    }
  }

  get #isAborted(): boolean {
    return this.#options.signal?.aborted === true;
  }

  /** Undefined if the run was interrupted. */
  async #complete(
    snapshot: WrittenCapture,
    summary: SnapshotSummary,
    { readBack, snapshotAt }: BundleReaders,
  ): Promise<WrittenBundle | undefined> {
    const { path } = this.#partial;
    this.#bodies.clear();
    const proofs = this.#options.includeProofs === true ? new FanOut(this.#asked, join(path, PROOFS_NAME)) : undefined;
    if (proofs !== undefined) {
      const open = (): EvidenceSource => snapshotAt(join(path, SNAPSHOT_NAME));
      const making = new BundleProofs(this.#asked, proofs, summary, open, this.#options);
      if (!(await making.write())) return undefined;
    }
    const { files: bodies } = this.#bodies;
    const lines = listed(this.#asked, bodies, proofs, snapshot.sha256);
    const checksums = await writeWhole(join(path, CHECKSUMS_NAME), gathered(lines));
    const manifest: BundleManifest = { ...summary, bodies, proofs, snapshot, checksums };
    const { sha256 } = await writeWhole(join(path, MANIFEST_NAME), manifestText(manifest));
    await syncTree(this.#asked, path);
    const found = await readBack(path);
    if (this.#isAborted) return undefined;
    requireSame(this.#asked, found, summary, sha256);
    await finishPartial(this.#asked, this.#partial);
    await syncFolder(this.#asked, join(this.#partial.target, '..'));
    return {
      path: this.#asked,
      sha256,
      bodies: bodies.count,
      bodyBytes: bodies.bytes,
      proofs: proofs === undefined ? null : { count: proofs.count, bytes: proofs.bytes },
      snapshotBytes: snapshot.bytes,
    };
  }

  #ended(audit: SnapshotAudit, written: WrittenBundle): BundleExport {
    return { ...audit, written, unfinished: null, ...this.#taken };
  }

  get #taken(): Pick<BundleExport, 'takenOver' | 'resumed'> {
    return { takenOver: this.#bodies.takenOver, resumed: this.#partial.takenOver };
  }

  /** What was done is kept for a later run, unless the evidence is unsound: then no later run could use it. */
  async #leave(audit: SnapshotAudit): Promise<BundleExport> {
    const keep = audit.verdict === 'INCOMPLETE' && this.#bodies.files.count > 0;
    await leavePartial(this.#partial, keep);
    return { ...audit, written: null, unfinished: keep ? this.#partial.path : null, ...this.#taken };
  }
}

function withFinding(audit: SnapshotAudit, finding: Finding): SnapshotAudit {
  return {
    ...audit,
    verdict: 'INCOMPLETE',
    findings: [...audit.findings, finding],
    findingCounts: { ...audit.findingCounts, [finding.kind]: 1 },
  };
}

function interrupted(audit: SnapshotAudit): SnapshotAudit {
  const message = 'the run was interrupted before its end';
  return withFinding(audit, { kind: 'interrupted', class: 'INCOMPLETE', message });
}

/** A disk that gives back something else than was written must not be trusted with evidence. */
function requireSame(
  asked: string,
  found: SnapshotAudit,
  { globalRoot, records }: SnapshotSummary,
  sha256: Hash,
): void {
  const isSame = found.summary?.globalRoot === globalRoot && found.summary.records === records;
  if (found.verdict === 'PASS' && isSame && found.sha256 === sha256) return;
  const [first] = found.findings;
  const reason = `what was read back is not what was written: ${first?.message ?? 'its manifest or its roots differ'}`;
  throw new ReportWriteError(asked, reason, 'do not trust this disk: write elsewhere');
}

/** What there is to say of a source that was not read: there was no place to write to. */
function notStarted(source: EvidenceSource, fault: EvidenceError): BundleExport {
  const nothing = { name: source.name, sha256: null, header: null, summary: null, findings: [], findingCounts: {} };
  const audit = withFinding(
    { ...nothing, verdict: 'INCOMPLETE' },
    { kind: fault.kind, class: 'INCOMPLETE', message: fault.message },
  );
  return { ...audit, written: null, unfinished: null, takenOver: 0, resumed: false };
}

/**
 * Reads a source once, audits it, and writes a bundle of it: whole or not at all.
 *
 * @param source - must hold bodies; it is closed
 * @param path - the folder; there must be nothing of that name, or an empty folder
 * @param readers - how what was written is read again
 * @returns the summary of the source, every fault that it shows, and what was written
 * @throws RangeError or TypeError if the program itself is wrong
 */
export async function exportSource(
  source: EvidenceSource,
  path: string,
  readers: BundleReaders,
  options: ExportOptions = {},
): Promise<BundleExport> {
  let partial: Partial | undefined;
  try {
    partial = await startPartial(path, options.resume === true);
    return await new Export(path, partial, options).run(source, readers);
  } catch (fault) {
    if (partial !== undefined) await leavePartial(partial, true);
    if (!(fault instanceof ReportWriteError)) throw fault;
    return notStarted(source, fault);
  } finally {
    await source.close();
  }
}

/*
 * Where an export is made until it is whole: a folder beside the target, `.STEM.<pid>-<16 hex digits>.partial`. It is
 * private, and its name says whether somebody is still at it.
 */

/** Folders that this very process is at. */
const atWork = new Set<string>();

export interface Partial {
  /** The folder that is filled. */
  readonly path: string;
  /** Where it goes when it is whole. */
  readonly target: string;
  /** Whether it was taken over from an export that was broken off. */
  readonly takenOver: boolean;
}

/** The folder of the target, and its name in it, with links on the way resolved. */
async function placeOf(path: string): Promise<{ readonly parent: string; readonly name: string }> {
  const trimmed = path.replace(/\/+$/, '');
  const name = basename(trimmed);
  if (trimmed === '' || path.includes('\0') || name === '.' || name === '..') {
    throw new ReportWriteError(path, 'the path names no folder that could be made', 'give the name of a new folder');
  }
  return { parent: await realpath(dirname(trimmed)), name };
}

/** Nothing is ever replaced by an export: what is there may be the only copy of an older one. */
async function requireFree(path: string, target: string): Promise<void> {
  const found = await lstat(target).catch((fault: unknown) => {
    if (codeOf(fault) === 'ENOENT') return undefined;
    throw fault;
  });
  if (found === undefined) return;
  const advice = 'an export replaces nothing: give the name of a new folder';
  if (!found.isDirectory())
    throw new ReportWriteError(path, 'there is something of that name that is no folder', advice);
  if ((await readdir(target)).length > 0)
    throw new ReportWriteError(path, 'there is a folder of that name with something in it', advice);
}

/** Names of folders that exports to the same target have left behind, of processes that are gone. */
async function leftBehind(parent: string, name: string): Promise<readonly string[]> {
  const prefix = `.${stemOf(name)}.`;
  const found: string[] = [];
  for (const entry of await readdir(parent, { withFileTypes: true })) {
    if (!entry.isDirectory() || !entry.name.startsWith(prefix)) continue;
    const match = /^([1-9][0-9]{0,9})-[0-9a-f]{16}\.partial$/.exec(entry.name.slice(prefix.length));
    if (match === null) continue;
    const maker = Number(match[1]);
    const path = join(parent, entry.name);
    if (maker === process.pid ? !atWork.has(path) : !isAlive(maker)) found.push(entry.name);
  }
  return found;
}

/** Takes one over by renaming it, which only one process can do; the others are removed. */
async function claim(parent: string, names: readonly string[], mine: string, resume: boolean): Promise<boolean> {
  let claimed = false;
  for (const name of names) {
    const old = join(parent, name);
    if (resume && !claimed)
      claimed = await rename(old, mine).then(
        () => true,
        () => false,
      );
    else await rm(old, { recursive: true, force: true });
  }
  return claimed;
}

/**
 * Makes the folder in which an export to `path` is made.
 *
 * @param resume - whether one that was broken off is taken over; else it is removed
 * @throws ReportWriteError if there is something at `path`, or the folder cannot be made
 */
async function startPartial(path: string, resume: boolean): Promise<Partial> {
  const { parent, name } = await attempt(path, LOOK_AT_TARGET, () => placeOf(path));
  const target = join(parent, name);
  await attempt(path, LOOK_AT_TARGET, () => requireFree(path, target));
  const mine = join(parent, `.${stemOf(name)}.${process.pid}-${randomBytes(8).toString('hex')}.partial`);
  atWork.add(mine);
  try {
    const names = await attempt(path, 'look for unfinished exports', () => leftBehind(parent, name));
    const takenOver = await attempt(path, 'clear away unfinished exports', () => claim(parent, names, mine, resume));
    if (!takenOver) await attempt(path, 'make a folder beside it', () => mkdir(mine, 0o700));
    return { path: mine, target, takenOver };
  } catch (fault) {
    atWork.delete(mine);
    throw fault;
  }
}

/** Puts the folder in its place. An empty folder of that name is replaced, and nothing else. */
async function finishPartial(asked: string, { path, target }: Partial): Promise<void> {
  // Private until whole, as every file that is written.
  await attempt(asked, 'set the mode of the folder', () => chmod(path, 0o755 & ~process.umask()));
  await attempt(asked, 'put the folder in its place', () => rename(path, target));
  atWork.delete(path);
}

/** Leaves the folder for a later run, or removes it. */
async function leavePartial({ path }: Partial, keep: boolean): Promise<void> {
  if (!keep) await rm(path, { recursive: true, force: true });
  atWork.delete(path);
}
