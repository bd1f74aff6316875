/** Records that are retired to a stub: their bodies are gone, wherever the records lie and in whatever way they are read. */
import { expect, it } from 'vitest';
import { bodies, bundles, chained, LEDGER_RULE, type PlainRecord, referenceCanonical, sha256 } from '../store.ts';
import { compareMigrated, named, type Setting } from './migrated.ts';

const CHAINS = { chains: LEDGER_RULE };
/** A rule that could move records of other streams: with it all that is expected is sorted. */
const SORTING = { name: 'moved', match: { stream: 'none/*' }, place: { stream: { value: 'aaa' } } };
/** The larger is more than one batch of an engine. */
const SIZES = [12, 900] as const;
const GROWTH = [0, 5] as const;
const CONTAINERS = [[], ['before', 'after']] as const;

const CASES = SIZES.flatMap((size) =>
  GROWTH.flatMap((growth) =>
    CONTAINERS.flatMap((inJson) =>
      [false, true].flatMap((simply) => [false, true].map((sorted) => ({ size, growth, inJson, simply, sorted }))),
    ),
  ),
);

function stubOf({ body, ...record }: PlainRecord): PlainRecord {
  return { ...record, bodyDigest: `sha256:${sha256(referenceCanonical(body))}` };
}

it.each(CASES)('$size records, $growth added, in JSON $inJson, one by one $simply, sorted $sorted', async (one) => {
  const { size, growth, inJson, simply, sorted } = one;
  const chain = chained(bodies(size + growth));
  const before = [...bundles(size), ...chain.slice(0, size)];
  const whole = [...bundles(size + growth), ...chain];
  const retired = before.filter((_, at) => at % 3 === 1).map(({ id }) => id);
  const names = `id\n${retired.join('\n')}\n`;
  const retire = { ids: named('retired.csv', names), reason: 'retention', approval: 'CAB-1', leave: 'stubs' };
  const rules = [{ name: 'purged', match: { stream: '*' }, retire }, ...(sorted ? [SORTING] : [])];

  const compared = (after: readonly PlainRecord[]) => {
    const digestOnly = after.filter(({ bodyDigest }) => bodyDigest !== undefined).length;
    const header = digestOnly === 0 ? {} : { header: { digestOnly } };
    const files = { 'retired.csv': names };
    const setting: Setting = { files, signed: true, simply, inJson, before: CHAINS, after: { ...CHAINS, ...header } };
    return compareMigrated(before, after, { rules }, setting);
  };
  const stubs = whole.map((record) => (retired.includes(record.id) ? stubOf(record) : record));
  const all = await compared(stubs);
  expect([all.verdict, all.totals.added, all.migration?.stubs]).toEqual(['PASS', 2 * growth, retired.length]);
  const none = await compared(whole);
  expect([none.verdict, none.findingCounts['migration-map-mismatch']]).toEqual(['FAIL', retired.length]);
  const last = whole.findLastIndex(({ id }) => retired.includes(id));
  const butOne = await compared(stubs.with(last, whole[last] as PlainRecord));
  expect([butOne.verdict, butOne.findingCounts['migration-map-mismatch']]).toEqual(['FAIL', 1]);
  expect(butOne.findings.find(({ kind }) => kind === 'migration-map-mismatch')?.id).toBe(whole[last]?.id);
});
