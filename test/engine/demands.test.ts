/** Every demand × every kind of baseline: a wrong one never ends in PASS, and is named; a right one holds. */
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { compareSnapshots, compareWithRoots } from '../../src/api/compare-snapshots.ts';
import type { ComparisonOptions } from '../../src/api/options.ts';
import { proveConsistency } from '../../src/api/prove.ts';
import { classOf } from '../../src/core/kinds.ts';
import { proofText } from '../../src/core/proof/proof-document.ts';
import { DEMANDS, type DemandName, unnamedDemand } from '../../src/core/report/demands.ts';
import {
  type ContinuityReport,
  captureSnapshot,
  digestIndex,
  exportBundle,
  type FindingKind,
} from '../../src/index.ts';
import { runs } from '../long.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../postgres/binaries.ts';
import { createLedger } from '../postgres/ledger-store.ts';
import { serverOfFile } from '../postgres/server-of-file.ts';
import { bundles, trailerOf } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { fileOf, GROWN, type KeyFiles, keyFiles, RECORDS, signed, textOf } from '../trust/signed-files.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const OLD = { capturedAt: '2020-03-01T10:00:00.000Z' };
const UPGRADE = 'upgrade-7';

const FILES = ['file', 'summary', 'bundle', 'roots'] as const;
type Kind = (typeof FILES)[number] | 'database';

/** What is demanded beside a comparison that would be a PASS without it. */
interface Wish {
  readonly demand: DemandName;
  readonly options: ComparisonOptions;
  /** The current side, where that is what is wrong. */
  readonly current?: string;
}

interface Baseline {
  readonly path: string;
  readonly current: string;
  readonly sha256: string | null;
}

const baselines = new Map<Kind, Baseline>();
let alice: KeyFiles;
let bob: KeyFiles;
let mallory: KeyFiles;

function baselineOf(kind: Kind): Baseline {
  const found = baselines.get(kind);
  if (found === undefined) throw new RangeError(`there is no ${kind}`);
  return found;
}

function compared(
  kind: Kind,
  options: ComparisonOptions,
  current = baselineOf(kind).current,
): Promise<ContinuityReport> {
  const compare = kind === 'roots' ? compareWithRoots : compareSnapshots;
  return compare(baselineOf(kind).path, current, options);
}

async function proofOf(name: string, from: string, to: string): Promise<string> {
  const { document } = await proveConsistency(from, to);
  if (document === undefined) throw new Error('nothing was proven');
  return fileOf(folder, name, proofText(document));
}

beforeAll(async () => {
  alice = keyFiles(folder, 'alice');
  bob = keyFiles(folder, 'bob');
  mallory = keyFiles(folder, 'mallory');
  const file = fileOf(folder, 'file.ndjson', textOf(RECORDS, OLD));
  const current = fileOf(folder, 'current.ndjson', textOf(GROWN, OLD));
  const summary = fileOf(folder, 'summary.ndjson', textOf(RECORDS, OLD, 'summary'));
  const { globalRoot, records, tenants } = trailerOf(RECORDS);
  const named = tenants.map(({ tenant, records: count, root, streams }) => ({
    tenant,
    records: count,
    root,
    streams: streams.map(({ stream, ordered, size, root: of, head }) => ({ stream, ordered, size, root: of, head })),
  }));
  const roots = { kind: 'evidence-roots', version: 1, globalRoot, records, tenants: named };
  const rootsFile = fileOf(folder, 'roots.json', JSON.stringify(roots));
  for (const path of [file, summary, rootsFile]) await signed(path, [alice], UPGRADE);
  await signed(fileOf(folder, 'other.ndjson', textOf(bundles(2), OLD)), [alice], UPGRADE);
  const bundle = at('bundle');
  await exportBundle(file, bundle);
  const paths = { file, summary, bundle, roots: rootsFile };
  for (const kind of FILES) baselines.set(kind, { path: paths[kind], current, sha256: null });
  for (const kind of FILES) {
    const { verdict, baseline } = await compared(kind, {});
    if (verdict !== 'PASS') throw new Error(`${kind} without a demand is ${verdict}`);
    baselines.set(kind, { path: paths[kind], current, sha256: baseline.sha256 });
  }
  await proofOf('right.proof.json', file, current);
  const small = fileOf(folder, 'small.ndjson', textOf(GROWN.slice(0, -1), OLD));
  await proofOf('wrong.proof.json', file, small);
  await digestIndex(file, { output: at('right.index') });
  await digestIndex(fileOf(folder, 'four.ndjson', textOf(bundles(4), OLD)), { output: at('wrong.index') });
});

