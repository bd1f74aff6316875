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
  type StreamReport,
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

export function tenantMembers(tenant: TenantReport): TenantReport {
  return ordered(tenantForm, tenant);
}

export function streamMembers(stream: StreamReport): StreamReport {
  return ordered(streamForm, stream);
}

/*
 * As JSON text, piece by piece: a report has an entry for each stream, and a text of all of them is longer than a string may
 * be where there are a million. What is written of an entry is forgotten before the next is drawn.
 */

/** Pieces of so many code units are worth handling one by one. */
const PIECE_UNITS = 64 * 1024;

/** JSON in small texts, none of which ends within a string, gathered to pieces that are safe on a terminal. */
export function* gathered(texts: Iterable<string>): Generator<string> {
  let piece = '';
  for (const text of texts) {
    piece += text;
    if (piece.length < PIECE_UNITS) continue;
    yield printableJson(piece);
    piece = '';
  }
  if (piece !== '') yield printableJson(piece);
}

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

function tenantTexts(tenant: TenantReport): Generator<string> {
  return withItems(tenantMembers({ ...tenant, streams: [] }), 'streams', tenant.streams, (stream) => [
    JSON.stringify(streamMembers(stream), null, 2),
  ]);
}

function* documentTexts(report: ContinuityReport): Generator<string> {
  yield* withItems(reportMembers({ ...report, tenants: [] }), 'tenants', report.tenants, tenantTexts);
  yield '\n';
}

/** The report, version 1, as JSON text in pieces: a pure function of `report`, the same bytes on every machine. */
export function jsonPieces(report: ContinuityReport): Generator<string> {
  return gathered(documentTexts(report));
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
