/** A summary has no records to recompute: whoever forges one can make all of it agree with itself. */
import { describe, expect, it } from 'vitest';
import { runs } from '../long.ts';
import { compareTexts, kindsOf, seeds } from './run-comparison.ts';
import { type Depth, reroot, type Snapshot, snapshotOf, snapshotText } from './snapshot-text.ts';
import { makeStore } from './store.ts';
import { Chance, type Members, type Value } from './value.ts';

const SEEDS = seeds(runs(12, 200));
const BASELINES: readonly Depth[] = ['full', 'digest', 'summary'];

function add(members: Members, name: string, count: number): void {
  members.set(name, (members.get(name) as number) + count);
}

/** States another size of a stream, and makes every sum follow. */
function resize(trailer: Members, tenant: Members, stream: Members, count: number): void {
  const counts = tenant.get('counts') as Members;
  const [type = ''] = [...counts.keys()].filter((name) => (counts.get(name) as number) > -count);
  add(counts, type, count);
  for (const part of [tenant, trailer]) add(part, 'records', count);
  add(stream, 'size', count);
  if (stream.has('lastSeq')) add(stream, 'lastSeq', count);
}

interface Forgery {
  readonly name: string;
  readonly ordered: boolean;
  readonly kinds: string;
  readonly change: (stream: Members, tenant: Members, trailer: Members, chance: Chance) => void;
}

const other = (stream: Members, _tenant: Members, _trailer: Members, chance: Chance): unknown =>
  stream.set('root', chance.hex(64));

const FORGERIES: readonly Forgery[] = [
  { name: 'another root of a chain', ordered: true, kinds: 'history-not-prefix', change: other },
  { name: 'another root of a set', ordered: false, kinds: 'stream-root-mismatch', change: other },
  ...[true, false].map((ordered) => ({
    name: `another head of a ${ordered ? 'chain' : 'set'}`,
    ordered,
    kinds: 'chain-rewritten|stream-root-mismatch|tenant-root-mismatch|global-root-mismatch|manifest-mismatch',
    change: (stream: Members, _tenant: Members, _trailer: Members, chance: Chance) =>
      stream.set('head', chance.hex(64)),
  })),
  {
    name: 'a chain that is a set',
    ordered: true,
    kinds: 'stream-root-mismatch',
    change: (stream) => {
      stream.set('ordered', false);
      stream.delete('firstSeq');
      stream.delete('lastSeq');
    },
  },
  {
    name: 'positions moved on by one',
    ordered: true,
    kinds: 'manifest-mismatch|seq-gap|history-not-prefix',
    change: (stream) => {
      add(stream, 'firstSeq', 1);
      add(stream, 'lastSeq', 1);
    },
  },
  {
    name: 'a record more in a chain',
    ordered: true,
    kinds: 'proof-unavailable',
    change: (stream, tenant, trailer) => resize(trailer, tenant, stream, 1),
  },
  {
    name: 'a record more in a set',
    ordered: false,
    kinds: 'proof-unavailable',
    change: (stream, tenant, trailer) => resize(trailer, tenant, stream, 1),
  },
  {
    name: 'a record less in a chain',
    ordered: true,
    kinds: 'chain-truncated',
    change: (stream, tenant, trailer) => resize(trailer, tenant, stream, -1),
  },
  {
    name: 'a record less in a set',
    ordered: false,
    kinds: 'count-decreased',
    change: (stream, tenant, trailer) => resize(trailer, tenant, stream, -1),
  },
  {
    name: 'another type in the counts',
    ordered: true,
    kinds: 'count-decreased|manifest-mismatch',
    change: (_, tenant) => {
      const counts = tenant.get('counts') as Members;
      const [type = ''] = counts.keys();
      counts.set(`${type}.`, counts.get(type) as Value);
      counts.delete(type);
    },
  },
  {
    name: 'a stream that is gone',
    ordered: false,
    kinds: 'stream-missing',
    change: (stream, tenant, trailer) => {
      for (let size = stream.get('size') as number; size > 0; size--) resize(trailer, tenant, stream, -1);
      tenant.set(
        'streams',
        (tenant.get('streams') as Value[]).filter((one) => one !== stream),
      );
    },
  },
];

function forged({ ordered, change }: Forgery, snapshot: Snapshot, chance: Chance): Snapshot {
  const trailer = snapshot.trailer as Members;
  const tenant = chance.pick(trailer.get('tenants') as Members[]);
  const stream = chance.pick((tenant.get('streams') as Members[]).filter((one) => one.get('ordered') === ordered));
  change(stream, tenant, trailer, chance);
  return { ...snapshot, trailer: reroot(trailer) };
}

describe('a forged summary is never called intact', () => {
  for (const forgery of FORGERIES) {
    it(`A05, A19, B01, B17: ${forgery.name}, with all sums and roots made to agree`, async () => {
      for (const seed of SEEDS) {
        const store = makeStore(seed);
        const is = forged(forgery, snapshotOf(store, store.records, 'summary'), new Chance(`${forgery.name} ${seed}`));
        for (const was of BASELINES) {
          const baseline = snapshotText(snapshotOf(store, store.records, was), 'ndjson');
          const report = await compareTexts(baseline, snapshotText(is, 'json'));
          const isNamed = forgery.kinds.split('|').some((kind) => kindsOf(report).includes(kind));
          expect({ seed, was, verdict: report.verdict, isNamed, kinds: kindsOf(report) }).toMatchObject({
            verdict: forgery.kinds === 'proof-unavailable' ? 'INCOMPLETE' : 'FAIL',
            isNamed: true,
          });
        }
      }
    });
  }
});
