/**
 * The report as JUnit XML: what the Ant schema and that of Jenkins' xUnit plugin both allow, and GitLab reads.
 *
 * One suite is about the whole, then there is one for each tenant; each check of a stream is a test case. FAIL findings
 * are failures, INCOMPLETE and UNTRUSTED ones errors, and what was not checked is skipped.
 */

import type { ContinuityReport, StreamReport, TenantReport } from '../core/report/report.ts';
import type { ChangeLine } from './changes.ts';
import { countedText } from './counted-by.ts';
import { counted, type Fact } from './facts.ts';
import { findingText } from './found.ts';
import { CaseFindings, casesOfTenant, casesOfWhole, type TestCase, tenantName } from './junit-cases.ts';
import { type Outline, outlineOf } from './outline.ts';
import { printable, quoted } from './printable.ts';
import { aboutStream, aboutTenant, streamFacts, tenantRootFacts, typeChange } from './relations.ts';

type Properties = readonly (readonly [name: string, value: string | number])[];

interface Suite {
  readonly name: string;
  readonly properties: Properties;
  readonly cases: readonly TestCase[];
  readonly durationMs: number;
  /** Text of the suite: what is no fault, and so no case. */
  readonly lines: readonly string[];
}

const ENTITY_OF: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  // Also in text: `]]>` must not stand there.
  ['>', '&gt;'],
  ['"', '&quot;'],
]);

/** `text` on one line, for the content of an element or between double quotes. */
function xmlText(text: string): string {
  // What is printable has no character that XML forbids: no controls, surrogates or noncharacters.
  return printable(text).replace(/[&<>"]/g, (character) => ENTITY_OF.get(character) ?? '');
}

/** A start tag without its end; attributes in the order given. */
function xmlTag(name: string, attributes: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${xmlText(String(value))}"`);
  return `<${name}${pairs.join('')}`;
}

/** Facts by their places in the JSON report, which no two have in common. */
function propertiesOfFacts(facts: readonly Fact[]): Properties {
  return facts.map(({ key, value }) => [key, value] as const);
}

function numbered(name: string, texts: readonly string[]): Properties {
  return texts.map((text, at) => [`${name}.${at}`, text] as const);
}

/** Groups of changes that are given: the JSON report has all of them. */
const MOST_CHANGES = 100;

function changeText({ count, places, more, examples, held }: ChangeLine): string {
  const what = places.map(({ what: where, values }) => `${where} ${values}`.trim());
  const parts = [...what, more, ...(examples.length === 0 ? [] : [`such as ${examples.join('; ')}`]), held];
  return `${counted(count, 'record')}: ${parts.filter((part) => part !== '').join('; ')}`;
}

function propertiesOfWhole(outline: Outline): Properties {
  const { headline, result, sides, migration, tally, demands, changes, notChecked, checks, steps, repeat, run } =
    outline;
  return [
    ['report', outline.identity],
    ['headline', headline],
    ...propertiesOfFacts([...result, ...sides.flatMap(({ facts }) => facts), ...migration, ...tally]),
    ...outline.findings.items.map(({ kind, count }) => [`findingCounts.${kind}`, count] as const),
    ...numbered(
      'demands',
      demands.items.map(({ state, what, why }) => `${state} ${what}${why === '' ? '' : ` (${why})`}`),
    ),
    ...numbered('changes', changes.items.slice(0, MOST_CHANGES).map(changeText)),
    ...numbered('countBy', (outline.countedBy?.items ?? []).map(countedText)),
    ...numbered('mapping.declared', outline.declared?.items ?? []),
    ...numbered('notChecked', notChecked.items),
    ...numbered(
      'checks',
      checks.map(({ check, done, skipped, about }) => `${check}: made ${done}, skipped ${skipped} (${about})`),
    ),
    ...numbered('next', steps),
    ['repeat', repeat.command],
    ...numbered('repeat.digests', repeat.digests),
    ...numbered('repeat.notes', repeat.notes),
    ...propertiesOfFacts(run),
  ];
}

function propertiesOfStream(stream: StreamReport): Properties {
  const prefix = `stream ${quoted(stream.stream)}`;
  const named = streamFacts(stream).map(({ label, value }) => [`${prefix} ${label}`, value] as const);
  return [[`${prefix} relation`, stream.relation], [`${prefix} about`, aboutStream(stream)], ...named];
}

function propertiesOfTenant(tenant: TenantReport): Properties {
  return [
    ['relation', tenant.relation],
    ['about', aboutTenant(tenant)],
    ...tenantRootFacts(tenant).map(({ label, value }) => [label, value] as const),
    ...tenant.counts.map((count) => [`type ${quoted(count.type)}`, typeChange(count, tenant)] as const),
    ...tenant.streams.flatMap(propertiesOfStream),
  ];
}

/** Those of one tenant in one suite: the name of a suite stands once. */
function suitesOf(report: ContinuityReport): readonly Suite[] {
  const found = new CaseFindings(report);
  const outline = outlineOf(report);
  const properties = propertiesOfWhole(outline);
  const growth = report.findings.filter((finding) => finding.class === 'info');
  const suites = new Map<string, Suite>();
  const whole = tenantName(undefined);
  suites.set(whole, {
    name: whole,
    properties,
    cases: casesOfWhole(found, outline),
    durationMs: report.run.durationMs,
    lines: growth.map((finding) => `info ${finding.kind}: ${findingText(finding)}`),
  });
  for (const tenant of report.tenants) {
    const name = tenantName(tenant.tenant);
    suites.set(name, {
      name,
      properties: propertiesOfTenant(tenant),
      cases: casesOfTenant(found, tenant),
      durationMs: 0,
      lines: [],
    });
  }
  for (const [tenant, testCase] of found.rest()) {
    const name = tenantName(tenant);
    const { cases = [], ...suite } = suites.get(name) ?? { name, properties: [], durationMs: 0, lines: [] };
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

function drawSuite(
  { name, properties, cases, durationMs, lines }: Suite,
  id: number,
  timestamp: string,
): readonly string[] {
  const count = (element: string): number => cases.filter(({ outcome }) => outcome?.element === element).length;
  const time = seconds(durationMs);
  const counts = { tests: cases.length, failures: count('failure'), errors: count('error'), skipped: count('skipped') };
  const attributes = { id, package: 'evidence-diff', name, timestamp, hostname: 'localhost', ...counts, time };
  return [
    `  ${xmlTag('testsuite', attributes)}>`,
    '    <properties>',
    ...properties.map(([key, value]) => `      ${xmlTag('property', { name: key, value })}/>`),
    '    </properties>',
    // All of the time is that of the first case, so that the cases of a suite add up to it.
    ...cases.flatMap((testCase, at) => drawCase(name, testCase, at === 0 ? time : '0')),
    lines.length === 0 ? '    <system-out/>' : `    <system-out>${lines.map(xmlText).join('\n')}</system-out>`,
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
