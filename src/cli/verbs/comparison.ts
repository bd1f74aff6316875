/** What all comparisons share: their options, the run, the reports, the exit code. */
import { resolve } from 'node:path';
import type { EvidenceError } from '../../core/errors.ts';
import type { Mode } from '../../core/kinds.ts';
import type { Hash } from '../../core/platform.ts';
import { present } from '../../core/present.ts';
import { DemandLedger } from '../../core/report/demands.ts';
import type { ContinuityReport } from '../../core/report/report.ts';
import type { ComparisonOptions as ApiOptions, TrustOptions } from '../../index.ts';
import type { LegacyRoot } from '../../legacy-roots/check.ts';
import { type DrawOptions, FORMAT_NAMES, REPORT_FORMATS, type ReportFormat } from '../../reports/index.ts';
import { factsOfReport } from '../../reports/metrics.ts';
import { printable } from '../../reports/printable.ts';
import { ATTEST_OPTIONS, type AttestRequest, attestRequest } from '../options/attest-options.ts';
import { CHAIN_KEYS, type ChainKeyRequest, chainKeyFiles, chainKeysOf } from '../options/chain-keys.ts';
import { flag, type Values, value, withDefault, wordsOf, writing } from '../options/define.ts';
import { joinLegacyRoots, legacyRoot, legacyRootsOf } from '../options/legacy-root-option.ts';
import {
  METRICS_OPTIONS,
  MetricsFile,
  type MetricsRequest,
  metricsOutputs,
  metricsRequest,
} from '../options/metrics.ts';
import { fileName, notEmpty, oneOf } from '../options/readers.ts';
import { COMPARED_SHARD_OPTIONS, comparedShardOf, type ShardOptions } from '../options/shard-options.ts';
import { color, format, maxFindingsOfBoth, output, progress, quiet } from '../options/shared.ts';
import { expectDigest, findTrust, TRUST_OPTIONS, type TrustRequest, trustInputs } from '../options/trust-options.ts';
import { type ExitCode, UsageError } from '../terminal/exit.ts';
import { annotateOnGithub } from '../terminal/github-actions.ts';
import {
  checkNotSources,
  DASH,
  type Draw,
  type Drawn,
  isForPrograms,
  OpenOutputs,
  type Output,
  planOutputs,
  takeDown,
} from '../terminal/outputs.ts';
import type { AskedProgress } from '../terminal/progress.ts';
import type { Interruption, Session } from '../terminal/session.ts';
import { Attesting, bundleOutputs } from './attesting.ts';

/** What a command line asks of a comparison, whatever it compares. */
export interface ComparisonRequest {
  readonly mode: Mode;
  readonly outputs: readonly Output[];
  /** What `--format` says, if it was given. */
  readonly format: string | undefined;
  readonly metrics: MetricsRequest | undefined;
  readonly attest: AttestRequest | undefined;
  readonly maxFindings: number;
  /** Whether an NDJSON report lists every tenant and every stream. */
  readonly list: 'all' | undefined;
  readonly expectDigest: Hash | undefined;
  readonly consistencyProof: string | undefined;
  readonly digestIndex: string | undefined;
  readonly migration: string | undefined;
  readonly legacyRoots: readonly LegacyRoot[];
  readonly allowSame: boolean;
  readonly allowLaterBaseline: boolean;
  readonly quiet: boolean;
  readonly progress: AskedProgress | undefined;
  readonly color: boolean;
  /** Whether a text report lists roots, heads and counts of every stream. */
  readonly details: boolean;
  readonly trust: TrustRequest;
  readonly chainKey: ChainKeyRequest;
  readonly baselineProfile: string | undefined;
  readonly currentProfile: string | undefined;
  /** What `--config` says: keys that are trusted may be in it. */
  readonly config: string | undefined;
  /** Undefined where both sides are compared whole. */
  readonly part: ShardOptions | undefined;
}

