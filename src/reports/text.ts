/** The report as text, to be read in a terminal: the headline first, then what it rests on, then what to do. */
import { isConsequence } from '../core/kinds.ts';
import type { ChangeGroup } from '../core/report/changes.ts';
import type { ContinuityReport, Finding, StreamReport, TenantReport, TypeCount } from '../core/report/report.ts';
import { type ChangeLine, morePlaces } from './changes.ts';
import { countedTexts } from './counted-by.ts';
import { counted, type Fact, grouped, type Listed, shownFact } from './facts.ts';
import {
  type Found,
  findingsOf,
  findingText,
  type Group,
  moreText,
  placeText,
  toneOfClass,
  valueFacts,
} from './found.ts';
import { jsonDigestOf } from './json.ts';
import { isOperation } from './migration-facts.ts';
import {
  type CheckLine,
  type DemandLine,
  identityOf,
  type Outline,
  outlineOf,
  runFacts,
  type SideOutline,
} from './outline.ts';
import { Page } from './page.ts';
import { quoted, shortened } from './printable.ts';
import { readBy } from './read-by.ts';
import {
  aboutStream,
  aboutTenant,
  streamFacts,
  tally,
  tenantRootFacts,
  toneOfRelation,
  typeChange,
  wordOf,
  worstFirst,
} from './relations.ts';
import type { Repeat } from './repeat.ts';

export { counted, grouped } from './facts.ts';
export { Page, type Style } from './page.ts';

export interface TextOptions {
  /** Whether roots, heads and counts of every stream are listed, and all findings that the report has room for. */
  readonly details?: boolean;
  /** Whether to colour. Nothing is said by colour alone. */
  readonly color: boolean;
  /** Columns at which prose is broken; 120 if not given. Lines of data are never broken. */
  readonly width?: number;
}

/** More than this is not read on a screen; what is left out is counted, and all of it is in the JSON report. */
const SHOWN = { tenants: 50, streams: 20, types: 20, findings: 10 } as const;

/** Names and values, one a line, the values below each other. */
export function writeFacts(page: Page, facts: readonly Fact[], indent: string): void {
  const width = Math.max(12, ...facts.map(({ label }) => Math.min(label.length, 24)));
  for (const fact of facts) {
    const style = fact.as === 'absent' ? 'doubt' : 'plain';
    page.line(`${indent}${fact.label.padEnd(width)} ${shownFact(fact)}`, style);
  }
}

/** What was demanded, and what came of it. */
export function writeDemands(page: Page, { title, items }: Listed<DemandLine>): void {
  page.title(title);
  for (const { state, what, why, tone } of items) {
    page.line(`  ${state.padEnd(10)} ${what}`, tone === 'good' ? 'plain' : tone);
    if (why !== '') page.line(`  ${''.padEnd(10)} ${shortened(why, 600)}`);
  }
}

/** The same, with what held on one line, that of the title where there is nothing else: what did not is looked for. */
function writeDemandsBriefly(page: Page, { title, items }: Listed<DemandLine>): void {
  const held = items.filter(({ tone }) => tone === 'good').map(({ what }) => what);
  const others = items.filter(({ tone }) => tone !== 'good');
  if (held.length > 0 && others.length === 0) page.line(`${title}: ${held.join(', ')}`, 'title');
  else writeDemands(page, { title, items: others });
  if (held.length > 0 && others.length > 0) page.line(`  held       ${held.join(', ')}`);
}

/** What was read of one side, and who vouches for it. */
export function writeSide(page: Page, { role, facts: [name, ...facts] }: SideOutline): void {
  page.line(`  ${role.padEnd(8)} ${name?.value ?? ''}`);
  writeFacts(page, facts, '    ');
}

function writeCompared(page: Page, { sides, tally }: Outline): void {
  page.title('Compared');
  for (const side of sides) writeSide(page, side);
  const isUnjudged = ({ key }: Fact): boolean => key.startsWith('totals.unjudged.');
  const [unjudged, judged] = [tally.filter(isUnjudged), tally.filter((fact) => !isUnjudged(fact))];
  const line = (facts: readonly Fact[]): string => facts.map((fact) => `${fact.label} ${shownFact(fact)}`).join(', ');
  if (judged.length > 0) page.line(`  records  ${line(judged)}`);
  if (unjudged.length > 0) page.line(`  records  ${line(unjudged)}`, 'doubt');
}

