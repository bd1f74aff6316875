/** Which fast test files come by which mutants, and how long each takes: found by running each of them once. */
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Drawn } from './draw.ts';
import { FAST_TESTS } from './folders.ts';
import type { Tests } from './tests.ts';

/** A test file that is green where no mutant is awake. */
export interface Covering {
  readonly file: string;
  readonly milliseconds: number;
  readonly hits: readonly number[];
}

/** A file that takes longer alone is no fast test. */
const SLOWEST = 40_000;
/** What the files run against one mutant may take in all. */
const BUDGET = 60_000;

export function fastTestFiles(tree: string): string[] {
  return FAST_TESTS.flatMap((folder) => {
    const names = existsSync(join(tree, 'test', folder))
      ? readdirSync(join(tree, 'test', folder), { recursive: true, encoding: 'utf8' })
      : [];
    return names
      .filter((name) => name.endsWith('.test.ts'))
      .sort()
      .map((name) => join('test', folder, name));
  });
}

/** Undefined where the file is red or slow without any mutant; `hits` is a folder for what it comes by. */
export async function cover(tests: Tests, file: string, hits: string): Promise<Covering | undefined> {
  mkdirSync(hits, { recursive: true });
  const told = join(hits, file.replaceAll('/', '-'));
  const { state, milliseconds } = await tests.run({ mutant: -1, files: [file], hits: told }, SLOWEST / 5);
  if (state !== 'passed' || milliseconds > SLOWEST) return undefined;
  const lines = existsSync(told) ? readFileSync(told, 'utf8').trim().split('\n') : [];
  return { file, milliseconds, hits: [...new Set(lines.map(Number))] };
}

/** Which share of what `file` comes by is of the folder of `mutant`: near to 1 for what was written to test that folder. */
function focus({ hits }: Covering, mutant: Drawn, folderOf: ReadonlyMap<number, string>): number {
  return hits.filter((id) => folderOf.get(id) === mutant.folder).length / hits.length;
}

/**
 * The files that come by `mutant`: those about its folder before those that pass through it, quick ones before slow ones,
 * as many as time allows.
 */
export function filesFor(
  mutant: Drawn,
  covering: readonly Covering[],
  folderOf: ReadonlyMap<number, string>,
): Covering[] {
  let spent = 0;
  return covering
    .filter(({ hits }) => hits.includes(mutant.id))
    .map((one) => ({ one, passing: focus(one, mutant, folderOf) < 0.5 ? 1 : 0 }))
    .sort((a, b) => a.passing - b.passing || a.one.milliseconds - b.one.milliseconds)
    .map(({ one }) => one)
    .filter(({ milliseconds }, nth) => {
      spent += milliseconds;
      return nth === 0 || spent <= BUDGET;
    });
}
