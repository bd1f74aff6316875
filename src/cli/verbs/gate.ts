/** `evidence-diff gate cutover` and the other gates: may it go on? One decision, and everything that it rests on. */

import { Buffer } from 'node:buffer';
import type { GateOptions } from '../../api/runbook-options.ts';
import { codeOf, EvidenceError } from '../../core/errors.ts';
import { momentOf } from '../../core/instant.ts';
import { printable, printableJson } from '../../reports/printable.ts';
import type { GateDecision } from '../../runbook/cutover/decide-cutover.ts';
import { GATE_NAMES, GATES, type GateName, gateNamed, readsMetrics } from '../../runbook/cutover/gates.ts';
import { DEFAULT_LIMITS, type Decision } from '../../runbook/cutover/limits.ts';
import { GateRequestError } from '../../runbook/cutover/metrics-server.ts';
import { TrustError } from '../../trust/trust-error.ts';
import type { ConfiguredCutover } from '../../wire/config.ts';
import { artifactsOf, expectArtifact } from '../options/attest-options.ts';
import { CONFIG_NAME, type ConfigFile, configuredSource, readConfig } from '../options/config-file.ts';
import { defineVerb, flag, flagOf, grouped, list, required, type Values, value } from '../options/define.ts';
import { InvalidArgumentError, notEmpty, oneOf, seconds, sha256Digest, wholeNumber } from '../options/readers.ts';
import { TEXT_OR_JSON } from '../options/shared.ts';
import { expectedSubject, tsaCertificate } from '../options/trust-options.ts';
import { EXIT, type ExitCode, UsageError } from '../terminal/exit.ts';
import { checkNotSources, DASH, type Output, planOutputs, writeOutputs } from '../terminal/outputs.ts';
import type { Session, Surroundings } from '../terminal/session.ts';

function instant(text: string): string {
  if (momentOf(text) === undefined) throw new InvalidArgumentError('It is no RFC 3339 time, as 2027-03-01T10:00:00Z.');
  return text;
}

/** The code of each decision. `rollback` and `unknown` have those of FAIL and INCOMPLETE, which say the same. */
export const GATE_EXIT: Readonly<Record<Decision, ExitCode>> = {
  proceed: EXIT.pass,
  rollback: EXIT.fail,
  unknown: EXIT.incomplete,
  pause: EXIT.pause,
  investigate: EXIT.investigate,
};

const RATIO = /^(?:0|0?\.[0-9]+|0\.[0-9]*)$/;
const DECIMAL = /^[0-9]{1,9}(?:\.[0-9]{1,9})?$/;

function ratio(value: string): number {
  if (RATIO.test(value)) return Number(value);
  throw new InvalidArgumentError('It is not a ratio from 0 up to 1, in decimal digits: 1 % is 0.01.');
}

function positiveSeconds(value: string): number {
  const number = DECIMAL.test(value) ? Number(value) : 0;
  if (number > 0) return number;
  throw new InvalidArgumentError('It is not a number of seconds, more than 0, in decimal digits.');
}

const { errorRate, p99LatencySeconds, evidenceFailures } = DEFAULT_LIMITS;

