/** docs/verify.html in a real browser: a signed verdict, the report that it is of, and proofs under its roots. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import axe from 'axe-core';
import fc from 'fast-check';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { prove, verifyVerdict } from '../../src/index.ts';
import { verdictLines } from '../../src/reports/verdict-lines.ts';
import { hasBrowser, sharedBrowser } from '../browser.ts';
import { run } from '../cli/in-process.ts';
import { runs, seed } from '../long.ts';
import { bundles, chained } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { fileOf, GROWN, keyFiles, RECORDS, textOf } from '../trust/signed-files.ts';
import { ROOT } from './documents.ts';

const folder = temporaryFolder();
const browser = sharedBrowser();
const at = (name: string): string => join(folder, name);
const IMAGE = `registry.example/app@1=sha256:${'a'.repeat(64)}`;
const NOTHING = 'Nothing checked yet';
const [alice, bob] = [keyFiles(folder, 'alice'), keyFiles(folder, 'bob')];
let context: BrowserContext;
let page: Page;

async function makeFiles(): Promise<void> {
  fileOf(folder, 'before.ndjson', textOf(RECORDS));
  fileOf(folder, 'after.ndjson', textOf(GROWN));
  fileOf(folder, 'altered.ndjson', textOf([...bundles(3), ...chained([{ n: 7 }])]));
  const compare = (current: string, name: string) =>
    run(
      [
        ...['before.ndjson', current, '--attest', `${name}.sigstore.json`, '--key', 'alice', '--artifact', IMAGE],
        ...['--output', `${name}.html`, '--output', `${name}.json`, '--output', `${name}.md`, '--quiet'],
      ],
      { cwd: folder },
    );
  expect((await compare('after.ndjson', 'good')).status).toBe(0);
  expect((await compare('altered.ndjson', 'bad')).status).toBe(1);
  const record = { tenant: 'acme', stream: 'ledger/1', id: 'e2' };
  await prove({ snapshot: at('before.ndjson'), ...record, output: at('old.proof.json') });
  await prove({ snapshot: at('altered.ndjson'), ...record, id: 'e0', output: at('other.proof.json') });
  await prove({ from: at('before.ndjson'), to: at('after.ndjson'), output: at('growth.proof.json') });
}

beforeAll(async () => {
  if (!hasBrowser) return;
  await makeFiles();
  context = await browser().newContext({ viewport: { width: 1440, height: 900 }, offline: true });
  page = await context.newPage();
  await page.goto(`file://${ROOT}docs/verify.html`);
});
afterAll(() => context?.close());

type Files = Readonly<Record<string, Buffer>>;
const files = (...names: readonly string[]): Files =>
  Object.fromEntries(names.map((name) => [name, readFileSync(at(name))]));

async function ask(of: Files, wish: { readonly keys?: readonly string[]; readonly subject?: string } = {}) {
  const { keys = ['alice.pub'], subject = '' } = wish;
  await page.setInputFiles(
    '#proof',
    Object.entries(of).map(([name, buffer]) => ({ name, buffer, mimeType: '' })),
  );
  await page.setInputFiles('#keys', keys.map(at));
  await page.fill('#subject', subject);
  expect(await page.locator('h1').textContent()).toMatch(new RegExp(`^${NOTHING}: Give a proof`));
  await page.click('button');
  await page.locator('#said', { hasNotText: 'Checking…' }).waitFor();
  return {
    first: (await page.locator('h1').textContent()) ?? '',
    lines: await page.locator('#lines > li').allTextContents(),
    red: await page.locator('#result li.bad').allTextContents(),
    proof: await page.locator('#proof-lines > li').allTextContents(),
  };
}

const flipped = (bytes: Buffer, place: number, by: number): Buffer =>
  Buffer.from(bytes.map((byte, n) => (n === place ? byte ^ by : byte)));

const skipped = hasBrowser ? '' : ' (skipped: no chromium)';

describe.skipIf(!hasBrowser)(`a signed verdict on the verifier page${skipped}`, () => {
  it.each(['html', 'json', 'md'])('with its report as %s: who signed it, as what, and what of', async (format) => {
    const { first, lines, red } = await ask(files('good.sigstore.json', `good.${format}`));
    const said = `PASS: "good.${format}" is the report that the key alice.pub (${alice.key.publicKey.id}) has signed as PASS, of the system "test", about "registry.example/app@1"`;
    expect(first).toBe(said);
    const check = await verifyVerdict(at('good.sigstore.json'), {
      trustedKeys: [alice.publicPath],
      report: at(`good.${format}`),
    });
    expect(lines).toEqual(verdictLines(check, 'good.sigstore.json').slice(1));
    expect(red).toEqual([
      expect.stringMatching(/^NOT verified: when/),
      expect.stringMatching(/^NOT verified: that what/),
    ]);
    const colour = `getComputedStyle(document.querySelector('#result li.bad')).color`;
    expect(await page.evaluate<string>(colour)).toBe('rgb(168, 32, 26)');
  });

  it('that is no PASS is none', async () => {
    const { first } = await ask(files('bad.html', 'bad.sigstore.json'));
    expect(first).toMatch(
      /^FAIL: "bad\.html" is the report that the key alice\.pub \(.*\) has signed as FAIL, of the system/,
    );
    expect(await page.locator('#banner').getAttribute('class')).toBe('banner FAIL');
  });

  it('without a report says so first, and in red', async () => {
    const { first, red } = await ask(files('good.sigstore.json'));
    expect(first).toMatch(/^PASS: a verdict that the key .*; NOT verified: any report, since none was given$/);
    expect(red[0]).toBe('NOT verified: any report: none was given');
  });

  it.each<readonly [what: string, of: () => Files, wish: Parameters<typeof ask>[1], says: RegExp]>([
    [
      'the report of another comparison',
      () => files('good.sigstore.json', 'bad.html'),
      {},
      /the report has the SHA-256/,
    ],
    [
      'another key',
      () => files('good.sigstore.json', 'good.html'),
      { keys: ['bob.pub'] },
      /no signature by a trusted key|trusted/,
    ],
    ['no key', () => files('good.sigstore.json', 'good.html'), { keys: [] }, /no key is trusted/],
    ['a private key', () => files('good.sigstore.json', 'good.html'), { keys: ['alice'] }, /private key/],
    ['another system', () => files('good.sigstore.json', 'good.html'), { subject: 'prod' }, /subject|system/],
    [
      'a key that came with the bundle',
      () => {
        const text = readFileSync(at('good.sigstore.json'), 'utf8');
        const key = readFileSync(at('alice.pub'), 'utf8').split('\n')[1] ?? '';
        const own = text.replace('"publicKey": {', `"publicKey": { "rawBytes": "${key}",`);
        expect(own).not.toBe(text);
        return { 'good.sigstore.json': Buffer.from(own), ...files('good.html') };
      },
      { keys: ['bob.pub'] },
      /./,
    ],
  ])('is not believed with %s', async (_, of, wish, says) => {
    const { first, red } = await ask(of(), wish);
    expect(first).toMatch(/^UNTRUSTED: NOT verified: /);
    expect(first).toMatch(says);
    expect(red.length).toBeGreaterThan(2);
  });

  it('with any byte of the report, the statement or the signature changed is refused', async () => {
    const [bundle, report] = [readFileSync(at('good.sigstore.json')), readFileSync(at('good.html'))];
    const signed = ['"payload": "', '"sig": "'].map((name) => {
      const from = bundle.indexOf(name) + name.length;
      return { from, length: bundle.indexOf('"', from) - from };
    });
    const places = signed.flatMap(({ from, length }) => Array.from({ length }, (_, n) => from + n));
    const flip = fc.record({
      part: fc.constantFrom('report', 'bundle'),
      share: fc.double({ min: 0, max: 0.999999, noNaN: true }),
      by: fc.integer({ min: 1, max: 255 }),
    });
    await fc.assert(
      fc.asyncProperty(flip, async ({ part, share, by }) => {
        const ofReport = part === 'report';
        const place = ofReport ? Math.floor(share * report.length) : (places[Math.floor(share * places.length)] ?? 0);
        const { first } = await ask({
          'good.sigstore.json': ofReport ? bundle : flipped(bundle, place, by),
          'good.html': ofReport ? flipped(report, place, by) : report,
        });
        expect(first).not.toMatch(/^PASS/);
        if (ofReport) expect(first).toMatch(/^UNTRUSTED: NOT verified: the report has the SHA-256/);
      }),
      { numRuns: runs(10, 1000), seed },
    );
  });

  it.each([
    ['old.proof.json', 'PASS'],
    ['growth.proof.json', 'PASS'],
    ['other.proof.json', 'UNTRUSTED'],
  ])('vouches for the roots of its two sides: %s is %s', async (name, verdict) => {
    const { first, proof } = await ask(files('good.sigstore.json', 'good.html', name));
    expect(first).toMatch(new RegExp(`^(${verdict}): ${verdict === 'UNTRUSTED' ? 'NOT verified: ' : ''}`));
    expect(proof[0]).toMatch(new RegExp(`^(${verdict}): `));
  });

  it('that is not believed vouches for no root', async () => {
    const { first, proof, red } = await ask(files('good.sigstore.json', 'bad.html', 'old.proof.json'));
    expect([first.split(':')[0], proof]).toEqual(['UNTRUSTED', []]);
    expect(red).toContain('NOT verified: what old.proof.json says: nothing vouches for its root');
  });

  it('is asked for one at a time, and with nothing that has no meaning', async () => {
    for (const of of [
      files('good.sigstore.json', 'bad.sigstore.json'),
      files('good.html', 'good.json'),
      files('good.sigstore.json', 'good.html', 'good.json'),
    ]) {
      expect((await ask(of)).first).toMatch(new RegExp(`^${NOTHING}: Give one proof file at a time, or one signed`));
    }
    await page.fill('#origin', 'test');
    expect((await ask(files('good.sigstore.json', 'good.html'))).first).toMatch(/has no meaning with a signed verdict/);
    await page.fill('#origin', '');
    await page.fill('#threshold', '2');
    expect((await ask(files('good.sigstore.json', 'good.html'))).first).toMatch(/has one signature/);
    await page.fill('#threshold', '1');
    expect((await ask(files('good.html'))).first).toMatch(/^INCOMPLETE/);
  });

  it('has no fault that axe knows', async () => {
    await page.evaluate(axe.source);
    for (const of of [
      files('good.sigstore.json', 'good.html', 'old.proof.json'),
      files('bad.sigstore.json', 'good.html'),
    ]) {
      await ask(of);
      const run = 'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => id + ": " + nodes[0].html))';
      expect(await page.evaluate<string[]>(run)).toEqual([]);
    }
    expect(bob.publicPath).not.toBe(alice.publicPath);
  });
});
