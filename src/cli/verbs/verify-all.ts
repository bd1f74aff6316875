/** `evidence-diff verify-all [source] --output F`: reads a source once, audits it, and writes a snapshot of it. */

import type { EvidenceError } from '../../core/errors.ts';
import { present } from '../../core/present.ts';
import type { Run } from '../../core/report/report.ts';
import { ENDING_WORDS } from '../../core/snapshot/endings.ts';
import type { Depth } from '../../core/snapshot/header.ts';
import { shardName } from '../../core/words.ts';
import { startRun } from '../../engine/run.ts';
import type { CaptureOptions, ResumedCapture, SourceOptions } from '../../index.ts';
import { factsOfAudit } from '../../reports/metrics.ts';
import { counted, grouped, type Page } from '../../reports/text.ts';
import { CHAIN_KEYS, type ChainKeyRequest, chainKeysOf } from '../options/chain-keys.ts';
import { defineVerb, flag, type Values, value } from '../options/define.ts';
import {
  METRICS_OPTIONS,
  MetricsFile,
  type MetricsRequest,
  metricsOutputs,
  metricsRequest,
} from '../options/metrics.ts';
import { notEmpty, oneOf } from '../options/readers.ts';
import { SHARD_OPTIONS, type ShardOptions, shardOf } from '../options/shard-options.ts';
import { color, maxFindings, type PrintedAs, printedAs, progress, quiet } from '../options/shared.ts';
import {
  findSource,
  SOURCE_ARGUMENT,
  SOURCE_OPTIONS,
  type SourceRequest,
  sourceRequest,
  WAYS,
} from '../options/source-options.ts';
import { type ExitCode, OTHER_ENDS, UsageError } from '../terminal/exit.ts';
import { checkNotSources, DASH, jsonText, requireSnapshotEnding, writeOutputs } from '../terminal/outputs.ts';
import type { AskedProgress } from '../terminal/progress.ts';
import type { Interruption, Session } from '../terminal/session.ts';
import { auditHeadline, auditMembers, auditText, printableAudit } from './audit-text.ts';

export interface CaptureArguments {
  readonly source: SourceRequest;
  readonly chainKey: ChainKeyRequest;
  /** The file to write; undefined to audit only. */
  readonly output: string | undefined;
  readonly metrics: MetricsRequest | undefined;
  /** Undefined for as deep as a profile of files goes. */
  readonly depth: Depth | undefined;
  readonly roots: boolean;
  readonly resume: boolean;
  readonly part: ShardOptions;
  readonly format: PrintedAs;
  readonly maxFindings: number;
  readonly quiet: boolean;
  readonly progress: AskedProgress | undefined;
  readonly color: boolean;
}

const OPTIONS = {
  output: value('<file>', `write a snapshot: ${ENDING_WORDS}`, notEmpty, { writes: 'snapshot' }),
  depth: value(
    '<depth>',
    'digest: without bodies (default); full; summary: roots and counts alone',
    oneOf<Depth>(['digest', 'full', 'summary']),
  ),
  includeMerkleRoots: flag('let the trailer of the snapshot state the roots; they are recomputed anyway', {
    page: 'without them the snapshot is as good a baseline; a summary needs them',
  }),
  resume: flag('take over what an interrupted capture of the same database to the same file has done', {
    page: 'see below',
  }),
  format: printedAs,
  maxFindings,
  quiet,
  ...progress,
  color,
  ...METRICS_OPTIONS,
  ...CHAIN_KEYS,
  ...SHARD_OPTIONS,
  ...SOURCE_OPTIONS,
};

/** What can be no part of a whole. */
function requireShardable({ shard, snapshotId, resume, metrics, output, depth }: Values<typeof OPTIONS>): void {
  if ((shard ?? snapshotId) !== undefined && resume === true) {
    throw new UsageError('--resume goes on in a snapshot of another moment: take the shard again in its place');
  }
  if (shard === undefined) return;
  if (output === undefined) throw new UsageError('--shard: a shard is there to be merged: give --output with it');
  if (depth === 'summary') throw new UsageError('--shard: a summary has no records that could be merged');
  if (metrics !== undefined) throw new UsageError('--metrics: a shard proves nothing by itself: ask merge for them');
}

