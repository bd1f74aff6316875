/**
 * The campaign "Wrong PASS 0": every edit, at every level of care of the forger, in both containers, on stores made from
 * seeds. Replay one store with EVIDENCE_DIFF_SEED=<seed>.
 *
 * The long campaign makes each edit at each level on every store, the short one on one of them: the stores take turns over
 * edits and levels, and where the edit finds no place in a store the next one has the turn.
 */
import { describe, expect, it } from 'vitest';
import type { Mode } from '../../src/core/kinds.ts';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { EXIT_CODE_OF } from '../../src/reports/facts.ts';
import { long, runs } from '../long.ts';
import { type Edit, type Forgery, forge, forgedText, type Level, writtenText } from './edit.ts';
import { EDITS } from './edits.ts';
import { type Facts, factsOf } from './facts.ts';
import { compareTexts, kindsOf, seeds } from './run-comparison.ts';
import { type Container, type Depth, snapshotOf } from './snapshot-text.ts';
import { makeStore, type Store } from './store.ts';
import { Chance } from './value.ts';

const CONTAINERS: readonly Container[] = ['json', 'ndjson'];
const SEEDS = seeds(runs(8, 50));

/** The stores in the order of their turns for one edit at one level. */
function turnsOf(edit: Edit, level: Level): readonly number[] {
  const at = EDITS.indexOf(edit) + 3 * level;
  return SEEDS.map((_, turn) => SEEDS[(at + turn) % SEEDS.length] ?? 0);
}

/** Depths of baseline and current side, by turns. */
const DEPTHS: readonly (readonly [Depth, Depth])[] = [
  ['full', 'full'],
  ['digest', 'full'],
  ['full', 'digest'],
  ['digest', 'digest'],
];
/** Kinds that say "could not be read": after one of them nobody can demand to be told everything else. */
const UNREAD = /^(?:input-|schema-|unsupported-|empty-|proof-)/;

/** A store and the text of its sound snapshots. */
class Original {
  readonly store: Store;
  readonly #texts: Map<string, string> = new Map();

  constructor(seed: number) {
    this.store = makeStore(seed);
  }

  text(depth: Depth, container: Container): string {
    const key = `${depth} ${container}`;
    const text = this.#texts.get(key) ?? writtenText(snapshotOf(this.store, this.store.records, depth), container);
    this.#texts.set(key, text);
    return text;
  }
}

const ORIGINALS: ReadonlyMap<number, Original> = new Map(SEEDS.map((seed) => [seed, new Original(seed)]));

/** One edit at one level on one store. */
interface Run {
  readonly edit: Edit;
  readonly level: Level;
  readonly seed: number;
  readonly original: Original;
  readonly was: Depth;
  readonly is: Depth;
}

const tally = { comparisons: 0, noPlace: 0 };
const combinations = new Set<string>();

function runOf(edit: Edit, level: Level, seed: number): Run {
  const [was, is] = DEPTHS[(seed + level) % DEPTHS.length] ?? ['full', 'full'];
  const original = ORIGINALS.get(seed) ?? new Original(seed);
  return { edit, level, seed, original, was, is: edit.depth ?? is };
}

function isUnreadable(kinds: readonly string[]): boolean {
  return kinds.some((kind) => UNREAD.test(kind));
}

function unnamed(report: ContinuityReport, wanted: readonly string[]): readonly string[] {
  const named = kindsOf(report);
  const missing = wanted.filter((kinds) => !kinds.split('|').some((kind) => named.includes(kind)));
  return missing.map((kind) => `does not name ${kind}`);
}

function wrongVerdict({ verdict }: ContinuityReport, allowed: readonly string[]): readonly string[] {
  const found = allowed.includes(verdict) ? [] : [`verdict ${verdict}, wanted ${allowed.join(' or ')}`];
  return verdict !== 'PASS' && EXIT_CODE_OF[verdict] === 0 ? [...found, 'exit code 0 without a PASS'] : found;
}

/** Whether the books and the roots of the tenants are what the contract makes of these records. */
function wrongBooks(report: ContinuityReport, { books, brokenTenants }: Facts): readonly string[] {
  const { unjudged, ...totals } = report.totals;
  if (unjudged !== undefined || isUnreadable(kindsOf(report))) return [];
  const found: string[] = [];
  if (
    books !== undefined &&
    Object.entries(books).some(([book, count]) => totals[book as keyof typeof books] !== count)
  ) {
    found.push(`books ${JSON.stringify(totals)}, wanted ${JSON.stringify(books)}`);
  }
  for (const tenant of brokenTenants) {
    const isNamed = report.findings.some((one) => one.kind === 'tenant-root-mismatch' && one.tenant === tenant);
    if (!isNamed) found.push(`does not name the root of tenant ${JSON.stringify(tenant)}`);
  }
  return found;
}

