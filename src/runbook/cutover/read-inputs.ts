/** Gets the inputs of the cutover gate. Whatever cannot be read becomes a doubt: the gate then says `unknown`. */

import { EvidenceError } from '../../core/errors.ts';
import { parseJson } from '../../core/json/parse.ts';
import { MOST_ENVELOPE_BYTES } from '../../core/limits.ts';
import { nodePlatform } from '../../engine/node-platform.ts';
import { httpGet } from '../../files/http-get.ts';
import { readSmallFile } from '../../files/read-small-file.ts';
import { parseContinuityReport } from '../../wire/continuity-report.ts';
import {
  type ExposedSample,
  type PrometheusAnswer,
  parseExposition,
  parsePrometheusAnswer,
  type Selector,
  selected,
  seriesKey,
} from '../../wire/prometheus.ts';
import type { MetricsReadings } from './decide-cutover.ts';
import { ageDoubts, type Reading, type ReportReading } from './judge-inputs.ts';
import { FIGURES, type Figure, RUN_FIGURES, type RunFigure, type ServiceFigure } from './limits.ts';
import { type LabelledSample, type RunSeries, runsIn } from './verification-runs.ts';

const MAX_METRICS_BYTES = 16 * 1024 * 1024;
/** A figure is one number; a megabyte is room for warnings and for a few hundred series that nobody wanted. */
const MAX_ANSWER_BYTES = 1024 * 1024;

/** The series of each figure of the runs. */
function seriesOfRuns(of: (figure: RunFigure) => readonly LabelledSample[]): RunSeries {
  return Object.fromEntries(RUN_FIGURES.map((figure) => [figure, of(figure)])) as unknown as RunSeries;
}

/** A Prometheus server, or what speaks like one. */
export interface MetricsServer {
  /** Where its API begins, without credentials. */
  readonly url: URL;
  /** How reports name it. */
  readonly label: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
}

function doubtOf(fault: unknown): string {
  if (fault instanceof EvidenceError) return fault.message;
  throw fault;
}

/**
 * Reads a continuity report.
 *
 * @returns what it says, or why it is not believed
 */
export async function readReport(path: string): Promise<ReportReading> {
  try {
    const { bytes, sha256 } = await readSmallFile(path, MOST_ENVELOPE_BYTES);
    const report = parseContinuityReport(nodePlatform, parseJson(nodePlatform, bytes));
    return { report, doubts: [], source: `${path}, sha256 ${sha256}`, sha256 };
  } catch (fault) {
    const doubts = [doubtOf(fault instanceof EvidenceError ? fault.at({ file: path }) : fault)];
    return { report: null, doubts, source: path };
  }
}

/** The greatest of `values` that are numbers; null if there is none. */
function greatest(values: readonly number[]): number | null {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.length === 0 ? null : numbers.reduce((a, b) => Math.max(a, b));
}

/** What speaks against the samples of an answer, whatever they are samples of. */
function sampleDoubts({ samples, doubts }: PrometheusAnswer, nowMs: number, mostSeconds: number): readonly string[] {
  const found = new Set(doubts);
  if (samples.some(({ value }) => Number.isNaN(value))) found.add('no data: the query gives NaN');
  for (const { atSeconds } of samples) {
    for (const doubt of ageDoubts('the sample', nowMs / 1000 - atSeconds, mostSeconds)) found.add(doubt);
  }
  return [...found];
}

/** A figure of the service: one number or none. */
function answerReading(answer: PrometheusAnswer, source: string, nowMs: number, mostSeconds: number): Reading {
  const { samples } = answer;
  const doubts = [...sampleDoubts(answer, nowMs, mostSeconds)];
  if (samples.length === 0) doubts.push('no data: the query has an empty result');
  if (samples.length > 1) doubts.push(`the query gives ${samples.length} series, and one is wanted`);
  return { value: greatest(samples.map(({ value }) => value)), doubts, source };
}

