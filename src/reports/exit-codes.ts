/** Verdict to exit code: the table of docs/continuity-report.md, once. Reports print it, the command obeys it. */
import type { Verdict } from '../core/report/report.ts';

export const EXIT_CODE_OF: Readonly<Record<Verdict, 0 | 1 | 2 | 3>> = {
  PASS: 0,
  FAIL: 1,
  INCOMPLETE: 2,
  UNTRUSTED: 3,
};
