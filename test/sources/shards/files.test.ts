/** A file that was captured in parts is, merged, what one process writes of it; or it is refused. */
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { auditSnapshot, merge, type VerifyAllOptions, verifyAll } from '../../../src/index.ts';
import { runs, seed } from '../../long.ts';
import { bodies, bundles, chained, LEDGER_RULE, ndjson, type PlainRecord } from '../../store.ts';
import { Chance } from '../../tamper/value.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { type Captured, expectWholeOrRefused, MISHAPS, mergeOf } from './mishaps.ts';

const folder = temporaryFolder();
const CAPTURED_AT = { capturedAt: '2027-03-01T10:00:00.000Z' };

/** Some tenants with a few streams each, in order. */
function recordsOf(chance: Chance, most: number): readonly PlainRecord[] {
  const tenants = Array.from({ length: chance.between(1, 6) }, (_, at) => `t${at}${chance.pick(['', 'é', '"'])}`);
  return tenants.flatMap((tenant) => [
    ...Array.from({ length: chance.between(0, 4) }, (_, at) =>
      bundles(chance.between(1, most), { tenant, stream: `bundles/${at}` }),
    ).flat(),
    ...Array.from({ length: chance.between(1, 4) }, (_, at) =>
      chained(bodies(chance.between(1, most)), { tenant, stream: `ledger/${at}` }),
    ).flat(),
  ]);
}

function inputOf(path: string, records: readonly PlainRecord[], more: Parameters<typeof ndjson>[1] = {}): string {
  writeFileSync(path, ndjson(records, { chains: LEDGER_RULE, header: CAPTURED_AT, ...more }));
  return path;
}

async function shardsOf(
  into: string,
  input: string,
  count: number,
  how: VerifyAllOptions = {},
): Promise<readonly string[]> {
  const paths: string[] = [];
  for (let index = 0; index < count; index++) {
    const output = join(into, `shard-${index}.ndjson`);
    const { verdict, written, findings } = await verifyAll(input, { output, shard: { index, count }, ...how });
    expect(verdict, findings[0]?.message).toBe('PASS');
    if (written !== null) paths.push(output);
  }
  return paths;
}

async function capturedOf(chance: Chance, count: number, most: number, how: VerifyAllOptions = {}): Promise<Captured> {
  const into = mkdtempSync(join(folder, 'run-'));
  const records = recordsOf(chance, most);
  const input = inputOf(join(into, 'input.ndjson'), records);
  const whole = join(into, 'whole.ndjson');
  await verifyAll(input, { output: whole, includeMerkleRoots: true, ...how });
  const elsewhere = mkdtempSync(join(into, 'other-'));
  // The same records, of another moment.
  const other = inputOf(join(into, 'other.ndjson'), records, { header: { capturedAt: '2027-03-01T10:00:01.000Z' } });
  return {
    shards: await shardsOf(into, input, count, how),
    whole,
    others: await shardsOf(elsewhere, other, count, how),
  };
}

