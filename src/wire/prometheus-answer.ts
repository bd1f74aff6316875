/** The answer of Prometheus' HTTP API to an instant query (prometheus.io, "HTTP API", "Instant queries"). */
import { z } from 'zod';
import { EvidenceError } from '../core/errors.ts';
import type { Json } from '../core/json/value.ts';
import { plainOf } from './plain.ts';
import { prometheusNumber } from './prometheus-number.ts';

/** One sample. */
export interface Sample {
  /** What tells its series from others; none for a scalar. */
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

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const path = issue === undefined || issue.path.length === 0 ? '' : ` at /${issue.path.map(String).join('/')}`;
  const reason = `the answer is not that of a Prometheus server to an instant query${path}`;
  throw new EvidenceError('schema-violation', reason);
}

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
  const { status, errorType, error, warnings = [], isPartial, data } = checked(answerSchema, plainOf(json));
  if (status === 'error') {
    const said = `${errorType ?? 'error'}: ${error ?? 'no reason given'}`.slice(0, LONGEST_TEXT);
    throw new EvidenceError('source-incomplete', `the server says ${said}`);
  }
  const answered = checked(dataSchema, data);
  const samples =
    answered.resultType === 'scalar'
      ? [sampleOf({}, answered.result)]
      : answered.result.map(({ metric, value }) => sampleOf(metric, value));
  const doubts = warnings.slice(0, 1).map((text) => `the server warns: ${text.slice(0, LONGEST_TEXT)}`);
  if (isPartial === true) doubts.push('the server says that the answer is partial');
  return { samples, doubts };
}
