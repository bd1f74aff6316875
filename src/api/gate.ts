/** The gates by names: reads what a decision rests on, and decides. */

import { present } from '../core/present.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import {
  decide,
  type GateDecision,
  type GateDemands,
  type MetricsReadings,
  type VerdictReading,
} from '../runbook/cutover/decide-cutover.ts';
import { GATE_NAMES, type GateDefinition, type GateName, gateNamed, readsMetrics } from '../runbook/cutover/gates.ts';
import type { Accepted, Noted, ReportReading } from '../runbook/cutover/judge-inputs.ts';
import {
  type CutoverLimits,
  DEFAULT_LIMITS,
  DEFAULT_QUERIES,
  DEFAULT_SAMPLES,
  FIGURES,
  type Figure,
} from '../runbook/cutover/limits.ts';
import { GateRequestError, metricsServer } from '../runbook/cutover/metrics-server.ts';
import { askServer, readMetricsFiles, readReport } from '../runbook/cutover/read-inputs.ts';
import type { PublicKey } from '../trust/keys.ts';
import { TrustError } from '../trust/trust-error.ts';
import { parseSelector, type Selector } from '../wire/prometheus.ts';
import { isStatementOf } from '../wire/verdict-statement.ts';
import { publicKeyAt } from './key-file.ts';
import { oneOf, readOptions } from './options.ts';
import { type FigureTexts, GATE_OPTIONS, type GateOptions } from './runbook-options.ts';

/** What keeps secrets out of what is shown. */
export interface Redaction {
  remember(secret: string): void;
  redacted(text: string): string;
}

/** Shorter ones would strike out half of every text, and hide nothing. */
const SHORTEST_SECRET = 3;

function ownRedaction(): Redaction {
  const secrets = new Set<string>();
  return {
    remember: (secret) => {
      for (const form of [secret, encodeURIComponent(secret)]) if (form.length >= SHORTEST_SECRET) secrets.add(form);
    },
    redacted: (text) =>
      [...secrets].sort((a, b) => b.length - a.length).reduce((safe, secret) => safe.replaceAll(secret, '***'), text),
  };
}

function limitsOf(options: GateOptions, gate: GateDefinition): CutoverLimits {
  return {
    errorRate: options.maxErrorRate ?? DEFAULT_LIMITS.errorRate,
    p99LatencySeconds: options.maxP99LatencySeconds ?? DEFAULT_LIMITS.p99LatencySeconds,
    evidenceFailures: options.maxEvidenceFailures ?? DEFAULT_LIMITS.evidenceFailures,
    maxReportAgeSeconds: options.maxReportAgeSeconds ?? gate.maxReportAgeSeconds,
    maxMetricsAgeSeconds: options.maxMetricsAgeSeconds ?? DEFAULT_LIMITS.maxMetricsAgeSeconds,
  };
}

/** The texts of `defaults`, with those that were given in place of theirs. */
function textsOf(
  defaults: Readonly<Record<Figure, string>>,
  given: FigureTexts = {},
): Readonly<Record<Figure, string>> {
  const texts = FIGURES.map((figure) => [figure, given[figure] ?? defaults[figure]] as const);
  return Object.fromEntries(texts) as Readonly<Record<Figure, string>>;
}

function selectorsOf(given: FigureTexts | undefined): Readonly<Record<Figure, { text: string; selector: Selector }>> {
  const selectors = Object.entries(textsOf(DEFAULT_SAMPLES, given)).map(([figure, text]) => {
    const selector = parseSelector(text);
    if (selector !== undefined) return [figure, { text, selector }] as const;
    throw new GateRequestError(`samples.${figure}: give name or name{label="value"}, not ${text}`);
  });
  return Object.fromEntries(selectors) as Readonly<Record<Figure, { text: string; selector: Selector }>>;
}

