/** What can happen to the shards of a capture on their way to whoever merges them, and what may come of it. */
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { merge, type SnapshotCapture } from '../../../src/index.ts';
import type { Chance } from '../../tamper/value.ts';

/** A capture in parts, and by one process; and another one of the same shape, whose parts could be mistaken for these. */
export interface Captured {
  readonly shards: readonly string[];
  readonly whole: string;
  readonly others: readonly string[];
}

type Lines = string[];

function rewrite(path: string, change: (lines: Lines) => Lines | undefined): boolean {
  const changed = change(readFileSync(path, 'utf8').split('\n'));
  if (changed !== undefined) writeFileSync(path, changed.join('\n'));
  return changed !== undefined;
}

const indexIn = (line: string): string => /"index":([0-9]+)/.exec(line)?.[1] ?? '';
const withIndex = (line: string, index: string): string => line.replace(/"index":[0-9]+/, `"index":${index}`);

/** Gives the files that are merged then; undefined where there was nothing to do it to. */
type Mishap = (
  folder: string,
  shards: readonly string[],
  chance: Chance,
  captured: Captured,
) => readonly string[] | undefined;

export const MISHAPS: Readonly<Record<string, Mishap>> = {
  'some were killed': (_, shards, chance) => {
    const killed = chance.some(shards, chance.between(1, shards.length));
    const left = shards.filter((shard) => !killed.includes(shard));
    return left.length === 0 ? undefined : left;
  },
  'one was retried, and both are there': (folder, shards, chance) => {
    const again = join(folder, 'retried.ndjson');
    copyFileSync(chance.pick(shards), again);
    return chance.shuffled([...shards, again]);
  },
  'one comes twice in the place of another': (_, shards, chance) => {
    const [one, other] = chance.some(shards, 2);
    if (one === undefined || other === undefined) return undefined;
    copyFileSync(one, other);
    return shards;
  },
  'one is of another capture': (_, shards, chance, { others }) => {
    if (shards.length === 1) return undefined;
    const at = chance.below(shards.length);
    return shards.map((shard, index) => (index === at ? (others[at] ?? shard) : shard));
  },
  'one was cut off': (_, shards, chance) => {
    const cut = chance.pick(shards);
    const bytes = readFileSync(cut);
    writeFileSync(cut, bytes.subarray(0, chance.below(bytes.length - 1)));
    return shards;
  },
  'one says that it is another': (_, shards, chance) => {
    const index = String(chance.below(shards.length));
    const renamed = rewrite(chance.pick(shards), ([header = '', ...rest]) =>
      indexIn(header) === index ? undefined : [withIndex(header, index), ...rest],
    );
    return renamed ? shards : undefined;
  },
  'two have changed their numbers': (_, shards, chance) => {
    const [one, other] = chance.some(shards, 2);
    if (one === undefined || other === undefined) return undefined;
    const headers = [one, other].map((path) => readFileSync(path, 'utf8').split('\n')[0] ?? '');
    // Two that are empty are alike: then nothing has happened.
    if ([one, other].every((path) => readFileSync(path, 'utf8').split('\n').length === 3)) return undefined;
    rewrite(one, ([header = '', ...rest]) => [withIndex(header, indexIn(headers[1] ?? '')), ...rest]);
    rewrite(other, ([header = '', ...rest]) => [withIndex(header, indexIn(headers[0] ?? '')), ...rest]);
    return shards;
  },
  'a record was lost': (_, shards, chance) => {
    const lost = rewrite(chance.pick(shards), (lines) =>
      lines.length < 4 ? undefined : lines.toSpliced(chance.between(1, lines.length - 3), 1),
    );
    return lost ? shards : undefined;
  },
  'a record was changed': (_, shards, chance) => {
    const changed = rewrite(chance.pick(shards), (lines) => {
      if (lines.length < 4) return undefined;
      const at = chance.between(1, lines.length - 3);
      const line = lines[at] ?? '';
      return lines.with(
        at,
        line.replace(/"type":"(.)/, (_, letter) => `"type":"${letter === 'x' ? 'y' : 'x'}`),
      );
    });
    return changed ? shards : undefined;
  },
  'the whole lies among them': (_, shards, chance, { whole }) => chance.shuffled([...shards, whole]),
};

export interface Merged {
  readonly merged: SnapshotCapture;
  /** What was written, if anything was. */
  readonly bytes: Buffer | undefined;
}

export async function mergeOf(shards: readonly string[], output: string): Promise<Merged> {
  rmSync(output, { force: true });
  const merged = await merge(shards, { output, includeMerkleRoots: true });
  return { merged, bytes: existsSync(output) ? readFileSync(output) : undefined };
}

/** Merged they are what one process has written, to the byte; after any mishap nothing is, and it is said why. */
export async function expectWholeOrRefused(folder: string, captured: Captured, name: string, chance: Chance) {
  const output = join(folder, 'merged.ndjson');
  const originals = captured.shards.map((path) => readFileSync(path));
  const mishap = MISHAPS[name];
  if (mishap === undefined) throw new RangeError(`there is no mishap ${name}`);
  try {
    const shards = mishap(folder, captured.shards, chance, captured);
    if (shards === undefined) return;
    const { merged, bytes } = await mergeOf(shards, output);
    expect(merged.verdict, name).not.toBe('PASS');
    expect(bytes, name).toBeUndefined();
    expect(merged.findings.length, name).toBeGreaterThan(0);
  } finally {
    for (const [at, path] of captured.shards.entries()) writeFileSync(path, originals[at] ?? '');
  }
}
