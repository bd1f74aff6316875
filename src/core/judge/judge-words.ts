/** What is said of two records that are judged together, in words. */
import type { Difference } from './difference.ts';
import type { Waiting } from './pending.ts';

/** Two records of one id, or what is left of one that waited. */
export interface Judged {
  readonly id: string;
  readonly seq: number | undefined;
  readonly leaf: string;
  readonly hash: string | undefined;
}

/** Of a record that says what it said, and whose body does not. */
export const BODY_FAULTY = 'content changed: the body is gone, or is not the one that its digest says';

/** What a person knows a record by, beside its id: what it is, and when it was recorded. */
export function describe({ type, recordedAt }: Waiting): string {
  return recordedAt === undefined ? `${type}, of no stated time` : `${type}, recorded ${recordedAt}`;
}

/** All that can be shown of two records whose texts are not both at hand. */
export function leavesOf(baseline: Judged, current: Judged): Difference {
  return { path: undefined, baseline: baseline.leaf, current: current.leaf, count: 0 };
}

export function changeMessage(baseline: Judged, current: Judged, sameContent: boolean, difference: Difference): string {
  const what = sameContent ? 'content untouched, custody members changed' : 'content changed';
  const others = difference.count - 1;
  const more = others > 0 ? ` (and ${others} other ${others === 1 ? 'place' : 'places'})` : '';
  const where = difference.path === undefined ? '' : ` at ${difference.path}${more}`;
  const moved = baseline.seq === current.seq ? '' : `; seq was ${baseline.seq ?? 'none'}, is ${current.seq ?? 'none'}`;
  return what + where + moved;
}
