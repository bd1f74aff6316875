/** One shape for each verdict, so that they can be told apart without colour. */
import type { Verdict } from '../../core/continuity/report.ts';

/** Path data in a box of 48 by 48: check, cross, open ring, warning. */
export const SHAPE_OF: Readonly<Record<Verdict, string>> = {
  PASS: 'M12 25l8 8 17-18',
  FAIL: 'M14 14l20 20M34 14L14 34',
  INCOMPLETE: 'M15 24h.1M24 24h.1M33 24h.1',
  UNTRUSTED: 'M24 13v14M24 34v.1',
};
