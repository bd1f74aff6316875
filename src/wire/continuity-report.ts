/** A continuity report that was written earlier, read again. Nothing of it is believed that it contradicts itself. */

import { EvidenceError } from '../core/errors.ts';
import { count, described, type JsonSchema, object, oneOf, optional } from '../core/json/form.ts';
import type { Json } from '../core/json/value.ts';
import { classOf, FINDING_KINDS, type FindingKind, gravest } from '../core/kinds.ts';
import type { Platform } from '../core/platform.ts';
import { countFaults } from '../core/report/count-by.ts';
import { unnamedDemand } from '../core/report/demands.ts';
import { partFinding } from '../core/report/headline.ts';
import {
  type ContinuityReport,
  findingForm,
  REPORT_MEMBERS,
  STREAM_MEMBERS,
  TENANT_MEMBERS,
  type TenantReport,
  type Verdict,
} from '../core/report/report.ts';
import { changeFaults, imbalancesOf } from '../core/report/report-balance.ts';
import { requireDocument } from './document.ts';
import { plainOf } from './plain.ts';

type Newer = 'demands' | 'changes' | 'mapping' | 'migration';

/** A report as it was read. Those that were written before there were demands, changes or migrations have none. */
export type ReadReport = Omit<ContinuityReport, Newer> & Partial<Pick<ContinuityReport, Newer>>;

const { demands, changes, mapping, migration } = REPORT_MEMBERS;
const readForm = object({
  ...REPORT_MEMBERS,
  demands: optional(demands),
  changes: optional(changes),
  mapping: optional(mapping),
  migration: optional(migration),
});

/** A longer report is read by nobody who holds all of it at once. */
export const MOST_REPORT_BYTES = 256 * 2 ** 20;

const ADVICE = 'compare again, and give the report of that as it was written';

/** The verdict that the findings force: the precedence of docs/continuity-report.md. */
function forcedVerdict({ findingCounts, mode }: ReadReport): Verdict {
  const classes = new Set(Object.keys(findingCounts).map((kind) => classOf(kind as FindingKind, mode)));
  return gravest((verdict) => classes.has(verdict)) ?? 'PASS';
}

function tallyOf(report: ReadReport): readonly string[] {
  const { matched, added, missing, modified, relinked, moved, retired = 0, unjudged } = report.totals;
  const both = matched + modified + relinked + moved;
  const faults: string[] = [];
  if (both + missing + retired + (unjudged?.baseline ?? 0) !== report.baseline.records) {
    faults.push('the totals do not add up to the records of the baseline');
  }
  if (both + added + (unjudged?.current ?? 0) !== report.current.records) {
    faults.push('the totals do not add up to the records of the current side');
  }
  return faults;
}

function findingsOf(report: ReadReport): readonly string[] {
  const { findings, findingCounts, mode, verdict, headline } = report;
  const faults: string[] = [];
  const known = Object.keys(findingCounts).every((kind) => FINDING_KINDS.some((one) => one === kind));
  if (!known) return ['it counts findings of a kind that is not known here'];
  for (const [kind, count] of Object.entries(findingCounts)) {
    if (count === 0) faults.push(`it counts no ${kind}, and names it`);
  }
  for (const { kind, class: forced } of findings) {
    if (forced !== classOf(kind, mode)) faults.push(`a finding ${kind} has a class that is not its own`);
    if (!Object.hasOwn(findingCounts, kind)) faults.push(`a finding ${kind} is listed and not counted`);
  }
  if (verdict !== forcedVerdict(report)) faults.push('its verdict is not the one that its findings force');
  if (!headline.startsWith(`${verdict}: `)) faults.push('its headline says something else than its verdict');
  return faults;
}

/** What one shard shows is never a PASS, and says so in a finding of its own. */
function partOf({ shard, findingCounts }: ReadReport): readonly string[] {
  if (shard === undefined) return [];
  if (shard.index >= shard.count) return ['it is of a shard that there is not'];
  const isSaid = Object.hasOwn(findingCounts, partFinding(shard).kind);
  return isSaid ? [] : ['it is of one shard, and none of its findings says so'];
}

