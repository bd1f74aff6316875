/** The check of a reindex, by the names of two sides. */
import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import { EvidenceError } from '../core/errors.ts';
import { Findings } from '../core/judge/findings.ts';
import { gravest, type Mode } from '../core/kinds.ts';
import { present } from '../core/present.ts';
import type { Finding, SignatureReport, Verdict } from '../core/report/report.ts';
import { compareSubjects } from '../core/report/subjects.ts';
import type { SnapshotAudit } from '../engine/audit-run.ts';
import { FINDINGS_BYTES } from '../engine/node-platform.ts';
import { compareIndexes, type IndexedSide, indexSide, type ReindexTally } from '../engine/reindex.ts';
import { type JudgeBaseline, openBaseline } from './held-baseline.ts';
import { type OpenedSource, openSource, sameInputOf } from './open-source.ts';
import { REINDEX_OPTIONS, type ReindexOptions, readOptions, text } from './options.ts';

/** One side, as it was read. */
export interface ReindexedSide {
  readonly name: string;
  readonly sha256: string | null;
  readonly records: number | null;
  readonly globalRoot: string | null;
}

export interface ReindexCheck {
  readonly verdict: Verdict;
  readonly mode: Mode;
  readonly baseline: ReindexedSide & { readonly signature: SignatureReport | null };
  readonly current: ReindexedSide;
  /** Null if not everything could be read. */
  readonly totals: Readonly<ReindexTally> | null;
  /** Whether the roots are the same: a reindex may change them. */
  readonly sameRoots: boolean;
  readonly findings: readonly Finding[];
  readonly findingCounts: Readonly<Record<string, number>>;
  readonly notChecked: readonly string[];
}

function sideOf({ name, sha256, summary }: SnapshotAudit): ReindexedSide {
  return { name, sha256, records: summary?.records ?? null, globalRoot: summary?.globalRoot ?? null };
}

/** What a side shows by itself, under its own name. */
function takeOver(findings: Findings, side: 'baseline' | 'current', { findings: own, header }: SnapshotAudit): void {
  for (const { class: _, ...finding } of own) {
    findings.add(side, { ...finding, message: `${side}: ${finding.message}` });
  }
  if (header?.depth !== 'summary') return;
  const message = `${side}: it is a summary: identifiers and payloads are not in it`;
  findings.add(side, { kind: 'proof-unavailable', message });
}

/** The current side is read as the baseline was: with its rule for NULLs, and of its columns. */
function readLike(source: EvidenceSource, { opened, read }: Indexed): void {
  const header = read?.audit.header;
  if (header === undefined || header === null) return;
  if (opened.source.writeNulls === undefined) source.writeNulls?.(header.nulls ?? 'as-null');
  source.readAgainst?.(header);
}

interface Indexed {
  readonly opened: OpenedSource;
  /** Undefined for what could not be read. */
  readonly read: IndexedSide | undefined;
}

async function indexed(
  findings: Findings,
  side: 'baseline' | 'current',
  name: string,
  options: ReindexOptions,
  before?: Indexed,
): Promise<Indexed> {
  const opened = await openSource(name, options.source);
  if (before !== undefined) readLike(opened.source, before);
  const { signal, onProgress, maxFindings, chainKeys } = options;
  try {
    const read = await indexSide(opened.source, present({ signal, onProgress, maxFindings, chainKeys }));
    takeOver(findings, side, read.audit);
    return { opened, read };
  } catch (fault) {
    if (!(fault instanceof EvidenceError)) throw fault;
    findings.add(side, { kind: fault.kind, message: `${side}: ${fault.message}` });
    return { opened, read: undefined };
  }
}

function verdictOf(findings: Findings, totals: ReindexTally | null): Verdict {
  const forced = gravest((verdict) => findings.has(verdict));
  if (forced !== undefined) return forced;
  if (totals === null || totals.kept === 0) throw new RangeError('nothing was compared, but no finding says so');
  return 'PASS';
}

const NOT_READ: SnapshotAudit = {
  name: '',
  sha256: null,
  header: null,
  summary: null,
  findings: [],
  findingCounts: {},
  verdict: 'INCOMPLETE',
};

/** @throws as `reindexCheck` of on-demand.ts says */
export async function reindexCheck(baseline: string, current: string, given: ReindexOptions): Promise<ReindexCheck> {
  const options = readOptions<ReindexOptions>(given, REINDEX_OPTIONS, 'reindexCheck');
  text(baseline, 'reindexCheck: the baseline');
  text(current, 'reindexCheck: the current side');
  if (baseline === '-' && current === '-') throw new TypeError('standard input can be one side only');
  const { mode = 'append', maxFindings = 1000, expectDigest, trust } = options;
  const findings = new Findings(mode, maxFindings, FINDINGS_BYTES);
  const judge = await openBaseline(baseline, { expectDigest, trust });
  const was = await indexed(findings, 'baseline', baseline, options);
  const is = await indexed(findings, 'current', current, options, was);
  try {
    return await checked([baseline, was], [current, is], findings, judge, options);
  } finally {
    await was.read?.close();
    await is.read?.close();
  }
}

async function checked(
  [baseline, was]: readonly [string, Indexed],
  [current, is]: readonly [string, Indexed],
  findings: Findings,
  judge: JudgeBaseline,
  { mode = 'append' }: ReindexOptions,
): Promise<ReindexCheck> {
  const [before, after] = [
    was.read?.audit ?? { ...NOT_READ, name: baseline },
    is.read?.audit ?? { ...NOT_READ, name: current },
  ];
  if (sameInputOf(was.opened, is.opened)() === true) {
    findings.add('both', { kind: 'same-input', message: 'both sides are one and the same input' });
  }
  const trusted = judge(before);
  for (const { kind, message } of trusted.findings) findings.add('baseline', { kind, message });
  const totals = await tallied(was.read, is.read, findings);
  findings.conclude();
  return {
    verdict: verdictOf(findings, totals),
    mode,
    baseline: { ...sideOf(before), signature: trusted.signature },
    current: sideOf(after),
    totals,
    sameRoots: before.summary !== null && before.summary.globalRoot === after.summary?.globalRoot,
    findings: findings.list(),
    findingCounts: findings.counts,
    notChecked: [
      ...notesOf(before, after),
      ...(trusted.signature === null ? ['baseline is not signed by a trusted key'] : []),
      'order, links, hashes, times and attributes: a reindex may change them; a comparison says whether they were',
    ],
  };
}

/** What of the sources the records do not show, such as columns that came. */
function notesOf({ header: was }: SnapshotAudit, { header: is }: SnapshotAudit): readonly string[] {
  return was === null || is === null ? [] : compareSubjects(was.subject, is.subject).notes;
}

/** Both must have been read to their end: what was not read is not lost. */
async function tallied(
  was: IndexedSide | undefined,
  is: IndexedSide | undefined,
  findings: Findings,
): Promise<ReindexTally | null> {
  if (was === undefined || is === undefined) return null;
  if (was.audit.summary === null || is.audit.summary === null) return null;
  if (was.audit.header?.depth === 'summary' || is.audit.header?.depth === 'summary') return null;
  return compareIndexes(was, is, findings);
}
