/** What lies in the place of an output: evidence, proofs and keys are replaced by their kind alone, and anything else is. */
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AnyVerb, flagOf } from '../../src/cli/options/define.ts';
import { compareVerb, loadVerbs } from '../../src/cli/verbs/index.ts';
import { faultOfReplacing, type OutputKind } from '../../src/files/spared-file.ts';
import { ROOT } from '../e2e/documents.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { run } from './in-process.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const ed = (args: readonly string[]) => run(args, { cwd: folder });

const SIDES = ['baseline.json', 'current.json'];
const RECORD = ['--tenant', 'acme', '--stream', 'findings-ledger/main', '--id', 'acme-event-1'];
const REPORTED = ['text', 'brief', 'markdown', 'json', 'ndjson', 'html', 'pdf', 'junit'];

/** What each option that writes a file is given with, and in which formats; `OUT` is the file. */
const COMMANDS: Readonly<Record<string, readonly [args: readonly string[], formats?: readonly string[]]>> = {
  'compare --output': [[...SIDES, '--output', 'OUT'], REPORTED],
  'compare --metrics': [[...SIDES, '--quiet', '--metrics', 'OUT']],
  'compare --attest': [[...SIDES, '--quiet', '--attest', 'OUT', '--key', 'k']],
  'verify-continuity --output': [
    ['--baseline', 'baseline.json', '--source', 'current.json', '--output', 'OUT'],
    ['json'],
  ],
  'verify-continuity --metrics': [['--baseline', 'baseline.json', '--source', 'current.json', '--metrics', 'OUT']],
  'verify-continuity --attest': [
    ['--baseline', 'baseline.json', '--source', 'current.json', '--attest', 'OUT', '--key', 'k'],
  ],
  'verify-roots --output': [['--baseline', 'roots.json', '--source', 'baseline.json', '--output', 'OUT'], ['json']],
  'verify-roots --metrics': [['--baseline', 'roots.json', '--source', 'baseline.json', '--metrics', 'OUT']],
  'verify-roots --attest': [['--baseline', 'roots.json', '--source', 'baseline.json', '--attest', 'OUT', '--key', 'k']],
  'verify-all --output': [['current.json', '--output', 'OUT']],
  'verify-all --metrics': [['current.json', '--metrics', 'OUT']],
  'import --output': [['items.csv', '--profile', 'items.profile.json', '--output', 'OUT']],
  'merge --output': [['one.ndjson', 'two.ndjson', '--output', 'OUT']],
  'merge --metrics': [['one.ndjson', 'two.ndjson', '--output', 'also.ndjson', '--metrics', 'OUT']],
  'migrate --output': [['--migration', 'm.json', '--baseline', 'full.ndjson', '--output', 'OUT']],
  'roots-export --output': [
    ['current.json', '--output', 'OUT'],
    ['text', 'json'],
  ],
  'stats --output': [
    ['current.json', '--output', 'OUT'],
    ['text', 'json'],
  ],
  'audit-report --output': [
    ['current.json', '--since', '2020-01-01', '--output', 'OUT'],
    ['text', 'json'],
  ],
  'verify-bundle --output': [
    ['bundle', '--output', 'OUT'],
    ['text', 'json'],
  ],
  'gate --output': [
    ['cutover', '--report', 'report.json', '--metrics-file', 'm.prom', '--output', 'OUT'],
    ['text', 'json'],
  ],
  'schema --output': [['report', '--output', 'OUT']],
  'attest --output': [['report.json', '--key', 'k', '--expect-report', 'REPORT', '--output', 'OUT']],
  'prove --output': [['--snapshot', 'current.json', ...RECORD, '--output', 'OUT']],
  'digest-index --output': [['current.json', '--output', 'OUT']],
};

/** Those that replace no file, or another program's part of a folder; and one that needs a database. */
const OTHERWISE: readonly string[] = [
  'init --output',
  'keygen --output',
  'export --output',
  'checkpoint --output',
  'checkpoint --state',
  'migrate --draft',
  'snapshot --output',
];

