/** `evidence-diff audit-report [source] --since T --output F`: what was recorded since a time, for an auditor. */
import { Argument, InvalidArgumentError, Option } from 'commander';
import { AUDIT_FORMATS } from '../../audit-report/formats.ts';
import type { AuditReport, JournalEntry } from '../../audit-report/tally.ts';
import { EvidenceError } from '../../core/errors.ts';
import { instantOrDay } from '../../core/instant.ts';
import type { Hash } from '../../core/platform.ts';
import { DemandLedger } from '../../core/report/demands.ts';
import type { SourceOptions } from '../../index.ts';
import { printable } from '../../reports/printable.ts';
import { isPostgresUrl } from '../../sources/postgres/connection-url.ts';
import {
  each,
  newCommand,
  notEmpty,
  oneOf,
  type Parsed,
  parseWith,
  valueOption,
  wholeNumber,
} from '../options/command-line.ts';
import {
  addSourceOptions,
  findReading,
  findSource,
  type LiveSource,
  SOURCE_HELP,
  type SourceRequest,
  sourceName,
  sourceRequest,
  WAYS,
} from '../options/source-options.ts';
import {
  addTrustOptions,
  expectDigestOption,
  findTrust,
  requireNoDemands,
  type TrustRequest,
} from '../options/trust-options.ts';
import { comparisonHelp } from '../options/words.ts';
import { EXIT, type ExitCode, exitCodeOf, UsageError } from '../terminal/exit.ts';
import { checkNotSources, DASH, OpenOutputs, type Output, planOutputs, takeDown } from '../terminal/outputs.ts';
import type { Session } from '../terminal/session.ts';
import { checkSides } from './comparison.ts';

export interface AuditArguments {
  readonly source: SourceRequest;
  readonly since: string;
  readonly baseline: string | undefined;
  /** Path of the journal of the upgrade. */
  readonly journal: string | undefined;
  readonly trust: TrustRequest;
  readonly expectDigest: Hash | undefined;
  readonly outputs: readonly Output[];
  readonly format: string | undefined;
  readonly maxFindings: number;
  readonly quiet: boolean;
  readonly progress: boolean | undefined;
  readonly color: boolean;
}

interface Options extends SourceRequest, TrustRequest {
  readonly since: string;
  readonly journal?: string;
  readonly baseline?: string;
  readonly expectDigest?: Hash;
  readonly output?: readonly string[];
  readonly format?: string;
  readonly maxFindings?: number;
  readonly quiet?: boolean;
  readonly progress?: boolean;
  readonly color: boolean;
}

const FORMATS: readonly string[] = AUDIT_FORMATS.map(({ name }) => name);

const DESCRIPTION =
  'Reads a source once, recomputes everything, and says what was recorded since a time, by tenant, type and day.';

const EPILOGUE = `${WAYS}.

Exit codes are those of verify-all, and with --baseline those of the comparison: a record of an odd time is shown and
changes no verdict.

Example:
  evidence-diff audit-report current.json --since 2027-03-01T10:00:00Z --baseline baseline.json --output audit.pdf`;

function time(value: string): string {
  if (instantOrDay(value) !== undefined) return value;
  throw new InvalidArgumentError('Give RFC 3339, as 2027-03-01T10:00:00Z, or a day, as 2027-03-01.');
}

function argumentsOf(source: SourceRequest, options: Options): AuditArguments {
  const { output = [], format, quiet = false } = options;
  if (options.baseline === undefined) requireNoDemands(options);
  if (quiet && output.includes(DASH)) throw new UsageError('--quiet and --output - contradict each other');
  return {
    source,
    since: options.since,
    baseline: options.baseline,
    journal: options.journal,
    trust: options,
    expectDigest: options.expectDigest,
    outputs: quiet && output.length === 0 ? [] : planOutputs(output, format, FORMATS),
    format,
    maxFindings: options.maxFindings ?? 1000,
    quiet,
    progress: options.progress,
    color: options.color,
  };
}

/**
 * Reads the command line of `audit-report`.
 *
 * @throws UsageError if it is wrong
 */
