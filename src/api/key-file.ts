/** Keys by the names of their files. */

import { readOnce } from '../files/read-small-file.ts';
import { MOST_KEY_BYTES, type PrivateKey, type PublicKey } from '../trust/keys.ts';
import { readPrivateKey, readPublicKey } from '../trust/node-keys.ts';
import { TrustError } from '../trust/trust-error.ts';
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
