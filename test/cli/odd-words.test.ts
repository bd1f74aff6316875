/**
 * Command lines of every verb in which a word or two are odd: paths that are folders, pipes, devices, links to nowhere or
 * empty files, options with values of another kind, an input as the output. Whatever is asked, nothing that is read is
 * changed, nothing half or temporary is left, and no fault is one of ours.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { flagOf, type Given } from '../../src/cli/options/define.ts';
import { EXIT } from '../../src/cli/terminal/exit.ts';
import { compareVerb, loadVerbs } from '../../src/cli/verbs/index.ts';
import { runs } from '../long.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { fileOf, GROWN, RECORDS, textOf } from '../trust/signed-files.ts';
import { run } from './in-process.ts';

const folder = temporaryFolder();
const prepared = join(folder, 'prepared');
const RECORD = ['--tenant', 'acme', '--stream', 'ledger/1', '--id', 'e2'];

/** One command line of each verb that ends with 0 as it is. */
const BASES: Readonly<Record<string, readonly string[]>> = {
  compare: ['was.ndjson', 'is.ndjson', '--output', 'o.json'],
  'verify-all': ['was.ndjson', '--output', 'o.ndjson'],
  import: ['items.json', '--records', '', '--map', 'id=/id', '--output', 'o.ndjson'],
  export: ['was.ndjson', '--output', 'bundle'],
  stats: ['was.ndjson', '--output', 'o.json'],
  'roots-export': ['was.ndjson', '--output', 'o.json'],
  'digest-index': ['was.ndjson', '--output', 'o.index'],
  migrate: ['--dry-run', '--baseline', 'was.ndjson', 'is.ndjson'],
  explain: ['was.ndjson', 'is.ndjson'],
  'reindex-check': ['--baseline', 'was.ndjson', 'is.ndjson'],
  'audit-report': ['is.ndjson', '--since', '2026-01-01', '--baseline', 'was.ndjson', '--output', 'o.txt'],
  'verify-continuity': ['--baseline', 'was.ndjson', 'is.ndjson', '--output', 'o.json'],
  'verify-signature': ['was.ndjson', '--trusted-key', 'k.pub'],
  prove: ['--snapshot', 'was.ndjson', ...RECORD, '--output', 'o.json'],
  init: ['items.json', '--output', 'o.json'],
  keygen: ['--output', 'o'],
  'cross-check': ['was.ndjson'],
  schema: ['record', '--output', 'o.json'],
};

const WORDS = [
  ...['was.ndjson', 'is.ndjson', 'k', 'k.pub', 'items.json', './was.ndjson', 'link.ndjson', 'is.ndjson.dsse.json'],
  ...[
    'folder',
    'folder/',
    '.',
    '..',
    'empty',
    'pipe',
    'loop',
    'nowhere',
    'no/where',
    'was.ndjson/x',
    '/dev/null',
    '/dev/full',
    '-',
  ],
  ...[
    '',
    'a',
    '0',
    '-1',
    '1.5',
    'NaN',
    '7d',
    '__proto__',
    'x=y',
    '=',
    '/a',
    'sha256:',
    `sha256:${'0'.repeat(64)}`,
    '--',
    '{}',
    '\u202e',
    'a\nb',
  ],
  ...['o.json', 'o.gz', 'o', 'folder/o.ndjson', `${'b'.repeat(250)}.json`, 'frozen', 'json', 'full', 'summary'],
];

beforeAll(async () => {
  mkdirSync(join(prepared, 'folder'), { recursive: true });
  fileOf(prepared, 'was.ndjson', textOf(RECORDS));
  fileOf(prepared, 'is.ndjson', textOf(GROWN));
  fileOf(prepared, 'items.json', '[{"id":"a"},{"id":"b"}]');
  fileOf(prepared, 'empty', '');
  symlinkSync('was.ndjson', join(prepared, 'link.ndjson'));
  symlinkSync('loop', join(prepared, 'loop'));
  expect((await run(['keygen', '--output', 'k'], { cwd: prepared })).status).toBe(0);
  expect((await run(['sign', 'was.ndjson', '--key', 'k'], { cwd: prepared })).status).toBe(0);
});

