/** `--legacy-root` as a user gives it, for the verbs and the outputs that docs/legacy-roots.md does not show. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MerkleTree } from 'merkletreejs';
import { expect, it } from 'vitest';
import { chained, LEDGER_RULE, ndjson, sha256, trailerOf } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { evidenceDiff } from './command.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

/** The leaf hash that a ledger keeps beside its events. */
const ledger = (count: number) =>
  chained(Array.from({ length: count }, (_, n) => ({ n }))).map((record) => {
    return { ...record, attrs: { merkleLeafHash: sha256(`${record.hash}-${record.seq}`) } };
  });

const leaves = ledger(11).map(({ attrs }) => attrs.merkleLeafHash);
const sha = (bytes: Buffer): Buffer => Buffer.from(sha256(bytes), 'hex');
const ANCHOR = new MerkleTree(leaves, sha, { duplicateOdd: true }).getHexRoot();
const PAIRS = ['scheme=merkletreejs-duplicate-odd', `root=${ANCHOR}`, 'leaf=attrs.merkleLeafHash'];

writeFileSync(at('before.ndjson'), ndjson(ledger(11), { chains: LEDGER_RULE }));
writeFileSync(at('after.ndjson'), ndjson(ledger(13), { chains: LEDGER_RULE }));
const { globalRoot, records, tenants } = trailerOf(ledger(11));
const streams = tenants.map(({ tenant, records: size, root }) => ({ tenant, records: size, root }));
writeFileSync(
  at('roots.json'),
  JSON.stringify({ kind: 'evidence-roots', version: 1, globalRoot, records, tenants: streams }),
);

it("verify-continuity recomputes a ledger's anchor, and all formats draw it", () => {
  const report = at('continuity.json');
  const source = ['--baseline', at('before.ndjson'), '--legacy-root', ...PAIRS, at('after.ndjson')];
  const outputs = ['--output', report, '--output', at('continuity.ndjson'), '--output', at('continuity.pdf')];
  const run = evidenceDiff(['verify-continuity', ...source, ...outputs]);
  expect([run.status, run.stdout, run.stderr]).toEqual([
    0,
    'PASS: 11 baseline records intact in 1 tenant; 2 added\n',
    '',
  ]);
  const { findingCounts, checks } = JSON.parse(readFileSync(report, 'utf8'));
  expect(findingCounts).toEqual({ 'record-added': 2, 'weak-scheme': 1 });
  expect(checks.at(-1)).toEqual({ check: 'legacy-root', done: 11 });
  expect(readFileSync(at('continuity.ndjson'), 'utf8')).toContain('{"kind":"weak-scheme","class":"info"');
});

it('verify-roots has no records of the baseline: INCOMPLETE by default, and a check for the current side', () => {
  const verify = (...more: readonly string[]) =>
    evidenceDiff([
      'verify-roots',
      '--baseline',
      at('roots.json'),
      at('before.ndjson'),
      '--legacy-root',
      ...PAIRS,
      ...more,
    ]);
  const baseline = verify();
  expect([baseline.status, baseline.stdout.split('\n')[0]]).toEqual([
    2,
    'INCOMPLETE: nothing is proven; proof-unavailable: baseline: the legacy root (scheme merkletreejs-duplicate-odd, ' +
      'leaf attrs.merkleLeafHash) could not be recomputed: the records are not at hand: compare snapshots that have them',
  ]);
  const current = verify('side=current', '--details');
  expect([current.status, current.stderr]).toEqual([0, '']);
  expect(current.stdout).toContain('legacy-root: made 11');
});
