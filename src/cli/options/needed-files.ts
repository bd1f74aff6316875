/**
 * Files by which something is checked (keys, certificates, policies, a migration, proofs): a path that leads to none is a mistake
 * of whoever typed it. It is said before anything is read, by the name of its option, and never of the evidence.
 */
import { stat } from 'node:fs/promises';
import { shownPath } from '../../api/file-words.ts';
import { codeOf, EvidenceError } from '../../core/errors.ts';
import type { NeededFile } from '../terminal/session.ts';
import { flagOf, type Options } from './define.ts';

/** Where a file that is not there says something (a signature, a checkpoint), and sources, that is a finding. */
const NEEDED: ReadonlySet<string> = new Set([
  'key',
  'trustedKey',
  'tsaCertificate',
  'witnessPolicy',
  'migration',
  'consistencyProof',
  'digestIndex',
]);

/** Those that the options of a verb name. */
export function neededBy(defined: Options, values: Readonly<Record<string, unknown>>): readonly NeededFile[] {
  const names = Object.keys(defined).filter((name) => NEEDED.has(name) && defined[name]?.metavar === '<file>');
  return names.flatMap((name) =>
    [values[name]].flat().flatMap((path) => (typeof path === 'string' ? [{ by: flagOf(name), path }] : [])),
  );
}

async function isThere(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (fault) {
    return !['ENOENT', 'ENOTDIR'].includes(codeOf(fault));
  }
}

/**
 * Looks whether there is something of each name; what it is, whoever reads it says.
 *
 * @throws EvidenceError `source-incomplete` that names the first of which there is nothing, and what has named it
 */
export async function requireFiles(files: readonly NeededFile[]): Promise<void> {
  for (const { by, path } of files) {
    // The text of a key in place of the name of its file: who reads keys says so, and prints none of it.
    if (shownPath(path) !== path || (await isThere(path))) continue;
    const advice = `${by} names it: check the path`;
    throw new EvidenceError('source-incomplete', 'there is no such file', { where: { file: path }, advice });
  }
}
