/** What a run of the sampler says: a table by folder, and every survivor by file, line and change. */
import type { Draw, Drawn } from './draw.ts';
import { LEAST_OF_ALL } from './folders.ts';

export interface Result {
  readonly mutant: Drawn;
  readonly state: 'killed' | 'timed out' | 'survived' | 'not reached';
  /** The test that saw it. */
  readonly by: string | undefined;
  readonly milliseconds: number;
}

/** `mutant` in one line. */
export function lineOf({ mutant, state }: Result): string {
  const { file, line, key, kind, within, before, after } = mutant;
  const change = before === '' ? after : `${before} → ${after === '' ? '(left out)' : after}`;
  const reached = state === 'not reached' ? ' (no fast test comes by it)' : '';
  return `${file}:${line} ${key} ${kind} in ${within}: ${change.replace(/\s+/g, ' ')}${reached}`;
}

/** One that does not come to an end is seen by whoever waits for it. */
function isKilled({ state }: Result): boolean {
  return state === 'killed' || state === 'timed out';
}

function share(killed: number, all: number): number {
  return all === 0 ? 100 : (100 * killed) / all;
}

function rowOf(cells: readonly (string | number)[]): string {
  return cells.map((cell, nth) => (nth === 0 ? String(cell).padEnd(18) : String(cell).padStart(11))).join('');
}

/** The text of the table with the survivors, and whether every folder has its share. */
export function reportOf(
  draws: readonly Draw[],
  results: readonly Result[],
): { readonly text: string; readonly enough: boolean } {
  const lines = [rowOf(['folder', 'mutants', 'refused', 'equivalent', 'live', 'killed', 'timed out', 'survived', '%'])];
  let enough = true;
  for (const { folder, mutants, refused, equivalent, drawn } of draws) {
    const own = results.filter(({ mutant }) => mutant.folder === folder.name);
    const killed = own.filter(isKilled).length;
    const late = own.filter(({ state }) => state === 'timed out').length;
    const percent = share(killed, drawn.length);
    const counts = [mutants, refused, equivalent, drawn.length, killed, late, drawn.length - killed];
    lines.push(rowOf([folder.name, ...counts, percent.toFixed(1)]));
    if (percent < folder.least) enough = false;
  }
  const survivors = results.filter((result) => !isKilled(result)).sort((a, b) => a.mutant.id - b.mutant.id);
  const all = share(results.length - survivors.length, results.length);
  lines.push(
    `all: ${all.toFixed(1)} % of ${results.length}`,
    '',
    `${survivors.length} survived`,
    ...survivors.map(lineOf),
  );
  return { text: `${lines.join('\n')}\n`, enough: enough && all >= LEAST_OF_ALL };
}
