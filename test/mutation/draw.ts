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
  readonly drawn: readonly Drawn[];
}

export interface DrawOptions {
  readonly project: string;
  readonly folders: readonly Folder[];
  readonly seed: number;
  /** Mutants a folder, when those that types refuse and those that change nothing are left out. */
  readonly live: number;
  /** Keys of mutants that change nothing. */
  readonly equivalent: ReadonlySet<string>;
  /** Draws these keys alone, whatever the seed. */
  readonly only: ReadonlySet<string>;
}

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

/** Draws from every folder; a key that several mutants have stands for the first of them. */
export function draw(options: DrawOptions): { readonly draws: readonly Draw[]; readonly stale: readonly string[] } {
  const { project, folders, seed, live, equivalent, only } = options;
  const isRefused = typeChecker(project);
  const stale = new Set(equivalent);
  let id = 0;
  const draws = folders.map((folder): Draw => {
    const all = mutantsIn(project, folder);
    const left = { refused: 0, equivalent: 0 };
    const drawn: Drawn[] = [];
    const ranked = [...all.values()].map((mutant) => ({ mutant, by: rank(seed, mutant.key) }));
    for (const { mutant } of ranked.sort((a, b) => (a.by < b.by ? -1 : 1))) {
      stale.delete(mutant.key);
      if (only.size > 0 ? !only.has(mutant.key) : folder.whole !== true && drawn.length === live) continue;
      const text = readFileSync(join(project, mutant.file), 'utf8');
      if (isRefused(mutant.file, text.slice(0, mutant.start) + mutant.after + text.slice(mutant.end))) left.refused++;
      else if (equivalent.has(mutant.key)) left.equivalent++;
      else drawn.push({ ...mutant, id: ++id, folder: folder.name });
    }
    return { folder, mutants: all.size, ...left, drawn };
  });
  return { draws, stale: [...stale] };
}