/** The options of a comparison, whatever it compares. */
export const COMPARISON_OPTIONS = {
  ...METRICS_OPTIONS,
  mode: withDefault(
    value(
      '<mode>',
      'append: growth is normal and counted (default); frozen: any addition is a FAIL',
      oneOf<Mode>(['append', 'frozen']),
    ),
    'append',
  ),
  output: writing(output, 'report'),
  format: format(FORMAT_NAMES),
  maxFindings: maxFindingsOfBoth,
  list: value(
    '<what>',
    'all: in an NDJSON report also a line for every tenant and every stream; standard output is NDJSON then',
    oneOf<'all'>(['all']),
  ),
  expectDigest,
  consistencyProof: value('<file>', 'what prove --from --to has written, for two sides without records', fileName),
  digestIndex: value('<file>', 'what digest-index has written of the baseline: shows how its sets grew', fileName),
  migration: value('<file>', 'the current side must be what this migration makes of the baseline', fileName, {
    page: 'what it has besides is growth: see [migration.md](migration.md)',
  }),
  legacyRoot,
  ...CHAIN_KEYS,
  baselineProfile: value('<profile>', 'how the baseline is read, in place of --profile', notEmpty),
  currentProfile: value('<profile>', 'how the current side is read, likewise', notEmpty),
  allowSame: flag('let both sides be one and the same input'),
  allowLaterBaseline: flag('let the baseline be captured after the current side, as after a restore', {
    page: 'else that is `baseline-stale`',
  }),
  details: flag('in a text report also roots, heads and counts of every stream, and more findings'),
  quiet,
  ...progress,
  color,
  ...ATTEST_OPTIONS,
  ...TRUST_OPTIONS,
};

/** What makes one word of those of `--legacy-root`. */
export const rewriteComparison = joinLegacyRoots;

type ComparisonOptions = Values<typeof COMPARISON_OPTIONS> & Partial<ShardOptions> & { readonly config?: string };

function partOf({ shard, snapshotId }: Partial<ShardOptions>): ShardOptions | undefined {
  return (shard ?? snapshotId) === undefined ? undefined : present({ shard, snapshotId });
}

/** Of every tenant and stream there is a line in NDJSON alone: JSON has them in any case, and no other format has room for them. */
function plannedOutputs({ format, list }: ComparisonOptions, paths: readonly string[], isQuiet: boolean) {
  const toStandard = list === undefined ? 'text' : 'ndjson';
  const outputs = isQuiet && paths.length === 0 ? [] : planOutputs(paths, format, FORMAT_NAMES, toStandard);
  if (list === undefined || outputs.some((output) => output.format === 'ndjson')) return outputs;
  throw new UsageError(
    '--list all is for a report as NDJSON, and there is none; add --output report.ndjson or --format ndjson, or leave it out: a JSON report has every tenant and stream without it',
  );
}

/**
 * What the options result in.
 *
 * @throws UsageError if they contradict each other
 */
export function comparisonRequest(options: ComparisonOptions): ComparisonRequest {
  const paths = options.output ?? [];
  const isQuiet = options.quiet === true;
  if (isQuiet && paths.includes(DASH)) throw new UsageError('--quiet and --output - contradict each other');
  const attest = attestRequest(options, options.allowSame === true);
  if (options.shard !== undefined && (attest !== undefined || options.metrics !== undefined)) {
    const option = attest === undefined ? '--metrics' : '--attest';
    throw new UsageError(`${option}: a shard proves nothing by itself: ask for that of the merged report`);
  }
  if (attest !== undefined && paths.some((path) => resolve(path) === resolve(attest.path))) {
    throw new UsageError(`--attest ${attest.path} is an --output as well`);
  }
  const outputs = plannedOutputs(options, paths, isQuiet);
  return {
    mode: options.mode,
    outputs,
    format: options.format,
    metrics: metricsRequest(options, attest === undefined ? paths : [...paths, attest.path]),
    attest,
    maxFindings: options.maxFindings,
    list: options.list,
    expectDigest: options.expectDigest,
    consistencyProof: options.consistencyProof,
    digestIndex: options.digestIndex,
    migration: options.migration,
    legacyRoots: legacyRootsOf(options.legacyRoot ?? []),
    allowSame: options.allowSame === true,
    allowLaterBaseline: options.allowLaterBaseline === true,
    quiet: isQuiet,
    progress: options.progress,
    color: options.color,
    details: options.details === true,
    trust: options,
    chainKey: options.chainKey,
    baselineProfile: options.baselineProfile,
    currentProfile: options.currentProfile,
    config: options.config,
    part: partOf(options),
  };
}

/**
 * Checks that the two sides can be compared, and that no output would replace one of them.
 *
 * @throws UsageError if not
 */
export function checkSides(baseline: string, current: string, wanted: Writing): void {
  if (baseline === DASH && current === DASH) throw new UsageError('only one source can be - (standard input)');
  checkNotSources(writtenBy(wanted), [baseline, current, `${baseline}.dsse.json`, `${baseline}.tsr`]);
}

