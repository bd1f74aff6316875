/** The files of a folder, by their paths under it: nothing but regular files and folders, and no two of one name. */
import { opendir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, EvidenceError } from '../../core/errors.ts';
import { compareUtf8 } from '../../core/json/utf8.ts';
import { folded } from '../tree/path-check.ts';

function refuse(file: string, reason: string, cause?: unknown): never {
  const advice = 'give a folder that holds regular files and folders alone';
  throw new EvidenceError('source-incomplete', reason, { where: { file }, advice, cause });
}

function requireDistinct(folder: string, names: readonly string[]): void {
  const all = names.map((name) => folded(name.endsWith('/') ? name.slice(0, -1) : name)).sort();
  const twin = all.find((name, at) => at > 0 && all[at - 1] === name);
  if (twin === undefined) return;
  const [one, other] = names.filter((name) => folded(name.replace(/\/$/, '')) === twin);
  const file = join(folder, one ?? twin);
  refuse(
    file,
    `${JSON.stringify(other)} beside it differs by case or Unicode form alone: on other systems they are one`,
  );
}

/** Names in one folder, those of folders with a slash behind them: so their order is that of whole paths. */
async function namesIn(folder: string): Promise<readonly string[]> {
  const names: string[] = [];
  try {
    for await (const entry of await opendir(folder, { bufferSize: 1024 })) {
      const { name } = entry;
      if (name.includes('\ufffd')) refuse(join(folder, name), 'its name is no UTF-8');
      if (entry.isDirectory()) names.push(`${name}/`);
      else if (entry.isFile()) names.push(name);
      else refuse(join(folder, name), entry.isSymbolicLink() ? 'it is a link' : 'it is no regular file');
    }
  } catch (error) {
    if (error instanceof EvidenceError) throw error;
    refuse(folder, `the folder cannot be read (${codeOf(error)})`, error);
  }
  requireDistinct(folder, names);
  return names.sort(compareUtf8);
}

/**
 * Hands over the paths of all files under `root`, with `/`, in the order of their UTF-8 bytes.
 *
 * @throws EvidenceError `source-incomplete` for a link, a device, a name that is no UTF-8, or two names that differ by
 *   case or Unicode form alone
 */
export async function eachFileUnder(root: string, take: (path: string) => void): Promise<void> {
  const walk = async (prefix: string): Promise<void> => {
    for (const name of await namesIn(join(root, prefix))) {
      if (name.endsWith('/')) await walk(prefix + name);
      else take(prefix + name);
    }
  };
  await walk('');
}
