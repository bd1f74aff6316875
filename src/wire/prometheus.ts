/** Numbers as Prometheus writes them. */

import { z } from 'zod';
import { EvidenceError } from '../core/errors.ts';
import type { Json } from '../core/json/value.ts';
import { parseDocument } from './document.ts';
import { plainOf } from './plain.ts';

const DECIMAL = /^[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/;

const NAMED: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['Inf', Number.POSITIVE_INFINITY],
  ['+Inf', Number.POSITIVE_INFINITY],
  ['-Inf', Number.NEGATIVE_INFINITY],
]);

/** The number that `text` is; undefined if it is none. */
export function prometheusNumber(text: string): number | undefined {
  return NAMED.get(text) ?? (DECIMAL.test(text) ? Number(text) : undefined);
}

/*
 * Metrics in Prometheus' text exposition format, version 0.0.4, as they lie in a file for node_exporter's textfile
 * collector (prometheus.io, "Exposition formats", "Text format details"). Strict: what cannot be read is not passed over.
 */

export type Labels = ReadonlyMap<string, string>;

/** One line of a file. */
export interface ExposedSample {
  readonly name: string;
  readonly labels: Labels;
  readonly value: number;
  /** In milliseconds since 1970; undefined where the line gives none. */
  readonly atMs: number | undefined;
}

/** Series by name, and by labels that must have these values; others are free. */
export interface Selector {
  readonly name: string;
  readonly labels: Labels;
}

/** A sample takes less than a kilobyte. */
const MOST_SAMPLES = 100_000;

const SERIES = /[ \t]*([a-zA-Z_:][a-zA-Z0-9_:]*)[ \t]*(\{)?/y;
const LABEL = /[ \t]*([a-zA-Z_][a-zA-Z0-9_]*)[ \t]*=[ \t]*"((?:[^"\\]|\\.)*)"[ \t]*(,)?[ \t]*/y;
const SAMPLE = /^[ \t]*(\S+)(?:[ \t]+(-?[0-9]{1,16}))?[ \t]*$/;
const TYPE = /^[ \t]*#[ \t]+TYPE[ \t]/;
const TYPE_LINE =
  /^[ \t]*#[ \t]+TYPE[ \t]+[a-zA-Z_:][a-zA-Z0-9_:]*[ \t]+(?:counter|gauge|histogram|summary|untyped)[ \t]*$/;
const ESCAPED: ReadonlyMap<string, string> = new Map([
  ['\\\\', '\\'],
  ['\\"', '"'],
  ['\\n', '\n'],
]);

/** A cut through `text`; undefined where it is malformed. */
interface Cut extends Selector {
  /** Where what follows begins. */
  readonly end: number;
}

function unescaped(text: string): string | undefined {
  const parts = text.match(/\\.|[^\\]+/gsu) ?? [];
  const plain = parts.map((part) => (part.startsWith('\\') ? ESCAPED.get(part) : part));
  return plain.includes(undefined) ? undefined : plain.join('');
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function cutLabels(name: string, text: string, from: number): Cut | undefined {
  const labels = new Map<string, string>();
  let at = from;
  for (let more = true; more; ) {
    const label = matchAt(LABEL, text, at);
    if (label === null) break;
    const [all, key = '', raw = '', comma] = label;
    const value = unescaped(raw);
    if (value === undefined || labels.has(key)) return undefined;
    labels.set(key, value);
    at += all.length;
    more = comma !== undefined;
  }
  while (text[at] === ' ' || text[at] === '\t') at++;
  return text[at] === '}' ? { name, labels, end: at + 1 } : undefined;
}

function cutSeries(text: string): Cut | undefined {
  const series = matchAt(SERIES, text, 0);
  if (series === null) return undefined;
  const [all, name = '', brace] = series;
  return brace === undefined ? { name, labels: new Map(), end: all.length } : cutLabels(name, text, all.length);
}

/**
 * The series that `text` means: `name` or `name{label="value"}`.
 *
 * @returns undefined if it is no such text
 */
export function parseSelector(text: string): Selector | undefined {
  const cut = cutSeries(text);
  return cut === undefined || text.slice(cut.end).trim() !== '' ? undefined : { name: cut.name, labels: cut.labels };
}

/** The samples among `samples` that `selector` means. */
export function selected(samples: readonly ExposedSample[], selector: Selector): readonly ExposedSample[] {
  return samples.filter(
    ({ name, labels }) =>
      name === selector.name && [...selector.labels].every(([label, value]) => labels.get(label) === value),
  );
}

/** What distinguishes one series from another, in whatever order its labels are written. */
export function seriesKey({ name, labels }: Selector): string {
  return JSON.stringify([name, ...[...labels].map((pair) => JSON.stringify(pair)).sort()]);
}

function parseLine(text: string): ExposedSample | undefined {
  const cut = cutSeries(text);
  const rest = cut === undefined ? '' : text.slice(cut.end);
  // Without a space before it the value would be a part of the name; behind a brace none is needed.
  const [, number = '', at] = SAMPLE.exec(rest) ?? [];
  const value = prometheusNumber(number);
  if (cut === undefined || value === undefined) return undefined;
  return { name: cut.name, labels: cut.labels, value, atMs: at === undefined ? undefined : Number(at) };
}

function decoded(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new EvidenceError('input-malformed', 'not valid UTF-8', { cause });
  }
}

