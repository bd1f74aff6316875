/** Keys, policies of witnesses, checkpoints, and what keys have signed, by the names of their files. */

import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, EvidenceError } from '../core/errors.ts';
import { MOST_ENVELOPE_BYTES } from '../core/limits.ts';
import { readOnce } from '../files/read-small-file.ts';
import { MOST_KEY_BYTES, type PrivateKey, type PublicKey } from '../trust/keys.ts';
import { rawPublicKey, readPrivateKey, readPublicKey } from '../trust/node-keys.ts';
import { TrustError } from '../trust/trust-error.ts';
import { parsePolicy, type WitnessPolicy } from '../trust/witness-policy.ts';
import { reasonOf, shownPath } from './file-words.ts';

async function textOf(path: string): Promise<string> {
  try {
    return Buffer.from((await readOnce(path, 'a key', MOST_KEY_BYTES)).bytes).toString('latin1');
  } catch (fault) {
    // The cause of the file system has the path in it: it is left out.
    throw new TrustError('key-untrusted', `${shownPath(path)}: ${reasonOf(fault)}`);
  }
}

/** @throws TrustError `key-untrusted` */
export async function publicKeyAt(path: string): Promise<PublicKey> {
  return readPublicKey(await textOf(path), shownPath(path));
}

/** @throws TrustError `key-untrusted` */
export async function privateKeyAt(path: string): Promise<PrivateKey> {
  return readPrivateKey(await textOf(path), shownPath(path));
}

/** For checks in which a key that cannot be used is a finding, and no end of it. */
export async function trustedKeysAt(paths: readonly string[]): Promise<readonly (PublicKey | TrustError)[]> {
  const keys: (PublicKey | TrustError)[] = [];
  for (const path of paths) {
    keys.push(
      await publicKeyAt(path).catch((fault: unknown) => {
        if (fault instanceof TrustError) return fault;
        throw fault;
      }),
    );
  }
  return keys;
}

/**
 * The bytes of a small signed file, or why it cannot be read: that is a finding as well.
 *
 * @param what - what the file is to be, in words
 */
export async function signedContentAt(path: string, what: string): Promise<Uint8Array | EvidenceError> {
  try {
    return (await readOnce(path, what, MOST_ENVELOPE_BYTES)).bytes;
  } catch (fault) {
    if (fault instanceof EvidenceError) return fault;
    return new EvidenceError('source-incomplete', reasonOf(fault), { cause: fault });
  }
}

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
