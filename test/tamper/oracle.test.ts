/** The law that the campaign stands on: the oracle and the program write and read one format, with equal roots. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeSnapshot } from '../../src/api/capture-snapshot.ts';
import { auditSource } from '../../src/engine/audit-run.ts';
import { runs } from '../long.ts';
import { memorySource, seeds } from './run-comparison.ts';
import {
  type Container,
  type Depth,
  headerOf,
  recordText,
  snapshotOf,
  snapshotText,
  trailerOf,
} from './snapshot-text.ts';
import { makeStore, type Rule } from './store.ts';
import { CANONICAL, jsonText, type Members } from './value.ts';

const CONTAINERS: readonly Container[] = ['json', 'ndjson'];
const DEPTHS: readonly Depth[] = ['full', 'digest', 'summary'];
const SEEDS = seeds(runs(8, 200));

function chainOptions(rules: ReadonlyMap<string, Rule>): Record<string, Rule> {
  return Object.fromEntries(rules);
}

describe('the oracle and the program', () => {
  for (const container of CONTAINERS) {
    for (const depth of DEPTHS) {
      it(`agree on every root of a ${container} snapshot of depth ${depth} that the oracle wrote`, async () => {
        for (const seed of SEEDS) {
          const store = makeStore(seed);
          const snapshot = snapshotOf(store, store.records, depth);
          const audit = await auditSource(memorySource('oracle', snapshotText(snapshot, container)));
          expect({ seed, findings: audit.findings }).toEqual({ seed, findings: [] });
          const stated = trailerOf(store.records);
          expect({ seed, root: audit.summary?.globalRoot }).toEqual({ seed, root: stated.get('globalRoot') });
          const roots = (stated.get('tenants') as Members[]).map((tenant) => tenant.get('root'));
          expect({ seed, roots: audit.summary?.tenants.map(({ root }) => root) }).toEqual({ seed, roots });
        }
      });
    }
  }

  it('write the same trailer, byte for byte', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'evidence-diff-oracle-'));
    try {
      for (const seed of SEEDS) {
        const store = makeStore(seed);
        const path = join(folder, `${seed}.ndjson`);
        const texts = store.records.map((record) => Buffer.from(recordText(record, 'full')));
        await writeSnapshot(path, texts, { chains: chainOptions(store.rules), tool: 'oracle/1' });
        const lines = readFileSync(path, 'utf8').trimEnd().split('\n');
        expect({ seed, trailer: lines.at(-1) }).toEqual({ seed, trailer: jsonText(trailerOf(store.records)) });
        const records = store.records.map((record) => recordText(record, 'full', CANONICAL));
        expect({ seed, records: lines.slice(1, -1) }).toEqual({ seed, records });
        expect(headerOf(store, 'full').size).toBeGreaterThan(8);
      }
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
