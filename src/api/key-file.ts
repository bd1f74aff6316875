/** Keys by the names of their files. */
import { EvidenceError } from '../core/errors.ts';
import { type PrivateKey, readPrivateKey } from '../trust/private-key.ts';
import { type PublicKey, readPublicKey } from '../trust/public-key.ts';
import { TrustError } from '../trust/trust-error.ts';
import { readSmallFile } from './small-file.ts';

/** Why a file could not be read, in words. */
export function reasonOf(fault: unknown): string {
  if (fault instanceof EvidenceError) return fault.message;
  const code = fault instanceof Error && 'code' in fault ? String(fault.code) : String(fault);
  return code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
}

async function textOf(path: string): Promise<string> {
  try {
    return Buffer.from(await readSmallFile(path, 'a key')).toString('latin1');
  } catch (fault) {
    throw new TrustError('key-untrusted', `${path}: ${reasonOf(fault)}`, { cause: fault });
  }
}

/** @throws TrustError `key-untrusted` */
export async function publicKeyAt(path: string): Promise<PublicKey> {
  return readPublicKey(await textOf(path), path);
}

/** @throws TrustError `key-untrusted` */
export async function privateKeyAt(path: string): Promise<PrivateKey> {
  return readPrivateKey(await textOf(path), path);
}
