/** Written whole or not at all, where a process of its own shows it: another umask, a limit, a disk that fails, a kill. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { lstatSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeWhole } from '../../src/files/write-whole-file.ts';
import { runs } from '../long.ts';

const WRITER = fileURLToPath(new URL('writer.mjs', import.meta.url));

let folder = '';
let target = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whole-file-'));
  target = join(folder, 'report.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a file that is written whole', () => {
  it.each(['000', '022', '077'])('has a mode that honours the umask %s', (mask) => {
    execFileSync('sh', ['-c', `umask ${mask}; exec "$@"`, 'sh', process.execPath, WRITER, target, '10', '1']);
    expect(lstatSync(target).mode & 0o777).toBe(0o644 & ~Number.parseInt(mask, 8));
  });
});

describe('a file that cannot be written', () => {
  it('G09: that grows beyond a limit of the system is removed, and the old file stays', () => {
    writeFileSync(target, 'old');
    const limited = spawnSync('sh', [
      '-c',
      'ulimit -f 64; exec "$@"',
      'sh',
      process.execPath,
      WRITER,
      target,
      '900000',
      '1',
    ]);
    expect(limited.stdout.toString()).toMatch(
      /^ReportWriteError report-write-failed: .*could not write the file \(EFBIG\)/,
    );
    expect(limited.status).toBe(2);
    expect(readFileSync(target, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['report.json']);
  });

  const tmpfs = 'mount -t tmpfs -o size=64k none "$0" && echo old > "$0/report.json"';
  const asRoot = ['--user', '--map-root-user', '--mount', 'sh', '-c'];
  const canMount = spawnSync('unshare', [...asRoot, 'mount -t tmpfs none /mnt']).status === 0;
  it.skipIf(!canMount)(
    'G09: on a full disk is removed, and the old file stays (skipped where nothing can be mounted)',
    () => {
      const script = `${tmpfs} && { "$1" "$2" "$0/report.json" 900000 1; cat "$0/report.json"; ls -A "$0"; }`;
      const full = spawnSync('unshare', [...asRoot, script, folder, process.execPath, WRITER]);
      expect(full.stdout.toString()).toMatch(/^ReportWriteError .*\(ENOSPC\); free some space.*\nold\nreport\.json\n$/);
    },
  );

  const canTrace = spawnSync('strace', ['-V']).status === 0;
  it.skipIf(!canTrace)(
    'G11: that is lost by a disk which reports success is found out (skipped without strace)',
    () => {
      writeFileSync(target, 'old');
      const phantom = ['-f', '-qq', '-o', '/dev/null', '-e', 'trace=pwrite64', '-e', 'inject=pwrite64:retval=1'];
      const traced = spawnSync('strace', [...phantom, process.execPath, WRITER, target, '10', '1']);
      expect(traced.stdout.toString()).toMatch(
        /what was read back \(0 bytes\) is not what was written \([0-9]+ bytes\)/,
      );
      expect(readFileSync(target, 'utf8')).toBe('old');
      expect(readdirSync(folder)).toEqual(['report.json']);
    },
  );

  const FAULTS = ['fsync:error=EIO', 'rename:error=EACCES', 'pwrite64:error=EIO', 'fchmod:error=EPERM'];
  it.skipIf(!canTrace).each(FAULTS)('G10: keeps the old file under %s (skipped without strace)', (fault) => {
    writeFileSync(target, 'old');
    const [call = '', error = ''] = fault.split(/:error=|:/);
    const inject = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${call}`, '-e', `inject=${fault}`];
    const traced = spawnSync('strace', [...inject, process.execPath, WRITER, target, '10', '1']);
    expect(traced.stdout.toString()).toMatch(new RegExp(`^ReportWriteError .*\\(${error}\\)`));
    expect(readFileSync(target, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['report.json']);
  });
});

it('G08: kills at random moments never leave a broken report, and their litter goes with the next run', async () => {
  let found = 0;
  for (let kill = 0; kill < runs(6, 500) || (found === 0 && kill < 1000); kill++) {
    const child = spawn(process.execPath, [WRITER, target, '300000'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(child.stdout, 'data');
    await wait(Math.random() * 25);
    child.kill('SIGKILL');
    await once(child, 'close');
    const text = readFileSync(target, 'utf8');
    const mark = /^begin (.*)\n/.exec(text)?.[1];
    expect(mark).toMatch(/^[0-9]+-[0-9]+$/);
    expect(text.endsWith(`x\nend ${mark}\n`) && text.length > 300_000).toBe(true);
    found += readdirSync(folder).length - 1;
  }
  expect(found, 'kills that fell into a write').toBeGreaterThan(0);
  await writeWhole(target, new TextEncoder().encode('new\n'));
  expect(readdirSync(folder)).toEqual(['report.json']);
});
