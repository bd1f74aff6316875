/** What is made of lines as bytes is not believed alone: a line that the rules do not make is no PASS, whoever agrees with it. */
import { afterEach, expect, it, vi } from 'vitest';
import { LineRewrite } from '../../src/core/migration/line-rewrite.ts';
import type { PlainRecord } from '../store.ts';
import { spelled } from './damage.ts';
import { compareMigrated } from './migrated.ts';

afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

const RECORDS = 40;
const RULES = [{ name: 'r', match: { stream: 'bundles' }, patch: [{ op: 'remove', path: '/body/a' }] }];

function store(bodyOf: (n: number) => object): readonly PlainRecord[] {
  const about = { tenant: 'acme', stream: 'bundles', type: 'x' };
  const records = Array.from({ length: RECORDS }, (_, n) => ({ ...about, id: `b${10 + n}`, body: bodyOf(n) }));
  return spelled(records as PlainRecord[]);
}

/** Has the line of `forged` come out with another number in it, as a wrong rewriting would. */
function rewriteWrongly(forged: number): void {
  const { make } = LineRewrite.prototype;
  vi.spyOn(LineRewrite.prototype, 'make').mockImplementation(function (this: LineRewrite, ...given) {
    make.apply(this, given);
    const [id, from] = [`"b${10 + forged}"`, Buffer.from(this.bytes.buffer, this.bytes.byteOffset, this.bytes.length)];
    for (let at = 0, start = 0; at < this.lines; start = this.ends[at++] ?? 0) {
      const line = from.subarray(start, this.ends[at]);
      if (line.includes(id)) line.write('"n":999', line.indexOf('"n":'));
    }
  });
}

it.each([
  // The first of a stream opens it, and is made the simple way.
  ['the first of its kind', 1],
  ['the last of its batch', RECORDS - 1],
])('a line that is made wrongly, and is so in the current side, ends without a verdict: %s', async (_, forged) => {
  vi.stubEnv('EVIDENCE_DIFF_ENGINE', 'eager');
  const before = store((n) => ({ a: 1, n: 100 + n }));
  const compared = (number: number) => {
    const after = store((n) => ({ n: n === forged ? number : 100 + n }));
    return compareMigrated(before, after, { rules: RULES }, { signed: true });
  };
  expect((await compared(100 + forged)).verdict).toBe('PASS');
  expect((await compared(999)).verdict).toBe('FAIL');
  rewriteWrongly(forged);
  await expect(compared(999)).rejects.toThrow(
    /the batch engine is wrong: it makes another record than the rules \(EVIDENCE_DIFF_ENGINE=off/,
  );
});
