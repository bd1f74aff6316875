/** Documents that are checked by a schema of zod, or by a form: one way in, and one form in which all say what is wrong. */
import type { z } from 'zod';
import { EvidenceError, type EvidenceErrorOptions } from '../core/errors.ts';
import type { Form } from '../core/json/form.ts';
import type { PlainJson } from '../core/json/value.ts';

/** What a document is, and what is said besides where it is not. */
export interface DocumentOptions extends EvidenceErrorOptions {
  /** Its member `kind`, where documents of other kinds may stand in its place; `version` is 1 then. */
  readonly kind?: string;
}

/**
 * Of a document of another kind or version nothing is known: it is refused before anything else is asked of it.
 *
 * @throws EvidenceError `unsupported-version`
 */
function requireKind(value: unknown, what: string, expected: string, options: EvidenceErrorOptions): void {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
  const { kind, version } = (isObject ? value : {}) as { readonly kind?: unknown; readonly version?: unknown };
  if (kind !== expected) {
    const is = kind === undefined ? 'it has no `kind`' : `it is of kind ${JSON.stringify(kind).slice(0, 80)}`;
    throw new EvidenceError('unsupported-version', `${is}: not ${what}`, options);
  }
  if (version === 1) return;
  const reason = `it is ${what} of another version: this one reads version 1`;
  throw new EvidenceError('unsupported-version', reason, options);
}

/**
 * `value` as `schema` has it.
 *
 * @param value - plain values, strictly read before (see plain.ts)
 * @param what - names the document with its article, for the message: `a profile`
 * @throws EvidenceError `unsupported-version` for another kind or version, `schema-violation` that names the first member
 *   that is wrong by its JSON Pointer
 */
export function parseDocument<S extends z.ZodType>(
  schema: S,
  what: string,
  value: unknown,
  { kind, ...options }: DocumentOptions = {},
): z.output<S> {
  if (kind !== undefined) requireKind(value, what, kind, options);
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const at = issue === undefined || issue.path.length === 0 ? '' : ` at /${issue.path.map(String).join('/')}`;
  throw new EvidenceError('schema-violation', `not ${what}${at}: ${issue?.message ?? 'wrong form'}`, options);
}

/**
 * Refuses `value` unless it has the form `wanted`.
 *
 * @param what - names the document with its article, for the message
 * @throws EvidenceError as `parseDocument` does
 */
export function requireDocument(
  wanted: Form,
  what: string,
  value: PlainJson,
  { kind, ...options }: DocumentOptions = {},
): void {
  if (kind !== undefined) requireKind(value, what, kind, options);
  const fault = wanted.faultIn(value, '');
  if (fault === undefined) return;
  const at = fault.path === '' ? '' : ` at ${fault.path}`;
  throw new EvidenceError('schema-violation', `not ${what}${at}: expected ${fault.expected}`, options);
}
