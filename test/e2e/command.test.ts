import { createHash } from 'node:crypto';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { run } from '../cli/in-process.ts';
import { sharedFolder, skippedWithout } from '../shared.ts';
import { BIN, type BrokenEngine, evidenceDiff, shell, start } from './command.ts';
import { entries, headerLine, recordLine, writeSnapshotFile } from './snapshots.ts';

const folder = mkdtempSync(join(tmpdir(), 'command-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string): string => join(folder, name);
const BEFORE = writeSnapshotFile(at('before.ndjson'), entries(5));
const SAME = writeSnapshotFile(at('same.ndjson'), entries(5));
const GROWN = writeSnapshotFile(at('grown.ndjson'), entries(8));
const SHRUNK = writeSnapshotFile(at('shrunk.ndjson'), entries(4));
const BROKEN_OFF = at('broken-off.ndjson');
writeFileSync(BROKEN_OFF, headerLine() + entries(5).map(recordLine).join(''));
const MANY = writeSnapshotFile(at('many.ndjson'), entries(6000));
const DIGEST = createHash('sha256').update(readFileSync(BEFORE)).digest('hex');

function reportOf(json: string): ContinuityReport {
  return JSON.parse(json) as ContinuityReport;
}

describe('the exit code', () => {
  it.each<readonly [string, number, string, readonly string[]]>([
    ['identical sides', 0, 'PASS', [BEFORE, SAME]],
    ['growth', 0, 'PASS', [BEFORE, GROWN]],
    ['growth in frozen mode', 1, 'FAIL', [BEFORE, GROWN, '--mode', 'frozen']],
    ['a loss', 1, 'FAIL', [BEFORE, SHRUNK]],
    ['a side that is not there', 2, 'INCOMPLETE', [BEFORE, at('nowhere.json')]],
    ['a baseline that is not there', 2, 'INCOMPLETE', [at('nowhere.json'), BEFORE]],
    ['a side that breaks off', 2, 'INCOMPLETE', [BEFORE, BROKEN_OFF]],
    ['the pinned baseline', 0, 'PASS', [BEFORE, SAME, '--expect-digest', `sha256:${DIGEST}`]],
    [
      'another baseline than the pinned one',
      3,
      'UNTRUSTED',
      [BEFORE, SAME, '--expect-digest', `sha256:${'0'.repeat(64)}`],
    ],
    ['another baseline and a loss', 3, 'UNTRUSTED', [BEFORE, SHRUNK, '--expect-digest', `sha256:${'0'.repeat(64)}`]],
    ['one file twice', 3, 'UNTRUSTED', [BEFORE, BEFORE]],
    ['one file twice where that is allowed', 0, 'PASS', [BEFORE, BEFORE, '--allow-same']],
  ])('G24: for %s is %i, and the first line says %s', async (_, code, verdict, args) => {
    const { status, stdout, stderr } = await run(args);
    expect({ status, stderr }).toEqual({ status: code, stderr: '' });
    expect(stdout.startsWith(`${verdict}: `)).toBe(true);
    expect(stdout).toContain(`\nExit code ${code}\n`);
  });

  const examples = sharedFolder('examples');
  const names =
    examples === undefined ? [] : readdirSync(examples, { withFileTypes: true }).filter((e) => e.isDirectory());
  it.skipIf(examples === undefined)(`is the one of every published example${skippedWithout('examples')}`, async () => {
    for (const { name } of names) {
      const file = (end: string): string => join(examples ?? '', name, `${end}.json`);
      const { verdict } = JSON.parse(readFileSync(file('expected'), 'utf8')) as {
        verdict: 'PASS' | 'FAIL' | 'INCOMPLETE';
      };
      const { status } = await run([file('baseline'), file('current'), '--quiet']);
      expect({ name, status }).toEqual({ name, status: { PASS: 0, FAIL: 1, INCOMPLETE: 2 }[verdict] });
    }
  });

  it('is the same from standard input', async () => {
    expect(evidenceDiff(['-', SAME], { input: readFileSync(BEFORE, 'utf8') }).status).toBe(0);
    expect((await run([BEFORE, '-'], { input: readFileSync(SHRUNK, 'utf8') })).status).toBe(1);
    expect((await run([BEFORE, '-'], { input: '' })).status).toBe(2);
  });
});

describe('a command line that is wrong', () => {
  it.each<readonly [string, readonly string[], RegExp, string]>([
    ['no source', [], /missing required argument 'baseline'/, ''],
    ['one source', [BEFORE], /missing required argument 'current'/, ''],
    ['an unknown option', [BEFORE, SAME, '--fromat', 'json'], /unknown option '--fromat'/, ''],
    ['an empty value', [BEFORE, SAME, '--mode', ''], /--mode/, ''],
    ['standard input twice', ['-', '-'], /only one source/, ''],
    ['an input as output', [BEFORE, SAME, '--output', SAME, '--format', 'text'], /would replace the input/, ''],
    ['stats of nothing', ['stats'], /there is no source.*EVIDENCE_SOURCE/, 'stats '],
    ['the schema of something else', ['schema', 'nonsense'], /Allowed are/, 'schema '],
    ['control characters', [BEFORE, SAME, '--\u001b[31mred\u202e'], /'--\\u\{1b\}\[31mred\\u\{202e\}'/, ''],
  ])('with %s exits 64 and says what is wrong and where help is', async (_, args, says, verb) => {
    const { status, stdout, stderr } = await run(args);
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toMatch(says);
    expect(stderr.endsWith(`\nTry 'evidence-diff ${verb}--help'.\n`)).toBe(true);
  });
});

describe('what is printed', () => {
  it('with --format json is one JSON document and nothing else', async () => {
    const { stdout, stderr } = await run([BEFORE, GROWN, '--format', 'json']);
    expect(reportOf(stdout)).toMatchObject({ verdict: 'PASS', totals: { matched: 5, added: 3 } });
    expect(stdout.endsWith('}\n')).toBe(true);
    expect(stderr).toBe('');
  });

  it('with --output is the headline, and the files have the report in the formats of their endings', async () => {
    const [json, text] = [at('r1.json'), at('r1.txt')];
    const { status, stdout, stderr } = await run([BEFORE, SHRUNK, '--output', json, '--output', text]);
    const report = reportOf(readFileSync(json, 'utf8'));
    expect({ status, stdout, stderr }).toEqual({ status: 1, stdout: `${report.headline}\n`, stderr: '' });
    expect(readFileSync(text, 'utf8').startsWith(`${report.headline}\n`)).toBe(true);
  });

  it('with --output and --format json is nothing, and with --output - the report', async () => {
    const file = at('r2.txt');
    expect((await run([BEFORE, SAME, '--format', 'json', '--output', file])).stdout).toBe('');
    expect(reportOf(readFileSync(file, 'utf8')).verdict).toBe('PASS');
    const { stdout } = await run([BEFORE, SAME, '--format', 'json', '--output', '-', '--output', file]);
    expect(reportOf(stdout).verdict).toBe('PASS');
  });

  it('with --quiet is nothing, whatever the verdict', async () => {
    for (const [current, code] of [
      [SAME, 0],
      [SHRUNK, 1],
      [at('nowhere'), 2],
    ] as const) {
      expect(await run([BEFORE, current, '--quiet'])).toEqual({ status: code, stdout: '', stderr: '' });
    }
    expect((await run([BEFORE, SAME, '--quiet', '--output', at('r3.json')])).stdout).toBe('');
    expect(existsSync(at('r3.json'))).toBe(true);
  });

  it('where there is no terminal has neither progress nor colours, unless they are asked for', async () => {
    const colour = '\u001b';
    const plain = await run([BEFORE, MANY]);
    expect(plain.stderr).toBe('');
    expect(plain.stdout).not.toContain(colour);
    expect((await run([BEFORE, SAME], { env: { FORCE_COLOR: '1' } })).stdout).toContain(colour);
    expect((await run([BEFORE, SAME, '--no-color'], { env: { FORCE_COLOR: '1' } })).stdout).not.toContain(colour);
    expect((await run([BEFORE, SAME], { env: { FORCE_COLOR: '1', NO_COLOR: '1' } })).stdout).not.toContain(colour);
    await run([BEFORE, SAME, '--output', at('r4.txt')], { env: { FORCE_COLOR: '1' } });
    expect(readFileSync(at('r4.txt'), 'utf8')).not.toContain(colour);
  });

  it('G37: does not depend on time zone, language or colour depth, but for the run', () => {
    const sets = [
      { TZ: 'Asia/Kathmandu', LANG: 'tr_TR.UTF-8' },
      { TZ: 'UTC', LC_ALL: 'C', COLUMNS: '20' },
      { CI: 'true', TERM: 'dumb' },
    ];
    const reports = sets.map((env) => ({
      ...reportOf(evidenceDiff([BEFORE, GROWN, '--format', 'json'], { env }).stdout),
      run: null,
    }));
    expect(reports[1]).toEqual(reports[0]);
    expect(reports[2]).toEqual(reports[0]);
  });

  it('--help exits 0 and prints to standard output', () => {
    for (const args of [['--help'], ['stats', '--help'], ['roots-export', '--help'], ['schema', '--help']]) {
      const { status, stdout, stderr } = evidenceDiff(args);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      expect(stdout).toContain('Example:\n');
    }
  });

  it('the example of the help works', async () => {
    writeSnapshotFile(at('baseline.json'), entries(5));
    writeSnapshotFile(at('current.json'), entries(5));
    const example = /Example:\n {2}evidence-diff (.*)/.exec((await run(['--help'])).stdout)?.[1]?.split(' ') ?? [];
    expect((await run(example, { cwd: folder })).status).toBe(0);
    expect(reportOf(readFileSync(at('continuity.json'), 'utf8')).mode).toBe('frozen');
  });

  it('names that begin with a dash work after --, and a file called like a verb as ./stats', async () => {
    copyFileSync(BEFORE, at('-a.ndjson'));
    copyFileSync(SAME, at('stats'));
    expect((await run(['--quiet', '--', '-a.ndjson', 'stats'], { cwd: folder })).status).toBe(0);
    expect((await run(['./stats', '-a.ndjson', '--quiet'], { cwd: folder })).status).toBe(64);
    expect((await run(['./stats', './-a.ndjson', '--quiet'], { cwd: folder })).status).toBe(0);
  });
});

describe('--version and a broken installation', () => {
  const bare = at('bare');
  mkdirSync(join(bare, 'dist', 'cli'), { recursive: true });
  const root = fileURLToPath(new URL('../..', import.meta.url));
  // Without its "type" the files are no modules.
  writeFileSync(join(bare, 'package.json'), '{ "type": "module", "version": "9.9.9" }');
  for (const name of existsSync(BIN) ? readdirSync(dirname(BIN), { recursive: true, encoding: 'utf8' }) : []) {
    const isNeeded = /^bin\.js$|^chunks\/(?:version|rolldown-runtime)-/.test(name);
    if (isNeeded) cpSync(join(dirname(BIN), name), join(bare, 'dist/cli', name));
  }

  it('--version needs nothing but the constant of the build', () => {
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
    for (const option of ['--version', '-V']) {
      const line = `"${process.execPath}" bare/dist/cli/bin.js ${option}`;
      expect(shell(line, folder)).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' });
    }
    expect(evidenceDiff(['--version']).stdout).toBe(`${version}\n`);
  });

  it('--version that no disk takes is exit code 2 in one line, and one that nobody reads on is none', () => {
    for (const option of ['--version', '--version --verbose']) {
      const { status, stderr } = shell(`ed ${option} > /dev/full`, folder);
      expect([option, status, stderr]).toEqual([
        option,
        2,
        'report-write-failed: standard output: could not be written (ENOSPC)\n',
      ]);
      const unread = shell(`ed ${option} | true; echo \${PIPESTATUS[0]}`, folder);
      expect([option, unread]).toEqual([option, { status: 0, stdout: '0\n', stderr: '' }]);
    }
  });

  it('a program that cannot be loaded exits 70, not 1', () => {
    const { status, stdout, stderr } = shell(`"${process.execPath}" bare/dist/cli/bin.js a b`, folder);
    expect({ status, stdout }).toEqual({ status: 70, stdout: '' });
    expect(stderr).toMatch(/^internal error: could not start: [^\n]*\n/);
  });
});

describe('outputs that cannot be written', () => {
  const missing = at('no-folder/report.json');

  it.each([
    ['a PASS', () => SAME],
    ['a FAIL', () => SHRUNK],
    ['nothing, since it is not there', () => 'nowhere.json'],
    ['the baseline itself', () => BEFORE],
  ])(
    'G09: a report that has no place is found before the current side, %s, is read: exit code 2',
    async (_, current) => {
      const good = at('r5.json');
      const metrics = at('r5.prom');
      const { status, stdout, stderr } = await run([
        ...[BEFORE, current(), '--output', good, '--output', missing, '--metrics', metrics],
      ]);
      expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
      expect(stderr).toMatch(/^report-write-failed: .*there is no folder .*; create it first.*\n$/);
      expect(existsSync(good)).toBe(false);
      // What is there no longer speaks of an older run.
      expect(readFileSync(metrics, 'utf8')).not.toContain('verdict="PASS"} 1');
    },
  );

  it('G09: metrics that have no place are found before anything is read', async () => {
    const good = at('r7.json');
    const { status, stdout, stderr } = await run([BEFORE, SAME, '--output', good, '--metrics', `${missing}.prom`]);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^report-write-failed: .*there is no folder .*create it first/);
    expect(existsSync(good)).toBe(false);
  });

  it('G09: a report beside one that the disk does not take is not left behind, and no PASS is announced', () => {
    const [good, bad] = [at('r8.txt'), at('r8.html')];
    const line = `ulimit -f 16; ed before.ndjson many.ndjson --max-findings 1 --output ${good} --output ${bad} --output r8.json`;
    const { status, stdout, stderr } = shell(`${line}; echo "code $?"`, folder);
    expect(status).toBe(0);
    expect(stdout).toBe('code 2\n');
    expect(stderr).toMatch(/^INCOMPLETE: .*could not be written down\nreport-write-failed: /);
    expect([good, bad, at('r8.json')].filter(existsSync)).toEqual([]);
  });

  it.each([
    ['same.ndjson', 2],
    ['shrunk.ndjson', 1],
  ])('G09: standard output on a full disk exits %s with %i', (current, code) => {
    const { status, stderr } = shell(`ed before.ndjson ${current} > /dev/full`, folder);
    expect(status).toBe(code);
    expect(stderr).toMatch(/standard output: could not be written \(ENOSPC\)/);
    expect(shell(`ed before.ndjson ${current} --output r6.json > /dev/full`, folder).status).toBe(code);
    expect(shell('ed stats before.ndjson > /dev/full', folder).status).toBe(2);
    expect(shell('ed schema > /dev/full', folder).status).toBe(2);
  });

  it.skipIf(!existsSync('/proc/self/fdinfo'))('G09: a closed standard output is /dev/null, as others give it', () => {
    const line = (how: string): string =>
      `"${process.execPath}" -e "console.error(require('fs').readFileSync('/proc/self/fdinfo/1','utf8').split('\\n')[1])" ${how}`;
    const [closed, given] = ['>&-', '1<>/dev/null'].map((how) => shell(line(how), folder));
    expect(closed).toEqual({ status: 0, stdout: '', stderr: expect.stringMatching(/^flags:\t\d+2\n$/) });
    // What cannot be told apart is answered alike.
    expect(closed).toEqual(given);
    for (const how of ['>&-', '1<>/dev/null', '>/dev/null']) {
      expect(shell(`ed before.ndjson same.ndjson ${how}`, folder).status).toBe(0);
      expect(shell(`ed before.ndjson shrunk.ndjson ${how}`, folder).status).toBe(1);
    }
  });

  it('G09: a disk that takes only a part of what is printed is noticed', () => {
    // The report is one write here, of which 8 KiB are taken: whoever does not look at what was taken sees no fault.
    const line = 'ulimit -f 8; ed before.ndjson many.ndjson --format json --max-findings 100 > part.json';
    const { status, stderr } = shell(line, folder);
    expect(status).toBe(2);
    expect(stderr).toMatch(/standard output: could not be written \(EFBIG\)/);
  });

  it('G12: a device is not replaced by a report', async () => {
    const { status, stderr } = await run([BEFORE, SAME, '--output', '/dev/full', '--format', 'json']);
    expect(status).toBe(2);
    expect(stderr).toContain('device');
  });
});

describe('standard input', () => {
  it('B28: redirected from the very file of the other side is the same input', () => {
    const { stdout } = shell('ed before.ndjson - < before.ndjson; echo "code $?"', folder);
    expect(stdout).toMatch(/^UNTRUSTED: .*same-input/);
    expect(stdout).toContain('code 3');
    expect(shell('ed before.ndjson - < same.ndjson; echo "code $?"', folder).stdout).toContain('code 0');
    expect(shell('cat before.ndjson | ed before.ndjson -; echo "code $?"', folder).stdout).toContain('code 0');
  });
});

describe('what is demanded of a baseline on standard input', () => {
  const wrong = [
    ['expect-digest', ['--expect-digest', `sha256:${'0'.repeat(64)}`]],
    ['require-signature', ['--require-signature']],
    ['expect-subject', ['--expect-subject', 'another']],
    ['max-baseline-age', ['--max-baseline-age', '1s']],
    ['legacy-root', ['--legacy-root', 'scheme=merkletreejs-sort', `root=${'0'.repeat(64)}`, 'leaf=leafHash']],
  ] as const;

  it.each(wrong)('%s, wrong, is named, and no PASS', async (demand, args) => {
    const { status, stdout } = await run(['-', SAME, '--format', 'json', ...args], {
      input: readFileSync(BEFORE, 'utf8'),
    });
    expect([1, 3]).toContain(status);
    const { demands, verdict } = reportOf(stdout);
    expect(verdict).not.toBe('PASS');
    expect(demands.find((one) => one.demand === demand)?.state).toBe('refuted');
  });

  it('the digest holds where all of it came, and does not where it was cut short', async () => {
    const text = readFileSync(BEFORE, 'utf8');
    const digest = ['--expect-digest', `sha256:${DIGEST}`, '--format', 'json'];
    const stateOf = async (input: string) => {
      const { status, stdout } = await run(['-', SAME, ...digest], { input });
      return [status, reportOf(stdout).demands.find(({ demand }) => demand === 'expect-digest')?.state];
    };
    expect(await stateOf(text)).toEqual([0, 'held']);
    expect(await stateOf(text.slice(0, -20))).toEqual([3, 'refuted']);
  });
});

describe('a reader that goes away', () => {
  const MUCH = '--format json --max-findings 9000';
  it.each([
    ['before.ndjson many.ndjson', 0],
    ['many.ndjson before.ndjson', 1],
  ])('G22: does not change the exit code of %s as text, which is %i', (pair, code) => {
    const { stdout, stderr } = shell(`ed ${pair} --max-findings 9000 | head -c 1; echo " \${PIPESTATUS[0]}"`, folder);
    expect({ stdout: stdout.slice(1), stderr }).toEqual({ stdout: ` ${code}\n`, stderr: '' });
  });

  it.each([
    ['json', 'before.ndjson many.ndjson', 2],
    ['json', 'many.ndjson before.ndjson', 1],
    ['ndjson', 'before.ndjson many.ndjson', 2],
  ])('G22: that had not all of %s makes a PASS exit code 2: %s', (format, pair, code) => {
    const line = `ed ${pair} --format ${format} --max-findings 9000`;
    const { stdout, stderr } = shell(`${line} | head -c 1; echo " \${PIPESTATUS[0]}"`, folder);
    expect(stdout).toBe(`{ ${code}\n`);
    expect(stderr).toMatch(/standard output: was not taken whole \(EPIPE\)/);
    expect(shell(`${line} | cat > whole; echo \${PIPESTATUS[0]}`, folder).stdout).toBe(`${code === 2 ? 0 : code}\n`);
  });

  it('G21: a slow one gets every byte', () => {
    const slow = shell(`ed many.ndjson before.ndjson ${MUCH} | (sleep 0.5; cat)`, folder).stdout;
    expect(slow.length).toBeGreaterThan(1 << 18);
    expect(reportOf(slow).findingCounts['record-missing']).toBe(5995);
  });
});

describe('the other verbs', () => {
  it('stats is the same for the same evidence, whatever its container, and differs where it differs', async () => {
    const stats = async (file: string): Promise<string> =>
      (await run(['stats', file, '--detailed', '--format', 'text'])).stdout;
    expect(await stats(BEFORE)).toContain('tenant "acme" type "finding" records 5\n');
    expect(await stats(BEFORE)).toBe(
      await stats(writeSnapshotFile(at('renamed.ndjson'), entries(5), 'another system')),
    );
    expect(await stats(GROWN)).not.toBe(await stats(BEFORE));
    expect(evidenceDiff(['stats', '-'], { input: readFileSync(BEFORE, 'utf8') }).stdout).toContain('records 5\n');
  });

  it('roots-export gives the roots that a comparison finds', async () => {
    const file = at('roots.json');
    expect(await run(['roots-export', BEFORE, '--output', file])).toEqual({ status: 0, stdout: '', stderr: '' });
    const roots = JSON.parse(readFileSync(file, 'utf8')) as { kind: string; globalRoot: string };
    const report = reportOf((await run([BEFORE, SAME, '--format', 'json'])).stdout);
    expect(roots).toMatchObject({
      kind: 'evidence-roots',
      version: 1,
      records: 5,
      globalRoot: report.current.globalRoot,
    });
  });

  it.each(['stats', 'roots-export'])('%s prints no figures of what is not sound', async (verb) => {
    const lying = at('lying.ndjson');
    writeFileSync(lying, readFileSync(BEFORE, 'utf8').replace('"counts":{"finding":5}', '"counts":{"finding":6}'));
    const broken = await run([verb, BROKEN_OFF, '--output', at('unsound.json')]);
    expect({ ...broken, stderr: '' }).toEqual({ status: 2, stdout: '', stderr: '' });
    expect(broken.stderr).toMatch(/^INCOMPLETE: .*no figures are printed\ninput-truncated: /);
    const { status, stdout, stderr } = await run([verb, lying, '--output', at('unsound.json')]);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('manifest-mismatch: ');
    expect(existsSync(at('unsound.json'))).toBe(false);
  });

  it('schema prints JSON Schemas, one or all', async () => {
    expect(Object.keys(JSON.parse((await run(['schema'])).stdout) as object)).toEqual([
      'snapshot',
      'record',
      'report',
      'report-line',
      'audit-report',
      'migration',
    ]);
    expect(JSON.parse((await run(['schema', 'record'])).stdout)).toHaveProperty('properties.tenant');
  });
});

describe('faults of the program itself', () => {
  it.each<readonly [string, BrokenEngine, RegExp]>([
    [
      'G20: an event loop that runs dry before a verdict',
      'never-settles',
      // Before it Node may warn of files that it found open and forgotten.
      /(?:^|\n)internal error: event loop drained before a verdict\n$/,
    ],
    ['G19: an exception', 'throws', /^internal error: TypeError: broken \\u\{1b\}\[31mengine [^\n]*\n$/],
    // These engines never answer, so whoever waits for them can be forgotten, its files and all: the same warning.
    ['G19: an exception that nobody catches', 'throws-later', /(?:^|\n)internal error: Error: too late [^\n]*\n$/],
    ['G19: a rejection that nobody handles', 'rejects-later', /(?:^|\n)internal error: Error: nobody looks [^\n]*\n$/],
  ])('%s exits 70 with one line, and leaves no report', async (_, engine, says) => {
    const file = at(`never-${engine}.json`);
    const { status, stdout, stderr } = await start([BEFORE, SAME, '--output', file], engine).ended;
    expect({ status, stdout }).toEqual({ status: 70, stdout: '' });
    expect(stderr).toMatch(says);
    expect(existsSync(file)).toBe(false);
  });
});
