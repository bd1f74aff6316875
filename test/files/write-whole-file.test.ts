import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EvidenceError } from '../../src/core/errors.ts';
import { ReportWriteError, writeWhole } from '../../src/files/write-whole-file.ts';
import { runs } from '../long.ts';

const WRITER = fileURLToPath(new URL('writer.mjs', import.meta.url));
const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const NEW = bytesOf('new\n');

let folder = '';
let target = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whole-file-'));
  target = join(folder, 'report.json');
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** What the write threw. */
async function faultOf(path: string, bytes: Parameters<typeof writeWhole>[1] = NEW): Promise<unknown> {
  return writeWhole(path, bytes).then(
    () => undefined,
    (fault: unknown) => fault,
  );
}

function expectWriteError(fault: unknown, says: RegExp): void {
  expect(fault).toBeInstanceOf(ReportWriteError);
  expect(fault).toBeInstanceOf(EvidenceError);
  expect((fault as ReportWriteError).kind).toBe('report-write-failed');
  expect((fault as ReportWriteError).message).toMatch(says);
  expect((fault as ReportWriteError).advice).not.toBe('');
}

async function* chunks(...texts: readonly string[]): AsyncGenerator<Uint8Array> {
  for (const text of texts) yield bytesOf(text);
}

describe('a file that is written whole', () => {
  it('has the bytes, the digest and the length that are reported, and nothing is left beside it', async () => {
    const written = await writeWhole(target, NEW);
    expect(written).toEqual({ sha256: createHash('sha256').update(NEW).digest('hex'), bytes: 4 });
    expect(readFileSync(target)).toEqual(Buffer.from(NEW));
    expect(readdirSync(folder)).toEqual(['report.json']);
  });

  it('may come in chunks of any size, empty ones too', async () => {
    const big = 'y'.repeat(3_000_000);
    const written = await writeWhole(target, chunks('', 'a', big, '', 'z'));
    expect(written.bytes).toBe(3_000_002);
    expect(readFileSync(target, 'utf8') === `a${big}z`).toBe(true);
    expect(await writeWhole(target, new Uint8Array())).toMatchObject({ bytes: 0 });
  });

  it('G08: is private while it is written, and has the usual mode once it is whole', async () => {
    let modeWhileWriting = 0;
    async function* looking(): AsyncGenerator<Uint8Array> {
      yield NEW;
      const [temporary = ''] = readdirSync(folder);
      expect(temporary).toMatch(new RegExp(`^\\.report\\.json\\.${process.pid}-[0-9a-f]{16}\\.tmp$`));
      modeWhileWriting = lstatSync(join(folder, temporary)).mode & 0o777;
    }
    await writeWhole(target, looking());
    expect(modeWhileWriting).toBe(0o600);
    expect(lstatSync(target).mode & 0o777).toBe(0o644 & ~process.umask());
  });

  it.each(['000', '022', '077'])('has a mode that honours the umask %s', (mask) => {
    execFileSync('sh', ['-c', `umask ${mask}; exec "$@"`, 'sh', process.execPath, WRITER, target, '10', '1']);
    expect(lstatSync(target).mode & 0o777).toBe(0o644 & ~Number.parseInt(mask, 8));
  });

  it('G12: replaces a symbolic link and does not write through it', async () => {
    const precious = join(folder, 'precious');
    writeFileSync(precious, 'precious');
    symlinkSync(precious, target);
    await writeWhole(target, NEW);
    expect(lstatSync(target).isFile()).toBe(true);
    expect(readFileSync(precious, 'utf8')).toBe('precious');
  });

  it('G12: replaces a symbolic link that leads nowhere', async () => {
    symlinkSync(join(folder, 'nowhere'), target);
    await writeWhole(target, NEW);
    expect(lstatSync(target).isFile()).toBe(true);
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  });

  it('G12: replaces a symbolic link that leads to itself, and names one that does in its path', async () => {
    symlinkSync('report.json', target);
    await writeWhole(target, NEW);
    expect(lstatSync(target).isFile()).toBe(true);
    symlinkSync('round', join(folder, 'round'));
    expectWriteError(await faultOf(join(folder, 'round', 'report.json')), /a link in its path leads to itself/);
  });

  it('is beside its temporary file also where the path goes up from a link to a folder', async () => {
    mkdirSync(join(folder, 'real', 'inner'), { recursive: true });
    symlinkSync(join(folder, 'real', 'inner'), join(folder, 'link'));
    await writeWhole(`${folder}/link/../report.json`, NEW);
    expect(readdirSync(join(folder, 'real')).sort()).toEqual(['inner', 'report.json']);
  });

  it('G14: written by many at once is one of them, whole', async () => {
    const texts = Array.from({ length: 20 }, (_, at) => `${at}`.repeat(100_000));
    await Promise.all(texts.map((text) => writeWhole(target, chunks(text))));
    expect(texts.includes(readFileSync(target, 'utf8'))).toBe(true);
    expect(readdirSync(folder)).toEqual(['report.json']);
  });
});

