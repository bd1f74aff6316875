/** docs/verify.html in a real browser: it says of a file what the command says. */
import { mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { join } from 'node:path';
import axe from 'axe-core';
import type { BrowserContext, FileChooser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type MadeProof, proveConsistency, proveInclusion } from '../../src/api/prove.ts';
import { verifyProof } from '../../src/api/verify-proof.ts';
import { proofText } from '../../src/core/proof/proof-document.ts';
import { proofLines } from '../../src/reports/proof-lines.ts';
import { checkpointText, signNote } from '../../src/trust/signed-note.ts';
import { hasBrowser, sharedBrowser } from '../browser.ts';
import { MARKUP } from '../reports/html-page.ts';
import { bodies, bundles, chained, type PlainRecord, trailerOf } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { fileOf, GROWN, keyFiles, RECORDS, signed, textOf } from '../trust/signed-files.ts';
import { evidenceDiff } from './command.ts';
import { ROOT } from './documents.ts';

const folder = temporaryFolder();
const browser = sharedBrowser();
const PAGE = `file://${ROOT}docs/verify.html`;
const NOTHING = 'Nothing checked yet';
const { globalRoot } = trailerOf(RECORDS);
const RECORD = { tenant: 'acme', stream: 'ledger/1', id: 'e2' };
const HOSTILE = `${MARKUP.join('')}\u202e\u200b\u0007`;
const hostileRecord: PlainRecord = {
  // Names have at most 256 characters.
  tenant: HOSTILE.slice(0, 250),
  stream: HOSTILE.slice(-250),
  id: `i${HOSTILE}`,
  type: 'sbom',
  attrs: { [HOSTILE]: HOSTILE },
  body: { [HOSTILE]: [HOSTILE, { a: HOSTILE }] },
};

const at = (name: string): string => join(folder, name);
const read = (name: string): string => readFileSync(at(name), 'utf8');

function proven(name: string, { document }: MadeProof): void {
  if (document === undefined) throw new Error(`${name}: nothing was proven`);
  writeFileSync(at(name), proofText(document));
}

function changed(from: string, to: string, change: (text: string) => string): void {
  const text = read(from);
  const other = change(text);
  if (other === text) throw new Error(`${to}: nothing was changed`);
  writeFileSync(at(to), other);
}

const small = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), Buffer.of(1), Buffer.alloc(31)]);

