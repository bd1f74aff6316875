/**
 * The report as NDJSON, for log pipelines: a summary, one finding a line, a trailer (docs/continuity-report.md); between
 * summary and findings every tenant and every stream, where all are asked for.
 *
 * The trailer has the number of lines of each kind, so that a cut file is noticed, and `run`: all lines before it are the
 * same on every machine.
 */
import type { ContinuityReport, TenantReport } from '../core/report/report.ts';
import { findingMembers, gathered, reportMembers, streamMembers, tenantMembers } from './json.ts';

/** What is listed besides findings: every tenant and every stream, or, where nothing is said, neither. */
export interface ListOptions {
  readonly list?: 'all';
}

function* tenantLines(tenant: TenantReport): Generator<object> {
  const { streams: _, ...members } = tenantMembers({ ...tenant, streams: [] });
  yield { kind: 'evidence-continuity-tenant', ...members, streams: tenant.streams.length };
  for (const stream of tenant.streams) {
    yield { kind: 'evidence-continuity-stream', tenant: tenant.tenant, ...streamMembers(stream) };
  }
}

function* linesOf(report: ContinuityReport, isWhole: boolean): Generator<object> {
  const { verdict, tenants, findings } = report;
  const { kind: _, version, tenants: __, findings: ___, run, ...rest } = reportMembers({ ...report, tenants: [] });
  yield { kind: 'evidence-continuity-summary', version, ...rest, tenants: tenants.length };
  if (isWhole) for (const tenant of tenants) yield* tenantLines(tenant);
  for (const finding of findings) yield findingMembers(finding);
  const streams = tenants.reduce((sum, tenant) => sum + tenant.streams.length, 0);
  const listed = isWhole ? { tenants: tenants.length, streams } : {};
  yield { kind: 'evidence-continuity-trailer', verdict, ...listed, findings: findings.length, run };
}

function* textsOf(lines: Iterable<object>): Generator<string> {
  for (const line of lines) yield `${JSON.stringify(line)}\n`;
}

/** The report, line by line, as text in pieces: a pure function of `report`, the same bytes on every machine. */
function ndjsonPieces(report: ContinuityReport, { list }: ListOptions): Generator<string> {
  return gathered(textsOf(linesOf(report, list === 'all')));
}

/** The same as bytes. */
export async function* ndjsonBytes(report: ContinuityReport, options: ListOptions): AsyncGenerator<Uint8Array> {
  for (const piece of ndjsonPieces(report, options)) yield Buffer.from(piece, 'utf8');
}

/** The same as one text. */
export function renderNdjson(report: ContinuityReport, options: ListOptions = {}): string {
  return [...ndjsonPieces(report, options)].join('');
}