const OPTIONS = {
  report: required(value('<file>', 'a continuity report as JSON', notEmpty)),
  metricsUrl: value('<url>', 'a Prometheus server, or what speaks like one: where its API begins', notEmpty, {
    conflicts: ['metricsFile'],
  }),
  metricsFile: list('<file>', 'metrics in the text exposition format', notEmpty, { page: 'in place of a server' }),
  output: list('<file>', 'write to a file, whole or not at all', notEmpty, { writes: 'report' }),
  format: value('<format>', 'text or json; else by the ending of --output', oneOf(TEXT_OR_JSON)),
  config: value('<file>', `config file, in place of ${CONFIG_NAME} here`, notEmpty),
  ...grouped('What the report must be about:', {
    expectDigest: value('<digest>', 'sha256:… that the baseline of the report must have had', sha256Digest),
    expectSubject: list('<member=text>', 'what the subject of both sides must say; text alone is the system', notEmpty),
    trustedKey: list(
      '<file>',
      'a public key that must have signed the baseline, and the migration if there is one',
      notEmpty,
      { page: 'one of them must have, or as many as the comparison demanded' },
    ),
    acceptGrowth: flag('of post-migration: take a report that lets evidence be added, as after a rollback'),
    acceptAnyStore: flag('decide though --expect-subject does not say whose report it must be', {
      conflicts: ['expectSubject'],
      page: 'without it the report is `unknown`',
    }),
    acceptAnyBaseline: flag('decide though --expect-digest does not say which baseline it must have', {
      conflicts: ['expectDigest'],
      page: 'without it the report is `unknown`',
    }),
  }),
  ...grouped('A signed verdict:', {
    verdict: value(
      '<file>',
      'a Sigstore bundle of --attest: a trusted key must have signed PASS of this report',
      notEmpty,
      { page: 'see [gates.md](gates.md#a-signed-verdict)' },
    ),
    verdictKey: list('<file>', 'a public key that may have signed it; default: --trusted-key', notEmpty),
    tsaCertificate: tsaCertificate(
      'certificates in PEM: an authority (RFC 3161) must have stamped it, and the comparison verified a time of its baseline',
    ),
    expectArtifact,
    since: value('<time>', 'of observation: when it began, RFC 3339', instant),
  }),
  ...grouped('Limits:', {
    maxErrorRate: value('<ratio>', `failed requests of all; more is pause (default ${errorRate}: 1 %)`, ratio),
    maxP99Latency: value('<seconds>', `more is investigate (default ${p99LatencySeconds})`, positiveSeconds),
    maxEvidenceFailures: value('<n>', `more is rollback (default ${evidenceFailures})`, wholeNumber),
    maxReportAge: value(
      '<span>',
      'of the last verification; older is unknown (default 1h, of pre-upgrade 1d)',
      seconds,
      { page: 'as `90s`, `15m`, `24h`, `7d`' },
    ),
    maxMetricsAge: value('<span>', 'of samples and files of metrics; older is unknown (default 5m)', seconds, {
      page: 'likewise',
    }),
  }),
  ...grouped('Metrics server:', {
    timeout: value('<seconds>', 'how long to wait for each whole answer (default 10)', positiveSeconds),
    bearerTokenEnv: value('<name>', 'the variable that holds a token for the server', notEmpty),
    bearerTokenFile: value('<file>', 'the file that holds it', notEmpty),
    allowPlaintext: flag('let a server on another machine be asked without encryption'),
  }),
};

export interface GateArguments extends Omit<Values<typeof OPTIONS>, 'output'> {
  readonly gate: GateName;
  readonly outputs: readonly Output[];
}

/** The table of the gates, as the help has it. */
const GATE_LINES = Object.entries(GATES).map(
  ([name, { steps, inputs }]) =>
    `  ${name.padEnd(15)} (${steps.includes(' ') ? 'steps' : 'step'} ${steps}): ${inputs.join(', ')}`,
);

export const verb = defineVerb({
  name: 'gate',
  summary: 'may the upgrade go on: proceed, pause, investigate, rollback',
  description: `Says whether an upgrade may go on, by the thresholds of the upgrade runbook: from a continuity report, a signed
verdict, and metrics of a Prometheus server or of files. Whatever is not known is never proceed.`,
  arguments: { gate: required(value('<gate>', 'which one', oneOf(GATE_NAMES))) },
  options: OPTIONS,
  notes: `Gates, and what each rests on:
${GATE_LINES.join('\n')}
A verdict that is given is demanded of every gate. A comparison signs it by --attest, or somebody afterwards:
  evidence-diff attest continuity.json --key evidence.key --output continuity.sigstore.json

Exit codes:
  0  proceed      every input is known and within its limit
  1  rollback     evidence is known to be lost or altered
  2  unknown      an input is unreadable, too old, or has an impossible value
  10 pause        the error rate is too high
  11 investigate  the latency is too high
  64 usage error, 70 internal error
Of several the gravest holds: rollback, unknown, pause, investigate, proceed.

Limits, PromQL and names of series can be in the config file, under gates.cutover.`,
  example:
    'gate cutover --report continuity.json --expect-subject evidence-prod --accept-any-baseline --metrics-file metrics.prom',
  request: ({ output = [], ...options }: Values<typeof OPTIONS>, { gate }): GateArguments => {
    const outputs = planOutputs(output, options.format, TEXT_OR_JSON);
    const { report, metricsFile = [], trustedKey = [], verdictKey = [], config, bearerTokenFile, verdict } = options;
    const { tsaCertificate: certificates = [] } = options;
    const others = [config, bearerTokenFile, verdict].filter((path) => path !== undefined);
    checkNotSources(outputs, [report, ...metricsFile, ...trustedKey, ...verdictKey, ...certificates, ...others]);
    return { ...options, gate, outputs };
  },
  run: async (asked, session) => publish(await decide(asked, session), asked, session),
});

