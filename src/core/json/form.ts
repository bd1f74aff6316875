/**
 * Forms of small documents, each declared once: what a reader checks member by member, and the JSON Schema that is published.
 *
 * They do what zod does for the others, for those that every start reads: with zod, 94 of the 240 files that a comparison
 * loads are zod's, and a runbook starts the command for every step and every entry of its journal. test/wire/form.test.ts
 * holds both readings of a form to each other.
 */
import { EvidenceError } from '../errors.ts';
import { isHash } from '../platform.ts';
import { present } from '../present.ts';
import type { PlainJson } from './value.ts';

type PlainObject = { readonly [name: string]: PlainJson };

/** What is wrong, and where: a JSON Pointer (RFC 6901) without escapes, as a person reads it. */
type Fault = { readonly path: string; readonly expected: string };

/** JSON Schema, draft 2020-12. */
export type JsonSchema = { readonly [keyword: string]: unknown };

export interface Form {
  /** @returns what is wrong with `value`, if anything is */
  readonly faultIn: (value: PlainJson, path: string) => Fault | undefined;
  /** As much of it as JSON Schema can say. */
  readonly schema: JsonSchema;
  /** `value`, which has the form, with members in the order in which they are declared; the value itself where there are none. */
  readonly arranged?: (value: PlainJson) => PlainJson;
}

/** A value of which `holds` is true. */
export function form(expected: string, holds: (value: PlainJson) => boolean, schema: JsonSchema): Form {
  return { faultIn: (value, path) => (holds(value) ? undefined : { path, expected }), schema };
}

/** A string of which `holds` is true. */
export function textForm(expected: string, holds: (value: string) => boolean, schema: JsonSchema = {}): Form {
  return form(expected, (value) => typeof value === 'string' && holds(value), { ...schema, type: 'string' });
}

/** What has the form `base` and obeys a rule beside it, which JSON Schema does not say. */
export function ruled(base: Form, expected: string, holds: (value: PlainObject) => boolean): Form {
  return {
    faultIn: (value, path) =>
      base.faultIn(value, path) ?? (holds(value as PlainObject) ? undefined : { path, expected }),
    schema: base.schema,
    ...present({ arranged: base.arranged }),
  };
}

function isObject(value: PlainJson): value is PlainObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export const text: Form = textForm('a string', () => true);
export const textOrNull: Form = form('a string or null', (value) => typeof value === 'string' || value === null, {
  type: ['string', 'null'],
});
export const flag: Form = form('true or false', (value) => typeof value === 'boolean', { type: 'boolean' });

/** Counted as JSON Schema does (`maxLength`): in code points. */
function isAtMost(value: string, most: number): boolean {
  return value.length <= most || (value.length <= 2 * most && [...value].length <= most);
}

export const number: Form = form('a number', (value) => Number.isFinite(value), { type: 'number' });

export function nullable(base: Form): Form {
  const { faultIn, schema, arranged } = base;
  return {
    faultIn: (value, path) => (value === null ? undefined : faultIn(value, path)),
    schema: { anyOf: [schema, { type: 'null' }] },
    arranged: (value) => (value === null || arranged === undefined ? value : arranged(value)),
  };
}

/** A string of 1 to `most` code points. */
export function filledText(most?: number): Form {
  if (most === undefined)
    return textForm('a string of at least 1 character', (value) => value !== '', { minLength: 1 });
  const isFilled = (value: string): boolean => value !== '' && isAtMost(value, most);
  return textForm(`a string of 1 to ${most} characters`, isFilled, { minLength: 1, maxLength: most });
}

export function wholeFrom(least: number): Form {
  return form(
    `a whole number from ${least} to 2^53-1`,
    (value) => Number.isSafeInteger(value) && Number(value) >= least,
    { type: 'integer', minimum: least, maximum: Number.MAX_SAFE_INTEGER },
  );
}

