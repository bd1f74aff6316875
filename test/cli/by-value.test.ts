/** What an audit leaves open is said where it is PASS: hashes that nobody recomputed, by whichever verb they were read. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { bodies, chained, ndjson } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { run } from './in-process.ts';

const cwd = temporaryFolder();
const NAMED = 'hashes: "3 hashes were compared by value only, not recomputed"';

/** A ledger of three records under a recipe. */
function write(name: string, recipe: string): void {
  const chains = { 'ledger/*': { genesis: 'zeros', recipe, firstSeq: 1 } };
  const header = { capturedAt: '2027-03-01T10:00:00.000Z' };
  writeFileSync(join(cwd, name), ndjson(chained(bodies(3)), { chains, header }));
}

it('verify-all and merge name hashes that were compared by value, and no others', async () => {
  write('none.ndjson', 'none');
  write('jcs.ndjson', 'sha256-jcs-body');
  const outputs = ['0.ndjson', '1.ndjson'];
  for (const [at, output] of outputs.entries()) {
    const { status } = await run(['verify-all', 'none.ndjson', '--shard', `${at}/2`, '--output', output], { cwd });
    expect(status).toBe(0);
  }
  const audited = await run(['verify-all', 'none.ndjson'], { cwd });
  const merged = await run(['merge', ...outputs, '--output', 'merged.ndjson'], { cwd });
  for (const { status, stdout } of [audited, merged]) {
    expect([status, stdout]).toEqual([0, expect.stringContaining(NAMED)]);
  }
  expect((await run(['verify-all', 'jcs.ndjson'], { cwd })).stdout).not.toContain('by value');
});

it('of shards merge writes one snapshot: two outputs are exit code 64', async () => {
  const { status, stderr } = await run(
    ['merge', '0.ndjson', '1.ndjson', '--output', 'a.ndjson', '--output', 'b.ndjson'],
    {
      cwd,
    },
  );
  expect([status, stderr]).toEqual([64, expect.stringContaining('one snapshot')]);
});