function writeMigration(page: Page, facts: readonly Fact[]): void {
  if (facts.length === 0) return;
  page.title('Migration');
  writeFacts(page, facts, '  ');
}

/** What each rule does is more than fits on a screen. */
function writeMigrationBriefly(page: Page, { migration }: Outline): void {
  const facts = migration.filter((fact) => !isOperation(fact));
  writeMigration(page, facts);
  if (facts.length < migration.length) page.line('  what each rule does: --details');
}

/** Abbreviated only where both sides are equal: hashes that differ are shown in full, since they will be compared. */
function writeHashes(page: Page, indent: string, facts: readonly Fact[]): void {
  for (const { label, value, as } of facts) {
    const equal = as === 'hash' && label.endsWith(', both sides');
    page.line(`${indent}${label}: ${equal ? `${String(value).slice(0, 16)}...` : value}`);
  }
}

function writeStream(page: Page, stream: StreamReport): void {
  const name = quoted(shortened(stream.stream, 200));
  const line = `    ${wordOf(stream.relation)} stream ${name}: ${aboutStream(stream)}`;
  const facts = streamFacts(stream);
  if (stream.relation === 'identical') {
    page.line(`${line}, root ${String(facts[0]?.value ?? '').slice(0, 16)}...`, 'good');
    return;
  }
  page.line(line, toneOfRelation(stream.relation));
  writeHashes(page, '      ', facts);
}

function writeCounts(page: Page, tenant: TenantReport): void {
  const { counts } = tenant;
  const changed = counts.filter(({ baseline, current }) => baseline !== current);
  const same = counts.filter(({ baseline, current }) => baseline === current);
  const name = ({ type }: TypeCount): string => quoted(shortened(type, 200));
  for (const count of changed.slice(0, SHOWN.types)) page.line(`    type ${name(count)}: ${typeChange(count, tenant)}`);
  const left = changed.slice(SHOWN.types);
  if (left.length > 0) page.line(`    and ${counted(left.length, 'more type')}; all in the JSON report`);
  const kept = same.slice(0, SHOWN.types).map((count) => `${name(count)} ${grouped(count.current)}`);
  const more = same.length > kept.length ? ` and ${counted(same.length - kept.length, 'more type')}` : '';
  if (kept.length > 0) page.line(`    types as before: ${kept.join(', ')}${more}`);
}

function writeTenant(page: Page, tenant: TenantReport): void {
  const { relation } = tenant;
  const name = quoted(shortened(tenant.tenant, 200));
  page.line(`  ${wordOf(relation)} ${name}: ${aboutTenant(tenant)}`, toneOfRelation(relation));
  writeHashes(page, '    ', tenantRootFacts(tenant));
  writeCounts(page, tenant);
  const streams = worstFirst(tenant.streams);
  for (const stream of streams.slice(0, SHOWN.streams)) writeStream(page, stream);
  const left = streams.slice(SHOWN.streams);
  if (left.length > 0)
    page.line(`    and ${counted(left.length, 'more stream')} (${tally(left)}); all in the JSON report`);
}

function writeTenants(page: Page, { title, items }: Listed<TenantReport>): void {
  page.title(title);
  for (const tenant of items.slice(0, SHOWN.tenants)) writeTenant(page, tenant);
  const left = items.slice(SHOWN.tenants);
  if (left.length > 0)
    page.line(`  and ${counted(left.length, 'more tenant')} (${tally(left)}); all in the JSON report`);
}

function writeFinding(page: Page, finding: Finding): void {
  const place = placeText(finding);
  page.line(`    - ${shortened(finding.message, 600)}`);
  if (place !== '') page.line(`      ${place}`);
  for (const { label, value } of valueFacts(finding)) page.line(`      ${label.padEnd(6)} ${value}`);
  for (const line of morePlaces(finding, FULLY.places)) page.line(`      - ${line}`);
}

/** What follows from others; nothing where there is nothing else that it could follow from. */
function consequencesOf(groups: readonly Group[]): readonly Group[] {
  const follows = groups.filter(({ kind }) => isConsequence(kind));
  return groups.some((group) => group.forced !== 'info' && !follows.includes(group)) ? follows : [];
}

