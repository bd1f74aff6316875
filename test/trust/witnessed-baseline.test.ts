/** A comparison that demands cosigned checkpoints of its baseline: of every ordered stream, and of its very tree. */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  attest,
  checkpoint,
  compare,
  keygen,
  renderReport,
  type TrustOptions,
  verifySignature,
} from '../../src/index.ts';
import { signNote, verifierKey } from '../../src/trust/signed-note.ts';
import { run } from '../cli/in-process.ts';
import { bundles, chained } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { fileOf, keyFiles, signed, textOf } from './signed-files.ts';
import { Witness } from './witness.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const [log, other] = [keyFiles(folder, 'log'), keyFiles(folder, 'other')];
const witness = new Witness(keyFiles(folder, 'w').key, () => log.key.publicKey, 'witness.example/w');
const numbers = (count: number, from = 0) => Array.from({ length: count }, (_, n) => ({ n: n + from }));
const two = (count: number, from = 0) => [
  ...chained(numbers(count, from)),
  ...chained(numbers(3), { tenant: 'globex' }),
];
const baseline = fileOf(folder, 'baseline.ndjson', textOf([...bundles(2), ...two(4)]));
const current = fileOf(folder, 'current.ndjson', textOf([...bundles(2), ...two(6)]));
const policy = fileOf(folder, 'policy', `witness w ${witness.verifierKey}\nquorum w\n`);
const [ACME, GLOBEX] = ['test/acme/ledger%2F1', 'test/globex/ledger%2F1'];

/** Cosigns the checkpoint at `path` into a file of that name in `to`; the witness knows nothing of what came before. */
function cosign(path: string, to: string, text = readFileSync(path, 'utf8')): string {
  const fresh = new Witness(keyOf, () => log.key.publicKey, 'witness.example/w');
  return fileOf(to, path.split('/').at(-1) ?? '', `${text}${fresh.addCheckpoint(`old 0\n\n${text}`).body}`);
}
const keyOf = keyFiles(folder, 'w2').key;
const w2 = fileOf(
  folder,
  'policy2',
  `witness w ${new Witness(keyOf, () => undefined, 'witness.example/w').verifierKey}\nquorum w\n`,
);

const points = new Map<string, string>();
beforeAll(async () => {
  await signed(baseline, [log]);
  const { written } = await checkpoint(baseline, { key: log.path, state: at('state'), output: at('points') });
  mkdirSync(at('cosigned'));
  for (const { origin, path } of written) points.set(origin, cosign(path, at('cosigned')));
  expect([...points.keys()].sort()).toEqual([ACME, GLOBEX]);
});

const trust = (over: Partial<TrustOptions> = {}): TrustOptions => ({
  witnessPolicy: w2,
  baselineCheckpoints: [at('cosigned')],
  trustedKeys: [log.publicPath],
  ...over,
});
async function outcome(over: Partial<TrustOptions> = {}, sides = [baseline, current]) {
  const { verdict, findings, demands, notChecked } = await compare(sides[0] ?? '', sides[1] ?? '', {
    trust: trust(over),
  });
  const state = demands.filter(({ demand }) => demand === 'witness-policy' || demand === 'baseline-checkpoint');
  const kinds = findings.filter((one) => one.class === 'UNTRUSTED').map(({ kind }) => kind);
  return { verdict, kinds, states: [...new Set(state.map((one) => one.state))], demands: state, notChecked };
}

