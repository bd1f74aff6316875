/**
 * The forms of header and trailer, checked member by member.
 *
 * They say what `headerSchema` and `trailerSchema` say (schemas.ts), which the JSON Schemas are made from and which
 * test/wire/envelope-form.test.ts holds against them. Written out, because every comparison reads two headers, and zod
 * alone takes longer to load than a small comparison takes.
 */
import { EvidenceError } from '../core/errors.ts';
import { isHash } from '../core/platform.ts';
import type { PlainJson } from '../core/snapshot/header.ts';

type PlainObject = { readonly [name: string]: PlainJson };

/** What is wrong, and where: a JSON Pointer (RFC 6901) without escapes, as a person reads it. */
type Fault = { readonly path: string; readonly expected: string };
type Form = (value: PlainJson, path: string) => Fault | undefined;

function form(expected: string, holds: (value: PlainJson) => boolean): Form {
  return (value, path) => (holds(value) ? undefined : { path, expected });
}

function isObject(value: PlainJson): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const text = form('a string', (value) => typeof value === 'string');
const textOrNull = form('a string or null', (value) => typeof value === 'string' || value === null);
const flag = form('true or false', (value) => typeof value === 'boolean');
const filledText = form('a string of at least 1 character', (value) => typeof value === 'string' && value.length > 0);
const name = form(
  'a string of 1 to 256 characters',
  (value) => typeof value === 'string' && value.length > 0 && value.length <= 256,
);
const count = form('a whole number from 0 to 2^53-1', (value) => Number.isSafeInteger(value) && Number(value) >= 0);
const hash = form('64 lower-case hexadecimal digits', (value) => typeof value === 'string' && isHash(value));
const anything = form('a value', () => true);

function oneOf(...allowed: readonly PlainJson[]): Form {
  return form(allowed.map((value) => JSON.stringify(value)).join(' or '), (value) => allowed.includes(value));
}

const genesis = form(
  '"zeros", "null", null or 64 lower-case hexadecimal digits',
  (value) => value === null || value === 'zeros' || value === 'null' || (typeof value === 'string' && isHash(value)),
);

/** The members that an object must and may have: it has no other. */
function object(required: Readonly<Record<string, Form>>, optional: Readonly<Record<string, Form>> = {}): Form {
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
function mapOf(item: Form): Form {
  return (value, path) => {
    if (!isObject(value)) return { path, expected: 'an object' };
    for (const [member, found] of Object.entries(value)) {
      const fault = item(found, `${path}/${member}`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

function listOf(item: Form): Form {
  return (value, path) => {
    if (!Array.isArray(value)) return { path, expected: 'an array' };
    for (const [at, found] of (value as readonly PlainJson[]).entries()) {
      const fault = item(found, `${path}/${at}`);
      if (fault !== undefined) return fault;
    }
    return undefined;
  };
}

const header = object(
  {
    kind: oneOf('evidence-snapshot'),
    version: oneOf(1),
    depth: oneOf('full', 'digest', 'summary'),
    canonical: oneOf('jcs-exact'),
    hash: oneOf('sha256'),
    tree: oneOf('rfc9162'),
  },
  {
    subject: mapOf(anything),
    capturedAt: text,
    tool: text,
    chains: mapOf(object({}, { genesis, recipe: filledText, firstSeq: count })),
  },
);

const stream = object(
  { stream: name, ordered: flag, size: count, head: textOrNull },
  { root: hash, firstSeq: count, lastSeq: count },
);

const tenant = object({ tenant: name, records: count, counts: mapOf(count), streams: listOf(stream) }, { root: hash });

const trailer = object(
  { kind: oneOf('evidence-snapshot-trailer'), records: count, tenants: listOf(tenant) },
  { globalRoot: hash },
);

function require(what: string, wanted: Form, value: PlainJson): void {
  const fault = wanted(value, '');
  if (fault === undefined) return;
  const at = fault.path === '' ? '' : ` at ${fault.path}`;
  throw new EvidenceError('schema-violation', `${what}${at}: expected ${fault.expected}`);
}

/** @throws EvidenceError `schema-violation` unless `value` has the form of a header */
export function requireHeader(value: PlainJson): void {
  require('header', header, value);
}

/** @throws EvidenceError `schema-violation` unless `value` has the form of a trailer */
export function requireTrailer(value: PlainJson): void {
  require('trailer', trailer, value);
}
