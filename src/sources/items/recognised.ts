/**
 * Evidence that is read by what it was recognised as, and not by what somebody declared: then nothing is passed over, and
 * what does not fit is refused.
 */
import type { InputFault } from '../../core/audit/evidence-source.ts';
import { EvidenceError } from '../../core/errors.ts';
import { parseJson } from '../../core/json/parse.ts';
import type { Json } from '../../core/json/value.ts';
import { MOST_HELD_ITEM_BYTES } from '../../core/limits.ts';
import type { Platform } from '../../core/platform.ts';

/** What a source was taken for. */
export interface Recognised {
  /** `CycloneDX SBOM` */
  readonly one: string;
  /** `CycloneDX SBOMs` */
  readonly many: string;
  /** What names an item, in words. */
  readonly rule: string;
  readonly isOne: (item: Json) => boolean;
}

function advice(name: string): string {
  return `\`evidence-diff init ${name}\` makes a profile, which says how everything in it is read`;
}

/** Whether an item is what the source was taken for, by its canonical form. */
export function isOfKind({ isOne }: Recognised, platform: Platform, canonical: Uint8Array): boolean {
  return isOne(parseJson(platform, canonical));
}

/** What is said of an item of another kind: it is compared all the same, and there is no PASS. */
export function otherKind({ one }: Recognised, place: string): InputFault {
  const message = `${place}: it is no ${one}, which the input was taken for; ${advice('SOURCE')}`;
  return { kind: 'schema-violation', message };
}

/** @throws EvidenceError `input-limit`: an item that is not held cannot be recognised */
export function refuseUnheld({ one }: Recognised): never {
  const reason = `the item is longer than ${MOST_HELD_ITEM_BYTES} bytes: that it is a ${one} cannot be made sure of`;
  throw new EvidenceError('input-limit', reason, { advice: advice('SOURCE') });
}

/** @throws EvidenceError `schema-violation` if there are files that nothing reads */
export function requireEveryFile({ many }: Recognised, folder: string, unmatched: readonly string[]): void {
  if (unmatched.length === 0) return;
  const first = unmatched.slice(0, 5).join(', ');
  const reason = `there are files besides the ${many}, which nothing would read: ${first}${unmatched.length > 5 ? ', …' : ''}`;
  throw new EvidenceError('schema-violation', reason, { where: { file: folder }, advice: advice('SOURCE') });
}

/**
 * A word beside the items, such as the day of an export, is named and no more; an array or an object may be evidence.
 *
 * @param beside - a pointer to what nothing reads and is more than a word
 * @throws EvidenceError `schema-violation` if there is such a thing
 */
export function requireNothingBeside(
  recognised: Recognised | undefined,
  file: string,
  beside: string | undefined,
): void {
  if (recognised === undefined || beside === undefined) return;
  const reason = `there is more besides the ${recognised.many}, which nothing would read: ${beside}`;
  throw new EvidenceError('schema-violation', reason, { where: { file }, advice: advice('SOURCE') });
}
