/** The seeded sample: mutants in the order of a hash of seed and key, so that files may move and the draw stays. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Folder } from './folders.ts';
import { type Mutant, mutantsOf } from './mutants.ts';
import { typeChecker } from './types.ts';

/** A mutant that TypeScript lets pass, by its number in the tree. */
export interface Drawn extends Mutant {
  readonly id: number;
  readonly folder: string;
}

export interface Draw {
  readonly folder: Folder;
  /** How many the folder has in all. */
  readonly mutants: number;
  /** How many were drawn and then left out. */
  readonly refused: number;
  readonly equivalent: number;
  /** Those that are broken. */
  readonly drawn: readonly Drawn[];
  /** Those and others that lie asleep beside them, so that a mutant that turns out to change nothing moves no number. */
  readonly asleep: readonly Drawn[];
}

export interface DrawOptions {
  readonly project: string;
  readonly folders: readonly Folder[];
  readonly seed: number;
  /** Mutants a folder, when those that types refuse and those that change nothing are left out. */
  readonly live: number;
  /** Keys of mutants that change nothing. */
  readonly equivalent: ReadonlySet<string>;
  /** Draws these keys besides, whatever the seed. */
  readonly only: ReadonlySet<string>;
  /** What TypeScript said before: whether it refuses a mutant, by its key. */
  readonly refusals: Refusals;
}

interface Refusals {
  get(key: string): boolean | undefined;
  put(key: string, isRefused: boolean): void;
}

/** How many lie asleep for one that is broken. */
const ASLEEP = 1.5;

function filesOf(project: string, path: string): string[] {
  const full = join(project, 'src', path);
  if (statSync(full).isFile()) return [join('src', path)];
  const names = readdirSync(full, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'));
  return names.sort().map((name) => join('src', path, name));
}

function rank(seed: number, key: string): string {
  return createHash('sha256').update(`${seed} ${key}`).digest('hex');
}

function mutantsIn(project: string, folder: Folder): Map<string, Mutant> {
  const all = new Map<string, Mutant>();
  for (const file of folder.paths.flatMap((path) => filesOf(project, path))) {
    for (const mutant of mutantsOf(file, readFileSync(join(project, file), 'utf8'))) {
      if (!all.has(mutant.key)) all.set(mutant.key, mutant);
    }
  }
  return all;
}

/** Says whether TypeScript refuses a mutant, and starts it only where that is not known yet. */
function refusedBy(project: string, refusals: Refusals): (mutant: Mutant) => boolean {
  let checker: ReturnType<typeof typeChecker> | undefined;
  return ({ key, file, start, end, after }) => {
    const known = refusals.get(key);
    if (known !== undefined) return known;
    checker ??= typeChecker(project);
    const text = readFileSync(join(project, file), 'utf8');
    const isRefused = checker(file, text.slice(0, start) + after + text.slice(end));
    refusals.put(key, isRefused);
    return isRefused;
  };
}

/** Draws from every folder; a key that several mutants have stands for the first of them. */
export function draw(options: DrawOptions): { readonly draws: readonly Draw[]; readonly stale: readonly string[] } {
  const { project, folders, seed, live, equivalent, only } = options;
  const isRefused = refusedBy(project, options.refusals);
  const stale = new Set(equivalent);
  let id = 0;
  const draws = folders.map((folder): Draw => {
    const all = mutantsIn(project, folder);
    const left = { refused: 0, equivalent: 0 };
    const drawn: Drawn[] = [];
    const asleep: Drawn[] = [];
    const ranked = [...all.values()].map((mutant) => ({ mutant, by: rank(seed, mutant.key) }));
    for (const { mutant } of ranked.sort((a, b) => (a.by < b.by ? -1 : 1))) {
      stale.delete(mutant.key);
      const isFull = (of: readonly Drawn[], most: number): boolean => folder.whole !== true && of.length >= most;
      if (isFull(asleep, live * ASLEEP) && !only.has(mutant.key)) continue;
      const isWanted = !isFull(drawn, live) || only.has(mutant.key);
      if (isRefused(mutant)) {
        if (isWanted) left.refused++;
        continue;
      }
      const one = { ...mutant, id: ++id, folder: folder.name };
      asleep.push(one);
      if (!isWanted) continue;
      if (equivalent.has(mutant.key)) left.equivalent++;
      else drawn.push(one);
    }
    return { folder, mutants: all.size, ...left, drawn, asleep };
  });
  return { draws, stale: [...stale] };
}