async function makeFiles(): Promise<void> {
  mkdirSync(folder, { recursive: true });
  const [alice, bob] = ['alice', 'bob', 'mallory'].map((name) => keyFiles(folder, name));
  if (alice === undefined || bob === undefined) throw new Error('no keys');
  fileOf(folder, 'small.pub', `-----BEGIN PUBLIC KEY-----\n${small.toString('base64')}\n-----END PUBLIC KEY-----\n`);
  const [baseline, current, set, hostile] = [
    fileOf(folder, 'baseline.ndjson', textOf(RECORDS)),
    fileOf(folder, 'current.ndjson', textOf(GROWN)),
    fileOf(folder, 'set.ndjson', textOf([...bundles(4), ...chained(bodies(4))])),
    fileOf(folder, 'hostile.ndjson', textOf([hostileRecord], { subject: { system: HOSTILE } })),
  ];
  proven('bare.json', await proveInclusion(baseline, RECORD));
  // As 0.1.0 made it: with a checkpoint of the global root.
  const checkpoint = signNote(checkpointText({ origin: 'test', size: 1, root: globalRoot }), 'test', alice.key);
  changed('bare.json', 'note.json', (text) =>
    text.replace('"signed": {}', () => `"signed": ${JSON.stringify({ checkpoint })}`),
  );
  await signed(baseline, [alice, bob]);
  proven('signed.json', await proveInclusion(baseline, RECORD, { withBody: true }));
  proven('growth.json', await proveConsistency(baseline, current, { key: alice.path }));
  proven('set.json', await proveConsistency(baseline, set, { key: alice.path }));
  await signed(hostile, [alice]);
  const { tenant, stream, id } = hostileRecord;
  proven('hostile.json', await proveInclusion(hostile, { tenant, stream, id }, { withBody: true, key: alice.path }));
  const zeros = '0'.repeat(64);
  const otherDigit = (begin: string): string => begin.slice(0, -1) + (begin.endsWith('0') ? '1' : '0');
  changed('note.json', 'flip.json', (text) => text.replace(/"path":\["[0-9a-f]/, otherDigit));
  changed('note.json', 'root.json', (text) => text.replaceAll(globalRoot, zeros));
  changed('note.json', 'size.json', (text) => text.replace('"size":4', '"size":5'));
  changed('note.json', 'index.json', (text) => text.replace('"index":2', '"index":1'));
  changed('note.json', 'id.json', (text) => text.replace('"id":"e2"', '"id":"e1"'));
  changed('note.json', 'more.json', (text) => text.replace('"path":[', `"path":["${zeros}",`));
  changed('signed.json', 'payload.json', (text) =>
    text.replace(/("payload":")(.)/, (_, begin, digit) => `${begin}${digit === 'e' ? 'f' : 'e'}`),
  );
  // The signature of bob is damaged, that of alice is not.
  changed('signed.json', 'beside.json', (text) =>
    text.replace(/("sig":")(.)([^"]*"\}\])/, (_, begin, digit, end) => `${begin}${digit === 'A' ? 'B' : 'A'}${end}`),
  );
  changed('growth.json', 'growth-flip.json', (text) => text.replace(/"path":\["[0-9a-f]/, otherDigit));
  changed('note.json', 'twice.json', (text) => text.replace('{', '{"version": 1,'));
  changed('note.json', 'cut.json', (text) => text.slice(0, -9));
  changed('note.json', 'member.json', (text) => text.replace('{', '{"more": 1,'));
  writeFileSync(at('text.json'), 'PASS: the proof holds\n');
  writeFileSync(at('bytes.json'), Buffer.of(0x7b, 0xff, 0xfe, 0x00));
  writeFileSync(at('empty.json'), '');
  writeFileSync(at('huge.json'), '');
  truncateSync(at('huge.json'), 256 * 1024 * 1024 + 1);
}

interface Wish {
  readonly keys?: readonly string[];
  readonly threshold?: number;
  readonly roots?: readonly string[];
  readonly subject?: string;
  readonly origin?: string;
}

let context: BrowserContext;
let page: Page;
const requests: string[] = [];
const complaints: string[] = [];

beforeAll(async () => {
  if (!hasBrowser) return;
  await makeFiles();
  context = await browser().newContext({ viewport: { width: 1440, height: 900 } });
  page = await context.newPage();
  page.on('request', (request) => requests.push(request.url()));
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(String(error)));
  page.on('dialog', (dialog) => complaints.push(`dialog ${dialog.message()}`));
});
afterAll(() => context?.close());

const opened = (): Promise<unknown> => page.goto(PAGE);
const headline = async (): Promise<string> => (await page.locator('h1').textContent()) ?? '';

async function give(name: string, wish: Wish): Promise<void> {
  const { keys = [], threshold = 1, roots = [], subject = '', origin = '' } = wish;
  await page.setInputFiles('#proof', at(name));
  await page.setInputFiles('#keys', keys.map(at));
  // All at once: a test that types does so itself.
  const values = { pasted: '', threshold: String(threshold), roots: roots.join('\n'), subject, origin };
  await page.evaluate(`for (const [id, value] of Object.entries(${JSON.stringify(values)})) {
    document.getElementById(id).value = value;
    document.getElementById(id).dispatchEvent(new Event('input', { bubbles: true }));
  }`);
}

/** What the page says once it has an answer: the lines that the command prints. */
async function answered(): Promise<readonly string[]> {
  await page.click('button');
  await page.locator('#said', { hasNotText: 'Checking…' }).waitFor();
  return [await headline(), ...(await page.locator('#lines > li').allTextContents())];
}

async function commandSays(name: string, wish: Wish): Promise<readonly string[]> {
  const { keys = [], threshold = 1, roots = [], subject, origin } = wish;
  const check = await verifyProof(at(name), {
    ...(keys.length === 0 ? {} : { trustedKeys: keys.map(at), threshold }),
    ...(roots.length === 0 ? {} : { roots }),
    ...(subject === undefined ? {} : { expectSubject: { system: subject } }),
    ...(origin === undefined ? {} : { expectOrigin: origin }),
  });
  return proofLines(check, at(name)).map((line) => line.replaceAll(`${folder}/`, ''));
}

const ALICE = { keys: ['alice.pub'] };
const BOTH = { keys: ['alice.pub', 'bob.pub'], threshold: 2 };

const BOTH_OF_ONE = { keys: BOTH.keys };

const CASES: readonly (readonly [verdict: string, name: string, wish: Wish])[] = [
  ['PASS', 'note.json', ALICE],
  ['PASS', 'signed.json', { keys: ['bob.pub'] }],
  ['PASS', 'signed.json', BOTH],
  ['PASS', 'bare.json', { roots: [globalRoot] }],
  ['PASS', 'growth.json', ALICE],
  ['PASS', 'hostile.json', ALICE],
  ['FAIL', 'index.json', ALICE],
  ['FAIL', 'size.json', ALICE],
  ['FAIL', 'flip.json', ALICE],
  ['FAIL', 'id.json', ALICE],
  ['FAIL', 'more.json', ALICE],
  ['FAIL', 'growth-flip.json', ALICE],
  ['INCOMPLETE', 'set.json', ALICE],
  ['INCOMPLETE', 'twice.json', ALICE],
  ['INCOMPLETE', 'cut.json', ALICE],
  ['INCOMPLETE', 'member.json', ALICE],
  ['INCOMPLETE', 'text.json', ALICE],
  ['INCOMPLETE', 'bytes.json', ALICE],
  ['INCOMPLETE', 'empty.json', ALICE],
  ['INCOMPLETE', 'huge.json', ALICE],
  ['INCOMPLETE', 'alice.pub', ALICE],
  ['UNTRUSTED', 'root.json', ALICE],
  ['UNTRUSTED', 'payload.json', ALICE],
  ['UNTRUSTED', 'note.json', {}],
  ['UNTRUSTED', 'bare.json', ALICE],
  ['UNTRUSTED', 'note.json', { keys: ['mallory.pub'] }],
  ['UNTRUSTED', 'note.json', BOTH],
  ['UNTRUSTED', 'signed.json', { keys: ['alice.pub', 'mallory.pub'], threshold: 2 }],
  ['UNTRUSTED', 'note.json', { keys: ['alice.pub', 'small.pub'] }],
  ['UNTRUSTED', 'note.json', { keys: ['alice'] }],
  ['UNTRUSTED', 'note.json', { keys: ['note.json'] }],
  ['UNTRUSTED', 'note.json', { keys: ['huge.json'] }],
  ['PASS', 'signed.json', { ...ALICE, subject: 'test' }],
  ['UNTRUSTED', 'signed.json', { ...ALICE, subject: 'prod' }],
  ['UNTRUSTED', 'signed.json', { ...ALICE, origin: 'test' }],
  ['UNTRUSTED', 'bare.json', { ...ALICE, roots: [globalRoot], subject: 'test' }],
  ['PASS', 'beside.json', BOTH_OF_ONE],
  ['UNTRUSTED', 'bare.json', { roots: ['0'.repeat(64)] }],
];

/** Drops a file with `text` on a zone, as a hand would. */
async function drop(zone: string, files: readonly (readonly [name: string, text: string])[]): Promise<void> {
  const data = await page.evaluateHandle((given) => {
    const transfer = new (
      globalThis as unknown as { DataTransfer: new () => { items: { add: (file: File) => void } } }
    ).DataTransfer();
    for (const [name, text] of given) transfer.items.add(new File([text], name));
    return transfer;
  }, files);
  await page.dispatchEvent(zone, 'drop', { dataTransfer: data });
}

const skipped = hasBrowser ? '' : ' (skipped: no chromium)';

describe.skipIf(!hasBrowser)(`the verifier page in a browser${skipped}`, () => {
  beforeAll(opened);

  it.each(CASES)('says %s of %s as the command does, with %j', async (verdict, name, wish) => {
    await give(name, wish);
    expect(await headline()).toBe(`${NOTHING}: Give a proof file and a key that you trust, then check.`);
    const said = await answered();
    expect(said).toEqual(await commandSays(name, wish));
    expect(said[0]?.split(':')[0]).toBe(verdict);
    expect(await page.locator('#banner').getAttribute('class')).toBe(`banner ${verdict}`);
  });

  it('says what the built command prints, letter by letter', async () => {
    await give('signed.json', BOTH);
    const keys = BOTH.keys.flatMap((key) => ['--trusted-key', key]);
    const { stdout } = evidenceDiff(['verify-proof', 'signed.json', ...keys, '--threshold', '2'], { cwd: folder });
    expect(`${(await answered()).join('\n')}\n`).toBe(stdout);
  });
});

describe.skipIf(!hasBrowser)(`what the verifier page shows${skipped}`, () => {
  beforeAll(opened);

  it('of a record: the record, its path, who signed, and the digest of the file', async () => {
    await give('signed.json', ALICE);
    await answered();
    expect(await page.locator('#result pre').textContent()).toContain('"id": "e2"');
    const tables = page.locator('#result table');
    expect(await tables.locator('caption').allTextContents()).toEqual([
      'The record in its stream: leaf 3 of 4',
      expect.stringMatching(/^The stream in its tenant: leaf \d of 2$/),
      'The tenant in the whole: leaf 1 of 1',
    ]);
    expect(await tables.last().locator('tbody tr').last().textContent()).toContain(globalRoot);
    expect(await page.locator('#result p.good').allTextContents()).toHaveLength(3);
    expect(await page.locator('.keys').textContent()).toMatch(/^alice\.pub ed25519, has signed [0-9a-f]{64}$/);
    expect(await page.locator('#result h2').allTextContents()).toEqual([
      'Outcome',
      'The record',
      'From the leaf to the root',
    ]);
  });

  it('of what is not shown: whose words it is, and where the path leads', async () => {
    await give('flip.json', ALICE);
    await answered();
    const headings = await page.locator('#result h2').allTextContents();
    expect(headings).toEqual([
      'Outcome',
      'The record, as the file says',
      'From the leaf to the root, as the file says',
    ]);
    expect(await page.locator('#result p.bad').allTextContents()).toEqual([
      expect.stringMatching(/^It is another root/),
    ]);
  });

  it('of growth: every stream', async () => {
    await give('set.json', ALICE);
    await answered();
    const rows = await page
      .locator('#result tbody tr')
      .evaluateAll((all) => all.map((row) => [...row.children].map((cell) => cell.textContent)));
    expect(rows).toContainEqual(['acme', 'bundles', '3', '4', 'a set that grew: how is not shown']);
    expect(rows).toContainEqual(['acme', 'ledger/1', '4', '4', 'as it was']);
  });

  it('of hostile names and bodies: text, and no element of theirs', async () => {
    await give('hostile.json', ALICE);
    expect((await answered())[0]).toMatch(/^PASS/);
    const names = await page
      .locator('#result, #result *')
      .evaluateAll((all) => [...new Set(all.map(({ tagName }) => tagName))]);
    const own = 'CAPTION CODE DD DIV DL DT H2 H3 LI P PRE SECTION SPAN TABLE TBODY TD TH THEAD TR UL';
    expect(names.filter((name) => !own.split(' ').includes(name))).toEqual([]);
    const strange = await page
      .locator(
        '[onload], [onerror], [onmouseover], [onfocus], [style], [href]:not(link), img, script:not(body > script)',
      )
      .count();
    expect(strange).toBe(0);
    const text = (await page.locator('#result').textContent()) ?? '';
    for (const markup of MARKUP.filter((one) => !/["\\]/.test(one))) expect(text).toContain(markup);
    for (const hidden of ['\u202e', '\u200b', '\u0007']) expect(text).not.toContain(hidden);
    expect(text).toContain('\\u202e');
  });
});

describe.skipIf(!hasBrowser)(`the verifier page never keeps a verdict${skipped}`, () => {
  beforeAll(opened);

  it('when anything that was given is changed', async () => {
    const changes: readonly (() => Promise<unknown>)[] = [
      () => page.setInputFiles('#proof', at('flip.json')),
      () => page.setInputFiles('#proof', []),
      () => page.setInputFiles('#keys', at('bob.pub')),
      () => page.fill('#pasted', 'x'),
      () => page.fill('#threshold', '2'),
      () => page.fill('#roots', '0'),
      () => page.fill('#subject', 'x'),
      () => page.fill('#origin', 'x'),
      () => drop('#drop-proof', [['other.json', '{}']]),
      () => drop('#drop-keys', [['other.pub', '']]),
    ];
    for (const change of changes) {
      await give('note.json', ALICE);
      expect((await answered())[0]).toMatch(/^PASS/);
      await change();
      expect(await headline()).toMatch(new RegExp(`^${NOTHING}`));
      expect(await page.locator('#result').textContent()).toBe('');
      expect(await page.title()).toMatch(new RegExp(`^${NOTHING}`));
    }
  });

  it('and gives none where the command would not: exit code 64', async () => {
    const wrong: readonly (readonly [() => Promise<unknown>, string])[] = [
      [() => page.setInputFiles('#proof', []), 'Give a proof file, or a signed verdict with its report.'],
      [() => page.fill('#threshold', '2'), '2 signatures are demanded, and 1 key is trusted.'],
      [
        () => page.fill('#subject', '=x'),
        'The expected subject "=x": give a member, = and its text, or the name of the system.',
      ],
      [() => page.fill('#threshold', '0'), 'The number of signatures is a whole number, 1 or more.'],
      [() => page.fill('#threshold', '1.5'), 'The number of signatures is a whole number, 1 or more.'],
      [
        () => page.fill('#roots', globalRoot.toUpperCase()),
        `"${globalRoot.toUpperCase()}" is no root: give 64 lower-case hexadecimal digits.`,
      ],
      [
        () =>
          drop('#drop-proof', [
            ['a', read('note.json')],
            ['b', read('note.json')],
          ]),
        'Give one proof file at a time, or one signed verdict (a Sigstore bundle) with its report.',
      ],
    ];
    for (const [make, said] of wrong) {
      await give('note.json', ALICE);
      await make();
      expect(await answered()).toEqual([`${NOTHING}: ${said}`]);
    }
  });

  it('of an older question: the latest alone is answered', async () => {
    await page.evaluate(`{
      const read = Blob.prototype.arrayBuffer;
      Blob.prototype.arrayBuffer = async function () {
        if (this.name === 'slow.json') await new Promise((resolve) => { window.release = resolve; });
        return read.call(this);
      };
    }`);
    await give('flip.json', ALICE);
    for (const next of ['check', 'change']) {
      await drop('#drop-proof', [['slow.json', read('note.json')]]);
      await page.click('button');
      await expect.poll(() => page.evaluate<boolean>('window.release !== undefined')).toBe(true);
      expect(await headline()).toBe(`${NOTHING}: Checking…`);
      await drop('#drop-proof', [['flip.json', read('flip.json')]]);
      if (next === 'check') await answered();
      const before = await headline();
      await page.evaluate(
        '(async () => { window.release(); window.release = undefined; await new Promise((r) => setTimeout(r, 50)); })()',
      );
      expect(await headline()).toBe(before);
      expect(before.split(':')[0]).toBe(next === 'check' ? 'FAIL' : NOTHING);
    }
    await opened();
  });

  it('of a file that was changed after it was chosen', async () => {
    writeFileSync(at('moving.json'), read('note.json'));
    await give('moving.json', ALICE);
    writeFileSync(at('moving.json'), `${read('flip.json')}  `);
    const said = await answered();
    expect(said[0]).not.toMatch(/^PASS/);
  });

  it('and no PASS when its own code breaks', async () => {
    await give('note.json', ALICE);
    await page.evaluate('Uint8Array.prototype.subarray = () => { throw new RangeError("broken <b>x</b>"); }');
    const [said, ...lines] = await answered();
    expect([said, lines]).toEqual([
      'INCOMPLETE: internal error, nothing was checked (RangeError: broken <b>x</b>)',
      [],
    ]);
    await opened();
    await page.evaluate('setTimeout(() => { throw new Error("elsewhere"); })');
    await page.locator('#word', { hasText: 'INCOMPLETE' }).waitFor();
    expect(complaints.splice(0)).toEqual([expect.stringContaining('elsewhere')]);
  });
});

describe.skipIf(!hasBrowser)(`the verifier page for its reader${skipped}`, () => {
  beforeAll(opened);

  it('takes keys that are pasted, and shows nothing of a private one', async () => {
    await give('signed.json', {});
    await page.fill('#pasted', `\n${read('alice.pub')}${read('bob.pub').trimEnd()}`);
    await page.fill('#threshold', '2');
    expect((await answered())[0]).toMatch(/^PASS/);
    await page.fill('#threshold', '1');
    await page.fill('#pasted', read('alice'));
    expect(await answered()).toContain(
      'key-untrusted: pasted key 1: it is a private key: keep it secret, and give the public one, which keygen wrote beside it as .pub',
    );
    const [, digits = ''] = read('alice').split('\n');
    const shown = `${await headline()} ${await page.locator('#result').textContent()}`;
    for (let from = 0; from + 8 <= digits.length; from++) expect(shown).not.toContain(digits.slice(from, from + 8));
  });

  it('lets no file that is dropped beside the fields be opened, nor an older verdict stand for it', async () => {
    await opened();
    for (const beside of ['h1', 'footer', 'html', '#result', 'button']) {
      await give('note.json', { keys: ['alice.pub'] });
      expect((await answered())[0]).toMatch(/^PASS/);
      const prevented = await page.evaluate(`(() => {
        const dataTransfer = new DataTransfer();
        dataTransfer.items.add(new File(['{}'], 'other.json'));
        const target = document.querySelector(${JSON.stringify(beside)});
        return ['dragenter', 'dragover', 'drop'].map((kind) =>
          target.dispatchEvent(new DragEvent(kind, { bubbles: true, cancelable: true, dataTransfer })));
      })()`);
      expect(prevented).toEqual([false, false, false]);
      expect(await headline()).toMatch(/^Nothing checked yet: A file was dropped beside the fields, and not taken/);
    }
  });

  it('can be used with files dropped, and with the keyboard alone', async () => {
    await opened();
    await page.focus('#proof');
    const order: string[] = [];
    for (let step = 0; step < 8; step++) {
      order.push(await page.evaluate<string>('document.activeElement.id || document.activeElement.tagName'));
      await page.keyboard.press('Tab');
    }
    expect(order).toEqual(['proof', 'roots', 'subject', 'origin', 'keys', 'pasted', 'threshold', 'BUTTON']);
    // One listener for both: one that is added beside the key press may be told of it too late by a busy browser.
    const choosers: FileChooser[] = [];
    const chosen = (chooser: FileChooser) => choosers.push(chooser);
    page.on('filechooser', chosen);
    await page.evaluate('0');
    for (const [id, name] of [
      ['#proof', 'note.json'],
      ['#keys', 'alice.pub'],
    ] as const) {
      await page.focus(id);
      await page.keyboard.press('Space');
      await expect.poll(() => choosers.length, { timeout: 60_000 }).toBe(1);
      await choosers.pop()?.setFiles(at(name));
    }
    page.off('filechooser', chosen);
    await page.focus('#threshold');
    await page.keyboard.press('Enter');
    await page.locator('#word', { hasText: 'PASS' }).waitFor();
    await drop('#drop-proof', [['note.json', read('id.json')]]);
    await drop('#drop-keys', [['alice.pub', read('alice.pub')]]);
    expect((await answered())[0]).toMatch(/^FAIL/);
    expect(await page.getByRole('status').textContent()).toMatch(/^FAIL: /);
  });

  it.each([
    [360, 'dark'],
    [1440, 'light'],
  ] as const)(
    'has no fault that axe knows at %i pixels in the %s theme, and does not scroll sideways',
    async (width, theme) => {
      await page.setViewportSize({ width, height: 900 });
      await page.emulateMedia({ colorScheme: theme });
      await page.evaluate(axe.source);
      for (const name of [undefined, 'hostile.json', 'flip.json', 'set.json']) {
        if (name === undefined) await page.setInputFiles('#proof', []);
        else {
          await give(name, ALICE);
          await answered();
        }
        expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBe(width);
        const tags = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
        const run = `axe.run({ runOnly: ${JSON.stringify(tags)} }).then(({ violations }) => violations.map(({ id, nodes }) => id + ': ' + nodes[0].html + ' ' + nodes[0].failureSummary))`;
        expect(await page.evaluate<string[]>(run)).toEqual([]);
      }
    },
  );

  it('asks nobody for anything, and could not', async () => {
    expect(new Set(requests.filter((url) => !url.startsWith('data:')))).toEqual(new Set([PAGE]));
    expect(complaints).toEqual([]);
    const asked: string[] = [];
    const server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8', 'access-control-allow-origin': '*' });
      response.end(readFileSync(`${ROOT}docs/verify.html`));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    try {
      const address = server.address();
      const origin = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
      await page.goto(`${origin}/verify.html`);
      await give('note.json', ALICE);
      expect((await answered())[0]).toMatch(/^PASS/);
      const tried = `fetch('${origin}/out').then(() => 'sent', () => 'refused')`;
      expect(await page.evaluate<string>(tried)).toBe('refused');
      const image = `new Promise((resolve) => { const image = new Image(); image.onload = image.onerror = ({ type }) => resolve(type); image.src = '${origin}/image'; })`;
      expect(await page.evaluate<string>(image)).toBe('error');
      expect(
        await page.evaluate<string>(
          `(() => { try { document.body.innerHTML = 'x'; return 'taken'; } catch { return 'refused'; } })()`,
        ),
      ).toBe('refused');
      expect(asked).toEqual(['/verify.html']);
    } finally {
      await page.close();
      await new Promise((resolve) => server.close(resolve));
    }
  });
});