function acceptedBy({
  expectDigest,
  expectSubject,
  acceptAnyStore,
  acceptAnyBaseline,
  acceptGrowth,
}: GateOptions): readonly Accepted[] {
  if (acceptAnyStore === true && expectSubject !== undefined) {
    throw new GateRequestError('gate: expectSubject and acceptAnyStore contradict each other');
  }
  if (acceptAnyBaseline === true && expectDigest !== undefined) {
    throw new GateRequestError('gate: expectDigest and acceptAnyBaseline contradict each other');
  }
  return [
    ...(acceptAnyStore === true ? (['any-store'] as const) : []),
    ...(acceptAnyBaseline === true ? (['any-baseline'] as const) : []),
    ...(acceptGrowth === true ? (['growth'] as const) : []),
  ];
}

/** @throws TrustError that begins with the option */
async function keyOf(option: keyof GateOptions, path: string): Promise<PublicKey> {
  try {
    return await publicKeyAt(path);
  } catch (fault) {
    throw fault instanceof TrustError
      ? new TrustError(fault.kind, `${option}: ${fault.message}`, { cause: fault })
      : fault;
  }
}

async function demandsOf(options: GateOptions): Promise<GateDemands> {
  const { expectDigest, expectSubject, trustedKeys, observedSince, tsaCertificates } = options;
  const accepted = acceptedBy(options);
  const keys: string[] = [];
  for (const path of trustedKeys ?? []) keys.push((await keyOf('trustedKeys', path)).id);
  return {
    accepted,
    ...(expectDigest === undefined ? {} : { digest: expectDigest }),
    ...(expectSubject === undefined ? {} : { subject: new Map(Object.entries(expectSubject)) }),
    ...(trustedKeys === undefined ? {} : { trustedKeys: keys }),
    ...present({ observedSince }),
    ...(tsaCertificates === undefined ? {} : { outsideTime: true }),
  };
}

/** What is asked of one kind of metrics alone: passed over, it would seem to be heeded. */
const FOR_A_SERVER = ['queries', 'bearerToken', 'timeoutSeconds', 'allowPlaintext'] as const;
const FOR_FILES = ['samples'] as const;

/** The way to the metrics, which is known to be one before anything is read. */
function metricsReader(options: GateOptions, most: number, redaction: Redaction): () => ReturnType<typeof askServer> {
  const { metricsUrl, metricsFiles } = options;
  if ((metricsUrl === undefined) === (metricsFiles === undefined)) {
    throw new GateRequestError('gate: give metricsUrl or metricsFiles, one of them');
  }
  const passedOver = (metricsUrl === undefined ? FOR_A_SERVER : FOR_FILES).find((name) => options[name] !== undefined);
  if (passedOver !== undefined) {
    throw new GateRequestError(
      `gate: ${passedOver} has no meaning with ${metricsUrl === undefined ? 'metricsFiles' : 'metricsUrl'}`,
    );
  }
  if (metricsUrl === undefined) {
    const selectors = selectorsOf(options.samples);
    return () => readMetricsFiles(metricsFiles ?? [], selectors, most, Date.now());
  }
  const server = metricsServer(metricsUrl, options, (secret) => redaction.remember(secret));
  return () => askServer(server, textsOf(DEFAULT_QUERIES, options.queries), most, Date.now);
}

/** What has no meaning with the gate: passed over, it would seem to be heeded. */
function requireMeant(name: GateName, gate: GateDefinition, options: GateOptions): void {
  const refuse = (option: keyof GateOptions, why: string): never => {
    throw new GateRequestError(`gate ${name}: ${option} has no meaning ${why}`);
  };
  if (options.observedSince !== undefined && gate.observedSeconds === undefined)
    refuse('observedSince', 'with this gate');
  if (options.acceptGrowth !== undefined && !gate.frozen) refuse('acceptGrowth', 'with this gate');
  const { verdict, verdictKeys, expectArtifacts, trustedKeys, tsaCertificates } = options;
  if (verdict === undefined && tsaCertificates !== undefined) refuse('tsaCertificates', 'without verdict');
  if (verdict === undefined && verdictKeys !== undefined) refuse('verdictKeys', 'without verdict');
  if (verdict === undefined && expectArtifacts !== undefined) refuse('expectArtifacts', 'without verdict');
  if (verdict !== undefined && verdictKeys === undefined && trustedKeys === undefined) {
    throw new GateRequestError(`gate ${name}: verdict needs verdictKeys or trustedKeys: anybody can sign one`);
  }
  if (readsMetrics(gate)) return;
  const ofMetrics = ['metricsUrl', 'metricsFiles', ...FOR_A_SERVER, ...FOR_FILES, ...FOR_METRICS] as const;
  const stray = ofMetrics.find((option) => options[option] !== undefined);
  if (stray !== undefined) refuse(stray, 'with this gate, which reads no metrics');
}