export const count: Form = wholeFrom(0);
const HASH = '64 lower-case hexadecimal digits';
export const hash: Form = textForm(HASH, isHash, { description: HASH, pattern: '^[0-9a-f]{64}$' });
function isJson(value: PlainJson): boolean {
  if (typeof value === 'object' && value !== null) return Object.values(value).every(isJson);
  return value === null || typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

export const anything: Form = form('a JSON value', isJson, {});

export function oneOf(...allowed: readonly (string | number | true)[]): Form {
  const expected = allowed.map((value) => JSON.stringify(value)).join(' or ');
  const [first] = allowed;
  const values = allowed.length === 1 ? { const: first } : { enum: allowed };
  return form(expected, (value) => allowed.includes(value as string), { type: typeof first, ...values });
}

/** What has one of some forms, by which `choose` finds its own; `expected` where it finds none. */
export function choice(forms: readonly Form[], expected: string, choose: (value: PlainJson) => Form | undefined): Form {
  return {
    faultIn: (value, path) => {
      const own = choose(value);
      return own === undefined ? { path, expected } : own.faultIn(value, path);
    },
    schema: { anyOf: forms.map(({ schema }) => schema) },
  };
}

/** A member that may be left out. */
type Optional = Form & { readonly optional: true };
type Required = Form & { readonly optional?: never };

/** The members that an object must have, unless they are optional: it has no other. */
export type Members = Readonly<Record<string, Optional | Required>>;

/** The members of the type `T`, each optional where it is so there: types refuse a form that lacks one or has another. */
export type MembersOf<T> = { readonly [K in keyof T]-?: Record<never, never> extends Pick<T, K> ? Optional : Required };

/**
 * A member that may be left out.
 *
 * @param description - for the JSON Schema
 */
export function optional(base: Form, description?: string): Optional {
  return { ...(description === undefined ? base : described(base, description)), optional: true };
}

/** @param description - for the JSON Schema */
export function described(base: Form, description: string): Form {
  return { ...base, schema: { description, ...base.schema } };
}

function missingIn(value: PlainObject, members: ReadonlyMap<string, Members[string]>): string | undefined {
  return [...members].find(([member, own]) => !own.optional && !Object.hasOwn(value, member))?.[0];
}

export function object(members: Members): Form {
  const forms = new Map(Object.entries(members));
  const required = [...forms].flatMap(([member, own]) => (own.optional ? [] : [member]));
  const properties = Object.fromEntries([...forms].map(([member, { schema }]) => [member, schema]));
  const memberFault = (member: string, found: PlainJson | undefined, path: string): Fault | undefined => {
    const own = forms.get(member);
    if (own === undefined) return { path, expected: 'no such member' };
    // In JSON nothing is undefined; in an object of a program an optional member may be.
    return found === undefined && own.optional ? undefined : own.faultIn(found as PlainJson, path);
  };
  return {
    faultIn: (value, path) => {
      if (!isObject(value)) return { path, expected: 'an object' };
      const missing = missingIn(value, forms);
      if (missing !== undefined) return { path: `${path}/${missing}`, expected: 'a value' };
      for (const [member, found] of Object.entries(value)) {
        const fault = memberFault(member, found, `${path}/${member}`);
        if (fault !== undefined) return fault;
      }
      return undefined;
    },
    schema: {
      type: 'object',
      properties,
      ...(required.length === 0 ? {} : { required }),
      additionalProperties: false,
    },
    arranged: (value) => {
      const given = value as PlainObject;
      const there = [...forms].filter(([member]) => given[member] !== undefined);
      return Object.fromEntries(there.map(([member, own]) => [member, inOrder(own, given[member] as PlainJson)]));
    },
  };
}

/** An object whose members have any name and one form. */
export function mapOf(item: Form): Form {
  return {
    faultIn: (value, path) => {
      if (!isObject(value)) return { path, expected: 'an object' };
      for (const [member, found] of Object.entries(value)) {
        const fault = item.faultIn(found, `${path}/${member}`);
        if (fault !== undefined) return fault;
      }
      return undefined;
    },
    schema: { type: 'object', additionalProperties: item.schema },
  };
}

/** An array of values of one form, `least` to `most` of them where that is said. */
export function listOf(item: Form, least?: number, most?: number): Form {
  const bounds = least === undefined || most === undefined ? undefined : { minItems: least, maxItems: most };
  return {
    faultIn: (value, path) => {
      if (!Array.isArray(value)) return { path, expected: 'an array' };
      if (bounds !== undefined && (value.length < bounds.minItems || value.length > bounds.maxItems))
        return { path, expected: `an array of ${least} to ${most} values` };
      for (const [at, found] of (value as readonly PlainJson[]).entries()) {
        const fault = item.faultIn(found, `${path}/${at}`);
        if (fault !== undefined) return fault;
      }
      return undefined;
    },
    schema: { type: 'array', items: item.schema, ...bounds },
    arranged: (value) => (value as readonly PlainJson[]).map((found) => inOrder(item, found)),
  };
}

/** `value`, which has the form `own`, with all its members in the order in which they are declared, and none that is not. */
export function inOrder<T extends PlainJson>(own: Form, value: T): T {
  return own.arranged === undefined ? value : (own.arranged(value) as T);
}

/**
 * @param what - names the document in the message
 * @throws EvidenceError `schema-violation` unless `value` has the form `wanted`
 */
export function requireForm(what: string, wanted: Form, value: PlainJson): void {
  const fault = wanted.faultIn(value, '');
  if (fault === undefined) return;
  const at = fault.path === '' ? '' : ` at ${fault.path}`;
  throw new EvidenceError('schema-violation', `${what}${at}: expected ${fault.expected}`);
}
