/** The published suite: made by its script, held to by this program, run by its runner, and failed by whatever is broken. */
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { makeSuite } from '../../fixtures/conformance-cases/make.ts';
import type { Case } from '../../fixtures/conformance-cases/suite.ts';
import type { main } from '../../src/cli/main.ts';
import { run } from '../cli/in-process.ts';
import { BIN, type Ended } from '../e2e/command.ts';
import { ROOT } from '../e2e/documents.ts';
import { long, runs } from '../long.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const SUITE = join(ROOT, 'fixtures/conformance');
const RUNNER = join(SUITE, 'run.mjs');

interface Runner {
  readonly readCases: () => readonly Case[];
  readonly faultOf: (one: Case, ended: Ended, options?: { readonly exitCodes?: boolean }) => string | undefined;
  readonly wordsFor: (command: readonly string[], one: Case) => readonly string[] | undefined;
  readonly differenceAt: (must: unknown, is: unknown) => string | undefined;
}

const { readCases, faultOf, wordsFor, differenceAt } = (await import(pathToFileURL(RUNNER).href)) as Runner;
const cases = readCases();
const groups = [...new Set(cases.map(({ name }) => name.split('/')[0] ?? ''))];
const answerTo = (one: Case, command?: typeof main): Promise<Ended> =>
  run(one.args, { cwd: SUITE, ...(command === undefined ? {} : { command }) });

describe('the conformance suite', () => {
  it('is, byte for byte, what its script makes, and has nothing besides', async () => {
    const made = await makeSuite();
    const there = readdirSync(SUITE, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name).slice(SUITE.length + 1));
    expect(there.filter((path) => !['README.md', 'run.mjs'].includes(path)).sort()).toEqual([...made.keys()].sort());
    for (const [path, bytes] of made) {
      expect(readFileSync(join(SUITE, path)).equals(bytes), path).toBe(true);
    }
    const size = [...made.values()].reduce((sum, bytes) => sum + bytes.length, 0);
    expect(size).toBeLessThan(1_000_000);
  });

  it('has a reason and a page for every case, and every verdict in it', () => {
    for (const { name, reason, page } of cases) {
      expect(reason.length, name).toBeGreaterThan(10);
      const [file = '', section] = page.split('#');
      const text = readFileSync(join(ROOT, file), 'utf8');
      const titles = [...text.matchAll(/^#+ (.+)$/gm)].map(([, title = '']) =>
        title.toLowerCase().replaceAll(' ', '-'),
      );
      if (section !== undefined) expect(titles, page).toContain(section);
    }
    expect(new Set(cases.map(({ exit }) => exit))).toEqual(new Set([0, 1, 2, 3, 64]));
  });

  it.each(groups)('holds for this program: %s', async (group) => {
    const faults: string[] = [];
    const own = cases.filter(({ name }) => name.startsWith(`${group}/`));
    for (const one of own.filter((_, at) => at % runs(1, 1, 3) === 0)) {
      const fault = faultOf(one, await answerTo(one));
      if (fault !== undefined) faults.push(`${one.name}: ${fault}`);
    }
    expect(faults).toEqual([]);
  });
});

describe('its runner', () => {
  const started = (...args: readonly string[]) => spawnSync(process.execPath, [RUNNER, ...args], { encoding: 'utf8' });

  it('feeds a command line, and says how many cases held', () => {
    const { status, stdout } = started(
      '--only',
      'compare/grown',
      '--only',
      'proof/record',
      '--',
      process.execPath,
      BIN,
    );
    expect([status, stdout]).toEqual([0, 'ok - compare/grown\nok - proof/record\n# 2 ran, 0 failed, 0 skipped\n']);
  });

  it('feeds one that only compares, and passes over what it has no place for', () => {
    const sides = [process.execPath, BIN, '{baseline}', '{current}', '--format', 'json'];
    const { status, stdout } = started('--only', 'compare/grown', '--only', 'compare/grown-frozen', '--', ...sides);
    expect([status, stdout]).toEqual([
      0,
      'ok - compare/grown\nok - compare/grown-frozen # SKIP the command has no place for it\n# 1 ran, 0 failed, 1 skipped\n',
    ]);
    const frozen = cases.find(({ name }) => name === 'compare/grown-frozen') as Case;
    expect(wordsFor(['c', '--', '{options}', '{baseline}'], frozen)).toEqual([
      'c',
      '--',
      '--mode',
      'frozen',
      'files/base.ndjson',
    ]);
    const proof = cases.find(({ name }) => name.startsWith('proof/')) as Case;
    expect(wordsFor(['c', '{baseline}', '{options}'], proof)).toBeUndefined();
  });

  it('fails for a command that says nothing, for one that is not there, and where no case ran', () => {
    const { status, stdout } = started('--only', 'compare/grown', '--', process.execPath, '-e', '0');
    expect([status, stdout]).toEqual([1, expect.stringMatching(/^not ok - compare\/grown\n.*one JSON document/)]);
    expect(started('--only', 'compare/grown', '--', './not-there').status).toBe(1);
    const unknown = started('--only', 'compare/grown', '--only', 'no-such-group', '--', process.execPath, BIN);
    expect(unknown).toMatchObject({ status: 64, stdout: '', stderr: 'no case has the name no-such-group\n' });
    expect(started('--only', '--', process.execPath, BIN).status).toBe(64);
    expect(started('--only', 'compare').status).toBe(64);
  });

  it('takes no exit code, kind or figure but the right one', () => {
    const one = cases.find(({ name }) => name === 'compare/grown') as Case;
    const said = { verdict: 'PASS', relation: 'extended', findingCounts: { 'record-added': 3 } };
    const ended = (of: object, status = 0) => ({
      status,
      stderr: '',
      stdout: JSON.stringify({ ...said, totals: { matched: 10, added: 3, missing: 0 }, ...of }),
    });
    expect(faultOf(one, ended({}))).toBeUndefined();
    expect(faultOf(one, ended({}, 1))).toMatch(/exit code/);
    expect(faultOf(one, ended({ findingCounts: { 'record-added': 2 } }))).toMatch(/findingCounts/);
    expect(faultOf(one, ended({ findingCounts: {} }))).toMatch(/findingCounts/);
    expect(faultOf(one, ended({ totals: { matched: 9, added: 3, missing: 0 } }))).toMatch(/totals\/matched/);
    expect(faultOf(one, ended({ relation: 'identical' }))).toMatch(/relation/);
    expect(faultOf(one, ended({ relation: 'identical' }), { exitCodes: true })).toBeUndefined();
    expect(differenceAt([1], [1, 2])).toMatch(/1 elements, got 2/);
    expect(differenceAt([], {})).toMatch(/expected a list/);
    expect(differenceAt({}, [])).toMatch(/expected an object/);
  });
});

