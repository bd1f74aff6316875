/** Whatever a capture writes with PASS is read again, whatever its header states: in each depth and container. */
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { auditSnapshot, captureSnapshot, type Depth, importRecords, writeSnapshot } from '../../src/index.ts';
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
  for (const [nth, name] of SNAPSHOTS.filter((_, at) => at % runs(1, 1, 2) === 0).entries()) {
    for (const [written, read] of await pairsOf(name, nth)) {
      expect(read, name).toEqual(written);
      pairs++;
    }
  }
  expect(pairs).toBeGreaterThan(runs(50, 50, 8));
});

describe('a record that is too long for any reader', () => {
  const long = 'q'.repeat(8 * 1024 * 1024);
  const record = { tenant: 't', stream: 's', id: '1', type: 'e' };

  it('is not written for a program, unless its depth leaves out what is long', async () => {
    const output = join(folder, 'long.ndjson');
    await expect(writeSnapshot(output, [{ ...record, body: long }], {})).rejects.toMatchObject({ kind: 'input-limit' });
    expect(existsSync(output)).toBe(false);
    await writeSnapshot(output, [{ ...record, body: long }], { depth: 'digest' });
    expect((await auditSnapshot(output)).verdict).toBe('PASS');
  });

  it('is not imported, unless it is its body that is long', async () => {
    const [source, output] = [join(folder, 'long.csv'), join(folder, 'imported.ndjson')];
    writeFileSync(source, `id,text\n1,${long}\n`);
    const place = { from: { csv: '*' }, id: 'id', body: { columns: ['text'] } };
    const profile = (more: object) =>
      ({ kind: 'evidence-profile', version: 2, name: 'long', items: [{ ...place, ...more }] }) as never;
    const refused = await importRecords(source, profile({ attrs: { text: 'text' } }), { output });
    expect([refused.verdict, refused.findings[0]?.kind, existsSync(output)]).toEqual([
      'INCOMPLETE',
      'input-limit',
      false,
    ]);
    expect(refused.findings[0]?.message).toMatch(/long\.csv, line 2, .*without its body/);
    expect((await importRecords(source, profile({}), { output })).verdict).toBe('PASS');
    expect((await auditSnapshot(output)).verdict).toBe('PASS');
  });
});
