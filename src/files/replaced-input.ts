/** Whether an output would destroy what it is made from: evidence, a bundle, a private key. */
import { lstatSync, realpathSync, type Stats, statSync } from 'node:fs';
import { dirname, resolve, sep } from 'node:path';

function identityOf(look: (path: string) => Stats, path: string): string | undefined {
  try {
    const { dev, ino } = look(path);
    return `${dev}:${ino}`;
  } catch {
    return undefined;
  }
}

function realPathOf(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}

/** The input that is a folder, a bundle, which `path` would be written into: a file too many of it. */
function folderAround(path: string, inputs: readonly string[]): string | undefined {
  const folder = realPathOf(dirname(resolve(path)));
  if (folder === undefined) return undefined;
  return inputs.find((name) => {
    const bundle = realPathOf(name);
    return bundle !== undefined && (folder === bundle || folder.startsWith(bundle + sep));
  });
}

/**
 * The input that `path` would replace: the same directory entry, the file that an input links to, or one that `path` links to.
 * Of the last the link alone would be lost; but it may be the name by which the evidence is read the next time.
 */
export function inputReplacedBy(path: string, inputs: readonly string[]): string | undefined {
  const identities = (name: string): readonly string[] =>
    [lstatSync, statSync].flatMap((look) => identityOf(look, name) ?? []);
  const targets = identities(path);
  return inputs.find((name) => identities(name).some((identity) => targets.includes(identity)));
}

/**
 * What is wrong with writing to `path`, in words that go on from its name; undefined if nothing is.
 *
 * @param inputs - paths of files and folders that are read
 */
export function faultOfOutput(path: string, inputs: readonly string[]): string | undefined {
  const around = folderAround(path, inputs);
  if (around !== undefined) return `${path} would be written into the input ${around}`;
  const replaced = inputReplacedBy(path, inputs);
  return replaced === undefined ? undefined : `${path} would replace the input ${replaced}`;
}
