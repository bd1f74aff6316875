/** Records that are taken many at once are counted where those are that come one by one; what does not fit ends the run. */
import { expect, it } from 'vitest';
import { SideAudit } from '../../../src/core/audit/side-audit.ts';
import { RecipeBook } from '../../../src/core/custody/declared.ts';
import { IdSet } from '../../../src/core/snapshot/id-set.ts';
import type { EvidenceRecord } from '../../../src/core/snapshot/record.ts';
import { nodeDigests } from '../../../src/engine/node-engines.ts';
import { nodePlatform } from '../../../src/engine/node-platform.ts';

const RECORD = {
  ...{ tenant: 'acme', stream: 'bundles', id: 'b1', type: 'sbom' },
  ...{ leaf: 'a'.repeat(64), bodyDigest: `sha256:${'b'.repeat(64)}` },
} as unknown as EvidenceRecord;
type Counts = Parameters<SideAudit['appendBatch']>[0];

function audit(): SideAudit {
  return new SideAudit({
    platform: nodePlatform,
    ruleOf: () => undefined,
    ids: new IdSet(1),
    sideBit: 1,
    recipes: new RecipeBook(nodeDigests),
    onFault: () => undefined,
  });
}

const counts = (types: ReadonlyMap<string, number>): Counts =>
  ({ records: 2, bodies: 0, types, sequence: 0, links: 0, hashes: 0 }) as unknown as Counts;

it('of a stream that is open, and of types that its tenant has', () => {
  const open = audit();
  open.append(RECORD);
  open.appendBatch(counts(new Map([['sbom', 2]])), RECORD);
  expect(open.records).toBe(3);
  expect(() => open.appendBatch(counts(new Map([['vex', 2]])), RECORD)).toThrow(
    'a batch has a type that its tenant does not have',
  );
  expect(() => audit().appendBatch(counts(new Map([['sbom', 2]])), RECORD)).toThrow('no stream is open');
});
