/** A name may be as long as the file system takes it: whatever is written beside the file has a shorter one. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { readCheckpoint } from '../../src/engine/checkpoint.ts';
import { CaptureJournal } from '../../src/engine/resume-capture.ts';
import { stemOf, writeWhole } from '../../src/files/write-whole-file.ts';
import { captureSnapshot, compareSnapshots, exportBundle } from '../../src/index.ts';
import { appendEntry } from '../../src/runbook/journal/append-entry.ts';
import { put } from '../faults/files.ts';
import { bodies, bundles, chained, ndjson } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const root = temporaryFolder();
const source = put(root, 'source.ndjson', ndjson([...bundles(3), ...chained(bodies(4))]));
const NEW = Buffer.from('new\n');

/** 255 bytes are what Linux takes; 'é' has two of them. */
const NAMES = [
  'n'.repeat(100),
  'n'.repeat(101),
  'n'.repeat(222),
  'n'.repeat(250),
  `${'é'.repeat(127)}n`,
  'n'.repeat(255),
];

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'));
});

describe.each(NAMES.map((name) => [Buffer.byteLength(name), name] as const))('a name of %i bytes', (_bytes, name) => {
  it('is written whole, and what a killed run left of it goes', async () => {
    const dead = spawnSync('true').pid;
    const litter = `.${stemOf(name)}.${dead}-0123456789abcdef.tmp`;
    writeFileSync(join(folder, litter), '');
    let beside: readonly string[] = [];
    async function* looking(): AsyncGenerator<Uint8Array> {
      yield NEW;
      beside = readdirSync(folder);
    }
    await writeWhole(join(folder, name), looking());
    expect(beside).toHaveLength(1);
    expect(Buffer.byteLength(beside[0] ?? '')).toBeLessThanOrEqual(143);
    expect(readdirSync(folder)).toEqual([name]);
  });

  it('is one of a capture, of a bundle, of a journal', async () => {
    expect((await captureSnapshot(source, join(folder, name))).verdict).toBe('PASS');
    expect((await compareSnapshots(source, join(folder, name))).verdict).toBe('PASS');
    const bundle = mkdtempSync(join(root, 'bundle-'));
    expect((await exportBundle(source, join(bundle, name))).verdict).toBe('PASS');
    expect(readdirSync(bundle)).toEqual([name]);
    const journals = mkdtempSync(join(root, 'journal-'));
    const entry = { upgrade: 'U', step: '1', type: 'step', files: [], expectHead: undefined, repairTornLine: false };
    const append = (repairTornLine = false) =>
      appendEntry(join(journals, name), { ...entry, repairTornLine }, () => '2027-03-01T10:00:00Z');
    await append();
    expect(readdirSync(journals)).toEqual([name]);
    writeFileSync(join(journals, name), '{"torn', { flag: 'a' });
    const { tornCopy = '' } = await append(true);
    expect(readFileSync(tornCopy, 'utf8')).toBe('{"torn');
  });
});

it('an interrupted capture to a long name is taken up', async () => {
  const path = join(folder, 'n'.repeat(255));
  const journal = new CaptureJournal(path, 'digest', () => 'identity');
  const { RecordDecoder } = await import('../../src/core/snapshot/record.ts');
  const { nodePlatform } = await import('../../src/engine/node-platform.ts');
  const decoder = new RecordDecoder(nodePlatform);
  for (const { ...record } of chained(bodies(2))) {
    const text = Buffer.from(JSON.stringify(record));
    journal.append(decoder.decode(text, 0, text.length), text);
  }
  expect(await journal.end(true)).toBe(2);
  expect((await readCheckpoint(path)).checkpoint.records).toBe(2);
});

it('one that is too long for any file is named as that, before anything is written', async () => {
  await expect(writeWhole(join(folder, 'n'.repeat(256)), NEW)).rejects.toMatchObject({
    kind: 'report-write-failed',
    message: expect.stringContaining('ENAMETOOLONG'),
  });
  expect(readdirSync(folder)).toEqual([]);
});
