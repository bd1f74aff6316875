/** Records as a program gives them, and where one stands of which something is wrong. */
import { EvidenceError } from '../errors.ts';
import { jsonFrom } from '../json/from-plain.ts';
import { parseJson } from '../json/parse.ts';
import type { Json, JsonObject } from '../json/value.ts';
import { portable } from '../platform.ts';

/**
 * A value that is JSON as it is: null, boolean, number, bigint, string, `JsonNumber`, list, plain object or Map. What an
 * object holds is seen when it is written: a Date in it is refused then.
 */
export type JsonInput = null | boolean | number | bigint | string | object;

/** The members of a record; docs/snapshot.md says what each means. */
export interface RecordObject {
  readonly tenant: string;
  readonly stream: string;
  /** Unique in its stream. */
  readonly id: string;
  readonly type: string;
  /** Position in an ordered stream. */
  readonly seq?: number | bigint;
  /** RFC 3339 date and time. */
  readonly recordedAt?: string;
  /** `hash` of the record before it in its custody chain; null for the first. */
  readonly prev?: string | null;
  /** The hash that the source itself keeps, as 64 hexadecimal digits. */
  readonly hash?: string;
  readonly attrs?: Readonly<Record<string, string>>;
  readonly body?: JsonInput;
  /** `sha256:` and 64 hexadecimal digits; in place of `body` or beside it. */
  readonly bodyDigest?: string;
}

/** A record as it is given: a plain object, Json, or its JSON text as bytes, which loses no digit of a number. */
export type RecordInput = RecordObject | JsonObject | Uint8Array;

const NAMES = ['tenant', 'stream', 'id'] as const;
const LONGEST_NAME = 256;

/** The members of whatever was given, as far as they can be told. */
function membersOf(record: unknown): ReadonlyMap<unknown, unknown> {
  try {
    const value: unknown = record instanceof Uint8Array ? parseJson(portable, record) : record;
    if (value instanceof Map) return value;
    return new Map(typeof value === 'object' && value !== null ? Object.entries(value) : []);
  } catch {
    return new Map();
  }
}

function isJson(value: unknown): value is Json {
  try {
    jsonFrom(value);
    return true;
  } catch {
    return false;
  }
}

/** `records[3]: acme / bundles / a`, with as many of the names as there are. */
function placeOf(members: ReadonlyMap<unknown, unknown>, index: number): string {
  const names = NAMES.map((name) => members.get(name)).filter((name) => typeof name === 'string');
  const shown = names.map((name) => name.slice(0, LONGEST_NAME)).join(' / ');
  return `records[${index}]${shown === '' ? '' : `: ${shown}`}`;
}

/**
 * `fault` with the place of the record that it is about.
 *
 * @param index - how many records came before it
 */
export function atRecord(fault: unknown, record: unknown, index: number): unknown {
  const members = membersOf(record);
  const place = placeOf(members, index);
  if (fault instanceof EvidenceError) {
    const { kind, reason, where, advice, cause } = fault;
    return new EvidenceError(kind, `${reason} (${place})`, {
      // An offset into the text that was made of an object means nothing to whoever gave the object.
      where: record instanceof Uint8Array ? where : {},
      cause,
      ...(advice === undefined ? {} : { advice }),
    });
  }
  if (!(fault instanceof TypeError)) return fault;
  const [member] = [...members].find(([, value]) => !isJson(value)) ?? [];
  const what = typeof member === 'string' ? `\`${member.slice(0, LONGEST_NAME)}\`: ` : '';
  return new TypeError(`${what}${fault.message} (${place})`, { cause: fault });
}
