/**
 * The text at both ends of a digest index (docs/trust.md, "Digest index"):
 *
 *   evidence-digest-index v1 LF
 *   the leaf hashes of every set, 32 bytes each, set after set, in the order of the records
 *   { "kind", "version", "sets": [ { "tenant", "stream", "size", "root" } ] } LF
 *   the length of that line in bytes, ten digits, LF
 *
 * What was counted comes last, so that it can be written while a source streams by; where it begins is stated at the end of
 * the file. Each set is held to its root: the index needs nobody to vouch for it beside the baseline that states the root.
 */
import { EvidenceError } from '../errors.ts';
import { canonicalText } from '../json/canonical.ts';
import { Fields, type Reading } from '../json/fields.ts';
import { jsonFrom } from '../json/from-plain.ts';
import { parseJson } from '../json/parse.ts';
import type { Json } from '../json/value.ts';
import { type Hash, type Platform, utf8 } from '../platform.ts';
import { placeKey } from '../snapshot/summary.ts';

const KIND = 'evidence-digest-index';
const NOT_ONE: Reading = { what: 'not a digest index', path: '' };

/** The first line. */
export const INDEX_BEGIN: Uint8Array = utf8(`${KIND} v1\n`);
/** Length in bytes of the last line. */
export const INDEX_END_BYTES = 11;
export const LEAF_BYTES = 32;

/** A set, as the index has it. */
export interface IndexedSet {
  readonly tenant: string;
  readonly stream: string;
  /** Number of records. */
  readonly size: number;
  readonly root: Hash;
}

/** All that stands behind the leaves. */
export function indexEnd(sets: readonly IndexedSet[]): Uint8Array {
  const listed = sets.map(({ tenant, stream, size, root }) => ({ tenant, stream, size, root }));
  const line = utf8(`${canonicalText(jsonFrom({ kind: KIND, version: 1, sets: listed }))}\n`);
  const length = utf8(`${String(line.length).padStart(INDEX_END_BYTES - 1, '0')}\n`);
  const end = new Uint8Array(line.length + length.length);
  end.set(line);
  end.set(length, line.length);
  return end;
}

/** @throws EvidenceError `schema-violation` unless the last line is what it must be */
export function lengthOfSets(end: string): number {
  if (/^[0-9]{10}\n$/.test(end)) return Number(end);
  throw new EvidenceError('schema-violation', `${NOT_ONE.what}: it does not end as one`, {
    advice: 'make it with digest-index',
  });
}

function setOf(json: Json, reading: Reading): IndexedSet {
  const fields = new Fields(json, reading);
  const set = {
    tenant: fields.text('tenant'),
    stream: fields.text('stream'),
    size: fields.count('size'),
    root: fields.hash('root'),
  };
  fields.end();
  return set;
}

/**
 * The sets of an index.
 *
 * @param line - what stands behind the leaves, without the last line
 * @param leaves - how many leaves stand before it
 * @throws EvidenceError `schema-violation`, `input-malformed`
 */
export function parseSets(platform: Platform, line: Uint8Array, leaves: number): readonly IndexedSet[] {
  const fields = new Fields(parseJson(platform, line), NOT_ONE);
  fields.literal('kind', KIND);
  fields.literal('version', 1);
  const sets = fields.array('sets', setOf);
  fields.end();
  const sum = sets.reduce((total, { size }) => total + size, 0);
  const isOnce = new Set(sets.map(placeKey)).size === sets.length;
  if (sum === leaves && isOnce) return sets;
  const fault = isOnce ? `it has ${leaves} leaves, and its sets have ${sum}` : 'a set stands twice';
  throw new EvidenceError('schema-violation', `${NOT_ONE.what}: ${fault}`);
}
