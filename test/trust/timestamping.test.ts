/** `timestamp` as a user runs it: over HTTP on this machine, by hand, of a file and of a signed verdict. */
import { spawnSync } from 'node:child_process';
import { createPublicKey, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { bundleFromJSON } from '@sigstore/bundle';
import { toSignedEntity, toTrustMaterial, Verifier } from '@sigstore/verify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../cli/in-process.ts';
import { ROOT } from '../e2e/documents.ts';
import { runs, seed } from '../long.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { Authority, opensslMissing, skippedWithoutOpenssl, timestampServer } from './authority.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const ed = (...args: readonly string[]) => run(args, { cwd: folder });
const BASELINE = join(ROOT, 'fixtures/quickstart/baseline.json');

type Answer = Parameters<typeof timestampServer>[0];

let authority: Authority;
let url: string;
/** What the authority does next. */
let answer: Answer;
const honest: Answer = (query) => ({ body: authority.reply(query, 'tsa') });
const server = timestampServer((query) => answer(query));

describe.skipIf(opensslMissing)(`timestamp${skippedWithoutOpenssl}`, () => {
  beforeAll(async () => {
    authority = new Authority(at('authority'));
    authority.issue('tsa', 'ec', 'stamps');
    authority.issue('other', 'ec', 'stamps');
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/tsa`;
    for (const name of ['root', 'tsa', 'other']) cpSync(authority.at(`${name}.crt`), at(`${name}.crt`));
    await ed('keygen', '--output', 'key');
    const sides = [BASELINE, join(ROOT, 'fixtures/quickstart/current.json')];
    await ed(...sides, '--attest', 'verdict.json', '--key', 'key', '--output', 'report.json');
    await ed(
      sides[0] ?? '',
      join(ROOT, 'fixtures/quickstart/tampered.json'),
      '--attest',
      'fail.json',
      '--key',
      'key',
      '--output',
      'fail-report.json',
    );
  }, 300_000);
  afterAll(() => {
    server.close();
  });

  const asking = (file: string, certificate = 'root.crt') =>
    ed('timestamp', file, '--timestamp-url', url, '--tsa-certificate', certificate);

  it('asks an authority, and keeps what it has verified; OpenSSL verifies it too', async () => {
    cpSync(BASELINE, at('a.json'));
    answer = honest;
    const { status, stdout } = await asking('a.json');
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(/^VERIFIED: a\.json was there at 20[^\n]+Z\nsha256 [0-9a-f]{64}\n/),
    ]);
    const verify = ['ts', '-verify', '-in', 'a.json.tsr', '-data', 'a.json', '-CAfile', 'root.crt'];
    expect(spawnSync('openssl', verify, { cwd: folder }).status).toBe(0);
    expect((await ed('timestamp', 'a.json', '--tsa-certificate', 'tsa.crt')).status).toBe(0);
    writeFileSync(at('a.json'), `${readFileSync(at('a.json'), 'utf8')}\n`);
    const changed = await ed('timestamp', 'a.json', '--tsa-certificate', 'root.crt');
    expect([changed.status, changed.stdout]).toEqual([
      3,
      expect.stringMatching(/^UNTRUSTED: digest-mismatch: a\.json: /),
    ]);
  });

  it.each<[string, Answer, number, string]>([
    [
      'the answer to another query',
      () => ({ body: authority.reply(readFileSync(at('other.tsq')), 'tsa') }),
      3,
      'signature-invalid',
    ],
    ['a time of another authority', (query) => ({ body: authority.reply(query, 'other') }), 3, 'key-untrusted'],
    ['no reply', () => ({ body: Buffer.from('busy') }), 3, 'signature-invalid'],
    ['a page', (query) => ({ type: 'text/html', body: authority.reply(query, 'tsa') }), 2, 'media type'],
    ['an error', (query) => ({ status: 503, body: authority.reply(query, 'tsa') }), 2, 'status 503'],
    ['another place', () => ({ status: 302, body: Buffer.alloc(0) }), 2, 'not followed'],
    ['more than a mebibyte', () => ({ body: Buffer.alloc(2 << 20) }), 2, 'longer'],
  ])('keeps nothing of %s', async (_, given, code, says) => {
    cpSync(BASELINE, at('b.json'));
    cpSync(BASELINE, at('other'));
    expect((await ed('timestamp', 'other')).status).toBe(0);
    answer = given;
    const { status, stdout, stderr } = await asking('b.json', 'tsa.crt');
    expect([status, stdout + stderr]).toEqual([code, expect.stringContaining(says)]);
    expect(existsSync(at('b.json.tsr'))).toBe(false);
  });

  it('writes a query for a hand-over, and takes the reply that comes back', async () => {
    cpSync(BASELINE, at('c.json'));
    const { stdout } = await ed('timestamp', 'c.json');
    expect(stdout).toMatch(/^query c\.json\.tsq\nof c\.json, sha256 /);
    expect(stdout).toContain(
      "curl -sSf -H 'Content-Type: application/timestamp-query' --data-binary @c.json.tsq -o c.json.reply URL\n",
    );
    expect(stdout).toContain('evidence-diff timestamp c.json --reply c.json.reply --tsa-certificate CERTIFICATE\n');
    writeFileSync(at('back'), authority.reply(readFileSync(at('c.json.tsq')), 'tsa'));
    const taken = (certificate: string) =>
      ed('timestamp', 'c.json', '--reply', 'back', '--tsa-certificate', certificate);
    expect((await taken('other.crt')).status).toBe(3);
    expect(existsSync(at('c.json.tsr'))).toBe(false);
    expect((await taken('root.crt')).status).toBe(0);
    expect(readFileSync(at('c.json.tsr'))).toEqual(readFileSync(at('back')));
  });

  it('never takes the place of an earlier one: its time is not to be had again', async () => {
    cpSync(BASELINE, at('k.json'));
    const taken = (certificate: string) =>
      ed('timestamp', 'k.json', '--reply', 'back', '--tsa-certificate', certificate);
    await ed('timestamp', 'k.json');
    writeFileSync(at('back'), authority.reply(readFileSync(at('k.json.tsq')), 'tsa'));
    expect((await taken('root.crt')).status).toBe(0);
    const first = readFileSync(at('k.json.tsr'));
    writeFileSync(at('back'), authority.reply(readFileSync(at('k.json.tsq')), 'tsa'));
    expect(await taken('root.crt')).toMatchObject({
      status: 0,
      stdout: expect.stringContaining('\nkept k.json.tsr, '),
    });
    // What is asked for is looked at all the same.
    expect((await taken('other.crt')).status).toBe(3);
    rmSync(at('back'));
    expect((await taken('root.crt')).status).toBe(2);
    authority.issue('second', 'ec', 'stamps');
    writeFileSync(at('back'), authority.reply(readFileSync(at('k.json.tsq')), 'second'));
    cpSync(authority.at('second.crt'), at('second.crt'));
    const refused = await taken('second.crt');
    expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('is not written over')]);
    expect(readFileSync(at('k.json.tsr'))).toEqual(first);
  });

  it.each([
    [['--reply', 'back'], '--tsa-certificate'],
    [['--timestamp-url', 'https://x/'], '--tsa-certificate'],
    [['--timestamp-url', 'https://x/', '--reply', 'back', '--tsa-certificate', 'root.crt'], '--reply'],
    [['--timestamp-url', 'ftp://x/', '--tsa-certificate', 'root.crt'], '--timestamp-url'],
    [['--timestamp-url', 'https://u:p@x/', '--tsa-certificate', 'root.crt'], '--timestamp-url'],
  ])('%j is a usage error', async (args, says) => {
    expect(await ed('timestamp', 'a.json', ...args)).toMatchObject({
      status: 64,
      stderr: expect.stringContaining(says),
    });
  });

  describe('of a baseline, demanded of a comparison', () => {
    const CURRENT = join(ROOT, 'fixtures/quickstart/current.json');
    const compared = (name: string, ...demands: readonly string[]) =>
      ed(name, CURRENT, '--allow-later-baseline', '--format', 'json', ...demands);
    /** A baseline that was captured that many hours ago, and is stamped now. */
    const captured = (name: string, hours: number): void => {
      const time = new Date(Date.now() - hours * 3_600_000).toISOString();
      const text = readFileSync(BASELINE, 'utf8').replace(/("capturedAt": ?)"[^"]*"/, `$1"${time}"`);
      writeFileSync(at(name), text);
    };

    beforeAll(async () => {
      answer = honest;
      captured('fresh.json', 1);
      captured('ahead.json', -1);
      for (const name of ['fresh.json', 'ahead.json']) expect((await asking(name)).status).toBe(0);
      captured('never.json', 1);
      captured('other.json', 1.5);
      cpSync(at('fresh.json.tsr'), at('other.json.tsr'));
    });

    it('is in the report, with whoever has stamped it, beside the age', async () => {
      for (const age of [[], ['--max-baseline-age', '24h']]) {
        const { status, stdout } = await compared('fresh.json', '--tsa-certificate', 'root.crt', ...age);
        const { baseline, demands } = JSON.parse(stdout);
        expect([status, baseline.timestamp.authority.subject]).toEqual([0, 'CN=tsa']);
        expect(demands).toContainEqual({ demand: 'tsa-certificate', asked: 'root.crt', state: 'held' });
      }
      const { stdout } = await ed(
        'fresh.json',
        CURRENT,
        '--allow-later-baseline',
        '--details',
        '--tsa-certificate',
        'root.crt',
      );
      expect(stdout).toMatch(/^ +stamped at +20\S+Z by an authority outside \(RFC 3161\)$/m);
    });

    it.each([
      ['never.json', 'root.crt', 'signature-missing'],
      ['other.json', 'root.crt', 'digest-mismatch'],
      ['fresh.json', 'other.crt', 'key-untrusted'],
      ['fresh.json', 'none.crt', 'key-untrusted'],
      ['ahead.json', 'root.crt', 'baseline-stale'],
    ])('%s under %s is UNTRUSTED: %s', async (name, certificate, kind) => {
      const { status, stdout } = await compared(name, '--tsa-certificate', certificate);
      const { findingCounts, baseline, demands } = JSON.parse(stdout);
      expect([status, Object.keys(findingCounts), baseline.timestamp]).toEqual([
        3,
        expect.arrayContaining([kind]),
        undefined,
      ]);
      expect(demands.find(({ demand }: { demand: string }) => demand === 'tsa-certificate').state).toBe('refuted');
    });

    it('is demanded of a signature that is verified, too', async () => {
      expect((await ed('verify-all', 'fresh.json', '--output', 's.ndjson')).status).toBe(0);
      expect((await ed('sign', 's.ndjson', '--key', 'key')).status).toBe(0);
      const verified = () =>
        ed('verify-signature', 's.ndjson', '--trusted-key', 'key.pub', '--tsa-certificate', 'root.crt');
      expect(await verified()).toMatchObject({ status: 3, stderr: expect.stringContaining('signature-missing') });
      answer = honest;
      expect((await asking('s.ndjson')).status).toBe(0);
      expect((await verified()).status).toBe(0);
    });
  });

  describe.each(['verdict.json', 'fail.json'])('of the signed verdict %s', (signed) => {
    const stamped = `stamped-${signed}`;
    const CODE = signed === 'fail.json' ? 1 : 0;
    const verified = (file: string, certificate = 'root.crt') =>
      ed('verify-verdict', file, '--trusted-key', 'key.pub', '--tsa-certificate', certificate, '--format', 'json');

    beforeAll(async () => {
      cpSync(at(signed), at(stamped));
      answer = honest;
      expect((await asking(stamped)).stdout).toContain(`written ${stamped}`);
    });

    it('lies in its bundle: demanded, it is there, and where there is none nothing is believed', async () => {
      const { status, stdout } = await verified(stamped);
      expect([status, JSON.parse(stdout).timestamp.authority.subject]).toEqual([CODE, 'CN=tsa']);
      for (const [file, certificate, kind] of [
        [signed, 'root.crt', 'signature-missing'],
        [stamped, 'other.crt', 'key-untrusted'],
        [stamped, 'key.pub', 'key-untrusted'],
      ] as const) {
        const refused = await verified(file, certificate);
        expect(refused.status).toBe(3);
        expect(JSON.parse(refused.stdout).findings.map((one: { kind: string }) => one.kind)).toEqual([kind]);
      }
    });

    it('keeps the one that another authority gives while this one is asked', async () => {
      const [file, path] = [`both-${signed}`, at(`both-${signed}`)];
      cpSync(at(signed), path);
      const stamps = (): readonly unknown[] =>
        JSON.parse(readFileSync(path, 'utf8')).verificationMaterial.timestampVerificationData.rfc3161Timestamps;
      answer = (query) => {
        // What the other one has written when this one answers.
        cpSync(at(stamped), path);
        return honest(query);
      };
      expect((await asking(file)).status).toBe(0);
      expect(stamps().length).toBe(2);
      answer = (query) => {
        cpSync(at(signed === 'fail.json' ? 'verdict.json' : 'fail.json'), path);
        return honest(query);
      };
      const { status, stderr } = await asking(file);
      expect([status, stderr]).toEqual([2, expect.stringContaining('another verdict has come')]);
      answer = honest;
    });

    function sigstoreAccepts(text: string): boolean {
      const certificates = ['tsa', 'root'].map((name) => ({
        rawBytes: new X509Certificate(readFileSync(at(`${name}.crt`))).raw,
      }));
      const timestampAuthorities = [{ certChain: { certificates }, validFor: { start: new Date(0) } }];
      const root = { certificateAuthorities: [], timestampAuthorities, tlogs: [], ctlogs: [] };
      const publicKey = createPublicKey(readFileSync(at('key.pub')));
      // biome-ignore lint/suspicious/noExplicitAny: a trusted root with one authority in it
      const material = toTrustMaterial(root as any, () => ({ publicKey, validFor: () => true }));
      const verifier = new Verifier(material, { tlogThreshold: 0, ctlogThreshold: 0, timestampThreshold: 1 });
      try {
        verifier.verify(toSignedEntity(bundleFromJSON(JSON.parse(text))));
        return true;
      } catch {
        return false;
      }
    }

    it(`Sigstore's own verifier takes it with one time demanded, and both refuse ${runs(60, 1000)} flips of what counts`, async () => {
      const text = readFileSync(at(stamped), 'utf8');
      expect([sigstoreAccepts(text), sigstoreAccepts(readFileSync(at(signed), 'utf8'))]).toEqual([true, false]);
      let next = seed >>> 0;
      const draw = (below: number): number => {
        next = (Math.imul(next, 1664525) + 1013904223) >>> 0;
        return (next >>> 8) % below;
      };
      for (let flip = 0; flip < runs(60, 1000); flip++) {
        const bundle = JSON.parse(text);
        const [time] = bundle.verificationMaterial.timestampVerificationData.rfc3161Timestamps;
        const [signature] = bundle.dsseEnvelope.signatures;
        // What is signed of the time: from the TSTInfo on, behind the status and its words for people.
        const [holder, name, least] = [
          [time, 'signedTimestamp', 60],
          [signature, 'sig', 0],
          [bundle.dsseEnvelope, 'payload', 0],
        ][draw(3)] as [Record<string, string>, string, number];
        const bytes = Buffer.from(holder[name] ?? '', 'base64');
        const where = least + draw(bytes.length - least);
        bytes[where] = (bytes[where] ?? 0) ^ (1 << draw(8));
        holder[name] = bytes.toString('base64');
        writeFileSync(at('flipped.json'), JSON.stringify(bundle));
        expect((await verified('flipped.json')).status, `${name} byte ${where}`).not.toBe(CODE);
        // Theirs looks at less of a time stamp: not at the purpose of a certificate, or at what names it.
        if (name !== 'signedTimestamp') expect(sigstoreAccepts(JSON.stringify(bundle))).toBe(false);
      }
    });
  });
});
