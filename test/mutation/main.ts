/**
 * `npm run test:mutants [-- --folder NAME]… [--live N] [--only KEY]… [--tests FOLDER]… [--workers N] [--json FILE]`:
 * breaks the code in small ways, one at a time, and asks whether a fast test sees it; with `--tests` one of these folders of
 * test/, by which fewer are seen and sooner. Ends with 1 where a folder has less than its share.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Covering, cover, filesFor, testFilesIn } from './cover.ts';
import { type Drawn, draw } from './draw.ts';
import { EQUIVALENT } from './equivalent.ts';
import { FAST_TESTS, FOLDERS } from './folders.ts';
import { lineOf, type Result, reportOf } from './report.ts';
import { type Outcome, silenceFor, Tests } from './tests.ts';
import { writeTree } from './tree.ts';

/** Fixed before the first draw, and never chosen by its result. */
const SEED = 20261128;
const PROJECT = fileURLToPath(new URL('../..', import.meta.url));

const { values } = parseArgs({
  options: {
    folder: { type: 'string', multiple: true },
    only: { type: 'string', multiple: true },
    tests: { type: 'string', multiple: true, default: [...FAST_TESTS] },
    live: { type: 'string', default: '40' },
    workers: { type: 'string', default: '2' },
    json: { type: 'string' },
  },
});

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** Lets the workers take the items one after the other. */
async function shareOut<Item>(
  items: readonly Item[],
  workers: readonly Tests[],
  work: (tests: Tests, item: Item) => Promise<void>,
): Promise<void> {
  const queue = items.values();
  const takeOn = async (tests: Tests): Promise<void> => {
    for (const item of queue) await work(tests, item);
  };
  await Promise.all(workers.map(takeOn));
}

/** How often it is tried whether a machine is only busy. */
const PATIENCE = 4;

/**
 * Runs the files against the mutant. One that does not come to an end counts as seen, so the clock is not believed alone: the
 * same files must end without the mutant in a third of that time, now, or both are given more.
 */
async function outcomeOf(tests: Tests, mutant: Drawn, covering: readonly Covering[]): Promise<Outcome> {
  const files = covering.map(({ file }) => file);
  let silence = silenceFor(Math.max(...covering.map(({ milliseconds }) => milliseconds)));
  for (let tried = 0; tried < PATIENCE; tried++, silence *= 2) {
    const outcome = await tests.run({ mutant: mutant.id, files }, silence);
    if (outcome.state !== 'timed out') return outcome;
    const sound = await tests.run({ mutant: 0, files }, silence / 3);
    if (sound.state === 'passed') return outcome;
    say(`without any mutant ${files.length} files said nothing for ${silence / 3} ms: the machine is busy`);
  }
  throw new Error(`the machine is too busy to judge ${mutant.key}`);
}

async function resultOf(tests: Tests, mutant: Drawn, covering: readonly Covering[]): Promise<Result> {
  const files = filesFor(mutant, covering, folderOf);
  if (files.length === 0) return { mutant, state: 'not reached', by: undefined, milliseconds: 0 };
  const { state, ...rest } = await outcomeOf(tests, mutant, files);
  return { mutant, state: state === 'passed' ? 'survived' : state === 'failed' ? 'killed' : state, ...rest };
}

/** A vitest that is red whatever is awake would kill everything: after all those failures a sound tree must still pass. */
async function requireGreen(workers: readonly Tests[], covering: readonly Covering[]): Promise<void> {
  const [cheapest] = covering.toSorted((a, b) => a.cost - b.cost);
  if (cheapest === undefined) throw new Error('no fast test is green without a mutant');
  for (const tests of workers) {
    const { state, by } = await tests.run({ mutant: 0, files: [cheapest.file] }, silenceFor(cheapest.milliseconds));
    if (state !== 'passed') throw new Error(`without any mutant ${cheapest.file} is red: ${by ?? state}`);
  }
}

const folders = FOLDERS.filter(({ name }) => values.folder === undefined || values.folder.includes(name));
const { draws, stale } = draw({
  project: PROJECT,
  folders,
  seed: SEED,
  live: Number(values.live),
  equivalent: new Set(Object.keys(EQUIVALENT)),
  only: new Set(values.only),
});
const mutants = draws.flatMap(({ drawn }) => drawn);
const folderOf = new Map(mutants.map(({ id, folder }) => [id, folder]));
say(`${mutants.length} mutants drawn with seed ${SEED}`);

const home = mkdtempSync(join(tmpdir(), 'evidence-diff-mutants-'));
const tree = join(home, 'tree');
const workers = Array.from({ length: Number(values.workers) }, () => new Tests(tree));
try {
  writeTree(PROJECT, tree, mutants);
  const covering: Covering[] = [];
  await shareOut(testFilesIn(tree, values.tests), workers, async (tests, file) => {
    const found = await cover(tests, file, join(home, 'hits'));
    if (found === undefined) say(`left out, since it is red or dear without any mutant: ${file}`);
    else covering.push(found);
  });
  const results: Result[] = [];
  await shareOut(mutants, workers, async (tests, mutant) => {
    const result = await resultOf(tests, mutant, covering);
    results.push(result);
    say(`${results.length}/${mutants.length} ${result.state} ${lineOf(result)}`);
  });
  await requireGreen(workers, covering);
  const { text, enough } = reportOf(draws, results);
  say(`\n${text}`);
  if (values.json !== undefined) writeFileSync(values.json, JSON.stringify({ draws, covering, results }, undefined, 1));
  const gone = folders.length === FOLDERS.length ? stale : [];
  for (const key of gone) say(`equivalent.ts names ${key}, and no mutant has that key any more`);
  process.exitCode = enough && gone.length === 0 ? 0 : 1;
} finally {
  for (const tests of workers) await tests.close();
  rmSync(home, { recursive: true, force: true });
}