/** What no command here writes, and none replaces. */
const KEPT: Readonly<Record<string, string>> = {
  'a key or a certificate': '-----BEGIN PRIVATE KEY-----\nMC4CAQAwBQYDK2VwBCIEIA==\n-----END PRIVATE KEY-----\n',
  'a profile': '{ "kind": "evidence-profile", "version": 2 }\n',
  'a migration': '{ "kind": "evidence-migration", "version": 1, "why": "evidence-snapshot" }\n',
};

/** What is replaced, as any program does. */
const OTHERS: Readonly<Record<string, string | Uint8Array>> = {
  nothing: '',
  'a word': 'old',
  'a document of others': '%PDF-1.7\n%%EOF\n',
  'a page of others': '<!DOCTYPE html><title>PASS: of the exam</title>',
  'JSON of others': '{"kind":"other","of":"evidence-snapshot"}',
  'other metrics': '# HELP http_requests_total All.\n',
  'what is no text': Uint8Array.of(0x1f, 0x8b, 8, 0, 1, 2, 3),
  'something packed': gzipSync('something'),
};

let verbs: readonly AnyVerb[] = [];
const written = new Map<string, Uint8Array>();

async function made(command: string, path: string, format?: string) {
  const [verb = '', option = ''] = command.split(' ');
  const [args = []] = COMMANDS[command] ?? [];
  const digest = createHash('sha256')
    .update(readFileSync(at('report.json')))
    .digest('hex');
  const words = args.map((word) => (word === 'OUT' ? path : word === 'REPORT' ? `sha256:${digest}` : word));
  const formats = format === undefined ? [] : ['--format', format];
  return { option, ended: await ed([...(verb === 'compare' ? [] : [verb]), ...words, ...formats]) };
}

beforeAll(async () => {
  verbs = [(await compareVerb.load()).verb, ...(await loadVerbs())];
  for (const file of ['baseline.json', 'current.json']) copyFileSync(join(ROOT, 'fixtures/quickstart', file), at(file));
  writeFileSync(at('items.csv'), 'id,what\n1,built\n2,signed\n');
  const items = [{ from: { csv: '*.csv' }, stream: { value: 's' }, id: 'id' }];
  writeFileSync(
    at('items.profile.json'),
    JSON.stringify({ kind: 'evidence-profile', version: 2, name: 'items', items }),
  );
  for (const args of [
    ['keygen', '--output', 'k'],
    ['roots-export', 'baseline.json', '--output', 'roots.json'],
    ['verify-all', 'current.json', '--shard', '0/2', '--output', 'one.ndjson'],
    ['verify-all', 'current.json', '--shard', '1/2', '--output', 'two.ndjson'],
    ['verify-all', 'current.json', '--depth', 'full', '--output', 'full.ndjson'],
    ['export', 'current.json', '--all', '--output', 'bundle'],
    [...SIDES, '--output', 'report.json', '--metrics', 'm.prom', '--quiet'],
  ]) {
    expect(await ed(args), args.join(' ')).toMatchObject({ status: 0 });
  }
  const baseline = createHash('sha256')
    .update(readFileSync(at('full.ndjson')))
    .digest('hex');
  const about = { kind: 'evidence-migration', version: 1, upgrade: 'u', from: '1', to: '2', baseline };
  const patch = [{ op: 'add', path: '/body/risk', value: 0 }];
  const rules = [{ name: 'r', match: { stream: 'evidence-locker/bundles' }, patch }];
  writeFileSync(at('m.json'), JSON.stringify({ ...about, rules }));
}, 120_000);

it('is said of every option that writes to a file, or why not', () => {
  const options = verbs.flatMap(({ name, options: all }) =>
    ['output', 'metrics', 'attest', 'draft', 'state'].flatMap((option) =>
      all[option] === undefined ? [] : [{ name: `${name} ${flagOf(option)}`, writes: all[option].writes }],
    ),
  );
  expect(options.map(({ name }) => name).sort()).toEqual([...Object.keys(COMMANDS), ...OTHERWISE].sort());
  const silent = options.filter(({ writes }) => writes === undefined).map(({ name }) => name);
  expect(silent.sort()).toEqual(OTHERWISE.filter((name) => name !== 'snapshot --output').sort());
});