/** A place of the built program, and what stands there when it is broken. */
type Break = readonly [what: string, file: string, from: string, to: string];

const BREAKS: readonly Break[] = [
  [
    'leaves and nodes are not told apart',
    'core/merkle/tree.js',
    'const LEAF_PREFIX = 0x00;',
    'const LEAF_PREFIX = 0x01;',
  ],
  [
    'numbers go through a double',
    'core/json/value.js',
    'if (isPlainInteger(token))\n        return token;',
    'if (Number.isFinite(Number(token)) && Number(token) !== 0)\n        return String(Number(token));',
  ],
  [
    'members are sorted by code points',
    'core/json/utf8.js',
    'return rankAt(bytes, aStart + i) - rankAt(bytes, bStart + i);',
    'return x - y;',
  ],
  [
    'what was modified is only said',
    'core/kinds.js',
    "if (mode === 'append' && (kind === 'record-added'",
    "if (kind.endsWith('-mismatch') || kind === 'record-modified' || mode === 'append' && (kind === 'record-added'",
  ],
  [
    'no recipe is recomputed',
    'core/custody/chain.js',
    "const held = 'hash' in given && record.hash === given.hash;",
    'const held = true;',
  ],
  [
    'links are not looked at',
    'core/custody/chain.js',
    'else if (record.prev !== previous.hash || previous.hash === undefined)',
    'else if (record.prev === undefined)',
  ],
  [
    'a trailer is believed',
    'engine/side.js',
    'for (const difference of trailerDifferences(trailer, summary))',
    'for (const difference of [])',
  ],
  [
    'any signature will do',
    'trust/node-keys.js',
    "return (message, signature) => verify(digest, message, { key, dsaEncoding: 'der' }, signature);",
    "return (message, signature) => signature.length === 64 || verify(digest, message, { key, dsaEncoding: 'der' }, signature);",
  ],
  ['paths have any length', 'core/merkle/proof.js', 'if (path.length !== places)', 'if (path.length < 0)'],
  [
    'an id may come twice',
    'core/audit/side-audit.js',
    'if (again || (stream.range.size > 0 && stream.last.id === record.id)) {',
    'if (false) {',
  ],
  ['text is ordered by UTF-16', 'core/json/utf8.js', 'return rank(x) - rank(y);', 'return x - y;'],
  ['a report of any age will do', 'runbook/cutover/judge-inputs.js', '(nowMs - atMs) / 1000, most)', '0, most)'],
  [
    'who vouches for a migration is not asked',
    'core/migration/migration.js',
    'return known.length > 0 ||',
    'return known.length > 1e9 && ',
  ],
];

/** A copy of the built program, broken at one place. It is a package, so that it is loaded as it is, and not transformed. */
async function brokenAt(folder: string, [what, file, from, to]: Break): Promise<typeof main> {
  const copy = join(folder, what.replaceAll(' ', '-'), 'node_modules/evidence-diff');
  cpSync(join(ROOT, 'dist'), join(copy, 'dist'), { recursive: true });
  symlinkSync(realpathSync(join(ROOT, 'node_modules')), join(copy, 'node_modules'));
  cpSync(join(ROOT, 'package.json'), join(copy, 'package.json'));
  const path = join(copy, 'dist', file);
  const text = readFileSync(path, 'utf8');
  expect(text.split(from), `${file}: one such place`).toHaveLength(2);
  writeFileSync(path, text.replace(from, to));
  const command = (await import(pathToFileURL(join(copy, 'dist/cli/main.js')).href)) as { main: typeof main };
  return command.main;
}

describe.skipIf(!long)('a copy of this program that is broken', () => {
  const folder = temporaryFolder();

  it.each(BREAKS)(
    'so that %s, fails the suite',
    async (...place) => {
      const command = await brokenAt(folder, place);
      const failed: string[] = [];
      for (const one of cases) {
        const fault = await answerTo(one, command).then(
          (ended) => faultOf(one, ended),
          (thrown: unknown) => String(thrown),
        );
        if (fault !== undefined) failed.push(one.name);
      }
      expect(failed).not.toEqual([]);
    },
    120_000,
  );
});
