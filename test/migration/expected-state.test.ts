/** The expected state as a file: of the depth of the baseline, with the rules of its chains and no others. */
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Migration } from '../../src/core/migration/migration.ts';
import { type Expectation, migrateSource } from '../../src/engine/migrate.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { parseMigration } from '../../src/wire/migration.ts';
import { sourceOf } from '../in-memory.ts';
import { bodies, bundles, chained, LEDGER_RULE, ndjson, type PlainRecord, type TextOptions } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const path = join(temporaryFolder(), 'expected.ndjson');
const PATCH = { name: 'r', match: { stream: 'bundles' }, patch: [{ op: 'add', path: '/body/risk', value: 0 }] };
const MOVE = { name: 'm', match: { stream: 'bundles' }, place: { stream: { value: 'shelf' } } };

async function made(text: string, rules: readonly object[], files: Readonly<Record<string, string>> = {}) {
  const baseline = createHash('sha256').update(text).digest('hex');
  const about = { kind: 'evidence-migration', version: 1, upgrade: 'u', from: '1', to: '2', baseline, rules };
  const migration = async (): Promise<Migration> =>
    parseMigration(nodePlatform, Buffer.from(JSON.stringify(about)), (name) => Buffer.from(files[name] ?? ''));
  const expectation: Expectation = await migrateSource({ source: async () => sourceOf(text), migration }, path);
  const [header = '{}', ...lines] = existsSync(path) ? readFileSync(path, 'utf8').trimEnd().split('\n') : [];
  return { expectation, header: JSON.parse(header), lines: lines.map((line) => JSON.parse(line)) };
}

const store = (options: TextOptions = {}, records: readonly PlainRecord[] = bundles(3)): string =>
  ndjson(records, options);

describe('the expected state', () => {
  it('has every body where the baseline has it', async () => {
    const { expectation, header, lines } = await made(store(), [PATCH]);
    expect(expectation).toMatchObject({ verdict: 'PASS', written: { depth: 'full' } });
    expect(header).toMatchObject({ depth: 'full' });
    expect(lines.slice(0, 3).map(({ body }) => body.risk)).toEqual([0, 0, 0]);
  });

  it('has digests where the baseline has no more', async () => {
    const { expectation, header, lines } = await made(store({ depth: 'digest' }), [MOVE]);
    expect(expectation).toMatchObject({ verdict: 'PASS', written: { depth: 'digest' } });
    expect(header).toMatchObject({ depth: 'digest' });
    expect(lines.slice(0, 3).every(({ body, bodyDigest, stream }) => !body && bodyDigest && stream === 'shelf')).toBe(
      true,
    );
  });

  it('has the rules of the chains that it has, and says nothing of chains where there are none', async () => {
    expect((await made(store(), [PATCH])).header).not.toHaveProperty('chains');
    const ledger = store({ chains: LEDGER_RULE }, [...bundles(2), ...chained(bodies(3))]);
    expect((await made(ledger, [PATCH])).header.chains).toMatchObject({
      'ledger/*': { recipe: 'sha256-jcs-body', genesis: 'zeros' },
    });
  });
});
