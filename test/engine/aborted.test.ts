/** A run that is told to stop lets go of every file, at whatever moment it is told. */
import { existsSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { auditSnapshot, compareSnapshots } from '../../src/index.ts';
import { ROOT } from '../e2e/documents.ts';
import { runs } from '../long.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const OPEN_FILES = '/proc/self/fd';
const folder = temporaryFolder();

function openOf(path: string): number {
  const targets = readdirSync(OPEN_FILES).map((fd) => {
    try {
      return readlinkSync(join(OPEN_FILES, fd));
    } catch {
      return '';
    }
  });
  return targets.filter((target) => target === path).length;
}

/** Has it stop when `turns` turns of the event loop have gone by; 0 is before it begins. */
function stoppedAfter(turns: number): AbortSignal {
  const controller = new AbortController();
  const turn = (left: number): void => {
    if (left === 0) controller.abort();
    else setImmediate(() => turn(left - 1));
  };
  turn(turns);
  return controller.signal;
}

const TURNS = Array.from({ length: 25 }, (_, turns) => turns).filter((turns) => turns % runs(1, 1, 3) === 0);

describe.runIf(existsSync(OPEN_FILES))('told to stop', () => {
  const large = join(folder, 'large.ndjson');
  const baseline = join(ROOT, 'fixtures/quickstart/baseline.json');
  writeFileSync(large, `${' '.repeat(4_000_000)}\n`);

  it.each(TURNS)('after %i turns, an audit has no file open', async (turns) => {
    for (const path of [baseline, large]) {
      const { verdict } = await auditSnapshot(path, { signal: stoppedAfter(turns) });
      if (turns === 0) expect(verdict).toBe('INCOMPLETE');
      expect(openOf(path)).toBe(0);
    }
  });

  it.each(TURNS)('after %i turns, a comparison has no file open', async (turns) => {
    const { verdict } = await compareSnapshots(baseline, large, { signal: stoppedAfter(turns) });
    expect(verdict).toBe('INCOMPLETE');
    expect([openOf(baseline), openOf(large)]).toEqual([0, 0]);
  });
});