export function parseAuditReport(argv: readonly string[]): Parsed<AuditArguments> {
  const since = valueOption('--since <time>', 'RFC 3339, or a day, which begins at midnight UTC', time);
  const command = newCommand('audit-report --since <time> [source] [options]', DESCRIPTION, EPILOGUE)
    .addArgument(new Argument('[source]', SOURCE_HELP).argParser(sourceName))
    .addOption(since.makeOptionMandatory())
    .addOption(valueOption('--baseline <file>', 'from before: then the report has the comparison, too', sourceName))
    .addOption(expectDigestOption())
    .addOption(valueOption('--journal <file>', 'the journal of the upgrade: its entries are listed', notEmpty))
    .addOption(new Option('--output <file>', comparisonHelp.output).argParser(each))
    .addOption(valueOption('--format <format>', comparisonHelp.format(FORMATS), oneOf(FORMATS)))
    .addOption(valueOption('--max-findings <n>', comparisonHelp.maxFindings, wholeNumber))
    .option('--quiet', comparisonHelp.quiet)
    .option('--progress', comparisonHelp.progress)
    .option('--no-progress', comparisonHelp.noProgress)
    .option('--no-color', comparisonHelp.noColor);
  addSourceOptions(addTrustOptions(command));
  return parseWith(command, argv, ({ processedArgs }) => {
    const options = command.opts<Options>();
    return argumentsOf(sourceRequest(processedArgs[0], options), options);
  });
}

async function publish(
  report: AuditReport,
  wanted: AuditArguments,
  outputs: OpenOutputs,
  session: Session,
): Promise<ExitCode> {
  const color = session.wantsColor(wanted.color);
  const toFiles = wanted.outputs.every(({ path }) => path !== DASH);
  const wantsHeadline = toFiles && !wanted.quiet && wanted.format !== 'json';
  const faults = await outputs.write(
    ({ path, format }) => {
      const renderer = AUDIT_FORMATS.find(({ name }) => name === format);
      if (renderer === undefined) throw new TypeError(`no renderer for the format ${format}`);
      return renderer.render(report, { color: path === DASH && color });
    },
    wantsHeadline ? `${printable(report.headline)}\n` : undefined,
  );
  if (faults.length > 0 && report.verdict !== 'PASS') session.announce(printable(report.headline));
  for (const fault of faults) session.complain(`${fault.kind}: ${printable(fault.message)}`);
  return exitCodeOf(report.verdict, faults.length === 0);
}

/** The baseline may be a database as well, where the source is none. */
async function readingOf(
  { baseline, source }: AuditArguments,
  live: LiveSource,
  session: Session,
): Promise<SourceOptions> {
  if (isPostgresUrl(live.name) || baseline === undefined) return live.options;
  return findReading(source, [baseline], session);
}

/** A journal that does not hold has no place in a report: it is named, and nothing is written. */
async function journalAt(path: string | undefined): Promise<readonly JournalEntry[] | undefined> {
  if (path === undefined) return undefined;
  const { openJournal } = await import('../../runbook/journal/append-entry.ts');
  const { entries, fault } = await openJournal(path);
  if (fault !== undefined) {
    const advice = 'look at it with `journal verify`';
    const reason = `${fault.kind}: ${fault.message}`;
    throw new EvidenceError('input-malformed', reason, { where: { file: path, line: fault.line }, advice });
  }
  return entries.map(({ seq, recordedAt, type, step, actor = null, note = null, files = [] }) => ({
    seq,
    recordedAt,
    type,
    step,
    actor,
    note,
    files: files.map(({ path: file, sha256, bytes }) => `${file} sha256:${sha256} ${bytes} bytes`),
  }));
}

/** Reports as `argv` says; the exit code is that of the verdict, or of the signal that stopped it. */
export async function run(argv: readonly string[], session: Session): Promise<ExitCode> {
  const parsed = parseAuditReport(argv);
  if ('help' in parsed) {
    await session.print(parsed.help);
    return EXIT.pass;
  }
  const { since, baseline, expectDigest, outputs, maxFindings, quiet, progress } = parsed.run;
  const live = await findSource(parsed.run.source, session);
  if (baseline === undefined) checkNotSources(outputs, [live.name]);
  else checkSides(baseline, live.name, { outputs });
  const source = await readingOf(parsed.run, live, session);
  const trust =
    baseline === undefined ? {} : await findTrust(parsed.run.trust, parsed.run.source.config, session.secrets);
  const demands = new DemandLedger();
  const journal = await journalAt(parsed.run.journal);
  const interruption = session.listen();
  const meter = session.meter(progress, quiet);
  const { auditReport } = await import('../../api/audit-report.ts');
  const { signal } = interruption;
  const entries = {
    ...(journal === undefined ? {} : { journal }),
    ...(expectDigest === undefined ? {} : { expectDigest }),
  };
  const options = { since, maxFindings, signal, onProgress: meter.update, source, trust, ...entries };
  const open = await OpenOutputs.open(outputs, session);
  takeDown(outputs, demands);
  try {
    const report = await auditReport(live.name, baseline, options, demands).finally(meter.done);
    const code = await publish(report, parsed.run, open, session);
    return interruption.exitCode() ?? code;
  } finally {
    await open.close();
  }
}
