/** The time stamp of a bundle: what holds, what does not, and that one which nobody asks for is said to be there. */
import { createHash } from 'node:crypto';
import { cpSync, mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { type BundleAudit, compare, exportBundle, verifyBundle } from '../../src/index.ts';
import { timestampQuery } from '../../src/trust/timestamp-token.ts';
import { bundleOf, changed, filesOf, resealed } from '../bundles.ts';
import { run } from '../cli/in-process.ts';
import { put } from '../faults/files.ts';
import { paxEntry, TAR_END, tarEntry, tarOf, writeFolder, zipFiles, zipOf } from '../layouts/pack.ts';
import { bagit } from '../layouts/samples.ts';
import { bundles, chained, LEDGER_RULE, ndjson } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { Authority, opensslMissing, skippedWithoutOpenssl } from '../trust/authority.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const MANIFEST = 'manifest.json';
const STAMP = 'manifest.json.tsr';
const RECORDS = [...bundles(3), ...chained([{ n: 1 }, { n: 2 }])];
let authority: Authority;

/** A time stamp of the manifest of `bundle`, beside it. */
function stamp(bundle: string, by = 'tsa', digest = 'sha256'): void {
  const manifest = createHash('sha256')
    .update(readFileSync(join(bundle, MANIFEST)))
    .digest();
  writeFileSync(join(bundle, STAMP), authority.reply(timestampQuery(manifest, Buffer.from('80', 'hex')), by, digest));
}

function made(name: string, capturedAt: string | null, records = RECORDS): Promise<string> {
  const header = { chains: LEDGER_RULE, header: { capturedAt } };
  return bundleOf(put(folder, `${name}.ndjson`, ndjson(records, header)), at(name));
}

const demanded = (path: string, certificate = 'root'): Promise<BundleAudit> =>
  verifyBundle(path, { tsaCertificates: [authority.at(`${certificate}.crt`)] });

const told = ({ findings }: BundleAudit): string =>
  findings.map(({ kind, message }) => `${kind}: ${message}`).join('\n');

function packings(bundle: string): Readonly<Record<string, Buffer>> {
  const files = new Map(filesOf(bundle).map((path) => [path, readFileSync(join(bundle, path))]));
  const below = new Map([...files].map(([path, bytes]) => [`bundle/${path}`, bytes]));
  return {
    'stamped.tar': tarOf(files),
    'first.tar': tarOf(new Map([...files].reverse())),
    'stamped.tgz': gzipSync(tarOf(below)),
    'stamped.zip': zipOf(zipFiles(below)),
  };
}

/** The same bundle in every form in which it can be read. */
function forms(bundle: string): readonly string[] {
  const packed = Object.entries(packings(bundle)).map(([name, bytes]) => {
    writeFileSync(at(name), bytes);
    return at(name);
  });
  return [bundle, ...packed];
}

describe.skipIf(opensslMissing)(`the time stamp of a bundle${skippedWithoutOpenssl}`, () => {
  let plain: string;
  let stamped: string;
  let copies = 0;
  const copyOf = (bundle: string, change: (copy: string) => void): string =>
    changed(bundle, at(`copy-${++copies}`), change);

  beforeAll(async () => {
    authority = new Authority(at('authority'));
    for (const name of ['tsa', 'other']) authority.issue(name, 'ec', 'stamps');
    plain = await made('plain', '2024-03-01T10:00:00Z');
    stamped = copyOf(plain, (copy) => stamp(copy));
    await second();
  }, 300_000);

  it('is verified where it is demanded, in folders and archives: the time is in report and headline', async () => {
    for (const path of forms(stamped)) {
      for (const certificate of ['root', 'tsa']) {
        const audit = await demanded(path, certificate);
        expect([path, audit.verdict, told(audit)]).toEqual([path, 'PASS', '']);
        expect(Math.abs(Date.now() - Date.parse(audit.timestamp?.time ?? ''))).toBeLessThan(60_000);
        expect(audit).toMatchObject({ timestamp: { authority: { subject: 'CN=tsa' } } });
      }
      const args = ['verify-bundle', path, '--tsa-certificate', authority.at('root.crt')];
      const text = await run(args);
      expect([text.status, text.stdout]).toEqual([
        0,
        expect.stringMatching(/^PASS: 5 records sound in 1 tenant; its manifest was there at 20\S+Z\n/),
      ]);
      expect(text.stdout).toMatch(
        /\nOutside time\n {2}the manifest was there at 20\S+Z, .*\n {2}authority {4}"?CN=tsa/,
      );
      const {
        bundles: [one],
      } = JSON.parse((await run([...args, '--format', 'json'])).stdout);
      expect(one).toMatchObject({ verdict: 'PASS', timestamp: { authority: { subject: 'CN=tsa' } } });
      expect([one.notChecked, one.headline]).toEqual([undefined, expect.stringContaining(one.timestamp.time)]);
    }
  });

  it('is never a finding where nobody asks for it, and is said not to have been looked at', async () => {
    const rubbish = copyOf(plain, (copy) => writeFileSync(join(copy, STAMP), Buffer.alloc(2 << 20)));
    for (const path of [...forms(stamped), rubbish]) {
      const audit = await verifyBundle(path);
      expect([path, audit.verdict, told(audit), 'timestamp' in audit]).toEqual([path, 'PASS', '', false]);
      expect(audit.notLookedAt).toEqual([expect.stringContaining(STAMP)]);
      const { status, stdout } = await run(['verify-bundle', path]);
      expect([status, stdout]).toEqual([
        0,
        expect.stringMatching(/\nOutside time\n {2}not looked at: manifest\.json\.tsr/),
      ]);
      expect(stdout).not.toContain('was there at');
      const {
        bundles: [one],
      } = JSON.parse((await run(['verify-bundle', path, '--format', 'json'])).stdout);
      expect(one).toMatchObject({ verdict: 'PASS', notChecked: [expect.stringContaining(STAMP)] });
      expect(one.timestamp).toBeUndefined();
    }
    const { stdout } = await run(['verify-bundle', plain]);
    expect(stdout).not.toContain('Outside time');
  });

  it('is missing: UNTRUSTED, and told how to make one', async () => {
    for (const path of forms(plain)) {
      const audit = await demanded(path);
      expect([path, audit.verdict, audit.timestamp]).toEqual([path, 'UNTRUSTED', null]);
      expect(told(audit)).toMatch(
        /^signature-missing: .*manifest\.json\.tsr: .*evidence-diff timestamp manifest\.json/,
      );
    }
    const { status, stdout } = await run(['verify-bundle', plain, '--tsa-certificate', authority.at('root.crt')]);
    expect([status, stdout]).toEqual([3, expect.stringMatching(/\nOutside time\n {2}not verified\n/)]);
  });

  const bad: readonly (readonly [string, (copy: string) => void, string, string])[] = [
    ['of another authority', (copy) => stamp(copy, 'other'), 'key-untrusted', 'tsa'],
    ['under a file with no certificate', (copy) => stamp(copy), 'key-untrusted', 'config'],
    ['of another manifest', (copy) => cpSync(join(at('second'), STAMP), join(copy, STAMP)), 'digest-mismatch', 'root'],
    [
      'cut by a byte',
      (copy) => truncateSync(join(copy, STAMP), readFileSync(join(copy, STAMP)).length - 1),
      'signature-invalid',
      'root',
    ],
    ['that is empty', (copy) => truncateSync(join(copy, STAMP)), 'signature-invalid', 'root'],
    ['that is the manifest', (copy) => cpSync(join(copy, MANIFEST), join(copy, STAMP)), 'signature-invalid', 'root'],
  ];
  it.each(bad)('%s is refused in every form', async (_, change, kind, certificate) => {
    await second();
    for (const path of forms(copyOf(stamped, change))) {
      const audit =
        certificate === 'config'
          ? await verifyBundle(path, { tsaCertificates: [authority.at('config')] })
          : await demanded(path, certificate);
      expect([path, audit.verdict, audit.timestamp]).toEqual([path, 'UNTRUSTED', null]);
      expect(Object.keys(audit.findingCounts)).toEqual([kind]);
    }
  });

  /** Another bundle, stamped. */
  async function second(): Promise<string> {
    rmSync(at('second'), { recursive: true, force: true });
    const bundle = await made('second', '2024-03-01T10:00:00Z', [...bundles(2)]);
    stamp(bundle);
    return bundle;
  }

  it('longer than any reply is not read, and INCOMPLETE', async () => {
    for (const path of forms(
      copyOf(stamped, (copy) => writeFileSync(join(copy, STAMP), Buffer.alloc((1 << 20) + 1))),
    )) {
      const audit = await demanded(path);
      expect([path, audit.verdict, audit.findingCounts]).toEqual([path, 'INCOMPLETE', { 'input-limit': 1 }]);
    }
  });

  it('vouches for nothing that was changed since: a bundle sealed anew is not the one that was stamped', async () => {
    const body = filesOf(stamped).find((path) => path.startsWith('bodies/')) ?? '';
    const altered = copyOf(stamped, (copy) => writeFileSync(join(copy, body), '{}'));
    expect(await demanded(altered)).toMatchObject({ verdict: 'FAIL', timestamp: { authority: { subject: 'CN=tsa' } } });
    const [first = ''] = [...forms(altered)];
    expect((await run(['verify-bundle', first, '--tsa-certificate', authority.at('root.crt')])).stdout).toMatch(
      /^FAIL: [^;]*; 5 records in 1 tenant\n/,
    );
    for (const path of forms(copyOf(altered, resealed))) {
      const { verdict, findingCounts, timestamp } = await demanded(path);
      expect([path, verdict === 'PASS', findingCounts['digest-mismatch'], timestamp]).toEqual([path, false, 1, null]);
    }
  });

  it('that is older than the capture is refused', async () => {
    const ahead = await made('ahead', new Date(Date.now() + 3_600_000).toISOString());
    stamp(ahead);
    for (const path of forms(ahead)) {
      const audit = await demanded(path);
      expect([path, audit.verdict, audit.findingCounts, audit.timestamp]).toEqual([
        path,
        'UNTRUSTED',
        { 'baseline-stale': 1 },
        null,
      ]);
      expect(told(audit)).toContain('stamped before that');
    }
    const { stdout } = await run(['verify-bundle', ahead, '--tsa-certificate', authority.at('root.crt')]);
    expect(stdout).toContain('baseline-stale: the time stamp is from before');
    expect(stdout).not.toContain('--allow-later-baseline');
  });

  it('is a file of the bundle itself: no link, no folder, no second one', async () => {
    const cases: readonly (readonly [(copy: string) => void, string])[] = [
      [(copy) => symlinkSync(join(stamped, STAMP), join(copy, STAMP)), `${STAMP} is a symbolic link`],
      [(copy) => mkdirSync(join(copy, STAMP)), `${STAMP} is a folder`],
    ];
    for (const [change, says] of cases) {
      const copy = copyOf(plain, change);
      const asked = await demanded(copy);
      expect([asked.verdict, asked.timestamp]).toEqual(['UNTRUSTED', null]);
      expect(told(asked)).toContain(says);
      expect(told(asked)).toContain('signature-missing');
      // Nor is it passed over where nobody asks.
      const audit = await verifyBundle(copy);
      expect([audit.verdict, told(audit)]).toEqual(['FAIL', expect.stringContaining(says)]);
    }
    for (const name of ['snapshot.ndjson.tsr', 'SHA256SUMS.tsr', 'manifest.json.tsq', 'Manifest.json.tsr']) {
      const audit = await demanded(copyOf(stamped, (copy) => cpSync(join(copy, STAMP), join(copy, name))));
      expect([audit.verdict, told(audit)]).toEqual(['FAIL', expect.stringContaining(name)]);
    }
  });

  it('of the first of two manifests in an archive is no time of the second', async () => {
    const other = await second();
    const manifestOf = (bundle: string): Buffer => readFileSync(join(bundle, MANIFEST));
    const packed = packings(stamped)['stamped.tar'] ?? Buffer.alloc(0);
    const body = packed.subarray(0, packed.length - TAR_END.length);
    const twice = tarEntry({ name: MANIFEST, content: manifestOf(other) });
    for (const bytes of [
      Buffer.concat([body, twice, TAR_END]),
      Buffer.concat([twice, body, TAR_END]),
      Buffer.concat([body, paxEntry({ path: MANIFEST }), tarEntry({ name: 'x', content: manifestOf(other) }), TAR_END]),
    ]) {
      const path = at('twice.tar');
      writeFileSync(path, bytes);
      const audit = await demanded(path);
      expect([audit.verdict, audit.timestamp]).toEqual(['INCOMPLETE', null]);
      expect(told(audit)).toContain('comes twice');
    }
  });

  it('without the manifest, or without the snapshot, is no time of a bundle', async () => {
    for (const [gone, verdict, isStamped] of [
      [MANIFEST, 'UNTRUSTED', false],
      ['snapshot.ndjson', 'FAIL', true],
    ] as const) {
      for (const path of forms(copyOf(stamped, (copy) => rmSync(join(copy, gone))))) {
        const audit = await demanded(path);
        expect([path, audit.verdict, audit.timestamp !== null]).toEqual([path, verdict, isStamped]);
      }
    }
  });

  it('of each bundle is demanded where there are several: the worst counts', async () => {
    const args = ['verify-bundle', stamped, plain, '--tsa-certificate', authority.at('root.crt'), '--format', 'json'];
    const { status, stdout } = await run(args);
    const { verdict, bundles: both } = JSON.parse(stdout);
    expect([status, verdict, both.map((one: { verdict: string }) => one.verdict)]).toEqual([
      3,
      'UNTRUSTED',
      ['PASS', 'UNTRUSTED'],
    ]);
  });

  it('is demanded of a comparison whose baseline is the folder; what lies in an archive is no time stamp of that', async () => {
    const current = copyOf(plain, () => undefined);
    const compared = (baseline: string, certificate = 'root') =>
      compare(baseline, current, { mode: 'frozen', trust: { tsaCertificates: [authority.at(`${certificate}.crt`)] } });
    for (const [baseline, certificate, kinds] of [
      [stamped, 'root', []],
      [`${stamped}/`, 'tsa', []],
      [stamped, 'other', ['key-untrusted']],
      [plain, 'root', ['signature-missing']],
      [copyOf(plain, (copy) => cpSync(join(at('second'), STAMP), join(copy, STAMP))), 'root', ['digest-mismatch']],
      [copyOf(plain, (copy) => symlinkSync(join(stamped, STAMP), join(copy, STAMP))), 'root', ['manifest-mismatch']],
      // What lies in an archive is no time stamp of the archive.
      [forms(stamped)[1] ?? '', 'root', ['signature-missing']],
    ] as const) {
      const { verdict, findingCounts, baseline: side } = await compared(baseline, certificate);
      const holds = kinds.length === 0;
      expect([baseline, Object.keys(findingCounts)]).toEqual([baseline, kinds]);
      expect([verdict === 'PASS', side.timestamp !== undefined]).toEqual([
        holds,
        holds || kinds.includes('manifest-mismatch' as never),
      ]);
    }
    const told = (await compared(plain)).findings.map(({ message }) => message).join();
    expect(told).toContain(`evidence-diff timestamp ${join(plain, MANIFEST)}`);
  });

  it('is refused by name for the layouts of others, which have no place for one', async () => {
    const path = writeFolder(at('bag'), bagit());
    const refused = demanded(path);
    await expect(refused).rejects.toMatchObject({
      kind: 'signature-missing',
      message: expect.stringContaining('--tsa-certificate'),
    });
    const { status, stderr } = await run(['verify-bundle', path, '--tsa-certificate', authority.at('root.crt')]);
    expect([status, stderr]).toEqual([3, expect.stringContaining('--tsa-certificate')]);
    expect((await run(['verify-bundle', path])).status).toBe(0);
  });

  it('of the source is of other bytes: it is not taken along, and the export says so', async () => {
    const source = at('plain.ndjson');
    writeFileSync(`${source}.tsr`, 'of other bytes');
    const { stdout } = await run(['export', source, '--output', at('exported')]);
    expect(stdout).toMatch(/\n {2}not in it: \S*plain\.ndjson\.tsr: a time stamp of the bytes of the source/);
    const json = await run(['export', source, '--output', at('exported-too'), '--format', 'json']);
    expect(JSON.parse(json.stdout).notTaken).toEqual([expect.stringContaining('plain.ndjson.tsr')]);
    rmSync(`${source}.tsr`);
    expect(filesOf(at('exported'))).toEqual(filesOf(plain));
    expect('notTaken' in (await exportBundle(source, at('exported-again')))).toBe(false);
  });

  it('is made by the command itself, once the bundle is written', async () => {
    const bundle = copyOf(plain, () => undefined);
    expect((await run(['timestamp', join(bundle, MANIFEST)])).stdout).toContain('manifest.json.tsq');
    // A query is handed over, and does not stay.
    const query = join(bundle, 'manifest.json.tsq');
    expect((await verifyBundle(bundle)).verdict).toBe('FAIL');
    writeFileSync(at('reply'), authority.reply(readFileSync(query), 'tsa'));
    rmSync(query);
    const args = ['--reply', at('reply'), '--tsa-certificate', authority.at('root.crt')];
    expect((await run(['timestamp', join(bundle, MANIFEST), ...args])).status).toBe(0);
    expect((await demanded(bundle)).verdict).toBe('PASS');
  });
});
