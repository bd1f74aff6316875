/** Reports of parts that were lost, doubled, altered or mixed up: they are refused, or what comes of them is what came before. */
import { createHmac } from 'node:crypto';
import { copyFileSync, existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../../src/core/report/report.ts';
import {
  attest,
  type ComparisonOptions,
  compare,
  EvidenceError,
  gate,
  keygen,
  merge,
  mergeReports,
  metrics,
  renderReport,
  verifyAll,
} from '../../../src/index.ts';
import { run } from '../../cli/in-process.ts';
import { runs, seed } from '../../long.ts';
import { bodies, bundles, chained, LEDGER_RULE, ndjson, type PlainRecord, ZEROS } from '../../store.ts';
import { Chance } from '../../tamper/value.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { keyFiles, signed } from '../../trust/signed-files.ts';
import { type Pair, pairOf, partsOf } from './compared.ts';

const folder = temporaryFolder();

const RECORDS: readonly PlainRecord[] = ['a', 'b', 'c'].flatMap((tenant) => [
  ...['ledger/0', 'ledger/1'].flatMap((stream) => chained(bodies(3), { tenant, stream })),
  ...['s0', 's1', 's2', 's3'].flatMap((stream) => bundles(2, { tenant, stream })),
]);

function fileOf(name: string, records: readonly PlainRecord[], capturedAt: string): string {
  const path = join(folder, name);
  writeFileSync(path, ndjson(records, { chains: LEDGER_RULE, header: { capturedAt } }));
  return path;
}

let good: Pair;
let bad: Pair;

beforeAll(() => {
  const baseline = fileOf('was.ndjson', RECORDS, '2027-03-01T10:00:00.000Z');
  const grown = [...RECORDS, ...bundles(1, { tenant: 'd', stream: 's0' })];
  const current = fileOf('is.ndjson', grown, '2027-03-02T10:00:00.000Z');
  const lost = fileOf('lost.ndjson', RECORDS.slice(1), '2027-03-02T10:00:00.000Z');
  good = { baseline, current, edit: 'growth' };
  bad = { baseline, current: lost, edit: 'a record is gone' };
});

async function written(pair: Pair, count: number, options: ComparisonOptions = {}): Promise<string[]> {
  return (await partsOf(pair, count, options)).map(({ path }) => path);
}

async function refusal(reports: readonly string[]): Promise<string> {
  const fault = await mergeReports(reports).catch((error: unknown) => error);
  if (!(fault instanceof EvidenceError)) throw new TypeError(`it was not refused: ${JSON.stringify(fault)}`);
  return fault.message;
}

describe('reports of parts', () => {
  it('that are missing, come twice, or are of another comparison are named', async () => {
    const reports = await written(good, 4);
    const others = (await written(bad, 4)).map((path, index) => {
      const kept = join(folder, `other-${index}.json`);
      copyFileSync(path, kept);
      return kept;
    });
    const frozen = await compare(good.baseline, good.current, { mode: 'frozen', shard: { index: 1, count: 4 } });
    const inFrozen = join(folder, 'frozen.json');
    writeFileSync(inFrozen, (await renderReport(frozen, 'json')) as string);
    const whole = join(folder, 'whole.json');
    writeFileSync(whole, (await renderReport(await compare(good.baseline, good.current), 'json')) as string);
    const [zero = '', one = '', two = '', three = ''] = reports;
    expect((await mergeReports(reports)).verdict).toBe('PASS');
    expect(await refusal([zero, three])).toMatch(/of the reports of 4 shards these are missing: 1, 2/);
    expect(await refusal([...reports, two])).toMatch(/shard 2 of 4 comes twice/);
    expect(await refusal([zero, others[1] ?? '', two, three])).toMatch(/other-1.json: its member \/shard\/current is/);
    expect(await refusal([zero, inFrozen, two, three])).toMatch(/frozen.json: its member \/mode is another one/);
    expect(await refusal([...reports, whole])).toMatch(/whole.json: it is the report of no shard/);
    expect(await refusal([zero, one, two, good.baseline])).toMatch(/was.ndjson/);
    expect(await refusal([zero, one, two, join(folder, 'nowhere.json')])).toMatch(
      /nowhere.json: there is no such file/,
    );
    const [third = ''] = await written(good, 3);
    expect(await refusal([third, one, two, three])).toMatch(/its member \/shard\/count is another one/);
  });

  it('of sides that cannot be shared out, or were not read to their end, are refused', async () => {
    const disordered = fileOf('disordered.ndjson', [...RECORDS].reverse(), '2027-03-02T10:00:00.000Z');
    expect(await refusal(await written({ ...good, current: disordered }, 2))).toMatch(
      /shard 0 of 2 was not read to its end/,
    );
  });

  it('that were cut off anywhere are refused', async () => {
    const reports = await written(good, 2);
    const [cut = ''] = reports;
    const bytes = readFileSync(cut);
    const chance = new Chance('cut');
    for (let at = 0; at < 20; at++) {
      writeFileSync(cut, bytes.subarray(0, chance.below(bytes.length - 2)));
      expect(await refusal(reports)).toContain(cut);
    }
  });

  it.each(Array.from({ length: runs(3, 60) }, (_, at) => seed + at))(
    'seed %i: of which one member was altered they are refused, or have the verdict that they had, or no PASS',
    async (at) => {
      const chance = new Chance(`altered ${at}`);
      const pair = chance.pick([good, good, bad, pairOf(folder, at, chance)]);
      const reports = await written(pair, chance.pick([1, 2, 4]));
      const whole = await compare(pair.baseline, pair.current);
      for (let edit = 0; edit < 25; edit++) {
        const path = chance.pick(reports);
        const before = readFileSync(path, 'utf8');
        const report = JSON.parse(before) as ContinuityReport;
        const place = alter(report, chance);
        writeFileSync(path, JSON.stringify(report));
        const merged = await mergeReports(reports).catch((fault: unknown) => fault);
        if (!(merged instanceof EvidenceError)) {
          // A count that no list bears out may ask for more doubt, never for less.
          expect([whole.verdict, 'INCOMPLETE'], place).toContain((merged as ContinuityReport).verdict);
        }
        writeFileSync(path, before);
      }
    },
  );

  it('say so of what was altered', async () => {
    const reports = await written(bad, 2);
    const [path = ''] = reports;
    const text = readFileSync(path, 'utf8');
    for (const [from, to, says] of [
      [/"size": 2/, '"size": 3', /contradicts itself: the tally of the whole does not balance/],
      [/"globalRoot": "./, '"globalRoot": "x', /globalRoot/],
      [/"headline": "([A-Z]+): /, '"headline": "$1: no ', /its member `headline` does not follow from its sums/],
      [/"derived": 0/, '"derived": 1', /its member `checks` does not follow from its sums/],
      [/"index": 0/, '"index": 1', /it is of shard 1 of 2, and has the stream/],
      [/"verdict": "[A-Z]+"/, '"verdict": "PASS"', /its verdict is not the one that its findings force/],
      [/"evidence-diff\/[^"]+"/, '"evidence-diff/9.9.9"', /its member \/run\/tool is another one/],
    ] as const) {
      expect(text).toMatch(from);
      writeFileSync(path, text.replace(from, to));
      expect(await refusal([...reports].reverse())).toMatch(says);
    }
  });
});

/** Alters one member somewhere in `report`; where. */
function alter(report: object, chance: Chance): string {
  let [at, place]: [object, string] = [report, ''];
  for (;;) {
    const names = Object.keys(at).filter((name) => name !== 'run');
    if (names.length === 0) return place;
    const name = chance.pick(names);
    const members = at as Record<string, unknown>;
    const value = members[name];
    place += `/${name}`;
    if (typeof value === 'object' && value !== null && chance.below(12) > 0) at = value;
    else {
      if (Array.isArray(at) && chance.below(2) === 0) at.splice(Number(name), 1);
      else if (typeof value === 'number') members[name] = value + chance.pick([1, -1]);
      else if (typeof value === 'boolean') members[name] = !value;
      else if (typeof value === 'string') members[name] = value.replace(/.$/u, (last) => (last === '0' ? '1' : '0'));
      else delete members[name];
      return place;
    }
  }
}

describe('the report of one part', () => {
  it('is taken for the whole by nobody', async () => {
    const [path = ''] = await written(good, 2);
    const report = JSON.parse(readFileSync(path, 'utf8')) as ContinuityReport;
    expect(report.headline).toBe('INCOMPLETE: shard 0 of 2, nothing found in it: merge the reports of all');
    const key = join(folder, 'key.pem');
    await keygen({ output: key });
    const output = join(folder, 'verdict.json');
    const expectReport = (await sha256Of(path)) as string;
    await expect(attest(path, { key, output, expectReport })).rejects.toThrow(/shard 0 of 2, which proves nothing/);
    expect(existsSync(output)).toBe(false);
    await expect(metrics(report)).rejects.toThrow(/one shard proves nothing/);
    const opened = await gate('pre-upgrade', { report: path }).catch((fault: Error) => fault);
    expect(JSON.stringify(opened)).not.toMatch(/"(decision|outcome|state)":"(go|open|PASS)"/i);
    const forged = join(folder, 'forged.json');
    writeFileSync(forged, JSON.stringify({ ...report, findings: [], findingCounts: {}, verdict: 'PASS' }));
    expect(await refusal([forged])).toMatch(/contradicts itself/);
  });

  it('is merged before it is attested, by the digest of what comes of it', async () => {
    const merged = join(folder, 'merged.json');
    const report = await mergeReports(await written(good, 2));
    writeFileSync(merged, (await renderReport(report, 'json')) as string);
    const key = join(folder, 'attesting.pem');
    await keygen({ output: key });
    const output = join(folder, 'attested.json');
    await expect(attest(merged, { key, output })).rejects.toThrow(/it was merged from the reports of shards/);
    const expectReport = (await sha256Of(merged)) as string;
    expect((await attest(merged, { key, output, expectReport })).verdict).toBe('PASS');
  });

  it('says what is found in it, and nothing of what only the whole shows', async () => {
    const gone = fileOf(
      'gone.ndjson',
      RECORDS.filter(({ tenant }) => tenant !== 'b'),
      '2027-03-02T10:00:00.000Z',
    );
    const parts = await partsOf({ ...good, current: gone }, 3);
    for (const { report } of parts) {
      expect(report.findingCounts).not.toHaveProperty('tenant-missing');
      expect(report.findingCounts).not.toHaveProperty('global-root-mismatch');
      expect(['broken', 'unknown']).toContain(report.relation);
    }
    const merged = await mergeReports(parts.map(({ path }) => path));
    expect(merged.findingCounts).toMatchObject({ 'tenant-missing': 1, 'global-root-mismatch': 1 });
    expect(merged.verdict).toBe('FAIL');
  });

  it('of a side that is empty says nothing of that: the merged one does', async () => {
    const pair = { ...good, current: fileOf('empty.ndjson', [], '2027-03-02T10:00:00.000Z') };
    const merged = await mergeReports(await written(pair, 2));
    const whole = await compare(pair.baseline, pair.current);
    expect(whole.findingCounts).toMatchObject({ 'empty-current': 1 });
    expect(merged).toMatchObject({ findings: whole.findings, findingCounts: whole.findingCounts });
    expect(merged.headline).toBe(whole.headline);
  });

  it('holds demands that are about the whole file, and all do', async () => {
    const { baseline } = await compare(good.baseline, good.current);
    const held = await written(good, 2, { expectDigest: baseline.sha256 as string });
    const { demands, verdict } = await mergeReports(held);
    expect(demands.find(({ demand }) => demand === 'expect-digest')?.state).toBe('held');
    expect(verdict).toBe('PASS');
    const refuted = await mergeReports(await written(good, 2, { expectDigest: 'f'.repeat(64) }));
    expect(refuted.verdict).toBe('UNTRUSTED');
    expect(refuted.findingCounts).toMatchObject({ 'digest-mismatch': 1 });
    const [one = ''] = held;
    const kept = readFileSync(one);
    const [, other = ''] = await written(good, 2);
    writeFileSync(one, kept);
    expect(await refusal([one, other])).toMatch(/its member \/demands is another one/);
  });
});

/** The same without roots in its trailer: one shard of it does not show what was signed. */
function bareOf(name: string): string {
  const [header, ...lines] = ndjson(RECORDS, {
    chains: LEDGER_RULE,
    header: { capturedAt: '2027-03-01T10:00:00.000Z' },
  })
    .trimEnd()
    .split('\n');
  const trailer = JSON.parse(lines.pop() ?? '', (member, value) =>
    /^(?:root|globalRoot)$/.test(member) ? undefined : value,
  );
  const path = join(folder, name);
  writeFileSync(path, `${[header, ...lines, JSON.stringify(trailer)].join('\n')}\n`);
  return path;
}

describe('demands in parts', () => {
  it('on who vouches for the baseline are made of each, and the signature is in what is merged', async () => {
    const [signer, other] = ['signer', 'other'].map((name) => keyFiles(folder, name));
    const baseline = await signed(fileOf('signed.ndjson', RECORDS, '2027-03-01T10:00:00.000Z'), signer ? [signer] : []);
    const pair = { ...good, baseline };
    const trusted = { trust: { trustedKeys: [signer?.publicPath ?? ''], requireSignature: true } };
    const merged = await mergeReports(await written(pair, 2, trusted));
    const whole = await compare(baseline, good.current, trusted);
    expect(merged).toMatchObject({ verdict: 'PASS', demands: whole.demands, baseline: whole.baseline });
    expect(merged.notChecked).not.toContain('baseline is not signed');
    const bare = await signed(bareOf('bare.ndjson'), signer ? [signer] : []);
    expect((await mergeReports(await written({ ...good, baseline: bare }, 2, trusted))).verdict).toBe('UNTRUSTED');
    const refuted = await written(pair, 2, { trust: { trustedKeys: [other?.publicPath ?? ''] } });
    expect(await mergeReports(refuted)).toMatchObject({ verdict: 'UNTRUSTED', findingCounts: { 'key-untrusted': 1 } });
  });

  it('that did not hold in one part do not hold in what is merged', async () => {
    const [refuted = '', other = ''] = await written(good, 2, { expectDigest: 'f'.repeat(64) });
    const kept = readFileSync(refuted);
    const asked = (JSON.parse(readFileSync(other, 'utf8')) as ContinuityReport).demands[0];
    await written(good, 2);
    const report = JSON.parse(readFileSync(other, 'utf8')) as ContinuityReport;
    const held = { demand: asked?.demand, asked: asked?.asked, state: 'held' };
    writeFileSync(other, JSON.stringify({ ...report, demands: [held, ...report.demands] }));
    writeFileSync(refuted, kept);
    for (const reports of [
      [refuted, other],
      [other, refuted],
    ]) {
      const merged = await mergeReports(reports);
      expect(merged.demands[0]).toMatchObject({ demand: 'expect-digest', state: 'refuted' });
      expect(merged.verdict).toBe('UNTRUSTED');
    }
  });

  it('a key has to be used in one of them, whichever has its streams', async () => {
    const key = 'a secret';
    const hmac = (text: string): string => createHmac('sha256', key).update(text).digest('hex');
    const recipe = { algorithm: 'sha256', of: [{ field: '/body' }], hmacKey: 'k' };
    const entry = { tenant: 'a', stream: 's', id: 'e', seq: 1, type: 't', prev: ZEROS, body: 'x', hash: hmac('x') };
    const [was, is] = ['2027-03-01T10:00:00Z', '2027-03-02T10:00:00Z'].map((capturedAt) => {
      const path = join(folder, `keyed-${capturedAt.slice(0, 10)}.ndjson`);
      const records = [entry, ...bundles(1, { tenant: 'b', stream: 'u' }), ...bundles(1, { tenant: 'b', stream: 'v' })];
      writeFileSync(path, ndjson(records, { chains: { s: { recipe } }, header: { capturedAt } }));
      return path;
    });
    const pair = { baseline: was ?? '', current: is ?? '', edit: 'none' };
    const chainKeys = { k: Buffer.from(key) };
    const parts = await partsOf(pair, 4, { chainKeys });
    const states = parts.map(({ report }) => report.demands.find(({ demand }) => demand === 'chain-key')?.state);
    expect([...states].sort()).toEqual(['held', 'impossible', 'impossible', 'impossible']);
    const merged = await mergeReports(parts.map(({ path }) => path));
    const whole = await compare(pair.baseline, pair.current, { chainKeys });
    expect(merged).toMatchObject({ verdict: 'PASS', demands: whole.demands, headline: whole.headline });
    const unused = { chainKeys: { ...chainKeys, other: Buffer.from('o') } };
    const idle = await mergeReports(await written(pair, 3, unused));
    const idleWhole = await compare(pair.baseline, pair.current, unused);
    expect(idle).toMatchObject({ verdict: 'INCOMPLETE', demands: idleWhole.demands, headline: idleWhole.headline });
    expect(idle.findings).toEqual(idleWhole.findings);
    const without = await mergeReports(await written(pair, 3));
    expect(without.findings).toEqual((await compare(pair.baseline, pair.current)).findings);
    expect(without.verdict).toBe('INCOMPLETE');
  });
});

describe('shards of two captures', () => {
  async function shardsOf(input: string, count: number): Promise<readonly string[]> {
    const into = mkdtempSync(join(folder, 'shards-'));
    const paths = Array.from({ length: count }, (_, index) => join(into, `shard-${index}.ndjson`));
    for (const [index, output] of paths.entries()) await verifyAll(input, { output, shard: { index, count } });
    return paths;
  }

  it('are compared as they are, and come to the report of both wholes', async () => {
    const [before, after] = [await shardsOf(good.baseline, 3), await shardsOf(good.current, 3)];
    const reports: string[] = [];
    for (const [at, shard] of before.entries()) {
      const report = await compare(shard, after[at] ?? '');
      expect(report.verdict).toBe('INCOMPLETE');
      reports.push(`${shard}.json`);
      writeFileSync(`${shard}.json`, (await renderReport(report, 'json')) as string);
    }
    const merged = await mergeReports(reports);
    const wholes = [join(folder, 'joined-was.ndjson'), join(folder, 'joined-is.ndjson')] as const;
    for (const [at, output] of wholes.entries())
      await merge([before, after][at] ?? [], { output, includeMerkleRoots: true });
    const whole = await compare(...wholes);
    expect(whole.verdict).toBe('PASS');
    const { name: _, sha256: __, ...baseline } = whole.baseline;
    expect(merged).toMatchObject({ verdict: 'PASS', headline: whole.headline, baseline, tenants: whole.tenants });
    expect(merged.checks).toEqual(whole.checks);
    expect(merged.baseline).toMatchObject({ name: '3 shards', sha256: null });
  });

  it('that are not the same part are no pair, nor is one beside a whole', async () => {
    const [before, after] = [await shardsOf(good.baseline, 3), await shardsOf(good.current, 2)];
    const said = async (was = '', is = ''): Promise<string> => (await compare(was, is)).headline;
    expect(await said(before[0], after[0])).toMatch(
      /^INCOMPLETE: .*it is shard 0 of 2, and the baseline is shard 0 of 3/,
    );
    expect(await said(before[1], before[2])).toMatch(/^INCOMPLETE: .*it is shard 2 of 3, and the baseline is shard 1/);
    expect(await said(before[0], good.current)).toMatch(
      /^INCOMPLETE: .*it is shard 0 of 3, and the other side is a whole/,
    );
    expect(await said(good.baseline, after[1])).toMatch(
      /^INCOMPLETE: .*it is shard 1 of 2, and the other side is a whole/,
    );
    const again = await compare(before[0] ?? '', good.current, { shard: { index: 0, count: 3 } });
    expect(again.verdict).toBe('INCOMPLETE');
  });
});

describe('on the command line', () => {
  it('a part ends with 2, and what is merged with the code of its verdict', async () => {
    const cwd = mkdtempSync(join(folder, 'cwd-'));
    const env = { JOB_COMPLETION_INDEX: '1' };
    const sides = [good.baseline, good.current];
    const zero = await run([...sides, '--shard', '0/2', '--output', '0.json'], { cwd });
    const one = await run([...sides, '--shard', '/2', '--output', '1.json'], { cwd, env });
    expect([zero.status, one.status]).toEqual([2, 2]);
    const merged = await run(['merge', '0.json', '1.json', '--output', 'all.json', '--metrics', 'm.prom'], { cwd });
    expect(merged).toMatchObject({ status: 0, stderr: '' });
    expect(merged.stdout).toMatch(/^PASS: /);
    expect(readFileSync(join(cwd, 'm.prom'), 'utf8')).toContain('PASS');
    const before = readFileSync(join(cwd, 'all.json'), 'utf8');
    expect(JSON.parse(before).demands).toContainEqual({ demand: 'output', asked: 'all.json', state: 'held' });
    const half = await run(['merge', '0.json', '--output', 'all.json'], { cwd });
    expect(half.status).toBe(2);
    expect(half.stderr).toMatch(/this one is missing: 1/);
    expect(readFileSync(join(cwd, 'all.json'), 'utf8')).toBe(before);
    expect((await run(['merge', '0.json', good.baseline, '--output', 'b.json'], { cwd })).status).toBe(2);
    expect(existsSync(join(cwd, 'b.json'))).toBe(false);
    for (const stray of [['--include-merkle-roots'], ['--max-findings', '3'], ['--chain-key', 'k=f']]) {
      expect((await run(['merge', '0.json', '1.json', '--output', 'c.json', ...stray], { cwd })).status).toBe(64);
    }
    expect((await run(['merge', '0.json', '1.json', '--output', '1.json'], { cwd })).status).toBe(64);
    const both = await run(['merge', '0.json', '1.json', '--output', 'd.html', '--output', 'd.json'], { cwd });
    expect(both.status).toBe(0);
    expect(readFileSync(join(cwd, 'd.html'), 'utf8')).toContain('PASS');
    expect(JSON.parse(readFileSync(join(cwd, 'd.json'), 'utf8')).verdict).toBe('PASS');
    const piped = await run(['merge', '0.json', '-', '--output', 'c.json'], { cwd });
    expect(piped.status).toBe(64);
    expect(piped.stderr).toContain('standard input cannot be merged');
  });

  it.each([
    [['--migration', 'm.json'], /--migration: /],
    [['--legacy-root', 'scheme=merkletreejs-sort', `root=${'0'.repeat(64)}`], /--legacy-root: /],
    [['--consistency-proof', 'p.json'], /--consistency-proof: /],
    [['--digest-index', 'i'], /--digest-index: /],
    [['--baseline-profile', 'p.json'], /--shard: evidence of others|--baseline-profile: /],
    [['--metrics', 'm.prom'], /--metrics: a shard proves nothing/],
    [['--attest', 'v.json', '--key', 'k'], /--attest: a shard proves nothing/],
    [['--snapshot-id', '00000003-0000001B-1@2027-03-01T10:00:00.000Z@0/16B3748@0123456789abcdef'], /--snapshot-id/],
    [['--shard', '/3'], /JOB_COMPLETION_INDEX is not set/],
  ] as const)('%j cannot be shared out', async (options, says) => {
    const shard = options[0] === '--shard' ? [] : ['--shard', '0/2'];
    const { status, stderr } = await run([good.baseline, good.current, ...shard, ...options], { env: {} });
    expect(stderr).toMatch(says);
    expect(status).toBe(64);
    const [database, file] = ['postgres://u@127.0.0.1:1/d', good.baseline];
    expect((await run([file, database, '--shard', '0/2'])).stderr).toMatch(/--shard of a database needs --snapshot-id/);
    expect((await run(['-', file, '--shard', '0/2'])).status).toBe(64);
  });
});

async function sha256Of(path: string): Promise<string | null> {
  const { createHash } = await import('node:crypto');
  return createHash('sha256').update(readFileSync(path)).digest('hex');
}
