/** Written whole or not at all: what a process of its own is needed for is in write-whole-file-processes.test.ts. */
import { execFileSync, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  closeSync,
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
import type { FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { EvidenceError } from '../../src/core/errors.ts';
import { ReportWriteError, WholeFile, writeWhole } from '../../src/files/write-whole-file.ts';
import { type ByteCalls, byteCalls, failing, prototypeOfHandles } from './handles.ts';

const bytesOf = (text: string): Uint8Array => new TextEncoder().encode(text);
const NEW = bytesOf('new\n');

let folder = '';
let target = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whole-file-'));
  target = join(folder, 'report.json');
});
afterEach(() => {
  vi.restoreAllMocks();
  rmSync(folder, { recursive: true, force: true });
});

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

  it('is whole where the system writes byte by byte, and is none where it writes nothing', async () => {
    const calls = await byteCalls();
    const { write } = calls;
    vi.spyOn(calls, 'write').mockImplementation(function (this: ByteCalls, from, at, _, to) {
      return write.call(this, from, at, 1, to);
    });
    await writeWhole(target, chunks('one', 'two'));
    expect(readFileSync(target, 'utf8')).toBe('onetwo');
    vi.spyOn(calls, 'write').mockResolvedValueOnce({ bytesWritten: 0 }).mockRejectedValue(failing('EIO'));
    expectWriteError(await faultOf(target), /could not write the file \(ENOSPC\); free some space/);
    expect(readFileSync(target, 'utf8')).toBe('onetwo');
  });

  it('whatever fails of it, what failed is named, the old file stays and nothing lies beside it', async () => {
    writeFileSync(target, 'old');
    const prototype = await prototypeOfHandles();
    const STEPS = { chmod: 'set the mode of the file', sync: 'sync the file' } as const;
    for (const [call, what] of Object.entries(STEPS) as [keyof typeof STEPS, string][]) {
      vi.spyOn(prototype, call).mockRejectedValueOnce(failing('EIO'));
      expectWriteError(await faultOf(target), new RegExp(`could not ${what} \\(EIO\\)`));
      expect([readFileSync(target, 'utf8'), readdirSync(folder)]).toEqual(['old', ['report.json']]);
    }
    vi.spyOn(prototype, 'sync').mockImplementationOnce(async function (this: FileHandle) {
      closeSync(this.fd);
    });
    expectWriteError(await faultOf(target), /could not close the file \(EBADF\)/);
    vi.spyOn(await byteCalls(), 'read').mockRejectedValueOnce(failing('EIO'));
    expectWriteError(await faultOf(target), /could not read back the file \(EIO\)/);
    vi.spyOn(await byteCalls(), 'read').mockResolvedValueOnce({ bytesRead: 0 });
    expectWriteError(await faultOf(target), /what was read back \(0 bytes\) is not what was written \(4 bytes\)/);
    expect([readFileSync(target, 'utf8'), readdirSync(folder)]).toEqual(['old', ['report.json']]);
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
});

describe('what a killed run leaves behind', () => {
  it('is nothing where the process ends by itself, whatever it is about', async () => {
    const before = process.listeners('exit');
    const files = await Promise.all(['one', 'two'].map((name) => WholeFile.open(join(folder, name))));
    const added = process.listeners('exit').filter((listener) => !before.includes(listener));
    expect([readdirSync(folder).length, added.length]).toEqual([2, 1]);
    added[0]?.(0);
    expect(readdirSync(folder)).toEqual([]);
    added[0]?.(0);
    for (const file of files) await file.close();
    expect(process.listeners('exit')).toEqual(before);
  });

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
      `.report.json.${dead}-0123456789abcdef.bak`,
      `.reports.jso.${dead}-0123456789abcdef.tmp`,
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
});
