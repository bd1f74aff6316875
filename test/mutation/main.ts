/**
 * `npm run test:mutants [-- --folder NAME]… [--live N] [--only KEY]… [--tests FOLDER]… [--workers N] [--budget SECONDS]
 * [--json FILE]`: breaks the code in small ways, one at a time, and asks whether a fast test sees it, of those that `npm test`
 * runs (EVIDENCE_DIFF_SAMPLE=1: of all); with `--tests` one of these folders of test/, by which fewer are seen and sooner, as
 * by a smaller budget of CPU time for each. Ends with 1 where a folder has less than its share. What it finds out it keeps in
 * node_modules/.cache/mutants, which can be thrown away.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Asking, coveringOf } from './ask.ts';
import { BUDGET, type Covering, testFilesIn } from './cover.ts';
import { draw } from './draw.ts';
import { EQUIVALENT } from './equivalent.ts';
import { FAST_TESTS, FOLDERS } from './folders.ts';
import { digestOf, groundDigest, Kept, sourcesDigest } from './kept.ts';
import { lineOf, type Result, reportOf } from './report.ts';
import { silenceFor, Tests } from './tests.ts';
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
    budget: { type: 'string', default: String(BUDGET / 1000) },
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

/** A vitest that is red whatever is awake would kill everything: after all those failures a sound tree must still pass. */
async function requireGreen(workers: readonly Tests[], covering: readonly Covering[]): Promise<void> {
  const [cheapest] = covering.toSorted((a, b) => a.cost - b.cost);
  if (cheapest === undefined) throw new Error('no fast test is green without a mutant');
  for (const tests of workers) {
    const { state, by } = await tests.run({ mutant: 0, files: [cheapest.file] }, silenceFor(cheapest.milliseconds));
    if (state !== 'passed') throw new Error(`without any mutant ${cheapest.file} is red: ${by ?? state}`);
  }
}

const CACHE = join(PROJECT, 'node_modules/.cache/mutants');
const sources = sourcesDigest(PROJECT);
const refusals = new Kept<boolean>(join(CACHE, 'refusals.jsonl'));
const only = new Set(values.only);
// All folders lie asleep in the tree, whichever are broken: what a test comes by is then found once.
const { draws, stale } = draw({
  project: PROJECT,
  folders: FOLDERS,
  seed: SEED,
  live: Number(values.live),
  equivalent: new Set(Object.keys(EQUIVALENT)),
  only,
  refusals: {
    get: (key) => refusals.get(digestOf(sources, key)),
    put: (key, isRefused) => refusals.put(digestOf(sources, key), isRefused),
  },
});
const asleep = draws.flatMap((one) => one.asleep);
const byNumber = new Map(asleep.map((mutant) => [mutant.id, mutant]));
const asked = draws
  .filter(({ folder }) => values.folder === undefined || values.folder.includes(folder.name))
  .map((one) => (only.size === 0 ? one : { ...one, drawn: one.drawn.filter(({ key }) => only.has(key)) }));
// One of each folder in turn: a run that is stopped has then said as much of each.
const nths = asked.flatMap(({ drawn }) => drawn.map((mutant, nth) => ({ mutant, nth })));
const mutants = nths.sort((a, b) => a.nth - b.nth).map(({ mutant }) => mutant);
say(`${mutants.length} mutants drawn with seed ${SEED}`);

const home = mkdtempSync(join(tmpdir(), 'evidence-diff-mutants-'));
const tree = join(home, 'tree');
const workers = Array.from({ length: Number(values.workers) }, () => new Tests(tree));
try {
  writeTree(PROJECT, tree, asleep);
  const ground = groundDigest(PROJECT);
  const inTree = digestOf(ground, ...asleep.map(({ key }) => key));
  const files = testFilesIn(tree, values.tests);
  const digests = new Map(files.map((file) => [file, digestOf(file, readFileSync(join(tree, file), 'latin1'))]));
  const coverings = new Kept<Covering | null>(join(CACHE, 'covering.jsonl'));
  const covering: Covering[] = [];
  await shareOut(files, workers, async (tests, file) => {
    const question = digestOf(inTree, digests.get(file) ?? '');
    const found = await coveringOf(tests, file, join(home, 'hits'), coverings, question);
    if (found === undefined) say(`left out, since it is red, dear or skipped without any mutant: ${file}`);
    else covering.push(found);
  });
  const asking = new Asking(ground, digests, new Kept(join(CACHE, 'answers.jsonl')));
  const results: Result[] = [];
  await shareOut(mutants, workers, async (tests, mutant) => {
    const result = await asking.resultOf(tests, mutant, covering, byNumber, 1000 * Number(values.budget));
    results.push(result);
    say(`${results.length}/${mutants.length} ${result.state} ${lineOf(result)}`);
  });
  await requireGreen(workers, covering);
  const { text, enough } = reportOf(asked, results);
  say(`\n${text}`);
  if (values.json !== undefined)
    writeFileSync(values.json, JSON.stringify({ draws: asked, covering, results }, undefined, 1));
  for (const key of stale) say(`equivalent.ts names ${key}, and no mutant has that key any more`);
  process.exitCode = enough && stale.length === 0 ? 0 : 1;
} finally {
  for (const tests of workers) await tests.close();
  rmSync(home, { recursive: true, force: true });
}
