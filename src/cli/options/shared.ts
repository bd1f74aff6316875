/** The options that many verbs have: outputs, progress, what is printed. */
import type { Given } from './define.ts';
import { flag, list, negation, toggle, value, withDefault } from './define.ts';
import { notEmpty, oneOf, wholeNumber } from './readers.ts';

/** Where a report goes. */
export const output = list('<file>', 'write the report to a file, whole or not at all; - is standard output', notEmpty);

/** One of `formats`, for all outputs. */
export function format<T extends string>(formats: readonly T[], otherwise = 'text'): Given<T, false> {
  return value('<format>', `${formats.join(', ')}; else by the ending of --output, else ${otherwise}`, oneOf(formats));
}

export const TEXT_OR_JSON = ['text', 'json'] as const;

export const quiet = flag('print nothing on standard output: the exit code is the answer');

export const progress = {
  progress: toggle(
    'report progress on standard error, also where that is no terminal; --progress=json: one object a line',
    'report no progress, also on a terminal',
    ['json'],
  ),
};

export const color = negation('no colours (also: NO_COLOR=1)');

/** How many findings are listed of a comparison. */
export const maxFindingsOfBoth = withDefault(
  value('<n>', 'list at most n findings for each side and kind (default 1000); all are counted', wholeNumber),
  1000,
);

/** How many findings are listed of one source, where nobody says. */
export const FEW_FINDINGS = 20;

export const maxFindingsAsked = value(
  '<n>',
  `list at most n findings of each kind (default ${FEW_FINDINGS})`,
  wholeNumber,
);

/** How many findings are listed of one source. */
export const maxFindings = withDefault(maxFindingsAsked, FEW_FINDINGS);

export const printedAsAsked = value('<format>', 'text or json; text if not given', oneOf(TEXT_OR_JSON));

/** Of what is printed, where there is no other output. */
export const printedAs: Given<PrintedAs, true> = withDefault(printedAsAsked, 'text');

export type PrintedAs = (typeof TEXT_OR_JSON)[number];