describe('a baseline whose checkpoints were cosigned', () => {
  it('is believed: of each ordered stream there is one, from a folder or by name', async () => {
    const said = await outcome();
    expect(said).toMatchObject({ verdict: 'PASS', kinds: [], states: ['held'] });
    expect(said.demands).toEqual([
      { demand: 'witness-policy', asked: w2, state: 'held' },
      { demand: 'baseline-checkpoint', asked: at('cosigned'), state: 'held' },
    ]);
    expect(said.notChecked).toContainEqual(expect.stringMatching(/witnesses have seen of 1 set/));
    expect(await outcome({ baselineCheckpoints: [...points.values()] })).toMatchObject({ verdict: 'PASS' });
  });

  it('is UNTRUSTED where one of several paths vouches for nothing', async () => {
    const idle = at('idle');
    mkdirSync(idle);
    const said = await outcome({ baselineCheckpoints: [at('cosigned'), idle] });
    expect(said).toMatchObject({ verdict: 'UNTRUSTED', kinds: ['signature-missing'], states: ['refuted'] });
  });

  it('is UNTRUSTED where a stream has none, too few have cosigned, or another key has signed', async () => {
    for (const [over, kind] of [
      [{ baselineCheckpoints: [points.get(ACME) ?? ''] }, 'signature-missing'],
      [{ baselineCheckpoints: [at('points')] }, 'key-untrusted'],
      [{ witnessPolicy: policy }, 'key-untrusted'],
      [{ baselineCheckpoints: [at('nowhere')] }, 'signature-missing'],
      [{ witnessPolicy: at('nowhere') }, 'key-untrusted'],
      [{ baselineCheckpoints: [baseline] }, 'signature-missing'],
    ] as const) {
      const said = await outcome(over);
      expect([over, said.verdict, said.states, said.kinds.includes(kind)]).toEqual([
        over,
        'UNTRUSTED',
        ['refuted'],
        true,
      ]);
    }
    const foreign = await outcome({ trustedKeys: [other.publicPath] });
    expect([foreign.verdict, foreign.states]).toEqual(['UNTRUSTED', ['refuted']]);
    const keyless = await compare(baseline, current, {
      trust: { witnessPolicy: w2, baselineCheckpoints: [at('cosigned')] },
    });
    expect(keyless.verdict).toBe('UNTRUSTED');
  });

  it('is UNTRUSTED where it is not the one that was cosigned: rewritten, or of another size', async () => {
    for (const [name, records, kind] of [
      ['rewritten', two(4, 10), 'subject-mismatch'],
      ['longer', two(5), 'signature-missing'],
      ['shorter', two(3), 'signature-missing'],
    ] as const) {
      const path = fileOf(folder, `${name}.ndjson`, textOf([...bundles(2), ...records]));
      await signed(path, [log]);
      const said = await outcome({}, [path, fileOf(folder, `${name}-copy.ndjson`, readFileSync(path))]);
      expect([name, said.verdict, said.kinds, said.states]).toEqual([name, 'UNTRUSTED', [kind], ['refuted']]);
    }
  });

  it('is UNTRUSTED where two trees of one size were cosigned, though one is its own', async () => {
    mkdirSync(at('two'));
    for (const [origin, path] of points)
      copyFileSync(path, join(at('two'), origin === ACME ? 'a.checkpoint' : 'g.checkpoint'));
    expect((await outcome({ baselineCheckpoints: [at('two')] })).verdict).toBe('PASS');
    cosign('b.checkpoint', at('two'), signNote(`${ACME}\n4\n${'A'.repeat(43)}=\n`, ACME, log.key));
    expect(await outcome({ baselineCheckpoints: [at('two')] })).toMatchObject({
      verdict: 'UNTRUSTED',
      kinds: ['subject-mismatch'],
    });
  });

  it('has ordered streams, and was read: of anything else nothing is told', async () => {
    const sets = fileOf(folder, 'sets.ndjson', textOf(bundles(3)));
    await signed(sets, [log]);
    const said = await outcome({}, [sets, fileOf(folder, 'sets-copy.ndjson', readFileSync(sets))]);
    expect([said.verdict, said.states]).toEqual(['UNTRUSTED', ['impossible']]);
    const cut = fileOf(folder, 'cut.ndjson', readFileSync(baseline).subarray(0, 900));
    expect(await outcome({}, [cut, current])).toMatchObject({ verdict: 'UNTRUSTED', states: ['impossible'] });
  });

  it('may be a summary, by a policy that names its log', async () => {
    const one = fileOf(folder, 'one.ndjson', textOf(chained(numbers(4)), {}, 'summary'));
    const grown = fileOf(folder, 'one-later.ndjson', textOf(chained(numbers(6))));
    const named = fileOf(folder, 'named', `log ${verifierKey(ACME, log.key.publicKey)}\n${readFileSync(w2, 'utf8')}`);
    const wanted = { witnessPolicy: named, baselineCheckpoints: [at('cosigned')] };
    expect((await compare(one, grown, { trust: wanted })).verdict).toBe('PASS');
    const foreign = fileOf(
      folder,
      'foreign',
      `log ${verifierKey(ACME, other.key.publicKey)}\n${readFileSync(w2, 'utf8')}`,
    );
    expect((await compare(one, grown, { trust: { ...wanted, witnessPolicy: foreign } })).verdict).toBe('UNTRUSTED');
  });
});

describe('the demand', () => {
  const ed = (...args: readonly string[]) => run(args, { cwd: folder });
  const SIDES = ['baseline.ndjson', 'current.ndjson', '--trusted-key', 'log.pub'] as const;

  it('is made by the command, and typed again by the command that repeats it', async () => {
    const given = [...SIDES, '--witness-policy', 'policy2', '--baseline-checkpoint', 'cosigned'];
    const { status, stdout } = await ed(...given);
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/--witness-policy policy2 --baseline-checkpoint cosigned/),
    ]);
    expect(
      (await ed(...SIDES, '--witness-policy', 'policy', '--baseline-checkpoint', 'cosigned', '--quiet')).status,
    ).toBe(3);
    expect((await ed(...given, '--output', 'policy2')).status).toBe(64);
    expect((await ed('verify-continuity', '--baseline', ...given, '--quiet')).status).toBe(0);
  });

  it('of one half alone is a usage error', async () => {
    expect((await ed(...SIDES, '--witness-policy', 'policy2')).status).toBe(64);
    expect((await ed(...SIDES, '--baseline-checkpoint', 'cosigned')).status).toBe(64);
    await expect(compare(baseline, current, { trust: { witnessPolicy: w2 } })).rejects.toThrow(TypeError);
    await expect(compare(baseline, current, { trust: { baselineCheckpoints: [at('cosigned')] } })).rejects.toThrow(
      TypeError,
    );
  });

  it('is made again where a verdict is attested later, and of a signature that is verified', async () => {
    await keygen({ output: at('attest.key') });
    const report = await compare(baseline, current, { trust: trust() });
    const path = fileOf(folder, 'report.json', await renderReport(report, 'json'));
    expect((await attest(path, { key: at('attest.key'), output: at('bundle') })).verdict).toBe('PASS');
    expect((await verifySignature(baseline, trust())).verdict).toBe('PASS');
    expect((await verifySignature(baseline, trust({ witnessPolicy: policy }))).verdict).toBe('UNTRUSTED');
  });
});