/** A pipe cannot be copied. */
function place(): string {
  const cwd = mkdtempSync(join(folder, 'run-'));
  cpSync(prepared, cwd, { recursive: true, verbatimSymlinks: true });
  execFileSync('mkfifo', [join(cwd, 'pipe')]);
  return cwd;
}

function contentOf(cwd: string): ReadonlyMap<string, string> {
  const names = readdirSync(cwd, { recursive: true, encoding: 'utf8' });
  return new Map(
    names.map((name) => {
      const stats = lstatSync(join(cwd, name));
      return [name, stats.isFile() ? readFileSync(join(cwd, name), 'utf8') : 'no file'];
    }),
  );
}

/** What a verb is asked with: its line with words exchanged, and options of its own with any value. */
function lines(name: string, options: Readonly<Record<string, Given<unknown>>>): fc.Arbitrary<readonly string[]> {
  const word = fc.constantFrom(...WORDS);
  const base = BASES[name] ?? [];
  const odd = fc.array(fc.tuple(fc.nat(base.length - 1), word), { maxLength: 2 });
  const more = fc.array(fc.tuple(fc.constantFrom(...Object.entries(options)), word), { maxLength: 2 });
  return fc.tuple(odd, more).map(([exchanged, given]) => {
    const own = base.map((one, at) => exchanged.find(([place]) => place === at && !one.startsWith('--'))?.[1] ?? one);
    const added = given.map(([[option, { kind }], value]) =>
      kind === 'flag' ? [flagOf(option)] : [flagOf(option), value],
    );
    return [...(name === 'compare' ? [] : [name]), ...own, ...added.flat()];
  });
}

const CODES: ReadonlySet<number | null> = new Set(Object.values<number>(EXIT).filter((code) => code !== EXIT.internal));

/** What is new has a name that was given, or lies in or beside it by its whole name (`k.pub`). */
function isAskedFor(name: string, argv: readonly string[]): boolean {
  return argv.some((word) => {
    const given = word.replace(/^\.\//, '').replace(/\/$/, '');
    return given !== '' && (name === given || name.startsWith(`${given}/`) || name === `${given}.pub`);
  });
}

it.each(Object.keys(BASES))('%s', { timeout: 120_000 }, async (name) => {
  const verbs = [(await compareVerb.load()).verb, ...(await loadVerbs())];
  const options = (verbs.find((verb) => verb.name === name)?.options ?? {}) as Readonly<Record<string, Given<unknown>>>;
  const plain = await run([...(name === 'compare' ? [] : [name]), ...(BASES[name] ?? [])], { cwd: place() });
  expect([plain.status, plain.stderr]).toEqual([0, '']);
  await fc.assert(
    fc.asyncProperty(lines(name, options), async (argv) => {
      const cwd = place();
      const before = contentOf(cwd);
      const { status, stdout, stderr } = await run(argv, { cwd });
      expect(CODES, `${status}: ${stderr}`).toContain(status);
      const after = contentOf(cwd);
      if (status === EXIT.usage) expect([stdout, after]).toEqual(['', before]);
      for (const [file, content] of after) {
        if (before.get(file) === content) continue;
        expect(isAskedFor(file, argv), `${file} of ${JSON.stringify(argv)}`).toBe(true);
        if (file.endsWith('.json')) expect(() => JSON.parse(content), content).not.toThrow();
      }
      expect([...before.keys()].filter((file) => !after.has(file))).toEqual([]);
      // What the line read from the begin is never what it writes.
      const at = argv.length === 0 ? -1 : (BASES[name] ?? []).indexOf('was.ndjson') + (name === 'compare' ? 0 : 1);
      if (argv[at] === 'was.ndjson') expect(after.get('was.ndjson')).toBe(before.get('was.ndjson'));
    }),
    { numRuns: runs(15, 500, 8) },
  );
});
