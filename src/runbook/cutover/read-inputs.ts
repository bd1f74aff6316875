/** Gets the inputs of the cutover gate. Whatever cannot be read becomes a doubt: the gate then says `unknown`. */
import { EvidenceError } from '../../core/errors.ts';
import { parseJson } from '../../core/json/parse.ts';
import { httpGet } from '../../engine/http-get.ts';
import { nodePlatform } from '../../engine/node-platform.ts';
import { readSmallFile } from '../../engine/small-file.ts';
import { parseContinuityReport } from '../../wire/continuity-report.ts';
import { type ExposedSample, parseExposition, type Selector, selected, seriesKey } from '../../wire/exposition.ts';
import { type PrometheusAnswer, parsePrometheusAnswer } from '../../wire/prometheus-answer.ts';
import { isTimestamp } from '../../wire/timestamp.ts';
import { ageDoubts, type Reading, type ReportReading } from './judge-inputs.ts';
import { FIGURES, type Figure } from './limits.ts';

const MAX_REPORT_BYTES = 256 * 1024 * 1024;
const MAX_METRICS_BYTES = 16 * 1024 * 1024;
/** A figure is one number; a megabyte is room for warnings and for a few hundred series that nobody wanted. */
const MAX_ANSWER_BYTES = 1024 * 1024;

export type Readings = Readonly<Record<Figure, Reading>>;

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

/** In milliseconds since 1970; null for what is no RFC 3339 date and time. */
function momentOf(text: string | null): number | null {
  return text !== null && isTimestamp(text) ? Date.parse(text) : null;
}

/**
 * Reads a continuity report.
 *
 * @returns what it says, or why it is not believed
 */
export async function readReport(path: string): Promise<ReportReading> {
  try {
    const { bytes, sha256 } = await readSmallFile(path, MAX_REPORT_BYTES);
    const { verdict, run, current } = parseContinuityReport(parseJson(nodePlatform, bytes));
    return {
      verdict,
      finishedAtMs: momentOf(run.finishedAt),
      capturedAtMs: momentOf(current.capturedAt),
      doubts: [],
      source: `${path}, sha256 ${sha256}`,
    };
  } catch (fault) {
    const doubts = [doubtOf(fault instanceof EvidenceError ? fault.at({ file: path }) : fault)];
    return { verdict: null, finishedAtMs: null, capturedAtMs: null, doubts, source: path };
  }
}

/** The greatest of `values` that are numbers; null if there is none. */
function greatest(values: readonly number[]): number | null {
  const numbers = values.filter((value) => !Number.isNaN(value));
  return numbers.length === 0 ? null : numbers.reduce((a, b) => Math.max(a, b));
}

function answerReading(answer: PrometheusAnswer, source: string, nowMs: number, mostSeconds: number): Reading {
  const { samples } = answer;
  const doubts = [...answer.doubts];
  if (samples.length === 0) doubts.push('no data: the query has an empty result');
  if (samples.length > 1) doubts.push(`the query gives ${samples.length} series, and one is wanted`);
  if (samples.some(({ value }) => Number.isNaN(value))) doubts.push('no data: the query gives NaN');
  const oldest = samples.reduce((least, { atSeconds }) => Math.min(least, atSeconds), Number.POSITIVE_INFINITY);
  const newest = samples.reduce((most, { atSeconds }) => Math.max(most, atSeconds), Number.NEGATIVE_INFINITY);
  if (samples.length > 0) {
    const ages = [oldest, newest].flatMap((at) => ageDoubts('the sample', nowMs / 1000 - at, mostSeconds));
    doubts.push(...new Set(ages));
  }
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
  // Prometheus tells of a wrong query with status 400 and a body that says what is wrong with it.
  if (answer.status !== 200 && !isJson) {
    throw new EvidenceError('source-incomplete', `the server answers with status ${answer.status}`);
  }
  if (!isJson) throw new EvidenceError('source-incomplete', 'the answer is not of type application/json');
  const parsed = parsePrometheusAnswer(parseJson(nodePlatform, answer.body));
  if (answer.status === 200) return parsed;
  throw new EvidenceError('source-incomplete', `the server answers with status ${answer.status}`);
}

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
): Promise<Readings> {
  const readings = FIGURES.map(async (figure): Promise<readonly [Figure, Reading]> => {
    const source = `${server.label}, query ${queries[figure]}`;
    try {
      const answer = await answerOf(server, queries[figure]);
      return [figure, answerReading(answer, source, now(), mostSeconds)];
    } catch (fault) {
      return [figure, { value: null, doubts: [doubtOf(fault)], source }];
    }
  });
  return Object.fromEntries(await Promise.all(readings)) as Readings;
}

interface Exposed {
  readonly samples: readonly ExposedSample[];
  readonly doubts: readonly string[];
}

async function exposed(paths: readonly string[], nowMs: number, mostSeconds: number): Promise<Exposed> {
  const samples: ExposedSample[] = [];
  const doubts: string[] = [];
  for (const path of paths) {
    try {
      const { bytes, modifiedAtMs } = await readSmallFile(path, MAX_METRICS_BYTES);
      samples.push(...parseExposition(bytes));
      doubts.push(...ageDoubts(path, (nowMs - modifiedAtMs) / 1000, mostSeconds));
    } catch (fault) {
      doubts.push(doubtOf(fault instanceof EvidenceError ? fault.at({ file: path }) : fault));
    }
  }
  if (new Set(samples.map(seriesKey)).size < samples.length) doubts.push('two files have the same series');
  return { samples, doubts };
}

/**
 * Failures add up over tenants and kinds, and no nonsense in one sample hides those of another; of verifications the
 * oldest counts; all else is one number or none.
 */
function combined(figure: Figure, values: readonly number[]): number | null {
  const numbers = values.filter((value) => !Number.isNaN(value));
  if (numbers.length === 0) return null;
  if (figure === 'evidenceFailures') return numbers.reduce((sum, value) => sum + Math.max(value, 0), 0);
  if (figure === 'lastVerification') return numbers.reduce((a, b) => Math.min(a, b));
  return greatest(numbers);
}

function fileReading(
  figure: Figure,
  { samples, doubts: before }: Exposed,
  selector: Selector,
  nowMs: number,
  mostSeconds: number,
): Omit<Reading, 'source'> {
  const found = selected(samples, selector);
  const values = found.map(({ value }) => value);
  const doubts = [...before];
  if (found.length === 0) doubts.push('no data: there is no such series');
  if (values.some(Number.isNaN)) doubts.push('no data: a sample is NaN');
  if (figure === 'evidenceFailures' && values.some((value) => value < 0)) doubts.push('a sample is less than 0');
  const adds = figure === 'evidenceFailures' || figure === 'lastVerification';
  if (!adds && found.length > 1) doubts.push(`there are ${found.length} such series, and one is wanted`);
  for (const { atMs } of found) {
    if (atMs !== undefined) doubts.push(...ageDoubts('the sample', (nowMs - atMs) / 1000, mostSeconds));
  }
  return { value: combined(figure, values), doubts: [...new Set(doubts)] };
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
): Promise<Readings> {
  const all = await exposed(paths, nowMs, mostSeconds);
  const readings = FIGURES.map((figure): readonly [Figure, Reading] => {
    const { text, selector } = selectors[figure];
    const reading = fileReading(figure, all, selector, nowMs, mostSeconds);
    return [figure, { ...reading, source: `${paths.join(', ')}, series ${text}` }];
  });
  return Object.fromEntries(readings) as Readings;
}
