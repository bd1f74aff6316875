/** Whether what is derived in a row holds, without its record: asked of rows whose records are taken many at once. */
import { hash } from 'node:crypto';
import type { DerivedRule } from '../../core/custody/recipes.ts';
import type { Holds } from './record-lines.ts';
import type { RowText } from './row-text.ts';

function checkOf({ member, recipe }: DerivedRule, text: RowText): Holds | undefined {
  const { hashedOf } = recipe;
  const { hash: own, seq } = text;
  const value = member === 'hash' ? own : text.attrs.get(member);
  if (hashedOf === undefined || own === undefined || seq === undefined || value === undefined) return undefined;
  return (row) => {
    const [digits, position] = [own.read(row), seq.read(row)];
    if (typeof digits !== 'string' || typeof position !== 'string') return false;
    return value.read(row) === hash('sha256', hashedOf(digits, position), 'hex');
  };
}

/**
 * How the rules of a stream are checked in its rows; undefined where one of them needs the record.
 *
 * @returns a check that is true where each rule applies and holds
 */
export function holdsOf(rules: readonly DerivedRule[], text: RowText): Holds | undefined {
  const checks = rules.map((rule) => checkOf(rule, text));
  if (checks.includes(undefined)) return undefined;
  return (row) => checks.every((check) => check?.(row) === true);
}
