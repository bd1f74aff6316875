/** Keys by the names of their files. */
import { EvidenceError } from '../core/errors.ts';
import type { PrivateKey, PublicKey } from '../trust/keys.ts';
import { readPrivateKey } from '../trust/private-key.ts';
import { readPublicKey } from '../trust/public-key.ts';
import { TrustError } from '../trust/trust-error.ts';
import { MOST_KEY_BYTES } from '../trust/trusted-key.ts';
import { readSmallFile } from './small-file.ts';

/** Why a file could not be read, in words. */
export function reasonOf(fault: unknown): string {
  if (fault instanceof EvidenceError) return fault.message;
  const code = fault instanceof Error && 'code' in fault ? String(fault.code) : String(fault);
  return code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
}

/** How a path is told: a key that was given itself, in place of its file, must not turn up in any report. */
export function shownPath(path: string): string {
  return path.includes('-----BEGIN') ? '(the text of a key in place of the name of its file)' : path;
}

async function textOf(path: string): Promise<string> {
  try {
    return Buffer.from(await readSmallFile(path, 'a key', MOST_KEY_BYTES)).toString('latin1');
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
