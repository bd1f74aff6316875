/** Which of the mutants that lie asleep in the tree is awake in this process: what every mutated file reads first. */
import { appendFileSync } from 'node:fs';

/** The number of the mutant; 0 wakes none, and -1 none but tells of each where it was come by. */
export const awake: number = Number(process.env['MUTANT'] ?? 0);

const told = new Set<number>();

/** Writes once a process that the code of mutant `id` was run, and lets it sleep. */
export function hit(id: number): boolean {
  if (told.has(id)) return false;
  told.add(id);
  appendFileSync(process.env['MUTANT_HITS'] ?? '/dev/null', `${id}\n`);
  return false;
}