type Asked = { readonly [K in keyof GateOptions]-?: GateOptions[K] | undefined };

/** Without the members that are undefined. */
function known(options: Asked): GateOptions {
  return Object.fromEntries(
    Object.entries(options).filter(([, value]) => value !== undefined),
  ) as unknown as GateOptions;
}

function isAboutMetrics(gate: GateName): boolean {
  return readsMetrics(gateNamed(gate));
}

function serverUrl(
  request: GateArguments,
  file: ConfigFile | undefined,
  configured: ConfiguredCutover,
  session: Session,
): string | undefined {
  if (request.metricsFile !== undefined) return undefined;
  if (!isAboutMetrics(request.gate)) return request.metricsUrl;
  if (request.metricsUrl !== undefined) return request.metricsUrl;
  if (file !== undefined && configured.metricsUrl !== undefined) {
    return configuredSource(file, configured.metricsUrl, 'gates.cutover.metricsUrl', session);
  }
  throw new UsageError('there are no metrics: give --metrics-url or --metrics-file');
}

const FOR_A_SERVER = ['timeout', 'bearerTokenEnv', 'bearerTokenFile', 'allowPlaintext'] as const;

/** A config file may name figures of servers and of files; what is given as an option is meant for what is asked. */
async function accessTo(
  request: GateArguments,
  { queries, samples }: ConfiguredCutover,
  session: Session,
): Promise<Pick<Asked, 'queries' | 'samples' | 'timeoutSeconds' | 'bearerToken' | 'allowPlaintext'>> {
  const { timeout: timeoutSeconds, allowPlaintext } = request;
  if (request.metricsFile === undefined) {
    const token = await bearerToken(request, session);
    return { queries, samples: undefined, timeoutSeconds, bearerToken: token, allowPlaintext };
  }
  const stray = FOR_A_SERVER.find((option) => request[option] !== undefined);
  if (stray !== undefined) throw new UsageError(`${flagOf(stray)} is for a server: --metrics-file names none`);
  return { queries: undefined, samples, timeoutSeconds: undefined, bearerToken: undefined, allowPlaintext: undefined };
}

async function optionsOf(request: GateArguments, session: Session): Promise<GateOptions> {
  const file = await readConfig(request.config, session.secrets);
  // Of a gate that reads no metrics the limits and figures in the config file are not meant.
  const configured = isAboutMetrics(request.gate) ? (file?.config.gates?.cutover ?? {}) : {};
  const { expectSubject, expectArtifact: artifacts } = request;
  return known({
    report: request.report,
    metricsUrl: serverUrl(request, file, configured, session),
    metricsFiles: request.metricsFile,
    expectDigest: request.expectDigest,
    expectSubject: expectSubject === undefined ? undefined : expectedSubject(expectSubject),
    trustedKeys: request.trustedKey,
    verdict: request.verdict,
    verdictKeys: request.verdictKey,
    tsaCertificates: request.tsaCertificate,
    expectArtifacts: artifacts === undefined ? undefined : artifactsOf(artifacts, '--expect-artifact'),
    observedSince: request.since,
    acceptGrowth: request.acceptGrowth,
    acceptAnyStore: request.acceptAnyStore,
    acceptAnyBaseline: request.acceptAnyBaseline,
    maxErrorRate: request.maxErrorRate ?? configured.errorRate,
    maxP99LatencySeconds: request.maxP99Latency ?? configured.p99LatencySeconds,
    maxEvidenceFailures: request.maxEvidenceFailures ?? configured.evidenceFailures,
    maxReportAgeSeconds: request.maxReportAge ?? configured.maxReportAgeSeconds,
    maxMetricsAgeSeconds: request.maxMetricsAge ?? configured.maxMetricsAgeSeconds,
    ...(await accessTo(request, configured, session)),
  });
}

