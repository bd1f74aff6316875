/** Signed checkpoints of a snapshot, as files that other people's tools read. */
import { createHash } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Hash } from '../core/platform.ts';
import { hasBareRoots, type SnapshotSummary } from '../core/snapshot/summary.ts';
import { type AuditOptions, auditSource, type SnapshotAudit } from '../engine/audit-source.ts';
import { writeWhole } from '../engine/whole-file.ts';
import { ReportWriteError } from '../engine/write-fault.ts';
import { checkpointText, originOf } from '../trust/checkpoint.ts';
import type { PrivateKey } from '../trust/keys.ts';
import { signNote, verifierKey } from '../trust/signed-note.ts';
import { privateKeyAt } from './key-file.ts';
import { openSource, type SourceOptions } from './open-source.ts';

export interface WrittenCheckpoint {
  readonly path: string;
  readonly origin: string;
  /** Number of leaves: tenants of the whole, streams of a tenant. */
  readonly size: number;
  readonly root: Hash;
  /** What `note.NewVerifier` of Go takes. */
  readonly verifierKey: string;
}

export interface CheckpointOptions extends AuditOptions {
  readonly source?: SourceOptions;
  /** Path of a private Ed25519 key in PEM. */
  readonly key: string;
}

interface Tree {
  readonly file: string;
  readonly origin: string;
  readonly size: number;
  readonly root: Hash;
}

/** A tenant's name is no file name: it may hold anything, and be longer than one. */
function fileOf(tenant: string): string {
  return `tenant-${createHash('sha256').update(tenant).digest('hex').slice(0, 32)}.checkpoint`;
}

function treesOf(summary: SnapshotSummary, system: string | undefined): readonly Tree[] {
  const whole = {
    file: 'global.checkpoint',
    origin: originOf(system),
    size: summary.tenants.length,
    root: summary.globalRoot,
  };
  const tenants = summary.tenants.map(({ tenant, streams, root }) => ({
    file: fileOf(tenant),
    origin: originOf(system, tenant),
    size: streams.length,
    root,
  }));
  return [whole, ...tenants];
}

async function write(folder: string, { file, origin, size, root }: Tree, key: PrivateKey): Promise<WrittenCheckpoint> {
  const path = join(folder, file);
  await writeWhole(path, Buffer.from(signNote(checkpointText({ origin, size, root }), origin, key)));
  return { path, origin, size, root, verifierKey: verifierKey(origin, key.publicKey) };
}

async function makeFolder(folder: string): Promise<void> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (fault) {
    const code = fault instanceof Error && 'code' in fault ? String(fault.code) : 'unknown fault';
    throw new ReportWriteError(folder, `could not make the folder (${code})`, 'give another folder', fault);
  }
}

/**
 * Writes a signed checkpoint (c2sp.org/tlog-checkpoint) of the global tree and of each tenant's tree into `folder`.
 *
 * @param name - the source: it is read once and audited; of what is not sound nothing is signed
 * @returns what was written; nothing if the source is not sound
 * @throws TrustError for a key that cannot be used
 * @throws EvidenceError if a file cannot be written
 */
export async function writeCheckpoints(
  name: string,
  folder: string,
  options: CheckpointOptions,
): Promise<{ readonly audit: SnapshotAudit; readonly written: readonly WrittenCheckpoint[] }> {
  const key = await privateKeyAt(options.key);
  const audit = await auditSource((await openSource(name, options.source)).source, options);
  const { summary, header, verdict } = audit;
  if (verdict !== 'PASS' || summary === null || hasBareRoots(summary)) return { audit, written: [] };
  const system = header?.subject['system'];
  await makeFolder(folder);
  const written: WrittenCheckpoint[] = [];
  for (const tree of treesOf(summary, typeof system === 'string' ? system : undefined)) {
    written.push(await write(folder, tree, key));
  }
  return { audit, written };
}