/** What has no group of changes: each finding on one line, what follows from others as counts alone. */
function writeFindingsBriefly(page: Page, found: Found, changes: readonly ChangeGroup[]): void {
  const { title, items } = findingsOf(found);
  page.title(title);
  const follows = consequencesOf(items);
  for (const { kind, forced, count, listed } of items.filter((one) => !follows.includes(one))) {
    // A group without places says nothing that its findings do not say better.
    const isSaid =
      forced === 'info' || (kind === 'record-modified' && changes.every(({ places }) => places.length > 0));
    page.line(`  ${kind} (${forced}): ${grouped(count)}`, toneOfClass(forced));
    const shown = isSaid ? [] : listed.slice(0, BRIEFLY.findings);
    for (const finding of shown) page.line(`    - ${shortened(findingText(finding), 480)}`);
    const left = count - shown.length;
    if (!isSaid && left > 0) page.line(`    and ${grouped(left)} more; --details lists them`);
  }
  const text = follows.map(({ kind, count }) => `${kind} ${grouped(count)}`).join(', ');
  if (text !== '') page.line(`  roots and counts that differ: ${text}`, 'bad');
}

/** How many findings of a kind are written out, and where the others are. */
export interface Listing {
  readonly shown: number;
  readonly more: (group: Group, shown: number) => string;
}

const IN_REPORTS: Listing = { shown: SHOWN.findings, more: moreText };

/** Groups of changes that fit on a screen, and the places of each. */
const BRIEFLY = { changes: 4, places: 3, findings: 3, counted: 8, declared: 3 } as const;
const FULLY = { changes: 50, places: 20, counted: 100 } as const;

function writeChange(page: Page, { count, places, more, examples, held }: ChangeLine, most: number): void {
  const width = Math.max(6, grouped(count).length);
  const indent = ' '.repeat(width + 3);
  for (const [at, { what, values }] of places.slice(0, most).entries()) {
    page.line(`  ${(at === 0 ? grouped(count) : '').padStart(width)} ${`${what} ${values}`.trim()}`, 'plain');
  }
  const left = places.length - most;
  if (left > 0) page.line(`${indent}and ${counted(left, 'more place')}, in the JSON report`);
  if (more !== '') page.line(`${indent}${more}`);
  // One record is where its example says.
  if (held !== '' && count > 1) page.line(`${indent}concentrated in: ${held}`);
  if (examples.length > 0) page.line(`${indent}such as ${examples.join('; ')}`);
}

export function writeChanges(
  page: Page,
  { title, items }: Listed<ChangeLine>,
  most: { readonly changes: number; readonly places: number },
): void {
  if (items.length === 0) return;
  page.title(title);
  for (const item of items.slice(0, most.changes)) writeChange(page, item, most.places);
  const left = items.slice(most.changes);
  const records = left.reduce((sum, { count }) => sum + count, 0);
  if (left.length > 0) {
    const what = `${counted(left.length, 'more kind')} of change in ${counted(records, 'record')}`;
    page.line(`  and ${what}, in the JSON report`);
  }
}

/** Every kind with its count, the first of each in full. */
export function writeFindings(page: Page, found: Found, listing: Listing = IN_REPORTS): void {
  const { title, items } = findingsOf(found);
  page.title(title);
  for (const group of items) {
    const { kind, forced, count, listed } = group;
    page.line(`  ${kind} (${forced}): ${grouped(count)}`, toneOfClass(forced));
    const shown = listed.slice(0, listing.shown);
    for (const finding of shown) writeFinding(page, finding);
    const more = listing.more(group, shown.length);
    if (more !== '') page.line(`    ${more}`);
  }
}

function writeChecks(page: Page, checks: readonly CheckLine[]): void {
  page.title('Checks');
  for (const { check, done, skipped, about } of checks) {
    const what = skipped === 0 && check !== 'hash-segment' ? '' : ` (${about})`;
    const left = skipped === 0 ? what : `, SKIPPED ${grouped(skipped)}${what}`;
    page.line(`  ${check}: made ${grouped(done)}${left}`, skipped === 0 ? 'plain' : 'doubt');
  }
}

/** A list of sentences. */
export function writeBullets(page: Page, { title, items }: Listed<string>): void {
  page.title(title);
  for (const what of items) page.bullet(what);
}

/** The first of a long list, and how many more there are. */
function writeFirst(page: Page, listed: Listed<string> | undefined, most: number): void {
  const left = (listed?.items.length ?? 0) - most;
  const rest = left > 0 ? [`and ${counted(left, 'more', 'more')}, in the JSON report`] : [];
  if (listed !== undefined) writeBullets(page, { ...listed, items: [...listed.items.slice(0, most), ...rest] });
}

