/** What the subject of a snapshot is expected to say: how that is written, and what does not fit. One reading for all. */
import type { Subject } from '../core/snapshot/header.ts';

/** The member that names the system. */
const SYSTEM = 'system';

/**
 * Reads what was asked for: `member=text`, or the name of the system alone.
 *
 * @returns members and the texts that they must have, or why that cannot be meant
 */
export function readExpectedSubject(asked: readonly string[]): ReadonlyMap<string, string> | string {
  const expected = new Map<string, string>();
  for (const one of asked) {
    const at = one.indexOf('=');
    if (one === '' || at === 0)
      return `${JSON.stringify(one)}: give a member, = and its text, or the name of the system`;
    const [member, text] = at < 0 ? [SYSTEM, one] : [one.slice(0, at), one.slice(at + 1)];
    if (expected.has(member)) return `${member} was given more than once`;
    expected.set(member, text);
  }
  return expected;
}

/** Where `found` does not say what is expected, each in words. */
export function subjectDifferences(found: Subject, expected: ReadonlyMap<string, string>): readonly string[] {
  return [...expected].flatMap(([member, text]): readonly string[] => {
    const value = Object.hasOwn(found, member) ? found[member] : undefined;
    const is = typeof value === 'string' ? value : JSON.stringify(value);
    if (is === text) return [];
    const told = is === undefined ? 'it has no' : `it has ${JSON.stringify(is).slice(0, 200)} as`;
    return [`${told} ${JSON.stringify(member)}, expected is ${JSON.stringify(text)}`];
  });
}