/** What every report on the forgery must name. */
function wantedOf({ edit, level, original }: Run, { books, kinds }: Facts): readonly string[] {
  if (isUnreadable(edit.kinds)) return edit.kinds;
  const untouched = books?.matched === original.store.records.length && books.added === 0;
  const demanded = kinds.filter((kind) => !edit.waives?.includes(kind));
  return [...edit.kinds, ...demanded, ...(level === 0 && !untouched ? ['manifest-mismatch'] : [])];
}

type Judge = (container: Container, mode: Mode) => Promise<readonly string[]>;

function judgeOf(run: Run, forgery: Forgery): Judge {
  const { edit, level, original, was, is } = run;
  const facts = factsOf(original.store, forgery.draft.records, is === 'full');
  const wanted = wantedOf(run, facts);
  const verdicts = isUnreadable(edit.kinds) ? ['FAIL', 'INCOMPLETE'] : ['FAIL'];
  return async (container, mode) => {
    const report = await compareTexts(original.text(was, container), forgedText(forgery, container), { mode });
    const isHonest = mode === 'append' && (edit.honest?.includes(level) ?? false);
    const found = [
      ...wrongVerdict(report, isHonest ? ['PASS'] : verdicts),
      ...unnamed(report, wanted),
      ...wrongBooks(report, facts),
    ];
    return found.map((complaint) => `${mode}: ${complaint}; named: ${kindsOf(report).join(' ')}`);
  };
}

/** A baseline without records still proves what it can, and never more. */
async function againstSummary(
  { edit, level, original }: Run,
  forgery: Forgery,
  container: Container,
): Promise<readonly string[]> {
  const report = await compareTexts(original.text('summary', container), forgedText(forgery, container));
  const isHonest = edit.honest?.includes(level) ?? false;
  const found = wrongVerdict(report, isHonest ? ['PASS', 'INCOMPLETE'] : ['FAIL', 'INCOMPLETE']);
  return found.map((complaint) => `summary: ${complaint}; named: ${kindsOf(report).join(' ')}`);
}

/** The bare edit in the baseline: its own trailer gives it away. */
async function asBaseline({ original, was }: Run, forgery: Forgery, container: Container): Promise<readonly string[]> {
  const report = await compareTexts(forgedText(forgery, container), original.text(was, container));
  return wrongVerdict(report, ['FAIL', 'INCOMPLETE']).map((complaint) => `as baseline: ${complaint}`);
}

/** What is wrong with the reports on one forgery; undefined where the edit finds no place in the store. */
async function complaintsOf(run: Run): Promise<readonly string[] | undefined> {
  const { edit, level, seed, original, is } = run;
  const forgery = forge(edit, level, original.store, is, new Chance(`${edit.name} ${seed}`));
  if (forgery === undefined) {
    tally.noPlace++;
    return undefined;
  }
  const judge = judgeOf(run, forgery);
  const found: string[] = [];
  for (const [at, container] of CONTAINERS.entries()) {
    combinations.add(`${edit.name} ${level} ${container}`);
    const complaints = [...(await judge(container, 'append'))];
    // By turns, since the two containers differ in their frame alone.
    if ((seed + level + at) % 2 === 0) complaints.push(...(await judge(container, 'frozen')));
    else if (level === 0) complaints.push(...(await asBaseline(run, forgery, container)));
    else complaints.push(...(await againstSummary(run, forgery, container)));
    tally.comparisons += 2;
    found.push(...complaints.map((complaint) => `${container}, ${complaint}`));
  }
  return found;
}

async function campaign(edit: Edit): Promise<readonly string[]> {
  const found: string[] = [];
  for (const level of edit.levels) {
    for (const seed of turnsOf(edit, level)) {
      const run = runOf(edit, level, seed);
      const complaints = await complaintsOf(run).catch((error: unknown) => [String(error)]);
      if (complaints === undefined) continue;
      found.push(...complaints.map((complaint) => `seed ${seed}, level ${level}, ${run.was}/${run.is}, ${complaint}`));
      if (!long) break;
    }
  }
  return found;
}

describe('a forged snapshot is never called intact', () => {
  for (const edit of EDITS) {
    it(`${edit.threats.join(', ')}: ${edit.name}`, { timeout: 600_000 }, async () => {
      expect(await campaign(edit)).toEqual([]);
    });
  }

  it.skipIf(SEEDS.length === 1)('every edit was made at every level that it has, in both containers', () => {
    const planned = EDITS.reduce((sum, { levels }) => sum + levels.length * CONTAINERS.length, 0);
    expect(new Set(EDITS.map(({ name }) => name)).size).toBe(EDITS.length);
    expect(EDITS.length).toBeGreaterThanOrEqual(200);
    expect(planned).toBeGreaterThanOrEqual(1000);
    expect(combinations.size).toBe(planned);
    expect(tally.comparisons).toBeGreaterThanOrEqual(2 * planned);
  });
});
