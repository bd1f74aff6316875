/** Which fast test files come by which mutants, and how long each takes: found by running each of them once. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Drawn } from './draw.ts';
import { silenceFor, type Tests } from './tests.ts';

/** A test file that is green where no mutant is awake. */
export interface Covering {
  readonly file: string;
  /** By the clock: how long it is waited for, and nothing else. */
  readonly milliseconds: number;
  /** CPU time in milliseconds, by which it is chosen: the clock of a busy machine would choose others. */
  readonly cost: number;
  readonly hits: readonly number[];
}

/** What a line of spent.ts begins with; all others are numbers of mutants. */
const COST = 'cost ';
/** A file that costs more alone is no fast test. */
const DEAREST = 40_000;
/** What the files run against one mutant may cost in all, in milliseconds. */
export const BUDGET = 60_000;

/** The test files of these folders of test/. */
export function testFilesIn(tree: string, folders: readonly string[]): string[] {
  return folders.flatMap((folder) => {
    const names = existsSync(join(tree, 'test', folder))
      ? readdirSync(join(tree, 'test', folder), { recursive: true, encoding: 'utf8' })
      : [];
    return names
      .filter((name) => name.endsWith('.test.ts'))
      .sort()
      .map((name) => join('test', folder, name));
  });
}

/** Undefined where the file is red, dear or skipped whole without any mutant; `hits` is a folder for what it comes by. */
export async function cover(tests: Tests, file: string, hits: string): Promise<Covering | undefined> {
  mkdirSync(hits, { recursive: true });
  const told = join(hits, file.replaceAll('/', '-'));
  const { state, milliseconds } = await tests.run({ mutant: -1, files: [file], hits: told }, silenceFor(DEAREST));
  // Where all of its tests are skipped, as without the folder of shared cases, it comes by nothing, and tells nothing.
  if (state !== 'passed' || !existsSync(told)) return undefined;
  const lines = readFileSync(told, 'utf8').trim().split('\n');
  const cost = Number(lines.find((line) => line.startsWith(COST))?.slice(COST.length));
  if (!(cost <= DEAREST)) return undefined;
  return { file, milliseconds, cost, hits: [...new Set(lines.filter((line) => !line.startsWith(COST)).map(Number))] };
}

/** Which share of what a test file comes by is like `mutant`: near to 1 for what was written to test that. */
function share(
  { hits }: Covering,
  of: ReadonlyMap<number, Drawn>,
  isLike: (one: Drawn | undefined) => boolean,
): number {
  return hits.filter((id) => isLike(of.get(id))).length / hits.length;
}

/**
 * The files that come by `mutant`: those about its folder before those that pass through it, and of these the ones that are
 * cheap for what they have to do with its source before the others, as many as there is time for.
 *
 * @param asleep - all mutants by their numbers
 */
export function filesFor(
  mutant: Drawn,
  covering: readonly Covering[],
  asleep: ReadonlyMap<number, Drawn>,
  budget: number = BUDGET,
): Covering[] {
  let spent = 0;
  return covering
    .filter(({ hits }) => hits.includes(mutant.id))
    .map((one) => ({
      one,
      passing: share(one, asleep, (other) => other?.folder === mutant.folder) < 0.5 ? 1 : 0,
      dear: one.cost / share(one, asleep, (other) => other?.file === mutant.file),
    }))
    .sort((a, b) => a.passing - b.passing || a.dear - b.dear)
    .map(({ one }) => one)
    .filter(({ cost }, nth) => {
      const isTaken = nth === 0 || spent + cost <= budget;
      if (isTaken) spent += cost;
      return isTaken;
    });
}