const FOR_METRICS = ['maxErrorRate', 'maxP99LatencySeconds', 'maxEvidenceFailures', 'maxMetricsAgeSeconds'] as const;

/** The signed verdict, checked: that a key has signed it, of this very report, and of what is demanded of the report. */
async function verdictOf(
  options: GateOptions,
  report: ReportReading,
  { maxReportAgeSeconds }: CutoverLimits,
): Promise<VerdictReading | undefined> {
  const { verdict: path, verdictKeys, trustedKeys, expectArtifacts, expectSubject, expectDigest } = options;
  const { tsaCertificates } = options;
  if (path === undefined) return undefined;
  const { verifyVerdict } = await import('./verify-verdict.ts');
  const { statement, signedBy, findings, verdict, timestamp } = await verifyVerdict(path, {
    trustedKeys: verdictKeys ?? trustedKeys ?? [],
    report: options.report,
    maxAgeSeconds: maxReportAgeSeconds,
    ...present({ expectArtifacts, expectSubject, expectDigest, tsaCertificates }),
  });
  const doubts = findings.map(({ message }) => message);
  const isOfReport = report.sha256 !== undefined && statement?.reports.some(({ sha256 }) => sha256 === report.sha256);
  if (isOfReport !== true && doubts.length === 0) doubts.push('it is not of the report that was read');
  const isSame = (): boolean =>
    statement !== undefined && report.report !== null && isStatementOf(nodePlatform, statement, report.report);
  if (doubts.length === 0 && !isSame()) doubts.push('it says something else of the comparison than the report');
  return {
    verdict: doubts.length > 0 || statement === undefined ? null : verdict,
    verifiedAt: statement?.verifiedAt ?? null,
    ...(timestamp === undefined ? {} : { stampedAt: timestamp.time }),
    signedBy: signedBy.map(({ sha256 }) => sha256),
    doubts,
    source: path,
  };
}

/**
 * Decides.
 *
 * @param redaction - a server may say in its answer what it was sent, and a path may hold a login: labels and errors are
 *   free text, and go through it. All else is evidence or our own words, and stays as it is.
 * @throws as `gate`
 */
export async function decideGate(
  named: string,
  given: GateOptions,
  redaction: Redaction = ownRedaction(),
): Promise<GateDecision> {
  const name = oneOf(GATE_NAMES)(named, 'gate: the gate');
  const options = readOptions<GateOptions>(given, GATE_OPTIONS, 'gate', ['report']);
  const gate = gateNamed(name);
  requireMeant(name, gate, options);
  const limits = limitsOf(options, gate);
  const read = readsMetrics(gate) ? metricsReader(options, limits.maxMetricsAgeSeconds, redaction) : undefined;
  // Keys first: a wrong one is found before anything is asked.
  const demands = await demandsOf(options);
  for (const path of options.verdictKeys ?? []) await keyOf('verdictKeys', path);
  const [report, metrics] = await Promise.all([readReport(options.report), read?.()]);
  const verdict = await verdictOf(options, report, limits);
  const shown = <T extends Noted>(reading: T): T => ({
    ...reading,
    doubts: reading.doubts.map((doubt) => redaction.redacted(doubt)),
    source: redaction.redacted(reading.source),
  });
  const shownMetrics = ({ runs, figures }: MetricsReadings): MetricsReadings => ({
    runs: shown(runs),
    figures: { errorRate: shown(figures.errorRate), p99LatencySeconds: shown(figures.p99LatencySeconds) },
  });
  const readings = {
    report: shown(report),
    ...(metrics === undefined ? {} : { metrics: shownMetrics(metrics) }),
    ...(verdict === undefined ? {} : { verdict: shown(verdict) }),
  };
  return decide(name, readings, limits, demands, Date.now());
}
