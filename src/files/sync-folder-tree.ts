/**
 * Makes a tree of files durable.
 *
 * Node has no syncfs(2), and fsync of every file costs 0.3 to 0.4 ms each on a fast disk: minutes for a million. The
 * program `sync` of the system (coreutils, busybox) has it: `sync -f` writes out the whole file system once, and says
 * if that failed. It is taken from where systems keep it and never from PATH, where npx puts the programs of packages
 * first: another `sync` would say that it is done. Where there is none, or it fails, the files are synced one by one.
 */
import { execFile } from 'node:child_process';
import { type FileHandle, open, opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { attempt, syncFolder } from './write-whole-file.ts';

const PLACES = ['/usr/bin/sync', '/bin/sync'];

function succeeds(program: string, args: readonly string[]): Promise<boolean> {
  return new Promise((resolve) => {
    execFile(program, args, { env: {} }, (fault) => resolve(fault === null));
  });
}

async function syncedAtOnce(folder: string): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  for (const program of PLACES) if (await succeeds(program, ['-f', '--', folder])) return true;
  return false;
}

async function syncFile(asked: string, path: string): Promise<void> {
  const file: FileHandle = await attempt(asked, 'open a file to sync it', () => open(path, 'r'));
  try {
    await attempt(asked, 'sync a file', () => file.sync());
  } finally {
    await file.close();
  }
}

async function syncOneByOne(asked: string, folder: string): Promise<void> {
  for await (const entry of await attempt(asked, 'list a folder', () => opendir(folder))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await syncOneByOne(asked, path);
    else await syncFile(asked, path);
  }
  await syncFolder(asked, folder);
}

/**
 * Syncs all files and folders in `folder`, and itself.
 *
 * @param asked - how to name what was written, in a fault
 * @throws ReportWriteError if something could not be synced
 */
export async function syncTree(asked: string, folder: string, atOnce = syncedAtOnce): Promise<void> {
  if (!(await atOnce(folder))) await syncOneByOne(asked, folder);
}
