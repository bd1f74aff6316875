/**
 * Forms of small documents, checked member by member: what zod does for the others, for those that every start reads.
 *
 * With zod, 94 of the 240 files that a comparison loads are zod's, and a runbook starts the command for every step and
 * every entry of its journal. Each form is held against a zod schema in test/wire: they accept and refuse the same.
 */
import { EvidenceError } from '../errors.ts';
import { isHash } from '../platform.ts';
import type { PlainJson } from './value.ts';

type PlainObject = { readonly [name: string]: PlainJson };

/** What is wrong, and where: a JSON Pointer (RFC 6901) without escapes, as a person reads it. */
type Fault = { readonly path: string; readonly expected: string };
/** @returns what is wrong with `value`, if anything is */
export type Form = (value: PlainJson, path: string) => Fault | undefined;

/** A value of which `holds` is true. */
export function form(expected: string, holds: (value: PlainJson) => boolean): Form {
  return (value, path) => (holds(value) ? undefined : { path, expected });
}

function isObject(value: PlainJson): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const text: Form = form('a string', (value) => typeof value === 'string');
export const textOrNull: Form = form('a string or null', (value) => typeof value === 'string' || value === null);
export const flag: Form = form('true or false', (value) => typeof value === 'boolean');

/** Counted as JSON Schema does (`maxLength`): in code points. */
function isAtMost(value: string, most: number): boolean {
  return value.length <= most || (value.length <= 2 * most && [...value].length <= most);
}

/** A string of 1 to `most` code points. */
export function filledText(most = Number.MAX_SAFE_INTEGER): Form {
  const expected = most === Number.MAX_SAFE_INTEGER ? 'at least 1 character' : `1 to ${most} characters`;
  return form(
    `a string of ${expected}`,
    (value) => typeof value === 'string' && value.length > 0 && isAtMost(value, most),
  );
}

export const count: Form = form(
  'a whole number from 0 to 2^53-1',
  (value) => Number.isSafeInteger(value) && Number(value) >= 0,
);
export const hash: Form = form(
  '64 lower-case hexadecimal digits',
  (value) => typeof value === 'string' && isHash(value),
);
export const anything: Form = form('a value', () => true);

export function oneOf(...allowed: readonly PlainJson[]): Form {
  return form(allowed.map((value) => JSON.stringify(value)).join(' or '), (value) => allowed.includes(value));
}

/** The members that an object must and may have: it has no other. */
export function object(required: Readonly<Record<string, Form>>, optional: Readonly<Record<string, Form>> = {}): Form {
  const forms = new Map([...Object.entries(required), ...Object.entries(optional)]);
  return (value, path) => {
    if (!isObject(value)) return { path, expected: 'an object' };
    for (const member of Object.keys(required)) {
      if (!Object.hasOwn(value, member)) return { path: `${path}/${member}`, expected: 'a value' };
    }
    for (const [member, found] of Object.entries(value)) {
      const fault = forms.get(member)?.(found, `${path}/${member}`);
      if (fault !== undefined) return fault;
      if (!forms.has(member)) return { path: `${path}/${member}`, expected: 'no such member' };
    }
    return undefined;
  };
}

/** An object whose members have any name and one form. */
export function mapOf(item: Form): Form {
  return (value, path) => {
    if (!isObject(value)) return { path, expected: 'an object' };
    for (const [member, found] of Object.entries(value)) {
      const fault = item(found, `${path}/${member}`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

/** An array of `least` to `most` values of one form. */
export function listOf(item: Form, least = 0, most = Number.MAX_SAFE_INTEGER): Form {
  return (value, path) => {
    if (!Array.isArray(value)) return { path, expected: 'an array' };
    if (value.length < least || value.length > most)
      return { path, expected: `an array of ${least} to ${most} values` };
    for (const [at, found] of (value as readonly PlainJson[]).entries()) {
      const fault = item(found, `${path}/${at}`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

/**
 * @param what - names the document in the message
 * @throws EvidenceError `schema-violation` unless `value` has the form `wanted`
 */
export function requireForm(what: string, wanted: Form, value: PlainJson): void {
  const fault = wanted(value, '');
  if (fault === undefined) return;
  const at = fault.path === '' ? '' : ` at ${fault.path}`;
  throw new EvidenceError('schema-violation', `${what}${at}: expected ${fault.expected}`);
}