/** A demand that did not hold, beside findings that do not say so. */
function demandsOf({ demands = [], findingCounts, mode }: ReadReport): readonly string[] {
  const classes = new Set(Object.keys(findingCounts).map((kind) => classOf(kind as FindingKind, mode)));
  const interrupted = Object.hasOwn(findingCounts, 'interrupted');
  const unnamed = unnamedDemand(demands, (forced) => classes.has(forced), interrupted);
  return unnamed === undefined ? [] : [`the demand ${unnamed.demand} did not hold, and no finding says so`];
}

/** What a PASS must show besides: the same as is asked of one that is made. */
function passOf(report: ReadReport): readonly string[] {
  const { totals, relation, mode, baseline, current, tenants } = report;
  const { missing, modified, relinked, moved, added, unjudged } = totals;
  const proven = (of: string): boolean => of !== 'broken' && of !== 'unknown';
  const provenWhole = (part: Pick<TenantReport, 'relation' | 'unjudged'>): boolean =>
    proven(part.relation) && part.unjudged === undefined;
  const holds =
    missing + modified + relinked + moved === 0 &&
    unjudged === undefined &&
    (mode === 'append' || added === 0) &&
    baseline.records > 0 &&
    current.records > 0 &&
    proven(relation) &&
    tenants.every(provenWhole) &&
    tenants.every(({ streams }) => streams.every(provenWhole));
  return holds ? [] : ['it says PASS, and its own figures do not'];
}

/**
 * The report that `json` is.
 *
 * @throws EvidenceError `unsupported-version` for another kind or version of document, `schema-violation` for another
 *   form, or where its tally does not balance or it contradicts itself
 */
export function parseContinuityReport(platform: Platform, json: Json): ReadReport {
  const value = plainOf(json);
  requireDocument(readForm, 'a continuity report', value, { kind: 'evidence-continuity-report', advice: ADVICE });
  const report = value as unknown as ReadReport;
  const found = findingsOf(report);
  // Of kinds that are not known here no class can be determined.
  const demands = found.length === 0 ? demandsOf(report) : [];
  const pass = report.verdict === 'PASS' ? [...passOf(report), ...imbalancesOf(platform, report)] : [];
  const { changes } = report;
  const grouped = changes === undefined ? [] : changeFaults({ ...report, changes });
  const own = [...tallyOf(report), ...countFaults(report), ...grouped];
  const [fault] = [...own, ...found, ...partOf(report), ...demands, ...pass];
  if (fault === undefined) return report;
  throw new EvidenceError('schema-violation', `the report contradicts itself: ${fault}`, { advice: ADVICE });
}

/* The lines of the NDJSON report, made of the parts of the report itself. */

const { tenants: _, findings: __, run, ...shared } = REPORT_MEMBERS;

const summaryLine = object({
  ...shared,
  kind: oneOf('evidence-continuity-summary'),
  tenants: described(count, 'how many tenants there are'),
});

const tenantLine = object({
  ...TENANT_MEMBERS,
  kind: oneOf('evidence-continuity-tenant'),
  streams: described(count, 'how many lines of streams follow'),
});

const streamLine = object({
  kind: oneOf('evidence-continuity-stream'),
  tenant: TENANT_MEMBERS.tenant,
  ...STREAM_MEMBERS,
});

const trailerLine = object({
  kind: oneOf('evidence-continuity-trailer'),
  verdict: shared.verdict,
  tenants: optional(count, 'how many lines of tenants there are, where all were asked for'),
  streams: optional(count, 'how many lines of streams there are, likewise'),
  findings: described(count, 'how many lines of findings there are'),
  run,
});

/** The JSON Schema of any one line; which it is, `kind` says. */
export const reportLineSchema: JsonSchema = {
  anyOf: [summaryLine, tenantLine, streamLine, findingForm, trailerLine].map(({ schema }) => schema),
};
