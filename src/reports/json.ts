/** The report as JSON: members in the order of the contract, two spaces, one line feed at the end. */
import { createHash } from 'node:crypto';
import { FINDING_KINDS } from '../core/kinds.ts';
import { present } from '../core/present.ts';
import type { ChangedPlace, ChangeGroup, ChangeShare } from '../core/report/changes.ts';
import type { Demand } from '../core/report/demands.ts';
import type { MigrationReport } from '../core/report/migration-report.ts';
import type {
  BaselineReport,
  Check,
  ContinuityReport,
  Finding,
  SideReport,
  StreamReport,
  StreamSide,
  TenantReport,
  Totals,
} from '../core/report/report.ts';
import { printableJson } from './printable.ts';

function sideOf(side: SideReport): SideReport {
  const { name, sha256, depth, records, globalRoot, subject, capturedAt } = side;
  return { name, sha256, depth, records, globalRoot, subject, capturedAt };
}

function baselineOf(side: BaselineReport): BaselineReport {
  return { ...sideOf(side), signature: side.signature };
}

function unjudgedOf({ unjudged }: Pick<Totals, 'unjudged'>): Pick<Totals, 'unjudged'> {
  if (unjudged === undefined) return {};
  return { unjudged: { baseline: unjudged.baseline, current: unjudged.current } };
}

function totalsOf(totals: Totals): Totals {
  const { matched, added, missing, modified, relinked, moved, retired } = totals;
  return { matched, added, missing, modified, relinked, moved, ...present({ retired }), ...unjudgedOf(totals) };
}

function streamSideOf(side: StreamSide | null): StreamSide | null {
  return side === null ? null : { size: side.size, root: side.root, head: side.head };
}

function streamOf(report: StreamReport): StreamReport {
  const { stream, ordered, relation, rootAtBaselineSize } = report;
  const sides = { baseline: streamSideOf(report.baseline), current: streamSideOf(report.current) };
  return { stream, ordered, relation, ...sides, rootAtBaselineSize, ...unjudgedOf(report) };
}

function tenantOf(report: TenantReport): TenantReport {
  const { tenant, relation, baselineRoot, currentRoot, counts, streams } = report;
  return {
    tenant,
    relation,
    baselineRoot,
    currentRoot,
    ...unjudgedOf(report),
    counts: counts.map(({ type, baseline, current }) => ({ type, baseline, current })),
    streams: streams.map(streamOf),
  };
}

/**
 * The members of `finding` in the order of the contract. JSON.stringify leaves out what is undefined: so the optional
 * members need no case of their own.
 */
export function findingMembers(finding: Finding): Record<keyof Finding, unknown> {
  const {
    kind,
    class: forced,
    tenant,
    stream,
    id,
    seq,
    path,
    baseline,
    current,
    message,
    alreadyInBaseline,
    places,
    placesOmitted,
  } = finding;
  const place = { tenant, stream, id, seq, path, baseline, current };
  const all = { ...place, message, alreadyInBaseline, places: places?.map(placeMembers), placesOmitted };
  return { kind, class: forced, ...all };
}

function placeMembers(place: ChangedPlace): Record<keyof ChangedPlace, unknown> {
  const { pointer, from, change, class: of, element, baseline, current } = place;
  return { pointer, from, change, class: of, element, baseline, current };
}

function shareOf({ name, count }: ChangeShare): ChangeShare {
  return { name, count };
}

function groupMembers(group: ChangeGroup): Record<keyof ChangeGroup, unknown> {
  const { count, places, placesOmitted, examples, tenants, types, days } = group;
  return {
    count,
    places: places.map(placeMembers),
    placesOmitted,
    examples: examples.map(({ tenant, stream, id, seq }) => ({ tenant, stream, id, seq })),
    tenants: tenants?.map(shareOf),
    types: types?.map(shareOf),
    days: days?.map(shareOf),
  };
}

function checkOf({ check, done, skipped, why }: Check): Record<keyof Check, unknown> {
  return { check, done, skipped, why };
}

function demandOf({ demand, asked, state, why }: Demand): Record<keyof Demand, unknown> {
  return { demand, asked, state, why };
}

