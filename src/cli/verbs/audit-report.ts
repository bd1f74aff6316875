/** `evidence-diff audit-report [source] --since T --output F`: what was recorded since a time, for an auditor. */
import { AUDIT_FORMATS } from '../../audit-report/formats.ts';
import type { AuditReport } from '../../audit-report/tally.ts';
import { isPostgresUrl } from '../../core/database-url.ts';
import { instantOrDay } from '../../core/instant.ts';
import type { Hash } from '../../core/platform.ts';
import { present } from '../../core/present.ts';
import { DemandLedger } from '../../core/report/demands.ts';
import type { SourceOptions } from '../../index.ts';
import { printable } from '../../reports/printable.ts';
import { CHAIN_KEYS, type ChainKeyRequest, chainKeysOf } from '../options/chain-keys.ts';
import { defineVerb, list, required, type Values, value, writing } from '../options/define.ts';
import { fileName, InvalidArgumentError, notEmpty } from '../options/readers.ts';
import { color, format, maxFindingsOfBoth, output, progress, quiet } from '../options/shared.ts';
import {
  findReading,
  findSource,
  type LiveSource,
  SOURCE_ARGUMENT,
  SOURCE_OPTIONS,
  type SourceRequest,
  sourceName,
  sourceRequest,
  WAYS,
} from '../options/source-options.ts';
import {
  expectDigest,
  findTrust,
  requireNoDemands,
  TRUST_OPTIONS,
  type TrustRequest,
} from '../options/trust-options.ts';
import { type ExitCode, UsageError } from '../terminal/exit.ts';
import { checkNotSources, DASH, OpenOutputs, type Output, planOutputs, takeDown } from '../terminal/outputs.ts';
import type { AskedProgress } from '../terminal/progress.ts';
import type { Session } from '../terminal/session.ts';
import { checkSides } from './comparison.ts';

export interface AuditArguments {
  readonly source: SourceRequest;
  readonly chainKey: ChainKeyRequest;
  readonly since: string;
  readonly baseline: string | undefined;
  /** Path of the journal of the upgrade. */
  readonly journal: string | undefined;
  readonly trust: TrustRequest;
  readonly expectDigest: Hash | undefined;
  readonly migration: string | undefined;
  /** Path of a signed verdict, and of the keys that may have signed it. */
  readonly verdict: string | undefined;
  readonly verdictKeys: readonly string[] | undefined;
  readonly outputs: readonly Output[];
  readonly format: string | undefined;
  readonly maxFindings: number;
  readonly quiet: boolean;
  readonly progress: AskedProgress | undefined;
  readonly color: boolean;
}

const FORMATS: readonly string[] = AUDIT_FORMATS.map(({ name }) => name);

function time(text: string): string {
  if (instantOrDay(text) !== undefined) return text;
  throw new InvalidArgumentError('Give RFC 3339, as 2027-03-01T10:00:00Z, or a day, as 2027-03-01.');
}

const OPTIONS = {
  since: required(value('<time>', 'RFC 3339, or a day, which begins at midnight UTC', time)),
  baseline: value('<file>', 'from before: then the report has the comparison, too', sourceName),
  expectDigest,
  migration: value('<file>', 'with --baseline: the current side must be what this migration makes of it', fileName),
  journal: value('<file>', 'the journal of the upgrade: its entries are listed', notEmpty),
  verdict: value('<file>', 'a signed verdict of what is read here, which the report contains', fileName),
  verdictKey: list('<file>', 'a public key that may have signed it; default: --trusted-key', fileName),
  output: writing(output, 'report'),
  format: format(FORMATS),
  maxFindings: maxFindingsOfBoth,
  quiet,
  ...progress,
  color,
  ...TRUST_OPTIONS,
  ...CHAIN_KEYS,
  ...SOURCE_OPTIONS,
};

/** One that anybody may have signed is none. */
function requireVerdict({ verdict, verdictKey, trustedKey }: Values<typeof OPTIONS>): void {
  if (verdict === undefined && verdictKey !== undefined)
    throw new UsageError('--verdict-key is for --verdict: give it');
  if (verdict !== undefined && verdictKey === undefined && trustedKey === undefined) {
    throw new UsageError('--verdict needs --verdict-key, or --trusted-key: anybody can sign one');
  }
}

