/** Signed checkpoints of the ordered streams of a source, as files that other people's tools read. */
import { hasBareRoots, type SnapshotSummary, type StreamSummary } from '../core/snapshot/summary.ts';
import { type AuditOptions, auditSource, type SnapshotAudit } from '../engine/audit-source.ts';
import { EarlyRoots } from '../engine/early-roots.ts';
import { originOfSystem } from '../trust/checkpoint.ts';
import { openSource, type SourceOptions } from './open-source.ts';
import { type LogSigning, type LogsRead, type SignedCheckpoints, type SizeSigned, signLogs } from './sign-logs.ts';

function streamsOf({ tenants }: SnapshotSummary): readonly (StreamSummary & { readonly tenant: string })[] {
  return tenants.flatMap(({ tenant, streams }) => streams.map((stream) => ({ tenant, ...stream })));
}

export interface CheckpointOptions extends AuditOptions, LogSigning {
  readonly source?: SourceOptions;
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
  options: CheckpointOptions,
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
