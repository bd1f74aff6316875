/** What a program may say of what `explain` prints. */
import type { Mode } from '../core/kinds.ts';
import type { OptionTable } from '../core/options.ts';
import { CONCENTRATIONS, type ConcentrationBy } from '../reports/concentration.ts';
import { AUDIT_OPTIONS, type AuditByNameOptions, oneOf } from './options.ts';

/** Where changes are looked for, and how two sources are compared. */
export interface ExplainOptions extends AuditByNameOptions {
  readonly by?: ConcentrationBy;
  readonly mode?: Mode;
}

export const EXPLAIN_OPTIONS = {
  ...AUDIT_OPTIONS,
  by: oneOf(CONCENTRATIONS),
  mode: oneOf(['append', 'frozen']),
} satisfies OptionTable<ExplainOptions>;
