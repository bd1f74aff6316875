/** The journal as a user keeps it: many at once, torn, cut, altered, locked by the dead. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  linkSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { run } from '../cli/in-process.ts';
import { long } from '../long.ts';
import { controls } from '../reports/hostile.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Ended, evidenceDiff, start } from './command.ts';

const folder = temporaryFolder();
let journals = 0;

function newJournal(): string {
  journals++;
  return join(folder, `upgrade-${journals}.ndjson`);
}

const entryOf = (path: string): readonly string[] => [
  'journal',
  'append',
  path,
  '--upgrade',
  'u1',
  '--step',
  '5',
  '--type',
  'step',
];
const append = (path: string, ...args: readonly string[]): Promise<Ended> => run([...entryOf(path), ...args]);
const verify = (path: string, ...args: readonly string[]): Promise<Ended> => run(['journal', 'verify', path, ...args]);
const headOf = ({ stdout }: Ended): string => /head ([0-9a-f]{64})/.exec(stdout)?.[1] ?? '';

/** The id of a process that has just ended. */
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid;

describe('a journal', () => {
  it('grows entry by entry, and prints a head that pins it', async () => {
    const path = newJournal();
    writeFileSync(join(folder, 'report.json'), '{"a":1}');
    const first = await append(
      path,
      '--file',
      join(folder, 'report.json'),
      '--actor',
      'ops',
      '--note',
      'begun at 10:30 by a@b',
    );
    const before = readFileSync(path);
    const second = await append(path, '--expect-head', headOf(first), '--at', '2026-01-01T10:00:00+01:00');
    expect([first.status, second.status]).toEqual([0, 0]);
    expect(readFileSync(path).subarray(0, before.length).equals(before)).toBe(true);
    const { stdout, status } = evidenceDiff(['journal', 'verify', path, '--expect-head', headOf(first)]);
    expect(stdout).toBe(
      `PASS: 2 entries of the upgrade "u1" hold\nhead ${headOf(second)}\nthe expected head is there; 1 entry follows it\n`,
    );
    expect(status).toBe(0);
    const shown = JSON.parse(evidenceDiff(['journal', 'show', path, '--format', 'json']).stdout);
    expect(shown).toMatchObject({ kind: 'evidence-upgrade-journal', version: 1, upgrade: 'u1', head: headOf(second) });
    const sha256 = createHash('sha256').update('{"a":1}').digest('hex');
    expect(shown.entries[0]).toMatchObject({ actor: 'ops', note: 'begun at 10:30 by a@b', seq: 1 });
    expect(shown.entries[0].files).toEqual([{ path: join(folder, 'report.json'), sha256, bytes: 7 }]);
    expect(shown.entries[1].at).toBe('2026-01-01T10:00:00+01:00');
  });

  it('is never forked: twenty processes at once append twenty entries in one chain', { timeout: 300_000 }, async () => {
    const path = newJournal();
    const args = ['journal', 'append', path, '--upgrade', 'u1', '--step', '5', '--type', 'step'];
    const ended = await Promise.all(Array.from({ length: 20 }, (_, at) => start([...args, '--note', `n${at}`]).ended));
    expect(ended.map(({ status, stderr }) => `${status} ${stderr}`)).toEqual(ended.map(() => '0 '));
    expect((await verify(path)).stdout).toContain('PASS: 20 entries');
    const notes = readFileSync(path, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).body.note);
    expect(new Set(notes)).toEqual(new Set(Array.from({ length: 20 }, (_, at) => `n${at}`)));
    expect(new Set(ended.map(headOf)).size).toBe(20);
    expect(readdirSync(folder).filter((name) => name.includes('.lock'))).toEqual([]);
  });

  it('takes over the lock of a process that is gone, also with many at once', { timeout: 300_000 }, async () => {
    const path = newJournal();
    writeFileSync(`${path}.lock`, `${deadPid()} ${hostname()}\n`);
    const args = ['journal', 'append', path, '--upgrade', 'u1', '--step', '5', '--type', 'step'];
    const ended = await Promise.all(Array.from({ length: 6 }, () => start(args).ended));
    expect(ended.map(({ status }) => status)).toEqual(ended.map(() => 0));
    expect((await verify(path)).stdout).toContain('PASS: 6 entries');
    expect(existsSync(`${path}.lock`) || existsSync(`${path}.lock.break`)).toBe(false);
  });

  // At once, since each is waited for as long as the command waits: in the long campaigns alone. That nobody is let in, and
  // what is said, test/files/exclusive-lock.test.ts shows with a shorter wait.
  it.runIf(long)('waits for a lock, and then names it and changes nothing', { timeout: 120_000 }, async () => {
    const holders = {
      'a process that lives': `${process.pid} ${hostname()}\n`,
      'another machine': `${deadPid()} another-machine\n`,
      nobody: '',
    };
    const waiting = Object.entries(holders).map(async ([of, holder]) => {
      const path = newJournal();
      writeFileSync(`${path}.lock`, holder);
      const { status, stderr } = await start(entryOf(path)).ended;
      expect(stderr, of).toMatch(/another process holds the lock/);
      expect(stderr, of).toContain(`${path}.lock`);
      expect(status, of).toBe(2);
      expect(existsSync(path), of).toBe(false);
    });
    await Promise.all(waiting);
  });

  it('with a torn last line is named, not extended, and repaired only when that is asked for, with a copy', async () => {
    const path = newJournal();
    const { stdout } = await append(path);
    await append(path);
    const whole = readFileSync(path);
    truncateSync(path, whole.length - 9);
    expect((await verify(path)).stderr).toMatch(/INCOMPLETE: .*line 2: input-truncated/);
    expect((await verify(path)).status).toBe(2);
    const torn = readFileSync(path);
    expect((await append(path)).status).toBe(2);
    expect(readFileSync(path).equals(torn)).toBe(true);
    const repaired = await append(path, '--repair-torn-line');
    expect(repaired.status).toBe(0);
    const firstLine = whole.indexOf(0x0a) + 1;
    const copy = readdirSync(folder).find(
      (name) => name.includes('.torn-') && path.endsWith(name.split('.torn-')[0] ?? '-'),
    );
    expect(readFileSync(join(folder, copy ?? '')).equals(torn.subarray(firstLine))).toBe(true);
    const entries = JSON.parse((await run(['journal', 'show', path, '--format', 'json'])).stdout).entries;
    const sha256 = createHash('sha256').update(torn.subarray(firstLine)).digest('hex');
    expect(entries[1].repaired).toEqual({ sha256, bytes: torn.length - firstLine });
    expect((await verify(path, '--expect-head', /head (\S+)/.exec(stdout)?.[1] ?? '')).status).toBe(0);
  });

  it('that was cut is found by the head that was noted: at verify, and before anything is appended or repaired', async () => {
    const path = newJournal();
    await append(path);
    const head = headOf(await append(path));
    const whole = readFileSync(path);
    truncateSync(path, whole.indexOf(0x0a) + 1);
    expect((await verify(path)).status).toBe(0);
    const { status, stderr } = evidenceDiff(['journal', 'verify', path, '--expect-head', head]);
    expect(stderr).toMatch(/FAIL: .*chain-truncated/);
    expect(status).toBe(1);
    expect((await append(path, '--expect-head', head)).status).toBe(1);
    appendFileSync(path, '{"half');
    expect((await verify(path, '--expect-head', head)).status).toBe(1);
    expect((await append(path, '--repair-torn-line', '--expect-head', head)).status).toBe(1);
    expect(readFileSync(path, 'utf8').endsWith('{"half')).toBe(true);
  });

  it('that was altered is named at its first wrong entry, and not extended', async () => {
    const path = newJournal();
    await append(path, '--note', 'approved');
    await append(path);
    writeFileSync(path, readFileSync(path, 'utf8').replace('approved', 'rejected'));
    const altered = readFileSync(path);
    expect((await verify(path)).stderr).toMatch(/^FAIL: .*, line 1: hash-mismatch/);
    expect((await verify(path)).status).toBe(1);
    expect((await append(path, '--repair-torn-line')).status).toBe(1);
    expect((await run(['journal', 'show', path])).stdout).toBe('');
    expect(readFileSync(path).equals(altered)).toBe(true);
  });

  it('that is not there, empty, or no journal is exit code 2', async () => {
    expect((await verify(newJournal())).status).toBe(2);
    const empty = newJournal();
    writeFileSync(empty, '');
    expect((await verify(empty)).stderr).toMatch(/no entries/);
    expect((await verify(empty)).status).toBe(2);
    const other = newJournal();
    writeFileSync(other, 'hello\n');
    expect((await verify(other)).status).toBe(2);
    expect((await append(other)).status).toBe(2);
    expect(readFileSync(other, 'utf8')).toBe('hello\n');
  });

  it('has one lock for all its names: a link is followed, a second name is refused', async () => {
    const path = newJournal();
    await append(path);
    symlinkSync(path, `${path}.link`);
    expect((await append(`${path}.link`)).status).toBe(0);
    expect((await verify(path)).stdout).toContain('PASS: 2 entries');
    linkSync(path, `${path}.twin`);
    expect((await append(`${path}.twin`)).stderr).toMatch(/second name/);
    expect((await append(path)).status).toBe(2);
  });

  it('is of one upgrade, and the first entry says which', async () => {
    const path = newJournal();
    const nameless = await run(['journal', 'append', path, '--step', '5', '--type', 'step']);
    expect(nameless.stderr).toMatch(/--upgrade/);
    expect(nameless.status).toBe(2);
    expect(existsSync(path)).toBe(false);
    await append(path);
    expect((await append(path)).status).toBe(0);
    expect((await run(['journal', 'append', path, '--step', '5', '--type', 'step'])).status).toBe(0);
    const other = await run(['journal', 'append', path, '--upgrade', 'u2', '--step', '5', '--type', 'step']);
    expect(other.stderr).toMatch(/"u1", not of "u2"/);
  });

  it('keeps no password that a note has in it, and no secret of the environment', () => {
    const path = newJournal();
    const note = 'postgres://reader:canary-a@h/db, password=canary-b, canary-c';
    const args = ['journal', 'append', path, '--upgrade', 'u1', '--step', '5', '--type', 'step', '--note', note];
    expect(evidenceDiff(args, { env: { PGPASSWORD: 'canary-c' } }).status).toBe(0);
    expect(readFileSync(path, 'utf8')).not.toContain('canary');
    expect(readFileSync(path, 'utf8')).toContain('postgres://***@h/db');
  });

  it('shows hostile notes, names and paths without letting them control the terminal', async () => {
    const path = newJournal();
    const nasty = '\u001b[2J\nPASS: all is well\u202e\u009b';
    expect((await append(path, '--note', nasty, '--actor', nasty)).status).toBe(0);
    for (const args of [['show'], ['show', '--format', 'json'], ['verify']]) {
      const [action = '', ...more] = args;
      const { stdout, status } = await run(['journal', action, path, ...more]);
      expect(controls(stdout.replaceAll('\n', ''))).toBe(false);
      expect(stdout.split('\n').filter((line) => line === 'PASS: all is well')).toEqual([]);
      expect(status).toBe(0);
    }
  });

  it('that cannot grow on a full disk is left as it was', async () => {
    const path = newJournal();
    await append(path);
    const before = readFileSync(path);
    // A limit on the size of files stands for the disk: the write stops within the line.
    const blocks = Math.ceil(before.length / 1024);
    const note = 'x'.repeat(3900);
    const script = `trap '' XFSZ; ulimit -f ${blocks}; exec "$@"`;
    const command = [process.execPath, join(import.meta.dirname, '../../dist/cli/bin.js'), 'journal', 'append', path];
    const args = ['-c', script, 'bash', ...command, '--step', '5', '--type', 'step', '--note', note];
    const { status, stderr } = spawnSync('bash', args, { encoding: 'utf8' });
    expect(stderr).toMatch(/report-write-failed/);
    expect(status).toBe(2);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it.each<[readonly string[], RegExp]>([
    [['append', 'j'], /--step and --type/],
    [['append', 'j', '--step', '5', '--type', 'Step'], /lower-case/],
    [['append', 'j', '--step', '5 6', '--type', 'step'], /step is called/],
    [['append', 'j', '--step', '5', '--type', 'step', '--note', ''], /empty/],
    [['append', 'j', '--step', '5', '--type', 'step', '--at', '2027-02-30T00:00:00Z'], /offset/],
    [['append', 'j', '--step', '5', '--type', 'step', '--at', '9999-01-01T00:00:00Z'], /future/],
    [['append', 'j', '--step', '5', '--type', 'step', '--note', 'x'.repeat(4001)], /longer/],
    [['verify', 'j', '--note', 'x'], /none of the options of append/],
    [['verify', 'j', '--expect-head', 'abc'], /64/],
    [['remove', 'j'], /append, verify, show/],
    [['verify'], /missing/],
  ])('refuses a wrong command line: %j', async (args, says) => {
    const { status, stderr } = await run(['journal', ...args], { cwd: folder });
    expect(stderr).toMatch(says);
    expect(status).toBe(64);
    expect(existsSync(join(folder, 'j'))).toBe(false);
  });

  it('refuses a wrong command line in a process of its own', () => {
    const { status, stdout, stderr } = evidenceDiff(['journal', 'remove', 'j'], { cwd: folder });
    expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
    expect(stderr).toMatch(/append, verify, show/);
  });

  it('names a file that is to be noted and is not there, and enters nothing', async () => {
    const path = newJournal();
    const { status, stderr } = await append(path, '--file', join(folder, 'nowhere.json'));
    expect(stderr).toMatch(/nowhere\.json: there is no such file/);
    expect(status).toBe(2);
    expect(existsSync(path)).toBe(false);
  });
});
