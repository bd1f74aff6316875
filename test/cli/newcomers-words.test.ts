/** What a newcomer meets first and cannot know: the error names the cause, the word at fault, and what to do. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadVerbs } from '../../src/cli/verbs/index.ts';
import { unbelieved } from '../../src/core/report/headline.ts';
import type { Finding } from '../../src/core/report/report.ts';
import { gate } from '../../src/index.ts';
import { textOf } from '../e2e/documents.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { run } from './in-process.ts';

const cwd = temporaryFolder();
const put = (name: string, text: string): void => writeFileSync(join(cwd, name), text);
const VERSIONS =
  'this one reads versions 1 and 2; version 2 reads files and tables, see docs/profile.md; version 1 reads';

beforeAll(async () => {
  put('was.json', '[{"event":"a"},{"event":"b"}]');
  put('is.json', '[{"event":"a"},{"event":"c"}]');
  put('was.csv', 'event\na\nb\n');
  put('is.csv', 'event\na\nc\n');
  put('events.ndjson', '{"event":"a"}\n{"event":"b"}\n');
  put('ours.ndjson', '{"tenant":"t","stream":"s","id":"1"}\n{"tenant":"t","stream":"s","id":"2"}\n');
  put('ours.json', '[{"tenant":"t","stream":"s","id":"1"}]');
  await run(['keygen', '--output', 'key'], { cwd });
});

describe('profile show and profile check', () => {
  it('say of a profile for files what it is, and which verb takes it', async () => {
    put(
      'files.profile.json',
      JSON.stringify({ kind: 'evidence-profile', version: 2, name: 'f', items: [{ from: { json: '**' } }] }),
    );
    const database = ['--source', 'postgres://nobody@127.0.0.1:1/none'];
    for (const args of [
      ['show', 'files.profile.json'],
      ['check', 'files.profile.json', ...database],
    ]) {
      const { status, stderr } = await run(['profile', ...args], { cwd });
      expect(status).toBe(2);
      expect(stderr).toMatch(/files\.profile\.json: a profile for files.*evidence-diff import SOURCE --profile FILE/);
      expect(stderr).not.toContain('not a profile');
    }
  });
});

describe('--map', () => {
  it.each([
    ['id=event', 'write --map id=/event for the member, or --map id==event for that text'],
    ['tenant=acme', 'write --map tenant=/acme for the member, or --map tenant==acme for that text'],
  ])('%s of JSON is refused before anything is read, with both ways to write it', async (map, ways) => {
    const reading = ['--records', '', '--map', map];
    for (const args of [
      ['was.json', 'is.json'],
      ['import', 'events.ndjson', '--output', 'o.ndjson'],
    ]) {
      const { status, stderr } = await run([...args, ...reading], { cwd });
      expect([status, stderr]).toEqual([64, expect.stringContaining(ways)]);
    }
  });

  it('names a column of CSV bare, and a member of JSON by its pointer', async () => {
    for (const [ending, id] of [
      ['csv', 'event'],
      ['json', '/event'],
    ]) {
      const sides = [`was.${ending}`, `is.${ending}`, '--records', '', '--map', `id=${id}`];
      const { status, stdout } = await run([...sides, '--map', 'tenant==acme'], { cwd });
      expect([status, stdout]).toEqual([1, expect.stringMatching(/^FAIL: 1 missing/)]);
    }
  });
});

it.each([
  [['was.json', 'is.json', 'extra'], "'extra' is one too many. Expected 2 arguments but got 3"],
  [['stats', 'was.json', 'b', 'c'], "'b' is one too many. Expected 1 argument but got 3"],
  [['was.json', 'is.json', '--map', 'id=/a', 'id=/b'], "'id=/b' is one too many"],
])('of %j the first word is named that is too many', async (args, words) => {
  const { status, stderr } = await run(args, { cwd });
  expect([status, stderr]).toEqual([64, expect.stringContaining(`too many arguments: ${words}`)]);
});

it.each([
  ['version 9', { version: 9 }, 'a profile of version 9'],
  ['a version that is a text', { version: '2' }, 'a profile of version "2"'],
  ['no version', {}, 'a profile without `version`'],
])('a profile of %s is told which there are, and where they are described', async (_, version, is) => {
  put('p.json', JSON.stringify({ kind: 'evidence-profile', ...version, name: 'x', items: [] }));
  const { status, stderr } = await run(['was.json', 'is.json', '--profile', 'p.json'], { cwd });
  expect([status, stderr]).toEqual([2, expect.stringContaining(`p.json: ${is}: ${VERSIONS}`)]);
});

it('a profile of version 2 that is wrong is told where that version is described', async () => {
  put('p.json', JSON.stringify({ kind: 'evidence-profile', version: 2, name: 'x', items: [] }));
  const { stderr } = await run(['was.json', 'is.json', '--profile', 'p.json'], { cwd });
  expect(stderr).toMatch(/not a profile at \/items: .*see docs\/profile\.md/);
});

describe('a gate', () => {
  const asked = ['gate', 'post-migration', '--report', 'was.json', '--verdict', 'was.json'];

  it.each([
    ['--verdict-key', ['--verdict-key', 'nope']],
    ['--trusted-key', ['--verdict-key', 'key.pub', '--trusted-key', 'nope']],
  ])('names %s where that one leads nowhere', async (option, args) => {
    const { status, stderr } = await run([...asked, ...args], { cwd });
    expect([status, stderr]).toEqual([64, expect.stringContaining(`${option}: nope: there is no such file`)]);
  });

  it('of the library names its own option', async () => {
    const verdict = { report: join(cwd, 'was.json'), verdict: join(cwd, 'was.json') };
    const nope = gate('post-migration', { ...verdict, verdictKeys: ['nope'] });
    await expect(nope).rejects.toThrow('verdictKeys: nope: there is no such file');
  });
});

it.each([
  ['is not there', 'gone.json', 'source-incomplete: baseline: gone.json: there is no such file'],
  ['is none', 'was.json', 'schema-violation: baseline: was.json: it is an array of 2 items'],
])('a baseline that %s is the headline beside a demanded signature, and no PASS', async (_, baseline, cause) => {
  const { status, stdout } = await run([baseline, 'is.json', '--trusted-key', 'key.pub'], { cwd });
  const said = `UNTRUSTED: what was demanded of the baseline could not be checked; ${cause}`;
  expect([status, stdout.slice(0, said.length)]).toEqual([3, said]);
  expect(stdout).toMatch(/signature-missing \(UNTRUSTED\): 1/);
  expect(stdout).not.toContain('signature-invalid');
  expect(stdout).not.toContain('Get the baseline that was pinned');
});

it.each(['stats', 'verify-all', 'import'])('%s says what evidence of others is, and what reads it', async (verb) => {
  const output = verb === 'stats' ? [] : ['--output', 'o.ndjson'];
  for (const [name, is] of [
    ['events.ndjson', 'lines of JSON: 2 items'],
    ['was.json', 'an array of 2 items'],
  ]) {
    const { status, stdout, stderr } = await run([verb, name ?? '', ...output], { cwd });
    expect(status).toBe(2);
    expect(`${stdout}${stderr}`).toContain(
      `schema-violation: ${name}: it is ${is}, not a snapshot; \`evidence-diff init`,
    );
  }
});

it.each(['ours.ndjson', 'ours.json'])(
  'items with tenant, stream and id stay ours, and that is said: %s',
  async (name) => {
    for (const args of [
      ['stats', name],
      ['init', name],
      ['import', name, '--output', 'o.ndjson', '--records', '', '--map', 'id=/id'],
      [name, name.replace('ours', 'events'), '--records', '', '--map', 'id=/id'],
    ]) {
      const { status, stdout, stderr } = await run(args, { cwd });
      expect(status).toBe(2);
      expect(`${stdout}${stderr}`).toContain('an item with all three is a record of a snapshot');
    }
  },
);

describe('an output whose ending names another format than --format', () => {
  it.each([
    ['o.html', 'json', 'its ending says html, and json goes into it, as --format says'],
    ['o.json', 'markdown', 'its ending says json, and markdown goes into it, as --format says'],
  ])('%s in %s is written so, and that is said', async (output, format, words) => {
    const { stderr } = await run(['was.json', 'is.json', '--output', output, '--format', format], { cwd });
    expect(stderr).toContain(`--output ${output}: ${words}`);
  });

  it.each([
    ['o.html', []],
    ['o.json', ['--format', 'json']],
    ['o.txt', ['--format', 'brief']],
  ])('%s with %j is as it is named: nothing is said', async (output, format) => {
    const { stderr } = await run(['was.json', 'is.json', '--output', output, ...format], { cwd });
    expect(stderr).toBe('');
  });
});

it('a label of metrics without a value is none to Prometheus, and is refused as such', async () => {
  const { status, stderr } = await run(['was.json', 'is.json', '--metrics', 'm.prom', '--metrics-label', 'env='], {
    cwd,
  });
  expect([status, stderr]).toEqual([64, expect.stringContaining('Give the label env a value, or leave it out')]);
});

it('docs/command-line.md names each verb that finds its source elsewhere', async () => {
  const finding = (await loadVerbs()).filter(({ options }) => 'namespace' in options).map(({ name }) => name);
  const sentence = /^(`verify-all`[^:]*) read one source\. The first of these names it:/m.exec(
    textOf('docs/command-line.md'),
  );
  const named = [...(sentence?.[1] ?? '').matchAll(/`([a-z-]+)/g)].map(([, name]) => name);
  expect(named).toEqual(finding);
});

it.each([
  [['baseline: a'], ['baseline']],
  [['current: a'], ['current side']],
  [
    ['current: a', 'migration: b'],
    ['current side', 'migration'],
  ],
  [
    ['both sides are one', 'current: a'],
    ['baseline', 'current side'],
  ],
])('of %j it is said that %j cannot be believed', (messages, which) => {
  const kind = 'signature-invalid' as const;
  const findings = messages.map((message): Finding => ({ kind, class: 'UNTRUSTED', message }));
  expect(unbelieved(findings)).toEqual(which);
});
