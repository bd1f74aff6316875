/** Which rule is for a record: one, or none. */
import { EvidenceError } from '../errors.ts';
import type { JsonObject } from '../json/value.ts';
import type { EvidenceRecord } from '../snapshot/record.ts';
import type { Match, MigrationRule, Place } from './migration.ts';
import { mismatch } from './mismatch.ts';
import { isSame } from './patch.ts';
import { isWithinBody, type Pointer, pointerText, valueAt } from './pointer.ts';

/** The record as JSON, made when a rule asks for it. */
export type AsJson = () => JsonObject;

/** Whether `name` is `pattern`, or begins as it does where it ends in `*`. */
export function fits(pattern: string, name: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** Names and patterns of names. */
export type Patterns = readonly string[];

function targetsOf(naming: Place['tenant'], own: string): Patterns {
  if (naming === undefined) return [own];
  if ('places' in naming) return [...naming.places.targets];
  return ['value' in naming ? naming.value : naming.to];
}

/** Where records come to stand that a rule is for. */
export function placesAfter(rule: MigrationRule): { readonly tenant: Patterns; readonly stream: Patterns } {
  const { match, place, splitChain } = rule;
  return {
    tenant: targetsOf(place.tenant, match.tenant),
    stream: splitChain === undefined ? targetsOf(place.stream, match.stream) : [splitChain.to],
  };
}

/**
 * Refuses to read what the baseline does not hold.
 *
 * @throws EvidenceError `proof-unavailable` for a pointer into the body of a record that has only its digest
 */
export function requireBody(record: JsonObject, pointer: Pointer): void {
  if (pointer[0] !== 'body' || record.has('body')) return;
  const reason = `a rule of the migration reads ${pointerText(pointer)}, and the baseline has only the digest of that body`;
  throw new EvidenceError('proof-unavailable', reason, { advice: 'take the baseline with --depth full' });
}

function holds({ where }: Match, asJson: AsJson): boolean {
  return where.every(({ test, value }) => {
    const record = asJson();
    requireBody(record, test);
    return isSame(valueAt(record, test), value);
  });
}

/** Whether a rule is for records of this stream, some or all. */
export function isOfStream({ match }: MigrationRule, at: Pick<EvidenceRecord, 'tenant' | 'stream'>): boolean {
  return fits(match.tenant, at.tenant) && fits(match.stream, at.stream);
}

/**
 * What decides, beside its type, which of the rules of a stream is for a record there: members of its body, by name.
 * Undefined where it is something else.
 */
export function membersAsked(rules: readonly MigrationRule[]): readonly string[] | undefined {
  const tests = rules.flatMap(({ match }) => match.where.map(({ test }) => test));
  const isSimple = ({ retire, erase, splitChain }: MigrationRule): boolean =>
    [retire, erase, splitChain].every((more) => more === undefined);
  if (!rules.every(isSimple) || !tests.every(isWithinBody)) return undefined;
  return [...new Set(tests.map((test) => test[1] ?? ''))];
}

function isFor(rule: MigrationRule, record: EvidenceRecord, asJson: AsJson): boolean {
  const { match, retire, erase } = rule;
  if (!isOfStream(rule, record) || !fits(match.type, record.type)) return false;
  const named = retire?.ids ?? erase?.ids;
  if (named !== undefined && !named.has(record)) return false;
  const { splitChain } = rule;
  // What stands before the cut is for no rule: it stays as it is.
  if (splitChain !== undefined && record.seq !== undefined && record.seq < splitChain.from) return false;
  return holds(match, asJson);
}

/**
 * The rule for `record`, by its index; -1 if there is none.
 *
 * @throws MapMismatch if there are two
 * @throws EvidenceError `proof-unavailable` if that depends on a body that the baseline does not hold
 */
export function ruleFor(rules: readonly MigrationRule[], record: EvidenceRecord, asJson: AsJson): number {
  let found = -1;
  for (const [at, rule] of rules.entries()) {
    if (!isFor(rule, record, asJson)) continue;
    if (found >= 0) mismatch(`two rules are for it: ${rules[found]?.name} and ${rule.name}`);
    found = at;
  }
  return found;
}