/** The lines of `text`, one after another: all of them at once could be more than memory holds. */
function* linesOf(text: string): Generator<string> {
  for (let at = 0; at < text.length; ) {
    const end = text.indexOf('\n', at);
    yield text.slice(at, end);
    at = end + 1;
  }
}

/**
 * The samples in `bytes`.
 *
 * @param most - how many there may be
 * @throws EvidenceError `input-limit` for more of them, `input-truncated` if the last line does not end in a line feed or there is none, `input-malformed`
 *   for a line that is none of the format, and for a series that comes twice
 */
export function parseExposition(bytes: Uint8Array, most = MOST_SAMPLES): readonly ExposedSample[] {
  const text = decoded(bytes);
  if (!text.endsWith('\n')) {
    throw new EvidenceError('input-truncated', 'the file does not end in a line feed: it was cut, or is being written');
  }
  const seen = new Set<string>();
  const samples: ExposedSample[] = [];
  const where = { line: 0 };
  for (const line of linesOf(text)) {
    where.line++;
    if (TYPE.test(line) && !TYPE_LINE.test(line)) {
      throw new EvidenceError('input-malformed', 'not a line of the text exposition format', { where: { ...where } });
    }
    if (/^[ \t]*(?:#|$)/.test(line)) continue;
    const sample = parseLine(line);
    if (sample === undefined) {
      throw new EvidenceError('input-malformed', 'not a line of the text exposition format', { where: { ...where } });
    }
    const key = seriesKey(sample);
    if (seen.has(key)) throw new EvidenceError('input-malformed', 'the series comes twice', { where: { ...where } });
    seen.add(key);
    if (samples.length === most)
      throw new EvidenceError('input-limit', `more than ${most} samples`, { where: { ...where } });
    samples.push(sample);
  }
  return samples;
}

/* The answer of Prometheus' HTTP API to an instant query (prometheus.io, "HTTP API", "Instant queries"). */

/** One sample. */
export interface Sample {
  /** What distinguishes its series from others; none for a scalar. */
  readonly labels: ReadonlyMap<string, string>;
  readonly value: number;
  /** When it was evaluated, in seconds since 1970. */
  readonly atSeconds: number;
}

/** What was answered. */
export interface PrometheusAnswer {
  readonly samples: readonly Sample[];
  /** What the server itself says against its answer. */
  readonly doubts: readonly string[];
}

const LONGEST_TEXT = 200;

const sampleSchema = z.tuple([z.number(), z.string()]);

const dataSchema = z.discriminatedUnion('resultType', [
  z.object({ resultType: z.literal('scalar'), result: sampleSchema }),
  z.object({
    resultType: z.literal('vector'),
    result: z.array(z.object({ metric: z.record(z.string(), z.string()), value: sampleSchema })),
  }),
]);

/** Members that are not named here are no fault: servers that speak this API add some of their own. */
const answerSchema = z.object({
  status: z.enum(['success', 'error']),
  errorType: z.string().optional(),
  error: z.string().optional(),
  warnings: z.array(z.string()).optional(),
  /** What VictoriaMetrics says where some of its nodes did not answer. */
  isPartial: z.boolean().optional(),
  data: z.unknown().optional(),
});

const WHAT = 'the answer of a Prometheus server to an instant query';

type RawSample = z.output<typeof sampleSchema>;

function sampleOf(metric: Readonly<Record<string, string>>, [atSeconds, text]: RawSample): Sample {
  const value = prometheusNumber(text);
  if (value !== undefined) return { labels: new Map(Object.entries(metric)), value, atSeconds };
  throw new EvidenceError('schema-violation', 'a sample of the answer is no number');
}

/**
 * The answer that `json` is.
 *
 * @throws EvidenceError `source-incomplete` if the server could not answer, `schema-violation` for what is no such answer
 */
export function parsePrometheusAnswer(json: Json): PrometheusAnswer {
  const { status, errorType, error, warnings = [], isPartial, data } = parseDocument(answerSchema, WHAT, plainOf(json));
  if (status === 'error') {
    const said = `${errorType ?? 'error'}: ${error ?? 'no reason given'}`.slice(0, LONGEST_TEXT);
    throw new EvidenceError('source-incomplete', `the server says ${said}`);
  }
  const answered = parseDocument(dataSchema, WHAT, data);
  const samples =
    answered.resultType === 'scalar'
      ? [sampleOf({}, answered.result)]
      : answered.result.map(({ metric, value }) => sampleOf(metric, value));
  const doubts = warnings.slice(0, 1).map((text) => `the server warns: ${text.slice(0, LONGEST_TEXT)}`);
  if (isPartial === true) doubts.push('the server says that the answer is partial');
  return { samples, doubts };
}
