/** Keys, and what they have signed, by the names of their files. */
import { EvidenceError } from '../core/errors.ts';
import { MOST_ENVELOPE_BYTES } from '../core/limits.ts';
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