type Writing = Pick<ComparisonRequest, 'outputs'> & Partial<Pick<ComparisonRequest, 'metrics' | 'attest'>>;

/** Everything that is written. */
function writtenBy({ outputs, metrics, attest }: Writing): readonly Output[] {
  return [...outputs, ...bundleOutputs(attest), ...metricsOutputs(metrics)];
}

function migrationInputs(path: string | undefined): readonly string[] {
  return path === undefined ? [] : [path, `${path}.dsse.json`];
}

/** Keys, signature and proof are inputs as well. */
function checkNotTrusted(wanted: ComparisonRequest, trust: TrustOptions): void {
  const { consistencyProof, digestIndex, migration, config, attest } = wanted;
  const files = [consistencyProof, digestIndex, config, attest?.key];
  const others = [...files, ...migrationInputs(migration)].filter((path) => path !== undefined);
  checkNotSources(writtenBy(wanted), [...trustInputs(trust), ...others]);
}

/** Piece by piece where a format is drawn so. */
async function draw(report: ContinuityReport, { path, format: name }: Output, how: DrawOptions): Promise<Drawn> {
  const { pieces, render } = rendererOf(name);
  const options = { ...how, color: path === DASH && how.color };
  return (await pieces?.(report, options)) ?? render(report, options);
}

function rendererOf(name: string): ReportFormat {
  const renderer = REPORT_FORMATS.find((format) => format.name === name);
  if (renderer === undefined) throw new TypeError(`no renderer for the format ${name}`);
  return renderer;
}

/** The headline alone goes to standard output when the report goes to files, unless programs read what is there. */
function wantsHeadline({ outputs, ...wanted }: Pick<Written, 'outputs' | 'quiet' | 'format'>): boolean {
  return !wanted.quiet && !isForPrograms(wanted.format) && outputs.every(({ path }) => path !== DASH);
}

/** What a command line says of how a report is written. */
type Written = Pick<
  ComparisonRequest,
  'outputs' | 'metrics' | 'attest' | 'format' | 'quiet' | 'color' | 'details' | 'list'
>;

/** Files first and standard output last, so that nothing is printed of a PASS that could not be written down. */
async function writeReports(
  report: ContinuityReport,
  wanted: Written,
  { outputs, metrics, attesting }: Opened,
  interrupted: boolean,
  session: Session,
): Promise<readonly EvidenceError[]> {
  const color = session.wantsColor(wanted.color);
  const how = { color, details: wanted.details, ...present({ list: wanted.list }) };
  const paint: Draw = async (one) => {
    const drawn = (await attesting?.draw(report, one)) ?? (await draw(report, one, how));
    return attesting === undefined ? drawn : attesting.noted(one, drawn);
  };
  const written = await outputs.writeFiles(paint);
  // The last of the files: it says what the exit code says, so it has to know the faults of the others.
  const faults = [...(await metrics.finish(factsOfReport(report), written, interrupted))];
  if (faults.length === 0 || report.verdict !== 'PASS') {
    const headline = wantsHeadline(wanted) && faults.length === 0 ? `${printable(report.headline)}\n` : undefined;
    const printed = await outputs.print(paint, headline);
    if (printed.length > 0) await metrics.finish(factsOfReport(report), [...faults, ...printed], interrupted);
    faults.push(...printed);
  }
  if (faults.length > 0) await outputs.discard();
  return faults;
}

/** What a run writes, open before it reads anything. */
interface Opened {
  readonly outputs: OpenOutputs;
  readonly metrics: MetricsFile;
  readonly attesting: Attesting | undefined;
}

async function publish(
  report: ContinuityReport,
  wanted: Written,
  opened: Opened,
  interruption: Interruption,
  session: Session,
): Promise<ExitCode> {
  const faults = await writeReports(report, wanted, opened, interruption.exitCode() !== undefined, session);
  const code = session.ended(report.verdict, faults, report.headline);
  const files = writtenBy(wanted).map(({ path }) => path);
  await annotateOnGithub(report, session, [report.baseline.name, report.current.name, ...files]);
  return code;
}