describe('a file that cannot be written', () => {
  it('G10: names a folder that is not there', async () => {
    expectWriteError(await faultOf(join(folder, 'no', 'report.json')), /there is no folder .*no; create it first/);
  });

  it('G10: names a path through a file', async () => {
    writeFileSync(target, 'old');
    expectWriteError(await faultOf(join(target, 'report.json')), /ENOTDIR/);
    expect(readFileSync(target, 'utf8')).toBe('old');
  });

  it('G10: does not replace a folder', async () => {
    mkdirSync(target);
    expectWriteError(await faultOf(target), /folder of that name/);
    expectWriteError(await faultOf(`${target}/`), /does not name a file/);
    expect(readdirSync(target)).toEqual([]);
  });

  it('G10: names what is too long to be a name', async () => {
    expectWriteError(await faultOf(join(folder, 'n'.repeat(256))), /ENAMETOOLONG.*shorter name/);
  });

  it.each(['', 'a\0b', '.', '..'])('refuses %j, which names nothing', async (path) => {
    expectWriteError(await faultOf(path), /does not name a file|folder of that name/);
  });

  it('G05: does not replace a pipe', async () => {
    execFileSync('mkfifo', [target]);
    expectWriteError(await faultOf(target), /device or pipe/);
    expect(lstatSync(target).isFIFO()).toBe(true);
  });

  it('G05: does not replace a device, nor a link to one, nor create files among devices', async () => {
    symlinkSync('/dev/full', target);
    expectWriteError(await faultOf(target), /device or pipe/);
    expectWriteError(await faultOf('/dev/evidence-diff-report'), /device or a descriptor/);
    expectWriteError(await faultOf('/dev/fd/1'), /device or a descriptor/);
    expect(lstatSync('/dev/full').isCharacterDevice()).toBe(true);
    expect(existsSync('/dev/evidence-diff-report')).toBe(false);
  });

  it('passes on a fault of what gives the bytes, and keeps the old file', async () => {
    writeFileSync(target, 'old');
    async function* breaking(): AsyncGenerator<Uint8Array> {
      yield NEW;
      throw new EvidenceError('input-truncated', 'the source broke off');
    }
    const fault = await faultOf(target, breaking());
    expect(fault).toMatchObject({ kind: 'input-truncated' });
    expect(fault).not.toBeInstanceOf(ReportWriteError);
    expect(readFileSync(target, 'utf8')).toBe('old');
    expect(readdirSync(folder)).toEqual(['report.json']);
  });

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

describe('what a killed run leaves behind', () => {
  function endedProcess(): number {
    return spawnSync(process.execPath, ['--version']).pid;
  }

  it('G13: is removed by the next run, and nothing else is', async () => {
    const dead = endedProcess();
    const gone = [`.report.json.${dead}-0123456789abcdef.tmp`, `.report.json.${dead}-ffffffffffffffff.tmp`];
    const kept = [
      `.report.json.${process.pid}-0123456789abcdef.tmp`,
      `.report.json.1-0123456789abcdef.tmp`,
      `.report.json.${dead}-0123456789abcde.tmp`,
      `.report.json.${dead}-0123456789ABCDEF.tmp`,
      `.report.json.0${dead}-0123456789abcdef.tmp`,
      `.report.json.${dead}-0123456789abcdef.tmp.txt`,
      `.other.json.${dead}-0123456789abcdef.tmp`,
      `report.json.${dead}-0123456789abcdef.tmp`,
    ];
    for (const name of [...gone, ...kept]) writeFileSync(join(folder, name), '');
    const asFolder = `.report.json.${dead}-1111111111111111.tmp`;
    const asLink = `.report.json.${dead}-2222222222222222.tmp`;
    mkdirSync(join(folder, asFolder));
    symlinkSync(join(folder, 'x'), join(folder, asLink));
    await writeWhole(target, NEW);
    expect(readdirSync(folder).sort()).toEqual([...kept, asFolder, asLink, 'report.json'].sort());
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
    await writeWhole(target, NEW);
    expect(readdirSync(folder)).toEqual(['report.json']);
  });
});
