/** A folder that changes while it is read is `input-changed`, also where the file was read already; reading is no change. */
import {
  appendFileSync,
  copyFileSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate as othersRan } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import type { ImportSource } from '../../../src/sources/items/import-source.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { importOf, putFiles } from './items.ts';

const folder = temporaryFolder();
let made = 0;

const LINES = { from: { ndjson: '*.ndjson' }, id: '/id' };
const MANY = Array.from({ length: 20_000 }, (_, n) => `{"id":"z${n}"}\n`).join('');

/** In seconds; whole ones can be set exactly. */
const LONG_AGO = 1_000_000_000;

/** A folder of a file that is read first, one that takes many turns to read, and one that nothing reads. */
function newFolder(): string {
  const files = { 'a.ndjson': '{"id":"a"}\n', 'z.ndjson': MANY, 'notes.txt': 'one' };
  const at = putFiles(join(folder, `${++made}`), files);
  utimesSync(join(at, 'a.ndjson'), LONG_AGO, LONG_AGO);
  return at;
}

/** Changes a file so often that its time of change is another one: the clock of a file system has coarse ticks. */
function changeTime(file: string, change: () => void): void {
  const before = lstatSync(file, { bigint: true }).ctimeNs;
  do change();
  while (lstatSync(file, { bigint: true }).ctimeNs === before);
}

/** Calls `change` when `a.ndjson` was read and `z.ndjson` was not. */
async function changedBetween(source: ImportSource, change: () => void): Promise<void> {
  const opening = source.open();
  while (source.bytesRead === 0) await othersRan();
  expect(source.recordsTotal).toBeNull();
  change();
  await opening;
}

async function readThrough(source: ImportSource): Promise<void> {
  for (let found = source.next(); found !== 'end'; found = source.next()) if (found === 'more') await source.fill();
}

/** What `finish` says of a folder that `change` changed while it was read. */
async function endOf(change: (folder: string) => void): Promise<unknown> {
  const at = newFolder();
  const source = importOf({ folder: at }, [LINES]);
  try {
    await changedBetween(source, () => change(at));
    await readThrough(source);
    return await source.finish().catch((fault: unknown) => fault);
  } finally {
    await source.close();
  }
}

const first = (at: string): string => join(at, 'a.ndjson');

describe('a folder in which, while other files are read, what was read', () => {
  it.each<readonly [string, (at: string) => void]>([
    ['grew', (at) => appendFileSync(first(at), '{"id":"b"}\n')],
    ['was cut', (at) => writeFileSync(first(at), '')],
    [
      'has other bytes of the same length',
      (at) => changeTime(first(at), () => writeFileSync(first(at), '{"id":"b"}\n')),
    ],
    [
      'has other bytes and the times of before',
      (at) =>
        changeTime(first(at), () => {
          writeFileSync(first(at), '{"id":"b"}\n');
          utimesSync(first(at), LONG_AGO, LONG_AGO);
        }),
    ],
    [
      'was replaced',
      (at) => {
        copyFileSync(first(at), join(at, 'new'));
        renameSync(join(at, 'new'), first(at));
      },
    ],
    ['was touched', (at) => changeTime(first(at), () => utimesSync(first(at), new Date(), new Date()))],
    ['went away', (at) => rmSync(first(at))],
    [
      'became a folder',
      (at) => {
        rmSync(first(at));
        mkdirSync(first(at));
      },
    ],
  ])('%s', async (_, change) => {
    expect(await endOf(change)).toMatchObject({
      kind: 'input-changed',
      where: { file: expect.stringMatching(/a\.ndjson$/) as string },
      message: expect.stringContaining('while the folder was read') as string,
    });
  });
});

describe('a folder in which, while files are read,', () => {
  it('another file came is another folder', async () => {
    const fault = await endOf((at) => writeFileSync(join(at, 'new.ndjson'), '{"id":"new"}\n'));
    expect(fault).toMatchObject({ kind: 'input-changed', message: expect.stringContaining('came or went') as string });
  });

  it('a file that nothing reads went away is another folder', async () => {
    expect(await endOf((at) => rmSync(join(at, 'notes.txt')))).toMatchObject({ kind: 'input-changed' });
  });

  it.each<readonly [string, (at: string) => void]>([
    ['others read it too', (at) => readFileSync(first(at))],
    ['a file that nothing reads was written to', (at) => appendFileSync(join(at, 'notes.txt'), 'two')],
    ['nothing changed', () => {}],
  ])('%s is the same folder', async (_, change) => {
    expect(await endOf(change)).toMatch(/^[0-9a-f]{64}$/);
  });
});
