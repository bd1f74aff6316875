/** Whether what a program gives as a report is one: what draws it takes that for granted, and would fall over its insides. */
import { EvidenceError } from '../core/errors.ts';
import { parseDocument } from '../wire/document.ts';

type Schema = Parameters<typeof parseDocument>[0];

/**
 * @param place - whose argument it is, for the message
 * @param what - names it with its article
 * @throws TypeError that names the first member that is wrong by its JSON Pointer
 */
export function requireReport(schema: Schema, kind: string, what: string, given: unknown, place: string): void {
  try {
    parseDocument(schema, what, given, { kind });
  } catch (fault) {
    throw fault instanceof EvidenceError ? new TypeError(`${place}: ${fault.message}`) : fault;
  }
}
