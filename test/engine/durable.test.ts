/**
 * What was written is on the disk when that is said: each file is synced before it gets its name, and the folder that
 * has the name after it. Every sync of this process is watched, and each in turn is made to fail.
 */
import { chmodSync, existsSync, mkdtempSync, readdirSync, readlinkSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { writeKeyPair } from '../../src/api/keygen.ts';
import { syncTree } from '../../src/files/sync-folder-tree.ts';
import { writeWhole } from '../../src/files/write-whole-file.ts';
import { exportBundle } from '../../src/index.ts';
import { appendEntry } from '../../src/runbook/journal/append-entry.ts';
import { newKeyPair } from '../../src/trust/node-keys.ts';
import { put } from '../faults/files.ts';
import { prototypeOfHandles } from '../files/handles.ts';
import { bundles, ndjson } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const root = temporaryFolder();
const source = put(root, 'source.ndjson', ndjson(bundles(3)));
const NEW = Buffer.from('new\n');
const ENTRY = { upgrade: 'U', step: '1', type: 'step', files: [], expectHead: undefined, repairTornLine: false };

async function* twice(): AsyncGenerator<Uint8Array> {
  yield NEW;
  yield NEW;
}

let folder = '';
let target = '';

/** What was synced, in order; of a folder also what it had in it then. */
interface Synced {
  readonly path: string;
  readonly holds: readonly string[] | undefined;
}

/** Does `action` while every sync is noted; the one with number `failing`, from 0, fails with `code`. */
async function watched(
  action: () => Promise<unknown>,
  { failing = -1, code = 'EIO' } = {},
): Promise<{ readonly synced: readonly Synced[]; readonly fault: unknown }> {
  const prototype = await prototypeOfHandles();
  const { sync } = prototype;
  const synced: Synced[] = [];
  vi.spyOn(prototype, 'sync').mockImplementation(async function (this: FileHandle) {
    const path = readlinkSync(`/proc/self/fd/${this.fd}`);
    const isFolder = (await this.stat()).isDirectory();
    synced.push({ path, holds: isFolder ? readdirSync(path) : undefined });
    if (synced.length - 1 === failing) throw Object.assign(new Error(code), { code });
    return sync.call(this);
  });
  const fault = await action().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  vi.restoreAllMocks();
  return { synced, fault };
}

beforeEach(() => {
  folder = mkdtempSync(join(root, 'case-'));
  target = join(folder, 'target');
});
afterEach(() => vi.restoreAllMocks());

const WRITERS: readonly (readonly [string, () => Promise<unknown>])[] = [
  ['a report', () => writeWhole(target, NEW)],
  ['a report in chunks', () => writeWhole(target, twice())],
  ['the first entry of a journal', () => appendEntry(target, ENTRY, () => '2027-03-01T10:00:00Z')],
  ['a pair of keys', () => writeKeyPair(target, newKeyPair('test'))],
];

describe.each(WRITERS)('%s', (_what, write) => {
  it('is synced, and then the folder that has its name', async () => {
    const { synced, fault } = await watched(write);
    expect(fault).toBeUndefined();
    expect(synced.some(({ holds }) => holds === undefined)).toBe(true);
    const folders = synced.filter(({ path }) => path === folder);
    expect(folders.length).toBeGreaterThan(0);
    expect(folders.at(-1)?.holds).toContain('target');
  });

  it('is a fault whichever of its syncs fails, and one of a folder that cannot be synced is none', async () => {
    const { length } = (await watched(write)).synced;
    for (let failing = 0; failing < length; failing++) {
      folder = mkdtempSync(join(root, 'case-'));
      target = join(folder, 'target');
      const { fault } = await watched(write, { failing });
      expect(fault, `sync ${failing} of ${length}`).toMatchObject({ kind: 'report-write-failed' });
    }
    folder = mkdtempSync(join(root, 'case-'));
    target = join(folder, 'target');
    const last = (await watched(write)).synced.findIndex(({ path }) => path === folder);
    folder = mkdtempSync(join(root, 'case-'));
    target = join(folder, 'target');
    expect((await watched(write, { failing: last, code: 'EINVAL' })).fault).toBeUndefined();
    expect(existsSync(target)).toBe(true);
  });
});

it('a bundle: the folder that it was put into is synced after it has its name', async () => {
  const { synced } = await watched(() => exportBundle(source, target));
  expect(existsSync(target)).toBe(true);
  expect(synced.filter(({ path }) => path === folder).at(-1)?.holds).toContain('target');
});

describe('a tree that is synced', () => {
  it('one by one: every file and folder of it', async () => {
    await exportBundle(source, target);
    const { synced } = await watched(() => syncTree(target, target, async () => false));
    const all = readdirSync(target, { recursive: true, encoding: 'utf8' }).map((name) => join(target, name));
    expect(synced.map(({ path }) => path).sort()).toEqual([target, ...all].sort());
    for (let failing = 0; failing < synced.length; failing++) {
      const { fault } = await watched(() => syncTree(target, target, async () => false), { failing });
      const reason = expect.stringMatching(/^could not sync (a file|the folder: .*) \(EIO\)$/);
      expect(fault, synced[failing]?.path).toMatchObject({ kind: 'report-write-failed', reason });
    }
  });

  it('by no program that lies on PATH', async () => {
    const ran = join(folder, 'ran');
    chmodSync(put(folder, 'sync', `#!/bin/sh\necho >>'${ran}'\n`), 0o755);
    vi.stubEnv('PATH', folder);
    await exportBundle(source, target);
    vi.unstubAllEnvs();
    expect([existsSync(join(target, 'manifest.json')), existsSync(ran)]).toEqual([true, false]);
  });
});