const CASES = Object.entries(COMMANDS).flatMap(([command, [, formats = [undefined]]]) =>
  formats.map((format) => [command, format] as const),
);

describe.each(CASES)('%s as %s', (command, format) => {
  const name = `${command.replace(' --', '-')}-${format ?? 'own'}`;

  it('replaces a link to an earlier one, and a file of others', async () => {
    const first = (await made(command, name, format)).ended;
    const bytes = readFileSync(at(name));
    expect([64, 70]).not.toContain(first.status);
    // Of a brief report in which nothing differs there is no line.
    if (format !== 'brief') expect(bytes.length).toBeGreaterThan(0);
    written.set(`${command} ${format}`, bytes);
    writeFileSync(at(`${name}-old`), 'old');
    symlinkSync(name, at(`${name}-link`));
    for (const again of [`${name}-old`, `${name}-link`]) {
      const { status, stderr } = (await made(command, again, format)).ended;
      expect([status, stderr]).toEqual([first.status, expect.not.stringContaining('is not replaced')]);
      if (format !== 'brief') expect(readFileSync(at(again), 'utf8')).not.toBe('old');
    }
  });

  it('leaves a key alone, before anything is read', async () => {
    const path = `${name}-key`;
    const key = readFileSync(at('k'));
    writeFileSync(at(path), key);
    const { ended, option } = await made(command, path, format);
    expect(ended.status).toBe(64);
    expect(ended.stderr).toContain(`${option} ${path} is a key or a certificate, which is not replaced`);
    expect(readFileSync(at(path))).toEqual(key);
  });
});

const kindOf = (command: string): OutputKind => {
  const [name, flag] = command.split(' ');
  const verb = verbs.find((one) => one.name === name);
  const [, found] = Object.entries(verb?.options ?? {}).find(([option]) => flagOf(option) === flag) ?? [];
  if (found?.writes === undefined) throw new Error(`${command} writes nothing`);
  return found.writes;
};

it('what was written as evidence, proof or journal is replaced by its kind alone, all else by anything', async () => {
  expect((await ed(['journal', 'append', 'j.ndjson', '--upgrade', 'u', '--step', '1', '--type', 'step'])).status).toBe(
    0,
  );
  const kept = Object.entries(KEPT).map(([what, text]) => [what, Buffer.from(text), undefined] as const);
  const files = [
    ['a journal', readFileSync(at('j.ndjson')), undefined] as const,
    ...kept,
    ...[...written].map(([of, bytes]) => [of, bytes, kindOf(of.replace(/ [^ ]*$/, ''))] as const),
  ];
  for (const command of Object.keys(COMMANDS)) {
    const kind = kindOf(command);
    for (const [of, bytes, own] of files) {
      // As text, roots are for people.
      const isFree = own === 'report' || own === kind || of === 'roots-export --output text';
      writeFileSync(at('of-another'), bytes);
      const fault = faultOfReplacing(at('of-another'), kind);
      expect([command, of, fault]).toEqual([command, of, isFree ? undefined : expect.stringMatching(/^is an? /)]);
    }
    for (const [what, bytes] of Object.entries(OTHERS)) {
      writeFileSync(at('other'), bytes);
      expect([what, faultOfReplacing(at('other'), kind)]).toEqual([what, undefined]);
    }
  }
});

it('knows snapshots in any container and packed, with names of any length', () => {
  const chains = Object.fromEntries(Array.from({ length: 9000 }, (_, n) => [`stream ${n}`, { recipe: 'none' }]));
  const header = {
    canonical: 'jcs-exact',
    capturedAt: '2027-03-01T10:00:00Z',
    chains,
    depth: 'full',
    kind: 'evidence-snapshot',
  };
  const texts = [JSON.stringify(header), JSON.stringify({ kind: 'evidence-snapshot' }, null, 2)];
  for (const bytes of texts.flatMap((text) => [Buffer.from(`${text}\n`), gzipSync(`${text}\n`)])) {
    writeFileSync(at('known'), bytes);
    expect(faultOfReplacing(at('known'), 'snapshot')).toBeUndefined();
    expect(faultOfReplacing(at('known'), 'report')).toBeDefined();
  }
});
