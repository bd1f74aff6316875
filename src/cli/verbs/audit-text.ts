/** What the text of every audit has: the headline first, then what it rests on, then what to do. */

import { FINDING_KINDS, type FindingKind } from '../../core/kinds.ts';
import type { Finding, Verdict } from '../../core/report/report.ts';
import { leftOutNotes, uncheckedIn } from '../../core/report/subjects.ts';
import type { SnapshotHeader } from '../../core/snapshot/header.ts';
import type { SnapshotSummary } from '../../core/snapshot/summary.ts';
import { shardName } from '../../core/words.ts';
import type { SnapshotAudit } from '../../index.ts';
import { exitCodeText } from '../../reports/facts.ts';
import { adviceOn } from '../../reports/next-steps.ts';
import { toneOf } from '../../reports/outline.ts';
import { quoted, shortened } from '../../reports/printable.ts';
import { counted, grouped, type Listing, Page, writeFindings } from '../../reports/text.ts';
import type { Session } from '../terminal/session.ts';

const SHOWN_TENANTS = 50;
const WIDTH = 100;

/** There is no other place where they are listed. */
const LISTING: Listing = {
  shown: Number.POSITIVE_INFINITY,
  more: ({ count }, shown) => (count > shown ? `and ${grouped(count - shown)} more; --max-findings lists more` : ''),
};

function extentOf(summary: SnapshotSummary | null): string {
  if (summary === null) return 'not read to its end';
  return `${counted(summary.records, 'record')} in ${counted(summary.tenants.length, 'tenant')}`;
}

function firstOf(findings: readonly Finding[], forced: Finding['class']): string {
  const found = findings.filter((finding) => finding.class === forced);
  const more = found.length > 1 ? ` (and ${counted(found.length - 1, 'other finding')})` : '';
  const [one] = found;
  return one === undefined ? 'see the findings' : `${one.kind}: ${one.message}${more}`;
}

/**
 * `audit` as it may be printed: labels and errors without any password. What was found in the evidence, and every count
 * and verdict, stays as it is, whatever a password looks like.
 */
export function printableAudit<T extends SnapshotAudit>(audit: T, session: Session): T {
  const findings = audit.findings.map((finding) =>
    finding.class === 'INCOMPLETE' ? { ...finding, message: session.secrets.redacted(finding.message) } : finding,
  );
  return { ...audit, name: session.secrets.redacted(audit.name), findings };
}

/** The one line that must be right if nothing else is read. */
export function auditHeadline({
  verdict,
  header,
  summary,
  findings,
  findingCounts,
  wrongRecipe,
}: SnapshotAudit): string {
  if (verdict === 'INCOMPLETE') return `INCOMPLETE: nothing is proven; ${firstOf(findings, 'INCOMPLETE')}`;
  const extent = extentOf(summary);
  const part = header?.shard === undefined ? '' : `${shardName(header.shard)}: `;
  if (verdict === 'PASS') return `PASS: ${part}${extent.replace(' in ', ' sound in ')}`;
  const kinds = Object.entries(findingCounts).map(([kind, count]) => `${grouped(count)} ${kind}`);
  const doubt = wrongRecipe === undefined ? '' : `${wrongRecipe}; `;
  return `${verdict}: ${part}${doubt}${kinds.join(', ')}; ${extent}`;
}

/** Of a tiled log: which one, as its checkpoint states it, and whose signature of that was verified. */
function logLines({ origin, size, root, signedBy }: SnapshotHeader['subject']): readonly string[] {
  if (typeof origin !== 'string' || typeof root !== 'string') return [];
  const keys = Array.isArray(signedBy) ? signedBy.map((key) => `  signed by    key ${String(key)}`) : [];
  return [
    `  log          ${quoted(shortened(origin, 200))}, as its checkpoint states it:`,
    `  log size     ${String(size)}`,
    `  log root     ${root}`,
    ...keys,
  ];
}

function writeSource(
  page: Page,
  { name, sha256, header, summary, notChecked = [] }: SnapshotAudit,
  digestOf = 'sha256',
): void {
  page.title('Read');
  page.line(`  source       ${name}`);
  if (sha256 !== null) page.line(`  ${digestOf.padEnd(12)} ${sha256}`);
  page.line(`  global root  ${summary?.globalRoot ?? 'unknown: not read to its end'}`);
  if (header === null) return;
  const captured = header.capturedAt === null ? 'time of capture unknown' : `captured ${header.capturedAt}`;
  const system = header.subject['system'];
  const named = system === undefined ? 'system not named' : `system ${quoted(shortened(String(system), 120))}`;
  page.line(`  ${extentOf(summary)}, depth ${header.depth}, ${captured}, ${named}`);
  const { layout } = header.subject;
  if (layout !== undefined) page.line(`  layout       ${quoted(shortened(String(layout), 120))}`);
  if (layout === 'tlog-tiles') for (const line of logLines(header.subject)) page.line(line);
  for (const note of leftOutNotes(header.subject)) page.line(`  not read: ${note}`, 'doubt');
  for (const note of uncheckedIn(header.subject)) page.line(`  not checked: ${quoted(shortened(note, 400))}`, 'doubt');
  for (const note of notChecked) page.line(`  hashes: ${quoted(shortened(note, 400))}`, 'doubt');
}

