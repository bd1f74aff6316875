/**
 * The campaign "Wrong PASS 0": every edit, at every level of care of the forger, in both containers, on stores made from
 * seeds. Replay one store with EVIDENCE_DIFF_SEED=<seed>.
 */
import { describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../src/core/continuity/report.ts';
import { EXIT_CODE_OF } from '../../src/reports/exit-codes.ts';
import { runs } from '../long.ts';
import { type Edit, forge, forgedText, type Level } from './edit.ts';
import { EDITS } from './edits.ts';
import { type Facts, factsOf } from './facts.ts';
import { compareTexts, kindsOf, seeds } from './run-comparison.ts';
import { type Container, type Depth, snapshotOf, snapshotText } from './snapshot-text.ts';
import { makeStore, type Store } from './store.ts';
import { Chance } from './value.ts';

const CONTAINERS: readonly Container[] = ['json', 'ndjson'];
const SEEDS = seeds(runs(4, 50));
/** Depths of baseline and current side, by turns. */
const DEPTHS: readonly (readonly [Depth, Depth])[] = [
  ['full', 'full'],
  ['digest', 'full'],
  ['full', 'digest'],
  ['digest', 'digest'],
];
/** Kinds that say "could not be read": after one of them nobody can demand to be told everything else. */
const UNREAD = /^(?:input-|schema-|unsupported-|empty-|proof-)/;

const STORES: ReadonlyMap<number, Store> = new Map(SEEDS.map((seed) => [seed, makeStore(seed)]));

interface Case {
  readonly edit: Edit;
  readonly level: Level;
  readonly seed: number;
}

const tally = { forgeries: 0, comparisons: 0, noPlace: 0 };
const combinations = new Set<string>();

/** What is wrong with `report`, in one text each; nothing is what is expected. */
function complaints(
  report: ContinuityReport,
  wanted: readonly string[],
  verdicts: readonly string[],
): readonly string[] {
  const named = kindsOf(report);
  const unnamed = wanted.filter((kinds) => !kinds.split('|').some((kind) => named.includes(kind)));
  const wrong = verdicts.includes(report.verdict) ? [] : [`verdict ${report.verdict}, wanted ${verdicts.join(' or ')}`];
  return [...wrong, ...unnamed.map((kind) => `does not name ${kind}`)];
}

function bookComplaints(report: ContinuityReport, { books, brokenTenants }: Facts): readonly string[] {
  const { unjudged, ...totals } = report.totals;
  if (unjudged !== undefined || kindsOf(report).some((kind) => UNREAD.test(kind))) return [];
  const found: string[] = [];
  if (
    books !== undefined &&
    Object.entries(books).some(([book, count]) => totals[book as keyof typeof books] !== count)
  ) {
    found.push(`books ${JSON.stringify(totals)}, wanted ${JSON.stringify(books)}`);
  }
  for (const tenant of brokenTenants) {
    const isNamed = report.findings.some(
      (finding) => finding.kind === 'tenant-root-mismatch' && finding.tenant === tenant,
    );
    if (!isNamed) found.push(`does not name the root of tenant ${JSON.stringify(tenant)}`);
  }
  return found;
}

function depthsOf({ edit, seed, level }: Case): readonly [Depth, Depth] {
  const [baseline, current] = DEPTHS[(seed + level) % DEPTHS.length] ?? ['full', 'full'];
  return [baseline, edit.depth ?? current];
}

function isUnreadable(kinds: readonly string[]): boolean {
  return kinds.some((kind) => UNREAD.test(kind));
}

async function judge(run: Case, container: Container): Promise<readonly string[]> {
  const { edit, level, seed } = run;
  const store = STORES.get(seed) as Store;
  const [was, is] = depthsOf(run);
  const forgery = forge(edit, level, store, is, new Chance(`${edit.name} ${seed}`));
  if (forgery === undefined) {
    tally.noPlace++;
    return [];
  }
  tally.forgeries++;
  combinations.add(`${edit.name} ${level} ${container}`);
  const bytes = forgedText(forgery, container);
  const own = edit.kinds;
  const facts = factsOf(store, forgery.draft.records, is === 'full');
  const stale = level === 0 && (facts.books?.matched !== store.records.length || facts.books.added > 0);
  const wanted = isUnreadable(own) ? own : [...own, ...facts.kinds, ...(stale ? ['manifest-mismatch'] : [])];
  const verdicts = isUnreadable(own) ? ['FAIL', 'INCOMPLETE'] : ['FAIL'];
  const isHonest = edit.honest?.includes(level) ?? false;
  const before = snapshotText(snapshotOf(store, store.records, was), container);
  const found: string[] = [];
  for (const mode of ['append', 'frozen'] as const) {
    const report = await compareTexts(before, bytes, { mode });
    tally.comparisons++;
    const allowed = isHonest && mode === 'append' ? ['PASS'] : verdicts;
    const all = [...complaints(report, wanted, allowed), ...bookComplaints(report, facts)];
    if (report.verdict !== 'PASS' && EXIT_CODE_OF[report.verdict] === 0) all.push('exit code 0 without a PASS');
    found.push(
      ...all.map(
        (complaint) =>
          `seed ${seed}, level ${level}, ${container}, ${was}/${is}, ${mode}: ${complaint}; named: ${kindsOf(report).join(' ')}`,
      ),
    );
  }
  return found;
}

async function campaign(edit: Edit): Promise<readonly string[]> {
  const found: string[] = [];
  for (const seed of SEEDS) {
    for (const level of edit.levels) {
      for (const container of CONTAINERS) {
        try {
          found.push(...(await judge({ edit, level, seed }, container)));
        } catch (error) {
          found.push(`seed ${seed}, level ${level}, ${container}: ${String(error)}`);
        }
      }
    }
  }
  return found;
}

describe('a forged snapshot is never called intact', () => {
  for (const edit of EDITS) {
    it(`${edit.threats.join(', ')}: ${edit.name}`, async () => {
      expect(await campaign(edit)).toEqual([]);
    }, 600_000);
  }

  it('every edit was made at every level that it has, in both containers', () => {
    const planned = EDITS.reduce((sum, { levels }) => sum + levels.length * CONTAINERS.length, 0);
    expect(new Set(EDITS.map(({ name }) => name)).size).toBe(EDITS.length);
    expect(EDITS.length).toBeGreaterThanOrEqual(140);
    expect(planned).toBeGreaterThanOrEqual(700);
    expect(combinations.size).toBe(planned);
    expect(tally.comparisons).toBe(2 * tally.forgeries);
  });
});