function migrationOf(migration: MigrationReport | null): MigrationReport | null {
  if (migration === null) return null;
  const { name, sha256, upgrade, from, to, signature, expected, rules, retired, stubs, erased, moved, dropped, known } =
    migration;
  return {
    name,
    sha256,
    upgrade,
    from,
    to,
    signature:
      signature === null
        ? null
        : {
            keys: signature.keys.map(({ sha256: id, algorithm }) => ({ sha256: id, algorithm })),
            signedAt: signature.signedAt,
          },
    expected: expected === null ? null : { records: expected.records, globalRoot: expected.globalRoot },
    rules: rules.map((rule) => ({ name: rule.name, records: rule.records })),
    retired,
    stubs,
    erased: { records: erased.records, hashesNotRecomputed: erased.hashesNotRecomputed },
    moved,
    dropped: dropped.map(({ rule, path, loss, count }) => ({ rule, path, loss, count })),
    known: { listed: known.listed, baseline: known.baseline, current: known.current },
  };
}

function mappingOf({ mapping }: ContinuityReport): ContinuityReport['mapping'] {
  const { baseline, current, declared } = mapping;
  return { baseline, current, declared };
}

function countsOf(counts: ContinuityReport['findingCounts']): Record<string, number> {
  const known: ReadonlySet<string> = new Set(FINDING_KINDS);
  const kinds = [
    ...FINDING_KINDS,
    ...Object.keys(counts)
      .filter((kind) => !known.has(kind))
      .sort(),
  ];
  return Object.fromEntries(
    kinds.filter((kind) => Object.hasOwn(counts, kind)).map((kind) => [kind, counts[kind] ?? 0]),
  );
}

/** The members of `report` in the order of the contract, and so those of everything in it. */
export function reportMembers(report: ContinuityReport): Record<keyof ContinuityReport, unknown> {
  const { kind, version, verdict, relation, mode, headline, notChecked, run } = report;
  const { tool, startedAt, finishedAt, durationMs, peakRssBytes } = run;
  return {
    kind,
    version,
    verdict,
    relation,
    mode,
    headline,
    baseline: baselineOf(report.baseline),
    current: sideOf(report.current),
    totals: totalsOf(report.totals),
    changes: report.changes.map(groupMembers),
    changesOmitted: report.changesOmitted,
    demands: report.demands.map(demandOf),
    mapping: mappingOf(report),
    migration: migrationOf(report.migration),
    tenants: report.tenants.map(tenantOf),
    findings: report.findings.map(findingMembers),
    findingCounts: countsOf(report.findingCounts),
    checks: report.checks.map(checkOf),
    notChecked,
    run: { tool, startedAt, finishedAt, durationMs, peakRssBytes },
  };
}

/** The report, version 1, as JSON text: a pure function of `report`, the same bytes on every machine. */
export function renderJson(report: ContinuityReport): string {
  return `${printableJson(JSON.stringify(reportMembers(report), null, 2))}\n`;
}

/** SHA-256 of the UTF-8 bytes of `text`, as 64 hexadecimal digits. */
export function sha256Of(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** What ties another format to the JSON report of the same run: the digest of its bytes. */
export function jsonDigestOf(report: ContinuityReport): string {
  return sha256Of(renderJson(report));
}

/*
 * The report as NDJSON, for log pipelines: a summary, one finding a line, a trailer (docs/continuity-report.md).
 *
 * The trailer has the number of findings, so that a cut file is noticed, and `run`: all lines before it are the same on
 * every machine.
 */

function line(value: object): string {
  return `${printableJson(JSON.stringify(value))}\n`;
}

/** The report, line by line: a pure function of `report`, the same bytes on every machine. */
export function renderNdjson(report: ContinuityReport): string {
  const { kind: _, version, tenants: __, findings: ___, run, ...rest } = reportMembers(report);
  const { verdict, tenants, findings } = report;
  const summary = { kind: 'evidence-continuity-summary', version, ...rest, tenants: tenants.length };
  const trailer = { kind: 'evidence-continuity-trailer', verdict, findings: findings.length, run };
  return [summary, ...findings.map(findingMembers), trailer].map(line).join('');
}
