/**
 * `evidence-diff merge SHARD… --output F`: the shards of one capture, as the snapshot that one process would have written; or the
 * reports of the shards of one comparison, as the report of the whole.
 */
import { ENDING_WORDS } from '../../core/snapshot/endings.ts';
import { startRun } from '../../engine/run.ts';
import { FORMAT_NAMES } from '../../reports/index.ts';
import { CHAIN_KEYS, chainKeysOf } from '../options/chain-keys.ts';
import { defineVerb, flag, list, required, type Values } from '../options/define.ts';
import {
  METRICS_OPTIONS,
  MetricsFile,
  type MetricsRequest,
  metricsOutputs,
  metricsRequest,
} from '../options/metrics.ts';
import { fileName, notEmpty } from '../options/readers.ts';
import { color, FEW_FINDINGS, maxFindingsAsked, printedAsAsked, progress, quiet } from '../options/shared.ts';
import { type ExitCode, UsageError } from '../terminal/exit.ts';
import { checkNotSources, DASH, planOutputs, refuseKept, requireSnapshotEnding } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';
import { runJoin } from './comparison.ts';
import { publish } from './verify-all.ts';

const SHARDS = {
  shard: required(
    list('<shard>', 'all shards of one capture, or the reports of all shards of one comparison', fileName),
  ),
};

const OPTIONS = {
  output: required(
    list(
      '<file>',
      `the report, in the format of its ending, which may be given more than once; or the snapshot: ${ENDING_WORDS}`,
      notEmpty,
      { writes: 'snapshot' },
    ),
  ),
  includeMerkleRoots: flag('let the trailer of the snapshot state the roots; they are recomputed anyway'),
  format: printedAsAsked,
  maxFindings: maxFindingsAsked,
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
  summary: 'joins shards to one snapshot, or their reports to one',
  description: `Joins the shards of one capture, streaming, recomputes everything anew, and writes the snapshot that one process would
have written: the same bytes, the same roots. Joins the reports (JSON) of the shards of one comparison to that of the whole: what
they say of records is believed, roots are recomputed, and what only the whole shows is judged.`,
  arguments: SHARDS,
  options: OPTIONS,
  notes: `Exit codes are those of verify-all, and of reports those of the comparison. A shard or report that is missing, comes twice, was
cut off or is of another whole is named: exit code 2. A snapshot that contradicts itself is FAIL: 1. Nothing is written in either
case. Each shard says which it is, of how many, and of what whole.`,
  example: 'merge shard-0.ndjson shard-1.ndjson --output whole.ndjson --include-merkle-roots',
  request: (options: Values<typeof OPTIONS>, { shard: shards }: Values<typeof SHARDS>): MergeArguments => {
    if (shards.includes(DASH))
      throw new UsageError('standard input cannot be merged: each shard or report is a file of its own');
    const { output } = options;
    if (output.includes(DASH))
      throw new UsageError('--output -: what is merged is written to a file, whole or not at all');
    const { metrics: _, metricsLabel: __, ...others } = options;
    return { ...others, shards, metrics: metricsRequest(options, output) };
  },
  run: merge,
});

async function merge(wanted: MergeArguments, session: Session): Promise<ExitCode> {
  const { areReports } = await import('../../api/merge-reports.ts');
  return (await areReports(wanted.shards)) ? mergeReports(wanted, session) : mergeShards(wanted, session);
}

async function mergeReports(wanted: MergeArguments, session: Session): Promise<ExitCode> {
  const { shards, output, includeMerkleRoots, maxFindings, chainKey, format } = wanted;
  const stray = {
    '--include-merkle-roots': includeMerkleRoots,
    '--max-findings': maxFindings,
    '--chain-key': chainKey,
  };
  const [option] = Object.entries(stray).find(([, given]) => given !== undefined) ?? [];
  if (option !== undefined) throw new UsageError(`${option} is about snapshots, and these are reports`);
  // By its option a snapshot may be replaced, since one may be written: this is none.
  refuseKept(output.map((path) => ({ path, option: '--output', writes: 'report' })));
  const outputs = planOutputs(output, format, FORMAT_NAMES);
  checkNotSources([...outputs, ...metricsOutputs(wanted.metrics)], shards);
  const asked = { outputs, format, metrics: wanted.metrics, quiet: wanted.quiet === true, color: wanted.color };
  const { mergeReports: join } = await import('../../api/merge-reports.ts');
  return runJoin(asked, (demands) => join(shards, demands), session);
}

async function mergeShards(wanted: MergeArguments, session: Session): Promise<ExitCode> {
  const { shards, includeMerkleRoots = false, chainKey, color: painted, format = 'text' } = wanted;
  const { maxFindings = FEW_FINDINGS } = wanted;
  const [output = '', ...others] = wanted.output;
  if (others.length > 0) throw new UsageError('--output: of shards one snapshot is made: give it once');
  requireSnapshotEnding(output);
  const outputs = [{ path: output, format: 'snapshot' }, ...metricsOutputs(wanted.metrics)];
  checkNotSources(outputs, shards);
  const keys = await chainKeysOf({ chainKey, outputs }, session.secrets);
  const interruption = session.listen();
  const stop = startRun();
  const metrics = await MetricsFile.begin(wanted.metrics, 'soundness');
  const isQuiet = wanted.quiet === true;
  const meter = session.meter(wanted.progress, isQuiet);
  const { merge: join } = await import('../../api/on-demand.ts');
  const { signal } = interruption;
  const options = { output, includeMerkleRoots, maxFindings, signal, onProgress: meter.update, ...keys };
  const merged = await join(shards, options).finally(meter.done);
  const printing = { output, quiet: isQuiet, color: painted, format };
  return publish({ ...merged, takenOver: 0, startedOver: null }, printing, metrics, { stop, interruption }, session);
}