function request(options: Values<typeof OPTIONS>, argument: string | undefined): CaptureArguments {
  const { output, depth = 'digest', includeMerkleRoots: roots = false } = options;
  const source = sourceRequest(argument, options);
  if (output === DASH) throw new UsageError('--output -: a snapshot is written to a file, whole or not at all');
  if (output !== undefined) requireSnapshotEnding(output);
  if (output === undefined && options.depth !== undefined) {
    throw new UsageError('--depth says what is written: give --output with it');
  }
  if (output === undefined && options.resume === true) {
    throw new UsageError('--resume goes on with a file that was not finished: give --output with it');
  }
  requireShardable(options);
  if (depth === 'summary' && !roots) {
    throw new UsageError('--depth summary: without records its roots are all there is: give --include-merkle-roots');
  }
  const { shard, snapshotId } = options;
  return {
    source,
    part: present({ shard, snapshotId }),
    chainKey: options.chainKey,
    output,
    metrics: metricsRequest(options, output === undefined ? [] : [output]),
    depth,
    roots,
    resume: options.resume === true,
    format: options.format,
    maxFindings: options.maxFindings,
    quiet: options.quiet === true,
    progress: options.progress,
    color: options.color,
  };
}

export const verb = defineVerb({
  name: 'verify-all',
  summary: 'audits a source and captures a snapshot of it',
  description:
    'Reads a source once, recomputes everything, and writes a snapshot of it: the baseline of later comparisons.',
  arguments: SOURCE_ARGUMENT,
  options: OPTIONS,
  notes: `${WAYS}.

Exit code 0 if the evidence does not contradict itself, and the snapshot that was asked for was written; 1 if it does;
2 if it could not be read to its end, or the snapshot not be written.
${OTHER_ENDS}. The snapshot is written whole or not at
all: with exit code 2 the old file is still there, unless standard output alone could not be written.`,
  example: 'verify-all current.json --output baseline.ndjson --include-merkle-roots',
  request: (options: Values<typeof OPTIONS>, { source }) => request(options, source),
  run: verifyAll,
});

async function printCapture(
  capture: ResumedCapture,
  { output, ...wanted }: Printing,
  session: Session,
): Promise<readonly EvidenceError[]> {
  if (wanted.quiet) return [];
  const painted = session.wantsColor(wanted.color);
  const asked = output === undefined ? undefined : session.secrets.redacted(output);
  const text = captureText(printableAudit(capture, session), asked, painted);
  const json = (): string => captureJson(printableAudit(capture, session), session);
  return writeOutputs(
    [{ path: DASH, format: wanted.format }],
    () => (wanted.format === 'json' ? json() : text),
    session,
  );
}

/** What of a command line says how its result is printed. */
type Printing = Pick<CaptureArguments, 'output' | 'quiet' | 'color' | 'format'>;

/** Prints what was captured, and ends. */
export async function publish(
  capture: ResumedCapture,
  wanted: Printing,
  metrics: MetricsFile,
  run: { readonly stop: () => Run; readonly interruption: Interruption },
  session: Session,
): Promise<ExitCode> {
  const printed = await printCapture(capture, wanted, session);
  const isInterrupted = run.interruption.exitCode() !== undefined;
  const faults = await metrics.finish(factsOfAudit(capture, run.stop()), printed, isInterrupted);
  return session.ended(capture.verdict, faults, auditHeadline(printableAudit(capture, session)));
}

async function depthOfImport(name: string, { profile, records, map }: SourceOptions): Promise<Depth> {
  const { depthOf } = await import('../../api/open-import.ts');
  return depthOf(name, records === undefined ? profile : { records, map });
}