async function answerOf(server: MetricsServer, query: string): Promise<PrometheusAnswer> {
  const url = new URL(server.url);
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/v1/query`;
  url.searchParams.set('query', query);
  const { headers, timeoutMs } = server;
  const answer = await httpGet(url, {
    headers: { accept: 'application/json', ...headers },
    timeoutMs,
    mostBytes: MAX_ANSWER_BYTES,
  });
  const isJson = answer.mediaType === 'application/json';
  // Prometheus answers a wrong query with status 400 and a body that says what is wrong with it.
  if (answer.status !== 200 && !isJson) {
    throw new EvidenceError('source-incomplete', `the server answers with status ${answer.status}`);
  }
  if (!isJson) throw new EvidenceError('source-incomplete', 'the answer is not of type application/json');
  const parsed = parsePrometheusAnswer(parseJson(nodePlatform, answer.body));
  if (answer.status === 200) return parsed;
  throw new EvidenceError('source-incomplete', `the server answers with status ${answer.status}`);
}

/** One figure as a server answered, or why it did not. */
interface Answered {
  readonly answer: PrometheusAnswer | null;
  readonly doubts: readonly string[];
  readonly source: string;
}

const NO_ANSWER: PrometheusAnswer = { samples: [], doubts: [] };

/**
 * Asks `server` for each figure, all at once.
 *
 * @param queries - PromQL for each
 * @param mostSeconds - age from which a sample is doubted
 */
export async function askServer(
  server: MetricsServer,
  queries: Readonly<Record<Figure, string>>,
  mostSeconds: number,
  now: () => number,
): Promise<MetricsReadings> {
  const asked = FIGURES.map(async (figure): Promise<readonly [Figure, Answered]> => {
    const source = `${server.label}, query ${queries[figure]}`;
    try {
      return [figure, { answer: await answerOf(server, queries[figure]), doubts: [], source }];
    } catch (fault) {
      return [figure, { answer: null, doubts: [doubtOf(fault)], source }];
    }
  });
  const answers = Object.fromEntries(await Promise.all(asked)) as Readonly<Record<Figure, Answered>>;
  const nowMs = now();
  const figureOf = (figure: ServiceFigure): Reading => {
    const { answer, doubts, source } = answers[figure];
    return answer === null ? { value: null, doubts, source } : answerReading(answer, source, nowMs, mostSeconds);
  };
  const seriesOf = (figure: RunFigure) => (answers[figure].answer ?? NO_ANSWER).samples;
  const doubts = RUN_FIGURES.flatMap((figure) => {
    const { answer, doubts: before } = answers[figure];
    const own = answer === null ? before : sampleDoubts(answer, nowMs, mostSeconds);
    return own.map((doubt) => `${queries[figure]}: ${doubt}`);
  });
  return {
    runs: { runs: runsIn(seriesOfRuns(seriesOf)), doubts, source: server.label },
    figures: { errorRate: figureOf('errorRate'), p99LatencySeconds: figureOf('p99LatencySeconds') },
  };
}

interface Exposed {
  readonly samples: readonly ExposedSample[];
  readonly doubts: readonly string[];
}

/** Files of metrics may hold very many series: they are added one by one, never as arguments of a call. */
async function exposed(paths: readonly string[], nowMs: number, mostSeconds: number): Promise<Exposed> {
  const samples: ExposedSample[] = [];
  const doubts: string[] = [];
  for (const path of paths) {
    try {
      const { bytes, modifiedAtMs } = await readSmallFile(path, MAX_METRICS_BYTES);
      for (const sample of parseExposition(bytes, Math.floor(nodePlatform.maxValues / 4))) samples.push(sample);
      doubts.push(...ageDoubts(path, (nowMs - modifiedAtMs) / 1000, mostSeconds));
    } catch (fault) {
      doubts.push(doubtOf(fault instanceof EvidenceError ? fault.at({ file: path }) : fault));
    }
  }
  if (new Set(samples.map(seriesKey)).size < samples.length) doubts.push('two files have the same series');
  return { samples, doubts };
}

/** What speaks against the samples that were found in files, whatever they are samples of. */
function exposedDoubts(found: readonly ExposedSample[], nowMs: number, mostSeconds: number): readonly string[] {
  const doubts = new Set<string>();
  for (const { value, atMs } of found) {
    if (Number.isNaN(value)) doubts.add('no data: a sample is NaN');
    if (atMs === undefined) continue;
    for (const doubt of ageDoubts('the sample', (nowMs - atMs) / 1000, mostSeconds)) doubts.add(doubt);
  }
  return [...doubts];
}

/**
 * Reads the figures from files in the text exposition format.
 *
 * @param paths - the files, whose series are taken together
 * @param selectors - which series is which figure, with the text that says so
 * @param mostSeconds - age from which a file or a sample is doubted
 */
export async function readMetricsFiles(
  paths: readonly string[],
  selectors: Readonly<Record<Figure, { readonly text: string; readonly selector: Selector }>>,
  mostSeconds: number,
  nowMs: number,
): Promise<MetricsReadings> {
  const { samples, doubts: before } = await exposed(paths, nowMs, mostSeconds);
  const named = paths.join(', ');
  const foundOf = (figure: Figure): readonly ExposedSample[] => selected(samples, selectors[figure].selector);
  const figureOf = (figure: ServiceFigure): Reading => {
    const found = foundOf(figure);
    const doubts = [...before, ...exposedDoubts(found, nowMs, mostSeconds)];
    if (found.length === 0) doubts.push('no data: there is no such series');
    if (found.length > 1) doubts.push(`there are ${found.length} such series, and one is wanted`);
    const source = `${named}, series ${selectors[figure].text}`;
    return { value: greatest(found.map(({ value }) => value)), doubts, source };
  };
  const ofRuns = RUN_FIGURES.flatMap((figure) =>
    exposedDoubts(foundOf(figure), nowMs, mostSeconds).map((doubt) => `${selectors[figure].text}: ${doubt}`),
  );
  return {
    runs: { runs: runsIn(seriesOfRuns(foundOf)), doubts: [...before, ...ofRuns], source: named },
    figures: { errorRate: figureOf('errorRate'), p99LatencySeconds: figureOf('p99LatencySeconds') },
  };
}