function writeTenants(page: Page, { tenants }: SnapshotSummary): void {
  page.title(`Tenants: ${grouped(tenants.length)}`);
  for (const { tenant, records, streams, root } of tenants.slice(0, SHOWN_TENANTS)) {
    const size = `${counted(records, 'record')} in ${counted(streams.length, 'stream')}`;
    page.line(`  ${quoted(shortened(tenant, 200))}: ${size}, root ${root}`);
  }
  const left = tenants.length - SHOWN_TENANTS;
  if (left > 0) page.line(`  and ${counted(left, 'more tenant')}; roots-export lists all`);
}

const STEPS: Readonly<Record<Verdict, string>> = {
  PASS: 'Go on. The evidence does not contradict itself; that nothing was lost only a comparison with a baseline can show.',
  FAIL: 'Do not go on. The evidence contradicts itself. Let nothing more be written to the store until that is explained.',
  INCOMPLETE:
    'This is not a PASS: something could not be read or written. Mend what is named here, then repeat the command.',
  UNTRUSTED: 'Do not go on.',
};

/** What stands in the text of one verb and of no other. */
export interface AuditText {
  readonly audit: SnapshotAudit;
  readonly headline: string;
  /** What `sha256` is the digest of, where that is not the input itself. */
  readonly digestOf?: string;
  /** Writes what was written. */
  readonly writeResult?: (page: Page) => void;
  readonly steps?: Readonly<Record<Verdict, string>>;
  /** By kinds of findings, in place of what a comparison would say. */
  readonly advice?: Readonly<Record<string, string>>;
}

/** What an audit has as JSON: its own members, not those of its tenants. */
export function auditMembers(audit: SnapshotAudit): object {
  const { verdict, name, sha256, summary, findings, findingCounts } = audit;
  const found = { records: summary?.records ?? null, globalRoot: summary?.globalRoot ?? null };
  return { verdict, headline: auditHeadline(audit), name, sha256, ...found, findings, findingCounts };
}

/** The text for an audit. */
export function auditText(
  { audit, headline, writeResult, steps = STEPS, digestOf, advice = {} }: AuditText,
  color: boolean,
): string {
  const page = new Page(color, WIDTH);
  const { verdict, summary, findings, findingCounts } = audit;
  page.line(headline, toneOf(verdict));
  writeSource(page, audit, digestOf);
  if (summary !== null) writeTenants(page, summary);
  writeFindings(page, { findings, findingCounts, mode: 'append' }, LISTING);
  writeResult?.(page);
  page.title('What to do now');
  page.bullet(steps[verdict]);
  const others = Object.entries(findingCounts).filter(([kind]) => !Object.hasOwn(advice, kind));
  for (const [kind, own] of Object.entries(advice)) if (Object.hasOwn(findingCounts, kind)) page.bullet(own);
  for (const other of adviceOn({ findingCounts: Object.fromEntries(others), mode: 'append' })) page.bullet(other);
  page.title(`Exit code ${exitCodeText(verdict, Object.hasOwn(findingCounts, 'interrupted'))}`);
  return page.text();
}

/* Why nothing was made of a source that was audited first, in two or three words. */

/** What was read says nothing of the evidence: it is of another form, it broke off, or it was not to be had. */
const UNREAD: ReadonlySet<FindingKind> = new Set(
  FINDING_KINDS.filter((kind) => /^(input|source)-|^(schema-violation|unsupported-version)$/.test(kind)),
);

/**
 * @param audit - an audit that did not end with PASS
 * @returns what follows the name of the source, e.g. `could not be read`
 */
export function unfitWords({
  verdict,
  findings,
}: {
  readonly verdict: Verdict;
  readonly findings: readonly { readonly kind: FindingKind }[];
}): string {
  if (verdict === 'UNTRUSTED') return 'cannot be believed';
  if (verdict !== 'INCOMPLETE') return 'is not sound';
  return findings.some(({ kind }) => UNREAD.has(kind)) ? 'could not be read' : 'could not be checked';
}