/** The exit code is that of the verdict, or of the signal that stopped it. */
export async function verifyAll(wanted: CaptureArguments, session: Session): Promise<ExitCode> {
  const { output, roots, resume } = wanted;
  const { name, options: source } = await findSource(wanted.source, session);
  const snapshot = output === undefined ? [] : [{ path: output, format: 'snapshot' }];
  const outputs = [...snapshot, ...metricsOutputs(wanted.metrics)];
  checkNotSources(outputs, [name]);
  const part = shardOf(wanted.part, session.env, name);
  const keys = await chainKeysOf({ chainKey: wanted.chainKey, config: wanted.source.config, outputs }, session.secrets);
  const interruption = session.listen();
  const stop = startRun();
  const metrics = await MetricsFile.begin(wanted.metrics, 'soundness');
  const meter = session.meter(wanted.progress, wanted.quiet);
  const { captureSnapshot } = await import('../../api/capture-snapshot.ts');
  const { signal } = interruption;
  const { depth = await depthOfImport(name, source) } = wanted;
  const options: CaptureOptions = {
    depth,
    roots,
    maxFindings: wanted.maxFindings,
    signal,
    onProgress: meter.update,
    resume,
    source,
    ...part,
    ...keys,
  };
  const capture = await captureSnapshot(name, output, options).finally(meter.done);
  return publish(capture, wanted, metrics, { stop, interruption }, session);
}

/* What verify-all prints besides what every audit does: what was written. */

function writeResumed(page: Page, { takenOver, startedOver }: ResumedCapture): void {
  if (takenOver > 0) page.line(`  ${counted(takenOver, 'record')} taken over from the interrupted run`);
  if (startedOver !== null) page.line(`  read from the beginning, nothing was taken over: ${startedOver}`, 'doubt');
}

function writeWritten(page: Page, capture: ResumedCapture, asked: string): void {
  const { verdict, written, hidden, resumable } = capture;
  page.title('Snapshot');
  writeResumed(page, capture);
  if (written !== null) {
    const roots = written.roots ? 'its trailer states the roots' : 'its trailer states no roots';
    page.line(`  written to ${written.path}: depth ${written.depth}, ${grouped(written.bytes)} bytes, ${roots}`);
    if (written.depth === 'digest')
      page.line('  without bodies: a comparison will say which records changed, not where; --depth full keeps them');
    page.line(`  its digest, to be kept apart from it and given as --expect-digest: sha256:${written.sha256}`);
    const shard = capture.header?.shard;
    if (shard !== undefined) {
      page.line(
        `  it is ${shardName(shard)}, which proves nothing by itself: merge them all; whole ${shard.whole}`,
        'doubt',
      );
    }
    if (verdict === 'FAIL') page.line('  it shows the same faults to whoever reads it', 'bad');
    return;
  }
  if (resumable > 0) page.line(`  ${counted(resumable, 'record')} need not be read again: repeat it with --resume`);
  page.line(`  not written: whatever is at ${asked} is unchanged`, 'doubt');
  if (hidden.length > 0) page.line(`  a snapshot of that depth would no longer show ${hidden.join(', ')}`, 'doubt');
}

/**
 * The text for `capture`.
 *
 * @param asked - the file that was to be written, if one was
 */
export function captureText(capture: ResumedCapture, asked: string | undefined, isColoured: boolean): string {
  const writing = asked === undefined ? {} : { writeResult: (page: Page) => writeWritten(page, capture, asked) };
  return auditText({ audit: capture, headline: auditHeadline(capture), ...writing }, isColoured);
}

/** The same as JSON. */
function captureJson(capture: ResumedCapture, { secrets }: Session): string {
  const { written, hidden, resumable, takenOver, startedOver } = capture;
  const snapshot =
    written === null
      ? null
      : {
          path: secrets.redacted(written.path),
          sha256: written.sha256,
          bytes: written.bytes,
          depth: written.depth,
          roots: written.roots,
        };
  const shard = capture.header?.shard;
  const members = {
    ...auditMembers(capture),
    snapshot,
    ...present({ shard }),
    hidden,
    resumable,
    takenOver,
    startedOver,
  };
  return jsonText({ kind: 'evidence-capture', version: 1, ...members });
}