describe('a file in shards', () => {
  it.each(Array.from({ length: runs(3, 60) }, (_, at) => seed + at))(
    'seed %i: merged it is the file of one process',
    async (at) => {
      const chance = new Chance(`shards ${at}`);
      const count = chance.pick([1, 2, 3, 16, 16]);
      const depth = chance.pick(['digest', 'full'] as const);
      const captured = await capturedOf(chance, count, 20, { depth });
      const { merged, bytes } = await mergeOf(chance.shuffled(captured.shards), join(folder, 'merged.ndjson'));
      expect(merged.findings).toEqual([]);
      expect(merged.verdict).toBe('PASS');
      expect(bytes?.equals(readFileSync(captured.whole))).toBe(true);
      for (const mishap of Object.keys(MISHAPS)) await expectWholeOrRefused(folder, captured, mishap, chance);
    },
  );

  it.each([1, 16])('of a trailer without roots merged from %i shards it is the same', async (count) => {
    const chance = new Chance(`bare ${count}`);
    const into = mkdtempSync(join(folder, 'run-'));
    const records = recordsOf(chance, 5);
    const input = inputOf(join(into, 'input.ndjson'), records);
    const bare = join(into, 'bare.ndjson');
    await verifyAll(input, { output: bare });
    const whole = join(into, 'whole.ndjson');
    await verifyAll(bare, { output: whole });
    const output = join(into, 'merged.ndjson');
    expect((await merge(await shardsOf(into, bare, count), { output })).verdict).toBe('PASS');
    expect(readFileSync(output, 'utf8')).toBe(readFileSync(whole, 'utf8'));
  });

  it('says what is missing, what comes twice, and what is of another capture', async () => {
    const { shards, others, whole } = await capturedOf(new Chance('named'), 3, 5);
    const said = async (names: readonly (string | undefined)[]): Promise<string> => {
      const { merged } = await mergeOf(names.map(String), join(folder, 'merged.ndjson'));
      return `${merged.verdict}: ${merged.findings.map(({ kind, message }) => `${kind} ${message}`).join()}`;
    };
    expect(await said([shards[1]])).toMatch(/^INCOMPLETE: source-incomplete .*of 3 shards these are missing: 0, 2;/);
    expect(await said([...shards, shards[2]])).toMatch(
      /^INCOMPLETE: source-incomplete .*shard-2.ndjson: shard 2 of 3 comes twice/,
    );
    expect(await said([shards[0], others[1], shards[2]])).toMatch(
      /^INCOMPLETE: .*it is shard 1 of 3 of the capture [0-9a-f]{64}, and /,
    );
    expect(await said([whole, ...shards])).toMatch(/^INCOMPLETE: .*whole.ndjson: it is no shard, but a whole/);
    expect(await said([...shards.slice(0, 2), join(folder, 'nowhere.ndjson')])).toMatch(
      /^INCOMPLETE: .*there is no such file/,
    );
  });

  it('alone is refused by whoever reads it', async () => {
    const { shards } = await capturedOf(new Chance('alone'), 2, 5);
    const { verdict, findings } = await auditSnapshot(String(shards[0]));
    expect(verdict).toBe('INCOMPLETE');
    expect(findings[0]?.message).toContain('it is a shard');
  });

  it.each([
    ['is out of order', (records: readonly PlainRecord[]) => ndjson([...records].reverse(), { header: CAPTURED_AT })],
    [
      'has a trailer with another count',
      (records: readonly PlainRecord[]) =>
        ndjson(records, { header: CAPTURED_AT }).replace(/"counts":\{"sbom":/, '"counts":{"other":1,"sbom":'),
    ],
    [
      'has a trailer with another root',
      (records: readonly PlainRecord[]) =>
        ndjson(records, { header: CAPTURED_AT })
          .replace(/"globalRoot":"./, '"globalRoot":"z')
          .replace('"z', '"0'),
    ],
    ['states no time', (records: readonly PlainRecord[]) => ndjson(records)],
    [
      'ends early',
      (records: readonly PlainRecord[]) => ndjson(records, { header: CAPTURED_AT }).split('\n').slice(0, -2).join('\n'),
    ],
  ])('of a file that %s, no shard is written', async (_, textOf) => {
    const into = mkdtempSync(join(folder, 'run-'));
    const input = join(into, 'input.ndjson');
    const records = ['a', 'b', 'c', 'd'].flatMap((stream) => bundles(2, { stream }));
    writeFileSync(input, textOf(records));
    for (let index = 0; index < 3; index++) {
      const output = join(into, `shard-${index}.ndjson`);
      const { verdict, written } = await verifyAll(input, { output, shard: { index, count: 3 } });
      expect(verdict).not.toBe('PASS');
      expect(written).toBeNull();
    }
  });

  it('of a file with a fault in one stream only its shard is none', async () => {
    const into = mkdtempSync(join(folder, 'run-'));
    const input = join(into, 'input.ndjson');
    const records = ['a', 'b', 'c', 'd', 'e'].flatMap((stream) => bundles(2, { stream }));
    writeFileSync(
      input,
      ndjson(records, { header: CAPTURED_AT })
        .replace(/"root":"./, '"root":"z')
        .replace('"z', '"0'),
    );
    const verdicts: string[] = [];
    for (let index = 0; index < 3; index++) {
      const output = join(into, `shard-${index}.ndjson`);
      verdicts.push((await verifyAll(input, { output, shard: { index, count: 3 } })).verdict);
    }
    expect(verdicts).not.toContain('PASS');
  });

  it.each([
    [{ index: 3, count: 3 }, {}, /from 0 to count - 1/],
    [{ index: 0, count: 5000 }, {}, /at most/],
    [{ index: 0, count: 2 }, { depth: 'summary', includeMerkleRoots: true }, /summary/],
    [{ index: 0, count: 2 }, { resume: true }, /resume/],
    [{ index: 0, count: 2 }, { output: undefined }, /output/],
  ] as const)('asked for as %j with %j it is a TypeError', async (shard, how, says) => {
    const options = { output: join(folder, 'no.ndjson'), shard, ...how } as VerifyAllOptions;
    await expect(verifyAll('input.ndjson', options)).rejects.toThrow(says);
  });

  it('a folder or standard input is not shared out', async () => {
    const options = { output: join(folder, 'no.ndjson'), shard: { index: 0, count: 2 } };
    for (const name of ['-', mkdtempSync(join(folder, 'some-'))])
      await expect(verifyAll(name, options)).rejects.toThrow(/--shard takes a database or a snapshot file/);
  });
});