/** Opens everything that is to be written, and takes each down as a demand that held. */
async function openAll(
  { outputs, metrics, attest }: Pick<Written, 'outputs' | 'metrics' | 'attest'>,
  attesting: Attesting | undefined,
  demands: DemandLedger,
  session: Session,
): Promise<Opened> {
  const file = await MetricsFile.begin(metrics, 'continuity');
  const open = await OpenOutputs.open([...outputs, ...bundleOutputs(attest)], session);
  const opened = { outputs: open, metrics: file, attesting };
  takeDown(outputs, demands);
  attesting?.takeDown(demands);
  if (metrics !== undefined) demands.open('metrics', metrics.path).held();
  return opened;
}

/** How both sides are read, as a command line says it: without it nobody could make the same comparison again. */
async function typedOf(
  { baselineProfile, currentProfile, chainKey, config, part }: ComparisonRequest,
  reading: readonly string[],
  session: Session,
): Promise<readonly string[]> {
  const { shard, snapshotId } = comparedShardOf(part, session.env);
  const asked = { shard: shard && `${shard.index}/${shard.count}`, snapshotId };
  const keys = await chainKeyFiles({ chainKey, config }, session.secrets);
  const typed = { baselineProfile, currentProfile, chainKey: keys.map(({ name, path }) => `${name}=${path}`) };
  return [...reading, ...wordsOf(COMPARISON_OPTIONS, typed), ...wordsOf(COMPARED_SHARD_OPTIONS, asked)];
}

function withTyped({ mapping, ...report }: ContinuityReport, options: readonly string[]): ContinuityReport {
  return { ...report, mapping: { ...mapping, ...(options.length === 0 ? {} : { options }) } };
}

/** What a comparison is made with, however its sides were found. */
export type ComparedWith = Omit<ApiOptions, 'source'> & { readonly trust: TrustOptions };

/**
 * Compares, and writes the reports.
 *
 * @param compare - makes the report; takes what else is demanded
 * @param reading - how both sides are read, as the command line says it
 * @returns the exit code: that of the verdict, or of the signal that stopped it
 * @throws ReportWriteError if something that is to be written cannot be opened: nothing was read
 */
export async function runComparison(
  wanted: ComparisonRequest,
  compare: (options: ComparedWith, demands: DemandLedger) => Promise<ContinuityReport>,
  reading: readonly string[],
  session: Session,
): Promise<ExitCode> {
  const part = comparedShardOf(wanted.part, session.env);
  const trust = await findTrust(wanted.trust, wanted.config, session.secrets);
  checkNotTrusted(wanted, trust);
  const keys = await chainKeysOf(
    {
      chainKey: wanted.chainKey,
      config: wanted.config,
      outputs: writtenBy(wanted),
    },
    session.secrets,
  );
  const typed = await typedOf(wanted, reading, session);
  const attesting = await Attesting.begin(wanted.attest);
  const interruption = session.listen();
  const { mode, maxFindings, consistencyProof, digestIndex, migration, legacyRoots } = wanted;
  const { baselineProfile, currentProfile } = wanted;
  const demands = new DemandLedger();
  const opened = await openAll(wanted, attesting, demands, session);
  const meter = session.meter(wanted.progress, wanted.quiet);
  const options: ComparedWith = {
    mode,
    maxFindings,
    ...keys,
    ...(legacyRoots.length === 0 ? {} : { legacyRoots }),
    allowSame: wanted.allowSame,
    allowLaterBaseline: wanted.allowLaterBaseline,
    signal: interruption.signal,
    onProgress: meter.update,
    trust,
    ...(wanted.expectDigest === undefined ? {} : { expectDigest: wanted.expectDigest }),
    ...present({ consistencyProof, digestIndex, migration, baselineProfile, currentProfile }),
    ...part,
  };
  try {
    const report = await compare(options, demands).finally(meter.done);
    return await publish(withTyped(report, typed), wanted, opened, interruption, session);
  } finally {
    await opened.outputs.close();
  }
}

/**
 * Writes a report that is made of others, as that of a comparison is.
 *
 * @param make - makes it; takes what else is demanded
 * @returns the exit code: that of the verdict
 * @throws ReportWriteError if something that is to be written cannot be opened: nothing was read
 */
export async function runJoin(
  wanted: Omit<Written, 'attest' | 'details' | 'list'>,
  make: (demands: DemandLedger) => Promise<ContinuityReport>,
  session: Session,
): Promise<ExitCode> {
  const written: Written = { ...wanted, attest: undefined, details: false, list: undefined };
  const interruption = session.listen();
  const demands = new DemandLedger();
  const opened = await openAll(written, undefined, demands, session);
  try {
    return await publish(await make(demands), written, opened, interruption, session);
  } finally {
    await opened.outputs.close();
  }
}
