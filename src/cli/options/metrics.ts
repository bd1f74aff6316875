/** `--metrics FILE`: the file that the node exporter's textfile collector reads, always whole and never out of date. */
import { EvidenceError } from '../../core/errors.ts';
import type { Verdict } from '../../core/report/report.ts';
import type { MetricsFacts } from '../../reports/metrics.ts';
import { metricLabelFault } from '../../wire/metric-names.ts';
import { UsageError } from '../terminal/exit.ts';
import { DASH, type Output, planOutputs } from '../terminal/outputs.ts';
import { list, type Values, value } from './define.ts';
import { InvalidArgumentError, notEmpty } from './readers.ts';

type Label = readonly [name: string, value: string];

/** What a command line asks for. */
export interface MetricsRequest {
  readonly path: string;
  readonly labels: readonly Label[];
}

/** The exporter runs as another user: a umask must not keep it from reading. */
const READABLE = 0o644;

function label(text: string, before: readonly Label[]): Label {
  const [, name = '', says] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  const fault = metricLabelFault(name);
  if (fault !== undefined) throw new InvalidArgumentError(`Give NAME=VALUE; ${fault}.`);
  if (says === undefined || says === '') {
    const why = 'Prometheus takes an empty one for a label that is not there';
    throw new InvalidArgumentError(`Give the label ${name} a value, or leave it out: ${why}.`);
  }
  if (before.some(([other]) => other === name)) throw new InvalidArgumentError(`The label ${name} was given twice.`);
  return [name, says];
}

export const METRICS_OPTIONS = {
  metrics: value('<file>', 'write metrics for Prometheus (node exporter, textfile collector)', notEmpty, {
    page: 'see [monitoring.md](monitoring.md)',
    writes: 'report',
  }),
  metricsLabel: list<Label>('<name=value>', 'a label of every metric', label),
};

/**
 * What the options result in; undefined if no metrics are wanted.
 *
 * @param paths - the other outputs
 * @throws UsageError if they contradict each other
 */
export function metricsRequest(
  { metrics: path, metricsLabel: labels }: Values<typeof METRICS_OPTIONS>,
  paths: readonly string[],
): MetricsRequest | undefined {
  if (path === undefined) {
    if (labels !== undefined) throw new UsageError('--metrics-label: give --metrics with it');
    return undefined;
  }
  if (path === DASH) throw new UsageError('--metrics -: metrics are written to a file, whole or not at all');
  // Finds one file that is to be two.
  planOutputs([...paths, path], 'metrics', []);
  return { path, labels: labels ?? [] };
}

/** The file as an output, to be compared with the sources. */
export function metricsOutputs(request: MetricsRequest | undefined): readonly Output[] {
  return request === undefined ? [] : [{ path: request.path, format: 'metrics', option: '--metrics' }];
}

async function write({ path }: MetricsRequest, text: string): Promise<void> {
  const { writeWhole } = await import('../../files/write-whole-file.ts');
  await writeWhole(path, new TextEncoder().encode(text), READABLE);
}

/** The metrics of one run: begun with it, and written once more when its exit code is known. */
export class MetricsFile {
  readonly #request: MetricsRequest | undefined;
  readonly #about: MetricsFacts['about'];

  private constructor(request: MetricsRequest | undefined, about: MetricsFacts['about']) {
    this.#request = request;
    this.#about = about;
  }

  /**
   * Says in the file that a run is in progress, so that what is there no longer speaks of an older one.
   *
   * @throws ReportWriteError if it cannot: nothing was read yet
   */
  static async begin(request: MetricsRequest | undefined, about: MetricsFacts['about']): Promise<MetricsFile> {
    const file = new MetricsFile(request, about);
    if (request === undefined) return file;
    const { metricsOfUnfinishedRun } = await import('../../reports/metrics-exposition.ts');
    const text = metricsOfUnfinishedRun(about, new Date().toISOString(), request.labels);
    await write(request, text);
    return file;
  }

  /**
   * Writes the result; what could not be written down, or was broken off, is no PASS.
   *
   * @param faults - of the other outputs
   * @param interrupted - whether a signal came
   * @returns `faults`, and that of the metrics if there is one
   */
  async finish(
    facts: Omit<MetricsFacts, 'about'>,
    faults: readonly EvidenceError[],
    interrupted: boolean,
  ): Promise<readonly EvidenceError[]> {
    if (this.#request === undefined) return faults;
    const verdict: Verdict =
      facts.verdict === 'PASS' && (faults.length > 0 || interrupted) ? 'INCOMPLETE' : facts.verdict;
    const findingCounts = { ...facts.findingCounts };
    for (const { kind } of faults) findingCounts[kind] = (findingCounts[kind] ?? 0) + 1;
    const { renderMetrics } = await import('../../reports/metrics-exposition.ts');
    const text = renderMetrics({ ...facts, about: this.#about, verdict, findingCounts }, this.#request.labels);
    try {
      await write(this.#request, text);
      return faults;
    } catch (fault) {
      if (!(fault instanceof EvidenceError)) throw fault;
      return [...faults, fault];
    }
  }
}
