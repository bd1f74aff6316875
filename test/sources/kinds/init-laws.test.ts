/** Whatever `init` makes a profile of is read by it, is itself again, and hides no change of any item. */
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../../src/core/errors.ts';
import { type ContinuityReport, compare, init, type ProfileInput2 } from '../../../src/index.ts';
import { runs } from '../../long.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { putFiles } from '../items/items.ts';

const folder = temporaryFolder();
let made = 0;

type Item = Readonly<Record<string, unknown>>;

const NAMES = ['id', 'uuid', 'tenant', 'type', 'timestamp', 'seq', 'prev', 'hash', 'value', 'a/b', '~x', '0', 'list'];
const scalar = fc.oneof(
  fc.constantFrom(null, true, 1.5, '', 'é', '2027-01-02T00:00:00Z', 'ab'.repeat(32), 1e21),
  fc.nat({ max: 5 }),
  fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('a', 'b', '"', ',', ' ') }),
);
const value = fc.oneof(
  { weight: 4, arbitrary: scalar },
  { weight: 1, arbitrary: fc.array(scalar, { maxLength: 2 }) },
  { weight: 1, arbitrary: fc.dictionary(fc.constantFrom(...NAMES), scalar, { maxKeys: 2 }) },
);

const items: fc.Arbitrary<readonly Item[]> = fc
  .uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 5 })
  .chain((names) =>
    fc.array(fc.tuple(...names.map(() => value)), { minLength: 1, maxLength: 6 }).map((rows) => [names, rows] as const),
  )
  .map(([names, rows]) => rows.map((row) => Object.fromEntries(names.map((name, at) => [name, row[at]]))));

const cell = (of: unknown): string =>
  `"${(of === null || of === undefined ? '' : typeof of === 'object' ? JSON.stringify(of) : String(of)).replaceAll('"', '""')}"`;

/** The ways in which the same items may lie there: the name of a file, and what is in it. */
const WAYS: Readonly<Record<string, (items: readonly Item[]) => string>> = {
  'x.json': (list) => JSON.stringify(list),
  'wrapped.json': (list) => JSON.stringify({ generated: 'now', entries: list }),
  'x.ndjson': (list) => list.map((item) => `${JSON.stringify(item)}\n`).join(''),
  'x.csv': (list) => {
    const names = Object.keys(list[0] ?? {});
    return [names, ...list.map((item) => names.map((name) => item[name]))]
      .map((row) => `${row.map(cell).join(',')}\n`)
      .join('');
  },
};
const way = fc.constantFrom(...Object.keys(WAYS));

function put(name: string, list: readonly Item[]): string {
  return join(putFiles(join(folder, `${++made}`), { [name]: WAYS[name]?.(list) ?? '' }), name);
}

/** The profile for a source; undefined where there is none for it, and why is said. */
async function profileFor(source: string): Promise<ProfileInput2 | undefined> {
  try {
    return (await init(source)).profile;
  } catch (fault) {
    expect(fault).toBeInstanceOf(EvidenceError);
    return undefined;
  }
}

const compared = (was: string, is: string, profile: ProfileInput2): Promise<ContinuityReport> =>
  compare(was, is, { mode: 'frozen', source: { profile } });

describe('a profile that init makes', () => {
  it('reads what it was made of, and sees each change of an item', async () => {
    const change = fc.record({ at: fc.nat(), member: fc.nat(), to: fc.constantFrom('other', 7, 'remove') });
    let [seen, equal] = [0, 0];
    await fc.assert(
      fc.asyncProperty(way, items, change, async (name, list, { at, member, to }) => {
        const was = put(name, list);
        const profile = await profileFor(was);
        if (profile === undefined) return;
        equal++;
        expect(await compared(was, put(name, list), profile)).toMatchObject({ verdict: 'PASS' });
        const index = at % list.length;
        const names = Object.keys(list[0] ?? {});
        const altered = { ...list[index], [names[member % names.length] ?? '']: 'altered ' };
        const changed = list.map((item, one) => (one === index ? altered : item));
        const without = list.filter((_, one) => one !== index);
        const is = to === 'remove' ? (list.length === 1 ? [altered] : without) : changed;
        const report = await compared(was, put(name, is), profile);
        expect(report.verdict, report.headline).not.toBe('PASS');
        seen++;
      }),
      { numRuns: runs(80, 3000) },
    );
    expect([seen > 20, equal]).toEqual([true, seen]);
  });

  it.each([
    ['of one column of measurements', 'score\n1.5\n2.5\n'],
    ['of which one column alone has a value in each row', 'nested,id\n1.5,\n2,i1\n'],
  ])('of CSV %s is one that can be read', async (_, content) => {
    const source = join(putFiles(join(folder, `${++made}`), { 'x.csv': content }), 'x.csv');
    const profile = (await init(source)).profile;
    expect((await compare(source, source, { allowSame: true, source: { profile } })).verdict).toBe('PASS');
  });
});
