/** Whatever a capture writes with PASS is read again, whatever its header states: in each depth and container. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { auditSnapshot, captureSnapshot, type Depth } from '../../src/index.ts';
import { inTurn, runs } from '../long.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const FILES = 'fixtures/conformance/files';
const folder = temporaryFolder();

const WAYS: readonly (readonly [Depth, string])[] = [
  ['full', 'ndjson'],
  ['digest', 'json'],
  ['summary', 'ndjson'],
];

/** The roots of each capture of `path` that is PASS, and those of what it wrote, read again. */
async function pairsOf(path: string, nth: number): Promise<readonly (readonly [written: unknown, read: unknown])[]> {
  const pairs: (readonly [unknown, unknown])[] = [];
  for (const [depth, ending] of inTurn(WAYS, nth)) {
    const output = join(folder, `again.${ending}`);
    const made = await captureSnapshot(join(FILES, path), output, { depth });
    if (made.verdict !== 'PASS') continue;
    const read = await auditSnapshot(output);
    pairs.push([
      { verdict: made.verdict, summary: made.summary },
      { verdict: read.verdict, summary: read.summary },
    ]);
  }
  return pairs;
}

const SNAPSHOTS = readdirSync(FILES).filter((name) => /\.(ndjson|json)(\.gz)?$/.test(name));

it('of every sound snapshot of the conformance suite', { timeout: 300_000 }, async () => {
  let pairs = 0;
  for (const [nth, name] of SNAPSHOTS.entries()) {
    for (const [written, read] of await pairsOf(name, nth)) {
      expect(read, name).toEqual(written);
      pairs++;
    }
  }
  expect(pairs).toBeGreaterThan(runs(50, 50, 15));
});