const hash: fc.Arbitrary<string> = fc
  .uint8Array({ minLength: 32, maxLength: 32 })
  .map((bytes) => Buffer.from(bytes).toString('hex'));

const SIGNATURE: readonly DemandName[] = [
  'trusted-key',
  'threshold',
  'require-signature',
  'signature',
  'expect-upgrade',
];
const WITNESSED = ['witness-policy', 'baseline-checkpoint'] as const;
const STATED = [
  ...SIGNATURE,
  ...WITNESSED,
  'expect-digest',
  'expect-subject',
  'max-baseline-age',
  'tsa-certificate',
  'consistency-proof',
  'digest-index',
  'legacy-root',
  'chain-key',
  'not-same-input',
] as const;

function wrong(kind: Kind, demand: DemandName, random: string): Wish {
  const trusted = [alice.publicPath];
  switch (demand) {
    case 'expect-digest':
      return { demand, options: { expectDigest: random } };
    case 'trusted-key':
      return { demand, options: { trust: { trustedKeys: [mallory.publicPath] } } };
    case 'threshold':
      return { demand, options: { trust: { trustedKeys: [alice.publicPath, bob.publicPath], threshold: 2 } } };
    case 'require-signature':
      return { demand, options: { trust: { requireSignature: true } } };
    case 'signature':
      return { demand, options: { trust: { trustedKeys: trusted, signature: at('other.ndjson.dsse.json') } } };
    case 'expect-upgrade':
      return { demand, options: { trust: { trustedKeys: trusted, expectUpgrade: random } } };
    case 'expect-subject':
      return { demand, options: { trust: { expectSubject: { system: random } } } };
    case 'witness-policy':
    case 'baseline-checkpoint':
      return {
        demand,
        options: { trust: { witnessPolicy: at(random), baselineCheckpoints: [at(random)] } },
      };
    case 'max-baseline-age':
      return { demand, options: { trust: { maxBaselineAgeMs: 1000 } } };
    case 'tsa-certificate':
      return { demand, options: { trust: { tsaCertificates: [at('none.crt')] } } };
    case 'consistency-proof':
      return { demand, options: { consistencyProof: at('wrong.proof.json') } };
    case 'digest-index':
      return { demand, options: { digestIndex: at('wrong.index') } };
    case 'legacy-root':
      return { demand, options: { legacyRoots: [{ scheme: 'merkletreejs-sort', root: random, leaf: 'leafHash' }] } };
    case 'chain-key':
      return { demand, options: { chainKeys: { [random.slice(0, 8)]: Uint8Array.of(1) } } };
    case 'not-same-input':
      return { demand, options: {}, current: baselineOf(kind).path };
    default:
      throw new RangeError(`nothing wrong is known for ${demand}`);
  }
}

/** What holds of a kind of baseline. */
function right(kind: Kind): readonly Wish[] {
  const { sha256 } = baselineOf(kind);
  const digest: readonly Wish[] =
    sha256 === null ? [] : [{ demand: 'expect-digest', options: { expectDigest: sha256 } }];
  const proof: Wish = { demand: 'consistency-proof', options: { consistencyProof: at('right.proof.json') } };
  const index: Wish = { demand: 'digest-index', options: { digestIndex: at('right.index') } };
  const key: Wish = { demand: 'trusted-key', options: { trust: { trustedKeys: [alice.publicPath] } } };
  const upgrade = { trustedKeys: [alice.publicPath], expectUpgrade: UPGRADE };
  const subject: Wish = { demand: 'expect-subject', options: { trust: { expectSubject: { system: 'test' } } } };
  const age: Wish = { demand: 'max-baseline-age', options: { trust: { maxBaselineAgeMs: 1e13 } } };
  const signs: readonly Wish[] = [key, { demand: 'expect-upgrade', options: { trust: upgrade } }];
  switch (kind) {
    case 'file':
    case 'summary':
      return [...digest, ...signs, subject, age, proof, index];
    case 'bundle':
      return [...digest, subject, age, proof, index];
    case 'roots':
      return [...digest, ...signs, proof, index];
    case 'database':
      return [age];
  }
}

function together(wishes: readonly Wish[]): ComparisonOptions {
  const all = wishes.map(({ options }) => options);
  const trust = Object.assign({}, ...all.map((options) => options.trust ?? {}));
  return { ...Object.assign({}, ...all), ...(Object.keys(trust).length === 0 ? {} : { trust }) };
}

function requireNamed(report: ContinuityReport, demand: DemandName): void {
  const entries = report.demands.filter((one) => one.demand === demand);
  expect(entries.length, `${demand} is in the report`).toBeGreaterThan(0);
  expect(entries.filter(({ state }) => state === 'held')).toEqual([]);
  for (const { why } of entries) expect(why).toBeTruthy();
  const classes = new Set(Object.keys(report.findingCounts).map((kind) => classOf(kind as FindingKind, report.mode)));
  expect(unnamedDemand(entries, (forced) => classes.has(forced))).toBeUndefined();
  expect(report.verdict).not.toBe('PASS');
}

