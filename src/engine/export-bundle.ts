/**
 * Writes an evidence bundle: a folder that holds a snapshot and every body, and verifies by itself (docs/bundle.md).
 *
 * It is made beside its place, synced, read back as any reader would, and renamed: whoever looks sees nothing or all of
 * it. The digests of the bodies are not held: their names in the folders are the list.
 */
import { join } from 'node:path';
import type { Finding } from '../core/continuity/report.ts';
import { EvidenceError } from '../core/errors.ts';
import type { Hash } from '../core/platform.ts';
import {
  type BundleManifest,
  bodyPath,
  CHECKSUMS_NAME,
  checksumLine,
  MANIFEST_NAME,
  manifestText,
  SNAPSHOT_NAME,
} from '../core/snapshot/bundle-layout.ts';
import type { SnapshotSummary } from '../core/snapshot/summary.ts';
import type { AuditOptions, SnapshotAudit } from './audit-run.ts';
import { BundleBodies } from './bundle-bodies.ts';
import { finishPartial, leavePartial, type Partial, startPartial } from './bundle-target.ts';
import { captureSource, type WrittenCapture } from './capture.ts';
import type { EvidenceSource } from './evidence-source.ts';
import { syncTree } from './sync-folder-tree.ts';
import { syncFolder, writeWhole } from './whole-file.ts';
import { ReportWriteError } from './write-fault.ts';

export interface ExportOptions extends AuditOptions {
  /** Takes over the bodies of an export to the same folder that was broken off. */
  readonly resume?: boolean;
}

export interface WrittenBundle {
  readonly path: string;
  /** The digest of its manifest, which stands for all of it. */
  readonly sha256: Hash;
  readonly bodies: number;
  readonly bodyBytes: number;
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
}

/** Reads a bundle as any reader would. */
export type ReadBack = (folder: string) => Promise<SnapshotAudit>;

const GATHERED_LINES = 512;

async function* checksums(bodies: BundleBodies, snapshot: Hash): AsyncGenerator<Uint8Array> {
  let lines = '';
  let count = 0;
  for (const digest of bodies.digests()) {
    lines += checksumLine(digest, bodyPath(digest));
    if (++count % GATHERED_LINES !== 0) continue;
    yield Buffer.from(lines);
    lines = '';
  }
  yield Buffer.from(lines + checksumLine(snapshot, SNAPSHOT_NAME));
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

  async run(source: EvidenceSource, readBack: ReadBack): Promise<BundleExport> {
    const { resume: _, ...auditing } = this.#options;
    const { path } = this.#partial;
    const capturing = { ...auditing, depth: 'digest', container: 'ndjson', gzip: false, bodies: this.#bodies } as const;
    const capture = await captureSource(source, join(path, SNAPSHOT_NAME), capturing);
    const { written: snapshot, hidden: _hidden, resumable: _resumable, ...audit } = capture;
    if (snapshot === null || audit.summary === null) return this.#leave(audit);
    try {
      const written = await this.#complete(snapshot, audit.summary, readBack);
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
    readBack: ReadBack,
  ): Promise<WrittenBundle | undefined> {
    const { path } = this.#partial;
    this.#bodies.clear();
    const listed = await writeWhole(join(path, CHECKSUMS_NAME), checksums(this.#bodies, snapshot.sha256));
    const { count, bytes } = this.#bodies;
    const manifest: BundleManifest = { ...summary, bodies: { count, bytes }, snapshot, checksums: listed };
    const { sha256 } = await writeWhole(join(path, MANIFEST_NAME), manifestText(manifest));
    await syncTree(this.#asked, path);
    const found = await readBack(path);
    if (this.#isAborted) return undefined;
    requireSame(this.#asked, found, summary, sha256);
    await finishPartial(this.#asked, this.#partial);
    await syncFolder(this.#asked, join(this.#partial.target, '..'));
    return { path: this.#asked, sha256, bodies: count, bodyBytes: bytes, snapshotBytes: snapshot.bytes };
  }

  #ended(audit: SnapshotAudit, written: WrittenBundle): BundleExport {
    return { ...audit, written, unfinished: null, ...this.#taken };
  }

  get #taken(): Pick<BundleExport, 'takenOver' | 'resumed'> {
    return { takenOver: this.#bodies.takenOver, resumed: this.#partial.takenOver };
  }

  /** What was done is kept for a later run, unless the evidence is unsound: then no later run could use it. */
  async #leave(audit: SnapshotAudit): Promise<BundleExport> {
    const keep = audit.verdict === 'INCOMPLETE' && this.#bodies.count > 0;
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
 * @param readBack - audits the bundle in a folder
 * @returns what the source comes to, every fault that it shows, and what was written
 * @throws RangeError or TypeError if the program itself is wrong
 */
export async function exportSource(
  source: EvidenceSource,
  path: string,
  readBack: ReadBack,
  options: ExportOptions = {},
): Promise<BundleExport> {
  let partial: Partial | undefined;
  try {
    partial = await startPartial(path, options.resume === true);
    return await new Export(path, partial, options).run(source, readBack);
  } catch (fault) {
    if (partial !== undefined) await leavePartial(partial, true);
    if (!(fault instanceof ReportWriteError)) throw fault;
    return notStarted(source, fault);
  } finally {
    await source.close();
  }
}
