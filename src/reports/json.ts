/** The report as JSON: members in the order of the contract, two spaces, one line feed at the end. */
import { createHash } from 'node:crypto';
import { type Form, inOrder } from '../core/json/form.ts';
import type { PlainJson } from '../core/json/value.ts';
import { FINDING_KINDS } from '../core/kinds.ts';
import {
  type ContinuityReport,
  type Finding,
  findingForm,
  reportForm,
  streamForm,
  type TenantReport,
  tenantForm,
} from '../core/report/report.ts';
import { printableJson } from './printable.ts';

function ordered<T extends object>(form: Form, value: T): T {
  return inOrder(form, value as unknown as PlainJson) as unknown as T;
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
export function reportMembers(report: ContinuityReport): ContinuityReport {
  return { ...ordered(reportForm, report), findingCounts: countsOf(report.findingCounts) };
}

/** The members of `finding` likewise. */
export function findingMembers(finding: Finding): Finding {
  return ordered(findingForm, finding);
}

/*
 * As JSON text, piece by piece: a report has an entry for each stream, and a text of all of them is longer than a string may
 * be where there are a million. What is written of an entry is forgotten before the next is drawn.
 */

/** Pieces of so many code units are worth handling one by one. */
const PIECE_UNITS = 64 * 1024;

const INDENT = '\n    ';

/**
 * `object` as JSON with two spaces, piece by piece.
 *
 * @param object - its member `list` is an empty array, in whose place `items` are written
 */
function* withItems<T>(
  object: object,
  list: string,
  items: readonly T[],
  piecesOf: (item: T) => Iterable<string>,
): Generator<string> {
  const text = JSON.stringify(object, null, 2);
  // Deeper members stand further in, and within a string a line feed is escaped.
  const opening = `\n  "${list}": [`;
  const at = items.length === 0 ? text.length : text.indexOf(`${opening}]`) + opening.length;
  yield text.slice(0, at);
  for (const [index, item] of items.entries()) {
    yield index === 0 ? INDENT : `,${INDENT}`;
    for (const piece of piecesOf(item)) yield piece.replaceAll('\n', INDENT);
  }
  if (items.length > 0) yield '\n  ';
  yield text.slice(at);
}

function tenantPieces(tenant: TenantReport): Generator<string> {
  return withItems(ordered(tenantForm, { ...tenant, streams: [] }), 'streams', tenant.streams, (stream) => [
    JSON.stringify(ordered(streamForm, stream), null, 2),
  ]);
}

/** The report, version 1, as JSON text in pieces: a pure function of `report`, the same bytes on every machine. */
export function* jsonPieces(report: ContinuityReport): Generator<string> {
  let text = '';
  for (const piece of withItems(reportMembers({ ...report, tenants: [] }), 'tenants', report.tenants, tenantPieces)) {
    text += piece;
    if (text.length < PIECE_UNITS) continue;
    yield printableJson(text);
    text = '';
  }
  yield `${printableJson(text)}\n`;
}

/** The same as bytes. */
export async function* jsonBytes(report: ContinuityReport): AsyncGenerator<Uint8Array> {
  for (const piece of jsonPieces(report)) yield Buffer.from(piece, 'utf8');
}

/** The same as one text. */
export function renderJson(report: ContinuityReport): string {
  return [...jsonPieces(report)].join('');
}

/** SHA-256 of the UTF-8 bytes of `text`, as 64 hexadecimal digits. */
export function sha256Of(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

/** What ties another format to the JSON report of the same run: the digest of its bytes. */
export function jsonDigestOf(report: ContinuityReport): string {
  const digest = createHash('sha256');
  for (const piece of jsonPieces(report)) digest.update(piece, 'utf8');
  return digest.digest('hex');
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
  const { verdict, tenants, findings } = report;
  const { kind: _, version, tenants: __, findings: ___, run, ...rest } = reportMembers({ ...report, tenants: [] });
  const summary = { kind: 'evidence-continuity-summary', version, ...rest, tenants: tenants.length };
  const trailer = { kind: 'evidence-continuity-trailer', verdict, findings: findings.length, run };
  return [summary, ...findings.map(findingMembers), trailer].map(line).join('');
}