/** Options of the library as the command has them. */
const FLAGS: readonly (readonly [name: RegExp, flag: string])[] = [
  [/\bobservedSince\b/g, '--since'],
  [/\bacceptGrowth\b/g, '--accept-growth'],
  [/\bwithout verdict\b/g, 'without --verdict'],
  [/: verdict needs\b/g, ': --verdict needs'],
  [/\bverdictKeys\b/g, '--verdict-key'],
  [/\btrustedKeys\b/g, '--trusted-key'],
  [/\btsaCertificates\b/g, '--tsa-certificate'],
  [/\bexpectArtifacts\b/g, '--expect-artifact'],
  [/\bmetricsFiles\b/g, '--metrics-file'],
  [/\bmetricsUrl\b/g, '--metrics-url'],
];

function inWordsOfOptions(message: string): string {
  return FLAGS.reduce((text, [name, flag]) => text.replace(name, flag), message);
}

/** What is wrong with what was asked is the caller's mistake, and no answer of the gate. */
function usageOf(fault: unknown): unknown {
  if (fault instanceof GateRequestError) return new UsageError(inWordsOfOptions(fault.message));
  if (!(fault instanceof TrustError)) return fault;
  // The option is before the first colon; what is behind it is the name of a file.
  return new UsageError(fault.message.replace(/^\w+(?=: )/, inWordsOfOptions));
}

async function decide(request: GateArguments, session: Session): Promise<GateDecision> {
  const options = await optionsOf(request, session);
  const { decideGate } = await import('../../api/gate.ts');
  return decideGate(request.gate, options, session.secrets).catch((fault: unknown) => {
    throw usageOf(fault);
  });
}

/** Said in place of a decision that could not be written down, since it is not known to others; the gravest is said all the same. */
const UNWRITTEN = 'unknown: it was decided, and the decision could not be written down';

/** The decision is the word of an enum, and its code is looked up before any text is made or touched. */
async function publish(
  decision: GateDecision,
  { outputs, format }: GateArguments,
  session: Session,
): Promise<ExitCode> {
  const { decision: answer, headline } = decision;
  const code = GATE_EXIT[answer];
  const faults = [
    ...(await writeOutputs(
      outputs,
      (output) => (output.format === 'json' ? gateJson(decision) : gateText(decision, code)),
      session,
    )),
  ];
  if (faults.length === 0 && format !== 'json' && outputs.every(({ path }) => path !== DASH)) {
    faults.push(...(await writeOutputs([{ path: DASH, format: 'text' }], () => `${printable(headline)}\n`, session)));
  }
  if (faults.length === 0) return code;
  const isKept = answer === 'rollback';
  const [said, ended]: readonly [string, ExitCode] = isKept ? [headline, code] : [UNWRITTEN, GATE_EXIT.unknown];
  return session.unwritten(faults, ended, said, { decision: isKept ? answer : 'unknown' });
}

/* A decision of a gate, drawn: the headline first, then each input with what speaks for and against it. */

type SignedVerdict = NonNullable<NonNullable<GateDecision['about']>['signedVerdict']>;

function verdictLine({ verifiedAt, stampedAt }: SignedVerdict, signed: string): string {
  const stamped = stampedAt === undefined ? '' : `, stamped at ${stampedAt}`;
  return `verdict of ${verifiedAt ?? 'an unknown time'}${stamped}, ${signed}`;
}

function ageText(seconds: number | null): string {
  if (seconds === null) return 'age unknown';
  return seconds < 0 ? `${-seconds} s in the future` : `${seconds} s old`;
}