async function wrongOnesAreNamed(kind: Kind, wrongs: readonly DemandName[], rights: readonly Wish[], random: string) {
  const wishes = wrongs.map((demand) => wrong(kind, demand, random));
  const current = wishes.find((wish) => wish.current !== undefined)?.current;
  const report = await compared(kind, together([...rights, ...wishes]), current);
  for (const { demand } of wishes) requireNamed(report, demand);
  for (const { demand } of rights) {
    // Whether a proof or a root is of the two sides cannot be told where one of them is another file.
    if (current !== undefined && ['consistency-proof', 'digest-index', 'legacy-root'].includes(demand)) continue;
    expect(report.demands.filter((one) => one.demand === demand).map(({ state }) => state)).toContain('held');
  }
}

const RANDOM = 'ab'.repeat(32);
const withoutDatabase = (demand: DemandName): boolean => demand !== 'max-baseline-age';

describe('the demands', () => {
  it('are all tried here, but for those of the command line and those that there are not yet', () => {
    const others: readonly DemandName[] = [
      ...(['expect-artifact', 'migration', 'output', 'metrics', 'attest', 'artifact', 'profile'] as const),
    ];
    expect([...STATED, ...others].sort()).toEqual([...DEMANDS].sort());
  });
});

describe.each(FILES)('of a baseline that is a %s', (kind) => {
  it.each(STATED)('%s, wrong, is named and no PASS', (demand) => wrongOnesAreNamed(kind, [demand], [], RANDOM));

  it('right ones hold, and the comparison is a PASS', async () => {
    const report = await compared(kind, together(right(kind)));
    expect(report.demands.filter(({ state }) => state !== 'held')).toEqual([]);
    expect(report.verdict).toBe('PASS');
    const asked = new Set(report.demands.map(({ demand }) => demand));
    for (const { demand } of right(kind)) expect(asked).toContain(demand);
  });
});

it('any wrong ones among any right ones are named, and no right one is blamed', async () => {
  const mixture = fc.record({
    kind: fc.constantFrom(...FILES),
    wrongs: fc.subarray([...STATED], { minLength: 1 }),
    rights: fc.array(fc.nat(), { maxLength: 4 }),
    random: hash,
  });
  await fc.assert(
    fc.asyncProperty(mixture, async ({ kind, wrongs, rights, random }) => {
      // One envelope is looked at: of several wrong demands on it the first is tried.
      const [one] = wrongs.filter((demand) => SIGNATURE.includes(demand));
      const chosen = wrongs.filter((demand) => demand === one || !SIGNATURE.includes(demand));
      const all = right(kind);
      const beside = rights.flatMap((index) => all.slice(index % all.length, (index % all.length) + 1));
      const kept = beside.filter(
        ({ demand }) => !chosen.includes(demand) && (one === undefined || !SIGNATURE.includes(demand)),
      );
      await wrongOnesAreNamed(kind, chosen, kept, random);
    }),
    { numRuns: runs(60, 3000, 20) },
  );
});

describe.skipIf(!postgresAvailable)(`of a baseline that is a database${skippedWithoutPostgres}`, () => {
  const server = serverOfFile({ auth: 'trust' });

  beforeAll(async () => {
    const plan = { rows: 40, tenants: 2, chainsPerTenant: 1, seed: 'demands' };
    await server().createDatabase('store');
    const client = await server().connect('store');
    await createLedger(client, plan).finally(() => client.end());
    const current = at('captured.ndjson');
    const { verdict } = await captureSnapshot(server().url('store'), current, { depth: 'full' });
    expect(verdict).toBe('PASS');
    baselines.set('database', { path: server().url('store'), current, sha256: null });
    expect((await compared('database', {})).verdict).toBe('PASS');
  });

  it.each(STATED.filter(withoutDatabase))('%s, wrong, is named and no PASS', (demand) =>
    wrongOnesAreNamed('database', [demand], [], RANDOM),
  );

  it('right ones hold', async () => {
    const report = await compared('database', together(right('database')));
    expect([report.verdict, ...report.demands.map(({ state }) => state)]).toEqual(['PASS', 'held', 'held']);
  });

  it('a digest is impossible, whichever it is: a database has none', async () => {
    const { demands } = await compared('database', { expectDigest: RANDOM });
    expect(demands.find(({ demand }) => demand === 'expect-digest')?.state).toBe('impossible');
  });
});