/** What repeats the comparison. */
export function writeRepeat(page: Page, { command, digests, notes }: Repeat): void {
  page.title('How to repeat it');
  for (const line of [...digests, command]) page.line(`  ${line}`);
  for (const note of notes) page.bullet(note);
}

type Ran = Pick<ContinuityReport, 'run'> & { readonly kind: string; readonly version: number };

/** What the report is, the run that made it, and what else is stated of it. */
export function writeRun(page: Page, report: Ran, ...others: readonly string[]): void {
  const facts = runFacts(report).map(({ label, value }) => `${label} ${value}`);
  page.line([identityOf(report), facts.join(', '), ...others].join('; '), 'faint');
}

/** Names, digests and sizes of both sides, and how their records were judged. */
function writeComparedBriefly(page: Page, report: ContinuityReport, { sides, tally, tenants }: Outline): void {
  page.title('Compared');
  for (const { role, facts } of sides) {
    const of = (key: string): string => String(facts.find((fact) => fact.key === `${role}.${key}`)?.value ?? '');
    page.line(`  ${role.padEnd(8)} ${shortened(of('name'), 200)}, sha256 ${of('sha256')}`);
    const how = readBy(report[role]);
    if (how !== undefined) page.line(`           ${how}`);
  }
  const signed = sides.flatMap(({ facts }) => facts).find(({ label }) => label === 'signature');
  // That nothing was verified stands below, under what was not checked.
  if (signed !== undefined && signed.as !== 'absent') page.line(`  signed   ${shownFact(signed)}`);
  const counts = tally.filter(({ value }) => value !== 0);
  page.line(`  records  ${counts.map((fact) => `${fact.label} ${shownFact(fact)}`).join(', ')}`);
  page.line(`  ${tenants.title.toLowerCase()}; roots, heads and counts of each: --details`);
}

/** What fits on a screen: what decides, what was demanded, what changed, what is missing, and what to do. */
function writeBriefly(page: Page, report: ContinuityReport, outline: Outline): void {
  writeDemandsBriefly(page, outline.demands);
  writeChanges(page, outline.changes, BRIEFLY);
  writeFindingsBriefly(page, report, report.changes);
  writeComparedBriefly(page, report, outline);
  writeMigrationBriefly(page, outline);
  writeFirst(page, countedTexts(outline.countedBy), BRIEFLY.counted);
  writeFirst(page, outline.declared, BRIEFLY.declared);
  writeBullets(page, outline.notChecked);
  writeBullets(page, { title: 'What to do now', items: outline.steps });
  const { command, leftOut } = outline.repeat;
  page.line(`Repeat it${leftOut === undefined ? '' : ` (with ${leftOut})`}: ${command}`);
}

/** Everything that is read on a screen at all. */
function writeFully(page: Page, report: ContinuityReport, outline: Outline): void {
  writeDemands(page, outline.demands);
  writeChanges(page, outline.changes, FULLY);
  writeCompared(page, outline);
  writeMigration(page, outline.migration);
  writeTenants(page, outline.tenants);
  writeFirst(page, countedTexts(outline.countedBy), FULLY.counted);
  writeFindings(page, report);
  writeFirst(page, outline.declared, BRIEFLY.declared);
  writeBullets(page, outline.notChecked);
  writeChecks(page, outline.checks);
  writeBullets(page, { title: 'What to do now', items: outline.steps });
  writeRepeat(page, outline.repeat);
}

/**
 * The report as text. Line 1 is the headline; the last line alone depends on the run.
 *
 * @returns lines that end in a line feed; no character in them but those line feeds and, with `color`, the renderer's
 *   own colour sequences can control a terminal
 */
export function renderText(report: ContinuityReport, options: TextOptions): string {
  const outline = outlineOf(report);
  const page = new Page(options.color, options.width ?? 120);
  page.line(outline.headline, outline.tone);
  const code = outline.result.find(({ key }) => key === 'exitCode');
  const result = outline.result.flatMap((fact) => (fact === code ? [] : [`${fact.label} ${shownFact(fact)}`]));
  page.line(result.join(', '));
  if (options.details === true) writeFully(page, report, outline);
  else writeBriefly(page, report, outline);
  if (options.details === true) page.line('');
  page.line(`Exit code ${code?.value ?? ''}`, 'title');
  writeRun(page, report, `sha256 of the JSON report ${jsonDigestOf(report)}`);
  return page.text();
}
