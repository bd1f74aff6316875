/** Temporary files that a killed run left behind: found by their exact name, removed by the next run. */
import { lstat, readdir, unlink } from 'node:fs/promises';
import { join } from 'node:path';

/** Whether a process of that id is there; one that may not be signalled is. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (fault) {
    return !(fault instanceof Error && 'code' in fault && fault.code === 'ESRCH');
  }
}

/** The process that made `name` as a temporary file for the target with that stem, if `name` is one. */
function makerOf(name: string, stem: string): number | undefined {
  const prefix = `.${stem}.`;
  if (!name.startsWith(prefix) || !name.endsWith('.tmp')) return undefined;
  const match = /^([1-9][0-9]{0,9})-[0-9a-f]{16}$/.exec(name.slice(prefix.length, -'.tmp'.length));
  return match === null ? undefined : Number(match[1]);
}

/**
 * Removes what killed runs left of a file in `folder`: regular files named `.STEM.<pid>-<16 hex digits>.tmp`, whose
 * process is gone. A process of another machine on a shared folder looks gone too: it then fails to rename its file
 * and says so, which is safe. Faults are passed over, because litter is no reason not to write.
 *
 * @param stem - what stands for the name of the file: `stemOf` it
 */
export async function removeLeftovers(folder: string, stem: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names) {
    const maker = makerOf(name, stem);
    if (maker === undefined || isAlive(maker)) continue;
    const found = await lstat(join(folder, name)).catch(() => undefined);
    if (found?.isFile()) await unlink(join(folder, name)).catch(() => undefined);
  }
}
