/** Policies of witnesses, and checkpoints, by the names of their files. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf } from '../core/errors.ts';
import { readOnce } from '../files/read-small-file.ts';
import { rawPublicKey } from '../trust/node-keys.ts';
import { TrustError } from '../trust/trust-error.ts';
import { parsePolicy, type WitnessPolicy } from '../trust/witness-policy.ts';
import { reasonOf, shownPath } from './file-words.ts';

const MOST_NOTE_BYTES = 1024 * 1024;

/** @throws TrustError `key-untrusted` if there is no policy at `path` */
export async function policyAt(path: string): Promise<WitnessPolicy> {
  try {
    const { bytes } = await readOnce(path, 'a policy', MOST_NOTE_BYTES);
    return parsePolicy(bytes, shownPath(path), rawPublicKey);
  } catch (fault) {
    if (fault instanceof TrustError) throw fault;
    throw new TrustError('key-untrusted', `the policy ${shownPath(path)}: ${reasonOf(fault)}`);
  }
}

/** @throws TrustError `signature-missing` if there is no note at `path` */
export async function noteAt(path: string): Promise<string> {
  try {
    return Buffer.from((await readOnce(path, 'a checkpoint', MOST_NOTE_BYTES)).bytes).toString();
  } catch (fault) {
    throw new TrustError('signature-missing', `${shownPath(path)}: ${reasonOf(fault)}`);
  }
}

const ENDING = '.checkpoint';

/**
 * The checkpoints that a path stands for: a folder for those in it, as `checkpoint --output` writes them.
 *
 * @throws TrustError `signature-missing` if there is nothing at `path`
 */
export async function checkpointsAt(path: string): Promise<readonly string[]> {
  try {
    const names = await readdir(path);
    return names
      .filter((name) => name.endsWith(ENDING))
      .sort()
      .map((name) => join(path, name));
  } catch (fault) {
    if (codeOf(fault) === 'ENOTDIR') return [path];
    throw new TrustError('signature-missing', `the checkpoints ${shownPath(path)}: ${reasonOf(fault)}`);
  }
}
