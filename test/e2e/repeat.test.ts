/** "Repeat it" of a report is all that it takes: pasted, it gives the same verdict over what was read in the same way. */
import { createHmac } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { flagOf } from '../../src/cli/options/define.ts';
import { READING_OPTIONS } from '../../src/cli/options/source-options.ts';
import { COMPARISON_OPTIONS } from '../../src/cli/verbs/comparison.ts';
import { DEMANDS } from '../../src/core/report/demands.ts';
import { run } from '../cli/in-process.ts';
import { ndjson, type PlainRecord, ZEROS } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { shell } from './command.ts';

const cwd = temporaryFolder();
const put = (name: string, text: string): void => writeFileSync(join(cwd, name), text);
const profile = (id: string): string =>
  JSON.stringify({ kind: 'evidence-profile', version: 2, name: 'p', items: [{ from: { json: '*.json' }, id }] });

function chained(length: number): string {
  const recipe = { algorithm: 'sha256', of: [{ prev: 'hex' }, { field: '/body' }], hmacKey: 'chain-1' };
  let prev = ZEROS;
  const records = Array.from({ length }, (_, at): PlainRecord => {
    const record = { tenant: 'a', stream: 's', id: `e${at}`, seq: at + 1, type: 't', prev, body: `body ${at}` };
    prev = createHmac('sha256', 'secret').update(`${prev}${record.body}`).digest('hex');
    return { ...record, recordedAt: '2027-01-01T00:00:00Z', hash: prev };
  });
  return ndjson(records, { chains: { s: { recipe } }, header: { capturedAt: '2027-02-01T00:00:00Z' } });
}

beforeAll(() => {
  put('was.json', '[{"n":"1","x":1},{"n":"2","x":1}]');
  put('is.json', '[{"n":"2","x":1},{"n":"1","x":1},{"n":"3","x":2}]');
  put('renamed.json', '[{"m":"2","x":1},{"m":"1","x":1}]');
  put("it's $a profile.json", profile('/n'));
  put('other.json', profile('/m'));
  put('was.ndjson', chained(3));
  put('is.ndjson', chained(4));
  put('key file', 'secret');
  put('keys.json', JSON.stringify({ chainKeys: { 'chain-1': 'key file' } }));
  put('db.json', JSON.stringify({ schema: 'evidence' }));
});

const FILES = ['was.json', 'is.json'];
const DATABASE = ['was.ndjson', 'postgres://reader@127.0.0.1:1/none?connect_timeout=1', '--allow-plaintext'];
const KEY = ['--chain-key', 'chain-1=key file'];

/** Each with the exit code, and what the repeated command must have in it. */
const CASES: readonly (readonly [argv: readonly string[], code: number])[] = [
  [[...FILES, '--profile', "it's $a profile.json"], 0],
  [[...FILES, '--profile', "it's $a profile.json", '--mode', 'frozen'], 1],
  [[...FILES, '--records', '', '--map', 'id=/n', '--map', 'tenant==a "b" `c`'], 0],
  [['was.json', 'renamed.json', '--profile', 'other.json', '--baseline-profile', "it's $a profile.json"], 1],
  [['was.json', 'renamed.json', '--baseline-profile', "it's $a profile.json", '--current-profile', 'other.json'], 1],
  [['was.ndjson', 'is.ndjson', ...KEY], 0],
  [['was.ndjson', 'is.ndjson', '--config', 'keys.json'], 0],
  [['is.ndjson', 'was.ndjson', ...KEY], 1],
  [[...DATABASE, ...KEY, '--profile', 'generic', '--table', 'public.t', '--map', 'id=i', '--where', "a = 'b'"], 2],
  [
    [...DATABASE, ...KEY, '--schema', 's', '--workers', '2', '--batch-size', '10', '--stall-timeout', '9'].concat([
      '--lock-timeout',
      '8',
      '--allow-views',
      '--allow-replica',
      '--pg-env',
      '--config',
      'db.json',
    ]),
    2,
  ],
];

/** Where something is written or drawn, and demands, which test/e2e/formats-agree.test.ts types again. */
const READ_NOTHING = [
  'metrics',
  'metricsLabel',
  'output',
  'format',
  'maxFindings',
  'list',
  'details',
  'quiet',
  'progress',
].concat(['color', 'attest', 'key', 'artifact', 'predicate', 'mode', 'allowSame', 'allowLaterBaseline']);

const given = new Set(CASES.flatMap(([argv]) => argv));

describe('a comparison', () => {
  it('is tried with every option that says how a side is read', () => {
    const demanded = new Set<string>(DEMANDS.map((name) => `--${name}`));
    const all = Object.keys({ ...COMPARISON_OPTIONS, ...READING_OPTIONS }).filter((one) => !READ_NOTHING.includes(one));
    const untried = all.map(flagOf).filter((option) => !given.has(option) && !demanded.has(option));
    expect(untried).toEqual([]);
  });

  it.each(CASES)('%j is made again by the command that its report prints', { timeout: 300_000 }, async (argv, code) => {
    const { status, stdout, stderr } = await run(argv, { cwd });
    expect([status, stderr]).toEqual([code, '']);
    const [, command = ''] = /^Repeat it: evidence-diff (.*)$/m.exec(stdout) ?? [];
    const again = shell(`ed ${command}`, cwd);
    expect([again.status, again.stderr]).toEqual([code, '']);
    const told = (text: string): readonly string[] =>
      text
        .split('\n')
        .filter((line) => !/^(?:Repeat it: |evidence-continuity-report)|expect-digest|^Demanded|^ {2}held /.test(line));
    expect(told(again.stdout)).toEqual(told(stdout));
  });

  it('says what the command cannot have: the bytes of standard input', async () => {
    const { stdout } = await run(['-', 'is.ndjson', ...KEY], { cwd, input: chained(3) });
    expect(stdout).toContain('\nRepeat it (with the same bytes on standard input): evidence-diff ');
    const [, command = ''] = /^Repeat it \(.*\): evidence-diff (.*)$/m.exec(stdout) ?? [];
    expect(shell(`ed ${command} < was.ndjson`, cwd).stdout).toMatch(/^PASS/);
  });
});