function request(options: Values<typeof OPTIONS>, argument: string | undefined): AuditArguments {
  const { output: paths = [], quiet: isQuiet = false } = options;
  const source = sourceRequest(argument, options);
  if (options.baseline === undefined) requireNoDemands(options);
  requireVerdict(options);
  if (isQuiet && paths.includes(DASH)) throw new UsageError('--quiet and --output - contradict each other');
  return {
    source,
    chainKey: options.chainKey,
    since: options.since,
    baseline: options.baseline,
    journal: options.journal,
    trust: options,
    expectDigest: options.expectDigest,
    migration: options.migration,
    verdict: options.verdict,
    verdictKeys: options.verdictKey,
    outputs: isQuiet && paths.length === 0 ? [] : planOutputs(paths, options.format, FORMATS),
    format: options.format,
    maxFindings: options.maxFindings,
    quiet: isQuiet,
    progress: options.progress,
    color: options.color,
  };
}

export const verb = defineVerb({
  name: 'audit-report',
  summary: 'what was recorded since a time, for an auditor',
  description:
    'Reads a source once, recomputes everything, and says what was recorded since a time, by tenant, type and day.',
  arguments: SOURCE_ARGUMENT,
  options: OPTIONS,
  notes: `${WAYS}.

Exit codes are those of verify-all, and with --baseline those of the comparison: a record of an odd time is shown and
changes no verdict. Beside a --verdict that is not verified, or is no PASS, nothing passes.`,
  example: 'audit-report current.json --since 2027-03-01T10:00:00Z --baseline baseline.json --output audit.pdf',
  request: (options: Values<typeof OPTIONS>, { source }) => request(options, source),
  run: reportAudit,
});

async function publish(
  report: AuditReport,
  wanted: AuditArguments,
  outputs: OpenOutputs,
  session: Session,
): Promise<ExitCode> {
  const isColoured = session.wantsColor(wanted.color);
  const toFiles = wanted.outputs.every(({ path }) => path !== DASH);
  const wantsHeadline = toFiles && !wanted.quiet && wanted.format !== 'json';
  const faults = await outputs.write(
    ({ path, format: named }) => {
      const renderer = AUDIT_FORMATS.find(({ name }) => name === named);
      if (renderer === undefined) throw new TypeError(`no renderer for the format ${named}`);
      return renderer.render(report, { color: path === DASH && isColoured });
    },
    wantsHeadline ? `${printable(report.headline)}\n` : undefined,
  );
  return session.ended(report.verdict, faults, report.headline);
}

/** The baseline may be a database as well, where the source is none. */
async function readingOf(
  { baseline, source }: AuditArguments,
  live: LiveSource,
  session: Session,
): Promise<SourceOptions> {
  if (isPostgresUrl(live.name) || baseline === undefined) return live.options;
  return findReading(source, [live.name, baseline], session);
}

/** The exit code is that of the verdict, or of the signal that stopped it. */
async function reportAudit(wanted: AuditArguments, session: Session): Promise<ExitCode> {
  const { since, baseline, journal, outputs, maxFindings, verdict, verdictKeys = [] } = wanted;
  checkNotSources(outputs, verdict === undefined ? [] : [verdict, ...verdictKeys]);
  const live = await findSource(wanted.source, session);
  if (baseline === undefined) checkNotSources(outputs, [live.name]);
  else checkSides(baseline, live.name, { outputs });
  const source = await readingOf(wanted, live, session);
  const trust = baseline === undefined ? {} : await findTrust(wanted.trust, wanted.source.config, session.secrets);
  const demands = new DemandLedger();
  const interruption = session.listen();
  const meter = session.meter(wanted.progress, wanted.quiet);
  const { auditReport } = await import('../../api/audit-report.ts');
  const { signal } = interruption;
  const asked = {
    ...(baseline === undefined ? {} : { baseline, trust }),
    ...present({ journal, migration: wanted.migration, verdict, verdictKeys: wanted.verdictKeys }),
    ...(wanted.expectDigest === undefined ? {} : { expectDigest: wanted.expectDigest }),
  };
  const keys = await chainKeysOf({ chainKey: wanted.chainKey, config: wanted.source.config, outputs }, session.secrets);
  const options = { ...keys, since, maxFindings, signal, onProgress: meter.update, source, ...asked };
  const open = await OpenOutputs.open(outputs, session);
  takeDown(outputs, demands);
  try {
    const report = await auditReport(live.name, options, demands).finally(meter.done);
    return await publish(report, wanted, open, session);
  } finally {
    await open.close();
  }
}
