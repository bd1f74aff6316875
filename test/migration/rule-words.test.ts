/** What a report says of each rule: every operation, in words that say what became of what. */
import { describe, expect, it } from 'vitest';
import { operationsOf } from '../../src/core/migration/rule-words.ts';
import { nodePlatform } from '../../src/engine/node-platform.ts';
import { formatNamed } from '../../src/reports/index.ts';
import { parseMigration } from '../../src/wire/migration.ts';
import { migration, sampleReport } from '../reports/sample-report.ts';
import { named } from './migrated.ts';

const FILES: Readonly<Record<string, string>> = {
  'k.csv': 'from,to\na,b\n',
  'ids.csv': 'id\na\n',
};
const table = (file: string): object => named(file, FILES[file] ?? '');

function wordsOf(rule: object): readonly string[] {
  const form = { kind: 'evidence-migration', version: 1, upgrade: 'u', from: '1', to: '2', baseline: '0'.repeat(64) };
  const text = new TextEncoder().encode(JSON.stringify({ ...form, rules: [{ name: 'r', match: {}, ...rule }] }));
  const read = (name: string): Uint8Array => new TextEncoder().encode(FILES[name] ?? '');
  const [only] = parseMigration(nodePlatform, text, read).rules;
  return only === undefined ? [] : operationsOf(only);
}

const convert = (to: object): object => ({ patch: [{ op: 'convert', path: '/body/a', to }] });

describe('an operation', () => {
  it.each<[object, readonly string[]]>([
    [
      { match: { tenant: 't', stream: 's*', where: [{ test: '/body/a', value: 1.5 }] }, ...convert({ text: true }) },
      ['only of tenant t, stream s*, where /body/a is 1.5', 'convert /body/a: -> text'],
    ],
    [
      {
        patch: [
          { op: 'add', path: '/body/a', value: { b: [1] } },
          { op: 'replace', path: '/type', value: 'x' },
        ],
      },
      ['add /body/a: {"b":[1]}', 'replace /type: "x"'],
    ],
    [
      {
        patch: [
          { op: 'test', path: '/id', value: 'x' },
          { op: 'remove', path: '/body/a' },
        ],
      },
      ['test /id: "x"', 'remove /body/a'],
    ],
    [
      {
        patch: [
          { op: 'move', from: '/body/a', path: '/body/b' },
          { op: 'copy', from: '/id', path: '/body/c' },
        ],
      },
      ['move /body/a -> /body/b', 'copy /id -> /body/c'],
    ],
    [
      convert({ values: { deny: 'approve', allow: 'approve', approve: 'approve' } }),
      ['convert /body/a: "deny" -> "approve"', 'convert /body/a: "allow" -> "approve"'],
    ],
    [convert({ values: { a: 'a' } }), ['convert /body/a: a table']],
    [convert({ concat: ['/body/b', ':', { text: '/' }] }), ['convert /body/a: -> /body/b + ":" + "/"']],
    [
      convert({ zone: 'Europe/Vienna', fold: 'later' }),
      ['convert /body/a: local time of Europe/Vienna -> UTC, later if twice'],
    ],
    [convert({ json: 'value' }), ['convert /body/a: text -> JSON']],
    [convert({ json: 'text' }), ['convert /body/a: JSON -> text']],
    [convert({ scale: 2 }), ['convert /body/a: -> scale 2']],
    [convert({ case: 'lower' }), ['convert /body/a: -> case lower']],
    [convert({ unicode: 'NFC' }), ['convert /body/a: -> unicode NFC']],
    [convert({ offset: '+02:00' }), ['convert /body/a: -> offset +02:00']],
    [
      { place: { tenant: { value: 't' }, stream: { from: 'a', to: 'b' }, id: { keyTable: table('k.csv') } } },
      ['tenant -> t', 'stream a -> b', 'id by k.csv'],
    ],
    [{ place: { stream: { keyTable: table('k.csv') }, id: { from: 'a', to: 'b' } } }, ['stream by k.csv', 'id a -> b']],
    [
      { rechain: { recipe: 'sha256-prev-body', genesis: 'zeros', derived: { leaf: 'sha256-hash-dash-seq' } } },
      ['chain anew by sha256-prev-body, genesis zeros, leaf by sha256-hash-dash-seq'],
    ],
    [
      { retire: { ids: table('ids.csv'), reason: 'retention', leave: 'stubs' } },
      ['retire what ids.csv names, stubs left: retention'],
    ],
    [
      { erase: { ids: table('ids.csv'), paths: ['/body/a', '/body/b'], reason: 'asked for' } },
      ['erase /body/a of what ids.csv names: asked for', 'erase /body/b of what ids.csv names: asked for'],
    ],
    [{ splitChain: { at: { seq: 7 }, to: 'v2', firstSeq: 1 } }, ['from seq 7 on -> stream v2, counted from 1']],
  ])('%j', (rule, words) => {
    expect(wordsOf(rule)).toEqual(words);
  });

  it('of a table of any size is in the report up to a bound, and the rest is counted', () => {
    const values = Object.fromEntries(Array.from({ length: 1200 }, (_, at) => [`v${at}`, at]));
    const words = wordsOf(convert({ values }));
    expect([words.length, words[0], words.at(-1)]).toEqual([
      1001,
      'convert /body/a: "v0" -> 0',
      'and 200 more, in the migration',
    ]);
  });
});

it('all rules are named in a report however much one does', async () => {
  const rule = (name: string, count: number) => ({
    ...{ name, records: 1 },
    operations: Array.from({ length: count }, (_, at) => `remove /body/${name}-${at}`),
  });
  const report = sampleReport({ migration: { ...migration(), rules: [rule('one', 300), rule('two', 2)] } });
  const text = String(await formatNamed('text')?.render(report, { color: false, details: true }));
  expect(text).toContain('remove /body/one-199');
  expect(text).not.toContain('remove /body/one-200');
  expect(text).toContain('100 more operations, in the JSON report');
  expect(text).toContain('two: 1 record');
  expect(text).toContain('2 more operations, in the JSON report');
});
