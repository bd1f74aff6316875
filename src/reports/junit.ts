/**
 * The report as JUnit XML: what the Ant schema and that of Jenkins' xUnit plugin both allow, and GitLab reads.
 *
 * One suite is about the whole, then there is one for each tenant; each check of a stream is a test case. FAIL findings
 * are failures, INCOMPLETE and UNTRUSTED ones errors, and what was not checked is skipped.
 */
import { FINDING_KINDS } from '../core/continuity/kinds.ts';
import type { ContinuityReport, SideReport, StreamReport, TenantReport } from '../core/continuity/report.ts';
import { demandLine } from './demand-lines.ts';
import { CaseFindings, casesOfTenant, casesOfWhole, type TestCase, tenantName } from './junit/cases.ts';
import { xmlTag, xmlText } from './junit/xml.ts';
import { quoted } from './printable.ts';

type Properties = readonly (readonly [name: string, value: string | number | null])[];

interface Suite {
  readonly name: string;
  readonly properties: Properties;
  readonly cases: readonly TestCase[];
  readonly durationMs: number;
}

function propertiesOfSide(side: string, report: SideReport): Properties {
  const { name, sha256, depth, records, globalRoot, capturedAt } = report;
  const members = { name, sha256, depth, records, globalRoot, capturedAt };
  return Object.entries(members).map(([member, value]) => [`${side}.${member}`, value] as const);
}

function propertiesOfWhole(report: ContinuityReport, countOf: CaseFindings['countOf']): Properties {
  const { verdict, relation, mode, headline, totals, demands, notChecked, run } = report;
  const { unjudged, ...books } = totals;
  return [
    ['tool', run.tool],
    ['verdict', verdict],
    ['relation', relation],
    ['mode', mode],
    ['headline', headline],
    ...propertiesOfSide('baseline', report.baseline),
    ...propertiesOfSide('current', report.current),
    ...Object.entries(books).map(([name, count]) => [`totals.${name}`, count] as const),
    ...Object.entries(unjudged ?? {}).map(([side, count]) => [`totals.unjudged.${side}`, count] as const),
    ...FINDING_KINDS.filter((kind) => countOf(kind) > 0).map(
      (kind) => [`findingCounts.${kind}`, countOf(kind)] as const,
    ),
    ...demands.map((demand, at) => [`demands.${at}`, demandLine(demand)] as const),
    ...notChecked.map((what, at) => [`notChecked.${at}`, what] as const),
  ];
}

function propertiesOfStream(report: StreamReport): Properties {
  const prefix = `stream ${quoted(report.stream)}`;
  const sides = (['baseline', 'current'] as const).flatMap((name) => {
    const side = report[name];
    if (side === null) return [];
    const members = Object.entries({ size: side.size, root: side.root, head: side.head });
    return members.map(([member, value]) => [`${prefix} ${name}.${member}`, value] as const);
  });
  return [
    [`${prefix} relation`, report.relation],
    ...sides,
    [`${prefix} rootAtBaselineSize`, report.rootAtBaselineSize],
  ];
}

function propertiesOfTenant({ relation, baselineRoot, currentRoot, counts, streams }: TenantReport): Properties {
  return [
    ['relation', relation],
    ['baselineRoot', baselineRoot],
    ['currentRoot', currentRoot],
    ...counts.flatMap(({ type, baseline, current }): Properties => {
      const prefix = `type ${quoted(type)}`;
      return [
        [`${prefix} baseline`, baseline],
        [`${prefix} current`, current],
      ];
    }),
    ...streams.flatMap(propertiesOfStream),
  ];
}

/** Those of one tenant in one suite: the name of a suite stands once. */
function suitesOf(report: ContinuityReport): readonly Suite[] {
  const found = new CaseFindings(report);
  const properties = propertiesOfWhole(report, (kind) => found.countOf(kind));
  const suites = new Map<string, Suite>();
  const whole = tenantName(undefined);
  suites.set(whole, { name: whole, properties, cases: casesOfWhole(found), durationMs: report.run.durationMs });
  for (const tenant of report.tenants) {
    const name = tenantName(tenant.tenant);
    suites.set(name, {
      name,
      properties: propertiesOfTenant(tenant),
      cases: casesOfTenant(found, tenant),
      durationMs: 0,
    });
  }
  for (const [tenant, testCase] of found.rest()) {
    const name = tenantName(tenant);
    const { cases = [], ...suite } = suites.get(name) ?? { name, properties: [], durationMs: 0 };
    suites.set(name, { ...suite, cases: [...cases, testCase] });
  }
  return [...suites.values()];
}

function seconds(durationMs: number): string {
  return (durationMs / 1000).toFixed(3);
}

function drawCase(suite: string, { name, outcome }: TestCase, time: string): readonly string[] {
  const tag = xmlTag('testcase', { name, classname: suite, time });
  if (outcome === undefined) return [`    ${tag}/>`];
  const { element, type, message, lines } = outcome;
  const attributes = element === 'skipped' ? { message } : { message, type };
  const inner = xmlTag(element, attributes);
  const content = lines.length === 0 ? '/>' : `>${lines.map(xmlText).join('\n')}</${element}>`;
  return [`    ${tag}>`, `      ${inner}${content}`, '    </testcase>'];
}

/** The schema takes a time without a zone; what is not one comes from no run of ours. */
function timestampOf(startedAt: string): string {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.exec(startedAt)?.[0] ?? '1970-01-01T00:00:00';
}

function drawSuite({ name, properties, cases, durationMs }: Suite, id: number, timestamp: string): readonly string[] {
  const count = (element: string): number => cases.filter(({ outcome }) => outcome?.element === element).length;
  const time = seconds(durationMs);
  const counts = { tests: cases.length, failures: count('failure'), errors: count('error'), skipped: count('skipped') };
  const attributes = { id, package: 'evidence-diff', name, timestamp, hostname: 'localhost', ...counts, time };
  return [
    `  ${xmlTag('testsuite', attributes)}>`,
    '    <properties>',
    ...properties
      .filter(([, value]) => value !== null)
      .map(([key, value]) => `      ${xmlTag('property', { name: key, value: String(value) })}/>`),
    '    </properties>',
    // All of the time is that of the first case, so that the cases of a suite add up to it.
    ...cases.flatMap((testCase, at) => drawCase(name, testCase, at === 0 ? time : '0')),
    '    <system-out/>',
    '    <system-err/>',
    '  </testsuite>',
  ];
}

/** The report as JUnit XML. Of `run`, the tool, the start and the duration are in it. */
export function renderJunit(report: ContinuityReport): string {
  const timestamp = timestampOf(report.run.startedAt);
  const suites = suitesOf(report).flatMap((suite, id) => drawSuite(suite, id, timestamp));
  return `${['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>'].join('\n')}\n`;
}
