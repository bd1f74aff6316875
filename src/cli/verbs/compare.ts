/** `evidence-diff <baseline> <current>`: compares, writes the reports, and lets the verdict be the exit code. */
import { Argument, Option } from 'commander';
import type { Mode } from '../../core/continuity/kinds.ts';
import type { ContinuityReport } from '../../core/continuity/report.ts';
import type { EvidenceError } from '../../core/errors.ts';
import { type Hash, isHash } from '../../core/platform.ts';
import { formatNamed, REPORT_FORMATS } from '../../reports/index.ts';
import { printable } from '../../reports/printable.ts';
import { wantsColor } from '../color.ts';
import {
  each,
  newCommand,
  notEmpty,
  oneOf,
  type Parsed,
  parseWith,
  valueOption,
  wholeNumber,
} from '../command-line.ts';
import { EXIT, type ExitCode, exitCodeOf } from '../exit-code.ts';
import { checkNotSources, DASH, type Output, planOutputs, writeOutputs } from '../outputs.ts';
import { meterFor } from '../progress.ts';
import { listenForSignals } from '../signals.ts';
import { complain, writeStdout } from '../stdout.ts';
import { UsageError } from '../usage-error.ts';
import { compareHelp } from './compare-help.ts';
import type { Verb } from './verb.ts';

/** What a command line of the comparison asks for. */
export interface CompareArguments {
  readonly baseline: string;
  readonly current: string;
  readonly mode: Mode;
  readonly outputs: readonly Output[];
  /** What `--format` says, if it was given. */
  readonly format: string | undefined;
  readonly maxFindings: number;
  readonly expectDigest: Hash | undefined;
  readonly allowSame: boolean;
  readonly quiet: boolean;
  readonly progress: boolean | undefined;
  readonly color: boolean;
}

interface Options {
  mode?: Mode;
  output?: readonly string[];
  format?: string;
  maxFindings?: number;
  expectDigest?: Hash;
  allowSame?: boolean;
  quiet?: boolean;
  progress?: boolean;
  color: boolean;
}

const FORMATS: readonly string[] = REPORT_FORMATS.map((format) => format.name);

function digest(value: string): Hash {
  const hash = value.startsWith('sha256:') ? value.slice('sha256:'.length) : '';
  if (!isHash(hash)) throw new UsageError('--expect-digest: give sha256: and 64 lower-case hexadecimal digits');
  return hash;
}

function argumentsOf(sources: readonly string[], options: Options): CompareArguments {
  const [baseline = '', current = ''] = sources;
  if (baseline === DASH && current === DASH) throw new UsageError('only one source can be - (standard input)');
  const paths = options.output ?? [];
  const quiet = options.quiet === true;
  if (quiet && paths.includes(DASH)) throw new UsageError('--quiet and --output - contradict each other');
  const outputs = quiet && paths.length === 0 ? [] : planOutputs(paths, options.format, FORMATS);
  checkNotSources(outputs, sources);
  return {
    baseline,
    current,
    mode: options.mode ?? 'append',
    outputs,
    format: options.format,
    maxFindings: options.maxFindings ?? 1000,
    expectDigest: options.expectDigest,
    allowSame: options.allowSame === true,
    quiet,
    progress: options.progress,
    color: options.color,
  };
}

/**
 * Reads the command line of the comparison.
 *
 * @param verbs - the verbs that the help lists
 * @throws UsageError if it is wrong
 */
export function parseCompare(argv: readonly string[], verbs: readonly Verb[]): Parsed<CompareArguments> {
  const { description, epilogue } = compareHelp;
  const command = newCommand('<baseline> <current> [options]', description, epilogue(verbs))
    .addArgument(new Argument('<baseline>', compareHelp.baseline).argParser(notEmpty))
    .addArgument(new Argument('<current>', compareHelp.current).argParser(notEmpty))
    .addOption(valueOption('--mode <mode>', compareHelp.mode, oneOf<Mode>(['append', 'frozen'])))
    .addOption(new Option('--output <file>', compareHelp.output).argParser(each))
    .addOption(valueOption('--format <format>', compareHelp.format(FORMATS), oneOf(FORMATS)))
    .addOption(valueOption('--max-findings <n>', compareHelp.maxFindings, wholeNumber))
    .addOption(valueOption('--expect-digest <digest>', compareHelp.expectDigest, digest))
    .option('--allow-same', compareHelp.allowSame)
    .option('--quiet', compareHelp.quiet)
    .option('--progress', compareHelp.progress)
    .option('--no-progress', compareHelp.noProgress)
    .option('--no-color', compareHelp.noColor);
  return parseWith(command, argv, ({ processedArgs }) => argumentsOf(processedArgs, command.opts<Options>()));
}

function draw(report: ContinuityReport, { path, format }: Output, color: boolean): string {
  const renderer = formatNamed(format);
  if (renderer === undefined) throw new TypeError(`no renderer for the format ${format}`);
  return renderer.render(report, { color: path === DASH && color });
}

function tellOfFaults(report: ContinuityReport, faults: readonly EvidenceError[], code: ExitCode): void {
  complain(printable(report.headline));
  for (const fault of faults) complain(`${fault.kind}: ${printable(fault.message)}`);
  complain(`the report could not be written whole: exit code ${code}`);
}

/** The headline alone goes to standard output when the report goes to files, unless programs read what is there. */
function wantsHeadline({ outputs, format, quiet }: CompareArguments): boolean {
  return !quiet && format !== 'json' && outputs.every(({ path }) => path !== DASH);
}

async function publish(report: ContinuityReport, wanted: CompareArguments): Promise<ExitCode> {
  const color = wantsColor(wanted.color, process.env, process.stdout.isTTY === true);
  const faults = [...(await writeOutputs(wanted.outputs, (output) => draw(report, output, color)))];
  if (faults.length === 0 && wantsHeadline(wanted)) {
    const headline: Output = { path: DASH, format: 'text' };
    faults.push(...(await writeOutputs([headline], () => `${printable(report.headline)}\n`)));
  }
  const code = exitCodeOf(report.verdict, faults.length === 0);
  if (faults.length > 0) tellOfFaults(report, faults, code);
  return code;
}

async function compare(wanted: CompareArguments, signal: AbortSignal): Promise<ContinuityReport> {
  const { baseline, current, mode, maxFindings, expectDigest, allowSame, quiet, progress } = wanted;
  const meter = meterFor(progress, quiet);
  try {
    const { compareSnapshots } = await import('../../index.ts');
    const options = { mode, maxFindings, allowSame, signal, onProgress: meter.update };
    return await compareSnapshots(
      baseline,
      current,
      expectDigest === undefined ? options : { ...options, expectDigest },
    );
  } finally {
    meter.done();
  }
}

/** Compares as `argv` says; the exit code is that of the verdict, or of the signal that stopped it. */
export async function run(argv: readonly string[], verbs: readonly Verb[]): Promise<ExitCode> {
  const parsed = parseCompare(argv, verbs);
  if ('help' in parsed) {
    await writeStdout(parsed.help);
    return EXIT.pass;
  }
  const interruption = listenForSignals(complain);
  const report = await compare(parsed.run, interruption.signal);
  const code = await publish(report, parsed.run);
  return interruption.exitCode() ?? code;
}