/** Where no key vouches for the report. */
const UNSIGNED =
  'report unsigned: whoever can write it could have made all that it says; --verdict demands a signature';

function aboutLines({ about }: GateDecision): readonly string[] {
  if (about === null) return ['about: no report was believed'];
  const { subject, baselineSha256, baselineCapturedAt, baselineAgeSeconds, baselineSignedBy, migration } = about;
  const { signedVerdict } = about;
  const age = ageText(baselineAgeSeconds);
  const signed = (by: readonly string[]): string =>
    by.length === 0 ? 'no verified signature' : `signed by ${by.join(', ')}`;
  // Whoever can write the report can write any key into it.
  const said = (by: readonly string[]): string => {
    const isOwnWord = signedVerdict === null && by.length > 0;
    return `${isOwnWord ? 'the report says: ' : ''}${signed(by)}`;
  };
  const through =
    migration === null ? [] : [`migration sha256:${migration.sha256 ?? 'unknown'}, ${said(migration.signedBy)}`];
  return [
    `subject ${subject === null ? 'not named' : JSON.stringify(subject)}`,
    `baseline sha256:${baselineSha256 ?? 'unknown'}, captured ${baselineCapturedAt ?? 'at an unknown time'}, ${age}, ${said(baselineSignedBy)}`,
    ...through,
    signedVerdict === null ? UNSIGNED : verdictLine(signedVerdict, signed(signedVerdict.signedBy)),
  ];
}

/** The decision as text. Line 1 is the headline. */
export function gateText(decision: GateDecision, code: ExitCode): string {
  const { headline, gate, decidedAt } = decision;
  const accepted = decision.accepted.map((what) => `accepted: ${what.replace('-', ' ')}`);
  const lines = [headline, `gate ${gate}, decided at ${decidedAt}`, ...aboutLines(decision), ...accepted, ''];
  for (const input of decision.inputs) {
    lines.push(`${input.input}: ${input.decision}; value ${input.value ?? 'none'}, limit ${input.limit}`);
    lines.push(...input.why.map((reason) => `  - ${reason}`), `  from ${input.source}`);
  }
  lines.push('', `Exit code ${code}`);
  return lines.map((line) => `${printable(line)}\n`).join('');
}

/** The decision as JSON, safe on a terminal. */
export function gateJson(decision: GateDecision): string {
  return `${printableJson(JSON.stringify(decision, null, 2))}\n`;
}

/* The token for a metrics server, out of a variable or a file: never an argument, which everybody on the machine sees. */

export interface TokenRequest {
  readonly bearerTokenEnv?: string;
  readonly bearerTokenFile?: string;
}

const MAX_TOKEN_BYTES = 16 * 1024;

async function tokenFile(path: string): Promise<string> {
  const { readOnce } = await import('../../files/read-small-file.ts');
  try {
    const { bytes } = await readOnce(path, 'a file with a token', MAX_TOKEN_BYTES);
    return Buffer.from(bytes).toString('latin1').trimEnd();
  } catch (fault) {
    if (fault instanceof EvidenceError) throw new UsageError(`${path}: no file with a token in it`);
    throw new UsageError(`${path}: the token cannot be read (${codeOf(fault)})`);
  }
}

/**
 * The token that is meant, if there is one.
 *
 * @throws UsageError if two are named, or there is none where one is named
 */
export async function bearerToken(
  { bearerTokenEnv: variable, bearerTokenFile: path }: TokenRequest,
  { env, secrets }: Surroundings,
): Promise<string | undefined> {
  if (variable !== undefined && path !== undefined) {
    throw new UsageError('--bearer-token-env and --bearer-token-file are two tokens: give one of them');
  }
  const token = variable === undefined ? path && (await tokenFile(path)) : (env[variable] ?? '');
  if (token === undefined) return undefined;
  secrets.remember(token);
  const { isToken } = await import('../../runbook/cutover/metrics-server.ts');
  if (isToken(token)) return token;
  throw new UsageError(`${variable ?? path}: there is no token in it, or one that no header can hold`);
}
