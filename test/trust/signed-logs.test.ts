/** What may be signed next of a growing log: each condition by itself. */
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../src/core/errors.ts';
import { parseJson } from '../../src/core/json/parse.ts';
import { portable } from '../../src/core/platform.ts';
import {
  type GrowingLog,
  parseState,
  remembering,
  type SignedLogs,
  stateFor,
  stateText,
} from '../../src/trust/signed-logs.ts';

const hash = (digit: string): string => digit.repeat(64);
const log = (size: number, root: string, stream = 's'): GrowingLog => ({ tenant: 't', stream, size, root: hash(root) });
const tree = (origin: string, size: number, root: string) => ({ origin, size, root: hash(root) });
const stateOf = (attempt: number, ...trees: readonly ReturnType<typeof tree>[]): SignedLogs => ({
  begin: 'o/p',
  attempt,
  signed: new Map(trees.map((one) => [one.origin, one])),
});
const read = (text: string): SignedLogs => parseState(parseJson(portable, Buffer.from(text)));

function fault(run: () => unknown): string {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof EvidenceError) return `${thrown.kind}: ${thrown.reason}`;
    throw thrown;
  }
  return 'none';
}

describe('what is remembered', () => {
  const STATE = stateOf(2, tree('o/p/t/s', 4, 'a'), tree('o/p/t/s/attempt-2', 1, 'b'));
  const text = stateText(STATE);

  it('is read as it was written, also if it is nothing', () => {
    expect(read(text)).toEqual(STATE);
    expect(read(stateText(stateOf(1)))).toEqual(stateOf(1));
  });

  it.each<[string, string, string]>([
    ['another kind', '"evidence-checkpoint-state"', '"evidence-snapshot"'],
    ['another version', '"version": 1', '"version": 2'],
    ['no begin', '"begin": "o/p",', ''],
    ['an attempt of 0', '"attempt": 2', '"attempt": 0'],
    ['a member more', '"attempt": 2', '"attempt": 2, "more": 1'],
    ['a member of a tree more', '"size":4', '"size":4,"more":1'],
    ['an origin twice', 'o/p/t/s/attempt-2', 'o/p/t/s'],
    ['a size that is no count', '"size":4', '"size":4.5'],
    ['a root that is none', hash('a'), hash('A')],
  ])('is refused with %s', (_, from, to) => {
    expect(text).toContain(from);
    expect(fault(() => read(text.replace(from, to)))).toMatch(/^schema-violation: /);
  });

  it('is of one store and one attempt', () => {
    expect(stateFor(undefined, 'o/p', undefined)).toEqual(stateOf(1));
    expect(stateFor(undefined, 'o/p', 3)).toEqual(stateOf(3));
    expect(stateFor(STATE, undefined, undefined)).toEqual(STATE);
    expect(stateFor(STATE, 'o/p', 2)).toEqual(STATE);
    expect(stateFor(STATE, 'o/p', 5)).toEqual({ ...STATE, attempt: 5 });
    expect(fault(() => stateFor(STATE, 'o/p', 1))).toBe('input-changed: attempt 2 was begun: 1 is closed');
    expect(fault(() => stateFor(STATE, 'o', 2))).toBe('input-changed: the state is of the origin o/p, not of o');
    expect(fault(() => stateFor(undefined, undefined, 1))).toMatch(/^input-changed: it names no system/);
  });
});

describe('what is signed next', () => {
  const kinds = (state: SignedLogs, logs: readonly GrowingLog[], then?: string): string => {
    const { refused, next } = remembering(state, logs, () => (then === undefined ? undefined : hash(then)));
    // What was signed before stays remembered, whatever else is.
    for (const origin of state.signed.keys()) expect(next.signed.has(origin)).toBe(true);
    return refused.map(({ kind, broken }) => `${kind} ${broken}`).join(', ');
  };
  const was = stateOf(1, tree('o/p/t/s', 4, 'a'));

  it('is the same tree, or a larger one that begins with it', () => {
    expect(kinds(was, [log(4, 'a')])).toBe('');
    expect(kinds(was, [log(5, 'b')], 'a')).toBe('');
    expect(remembering(was, [log(5, 'b')], () => hash('a')).next).toEqual(stateOf(1, tree('o/p/t/s', 5, 'b')));
    expect(kinds(stateOf(1), [log(1, 'b')])).toBe('');
    expect(kinds(was, [log(4, 'a'), log(1, 'c', 'new')])).toBe('');
  });

  it.each<[string, readonly GrowingLog[], string | undefined, string]>([
    ['another root of one size, even if its beginning is said to fit', [log(4, 'b')], 'a', 'history-not-prefix true'],
    ['a larger one that begins otherwise', [log(5, 'b')], 'c', 'history-not-prefix true'],
    ['a larger one of which the beginning was not seen', [log(5, 'b')], undefined, 'proof-unavailable false'],
    ['a smaller one', [log(3, 'a')], 'a', 'chain-truncated true'],
    ['none at all', [], undefined, 'stream-missing true'],
    ['another stream in its place', [log(4, 'a', 'x')], 'a', 'stream-missing true'],
  ])('is never %s', (_, logs, then, kind) => expect(kinds(was, logs, then)).toBe(kind));

  it('is told by attempt: those that were ended are missed by nobody, and stay remembered', () => {
    const both = stateOf(2, tree('o/p/t/s', 4, 'a'), tree('o/p/t/s/attempt-2', 2, 'b'));
    expect(kinds(both, [log(2, 'b')])).toBe('');
    expect(kinds(both, [log(4, 'a')], 'c')).toBe('history-not-prefix true');
    expect(kinds(both, [])).toBe('stream-missing true');
    expect(kinds({ ...both, attempt: 3 }, [log(1, 'd')])).toBe('');
    expect(kinds({ ...both, attempt: 3 }, [])).toBe('');
    expect(kinds({ ...both, attempt: 1 }, [])).toBe('stream-missing true');
  });
});
