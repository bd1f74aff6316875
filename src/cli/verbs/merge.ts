/** `evidence-diff merge SHARD… --output F`: the shards of one capture, as the snapshot that one process would have written. */
import { ENDING_WORDS } from '../../core/snapshot/endings.ts';
import { startRun } from '../../engine/run.ts';
import { CHAIN_KEYS, chainKeysOf } from '../options/chain-keys.ts';
import { defineVerb, flag, list, required, type Values, value } from '../options/define.ts';
import {
  METRICS_OPTIONS,
  MetricsFile,
  type MetricsRequest,
  metricsOutputs,
  metricsRequest,
} from '../options/metrics.ts';
import { fileName, notEmpty } from '../options/readers.ts';
import { color, maxFindings, printedAs, progress, quiet } from '../options/shared.ts';
import { type ExitCode, UsageError } from '../terminal/exit.ts';
import { checkNotSources, DASH, requireSnapshotEnding } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';
import { publish } from './verify-all.ts';

const SHARDS = {
  shard: required(list('<shard>', 'all shards of one capture, as verify-all --shard has written them', fileName)),
};

const OPTIONS = {
  output: required(value('<file>', `the snapshot: ${ENDING_WORDS}`, notEmpty, { writes: 'snapshot' })),
  includeMerkleRoots: flag('let the trailer of the snapshot state the roots; they are recomputed anyway'),
  format: printedAs,
  maxFindings,
  quiet,
  ...progress,
  color,
  ...METRICS_OPTIONS,
  ...CHAIN_KEYS,
};

interface MergeArguments extends Omit<Values<typeof OPTIONS>, 'metrics' | 'metricsLabel'> {
  readonly shards: readonly string[];
  readonly metrics: MetricsRequest | undefined;
}

export const verb = defineVerb({
  name: 'merge',
  summary: 'joins the shards of one capture to a snapshot',
  description: `Joins the shards of one capture, streaming, recomputes everything anew, and writes the snapshot that one process would
have written: the same bytes, the same roots.`,
  arguments: SHARDS,
  options: OPTIONS,
  notes: `Exit codes are those of verify-all. A shard that is missing, comes twice, was cut off or is of another capture is named: exit
code 2. One that contradicts itself is FAIL: 1. Nothing is written in either case. Each shard says which it is, of how many, and
of what whole.`,
  example: 'merge shard-0.ndjson shard-1.ndjson --output whole.ndjson --include-merkle-roots',
  request: (options: Values<typeof OPTIONS>, { shard: shards }: Values<typeof SHARDS>): MergeArguments => {
    const { output } = options;
    if (output === DASH) throw new UsageError('--output -: a snapshot is written to a file, whole or not at all');
    requireSnapshotEnding(output);
    const { metrics: _, metricsLabel: __, ...others } = options;
    return { ...others, shards, metrics: metricsRequest(options, [output]) };
  },
  run: mergeShards,
});

async function mergeShards(wanted: MergeArguments, session: Session): Promise<ExitCode> {
  const { shards, output, includeMerkleRoots = false, maxFindings: most, chainKey, color: painted, format } = wanted;
  const outputs = [{ path: output, format: 'snapshot' }, ...metricsOutputs(wanted.metrics)];
  checkNotSources(outputs, shards);
  const keys = await chainKeysOf({ chainKey, outputs }, session.secrets);
  const interruption = session.listen();
  const stop = startRun();
  const metrics = await MetricsFile.begin(wanted.metrics, 'soundness');
  const isQuiet = wanted.quiet === true;
  const meter = session.meter(wanted.progress, isQuiet);
  const { merge } = await import('../../api/on-demand.ts');
  const { signal } = interruption;
  const options = { output, includeMerkleRoots, maxFindings: most, signal, onProgress: meter.update, ...keys };
  const merged = await merge(shards, options).finally(meter.done);
  const printing = { output, quiet: isQuiet, color: painted, format };
  return publish({ ...merged, takenOver: 0, startedOver: null }, printing, metrics, { stop, interruption }, session);
}
