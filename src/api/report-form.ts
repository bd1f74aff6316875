/** Whether what a program gives as a report is one: what draws it takes that for granted, and would fall over its insides. */
import { EvidenceError } from '../core/errors.ts';
import type { PlainJson } from '../core/json/value.ts';
import { reportForm } from '../core/report/report.ts';
import { requireDocument } from '../wire/document.ts';

/** @throws TypeError in the place of the EvidenceError of `check` */
export function orMisuse(check: () => void, place: string): void {
  try {
    check();
  } catch (fault) {
    throw fault instanceof EvidenceError ? new TypeError(`${place}: ${fault.message}`) : fault;
  }
}

/**
 * @param place - whose argument it is, for the message
 * @throws TypeError that names the first member that is wrong by its JSON Pointer
 */
export function requireReport(given: unknown, place: string): void {
  const kind = 'evidence-continuity-report';
  orMisuse(() => requireDocument(reportForm, 'a continuity report', given as PlainJson, { kind }), place);
}
