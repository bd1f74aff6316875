/**
 * C2SP checkpoints (c2sp.org/tlog-checkpoint): the head of one Merkle tree as the text of a signed note, three lines:
 * origin, number of leaves, root in base64. The trees are those of docs/snapshot.md: the global tree, whose leaves are
 * tenants, and that of each tenant, whose leaves are streams.
 */
import { type Hash, hexOf } from '../core/platform.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { fromHex } from './bytes.ts';
import { TrustError } from './trust-error.ts';

const HASH_BYTES = 32;
const SIZE = /^(0|[1-9][0-9]{0,15})$/;
const UNNAMED = 'unnamed-system';

export interface Checkpoint {
  readonly origin: string;
  /** Number of leaves. */
  readonly size: number;
  readonly root: Hash;
}

/**
 * The origin of a tree: it names the system, and the tenant.
 *
 * Percent-encoded, since it is the name of the key as well, in which there may be neither white space nor a plus sign.
 */
export function originOf(system: string | undefined, tenant?: string): string {
  const named = system === undefined || system === '' ? UNNAMED : system;
  const parts = tenant === undefined ? [named] : [named, tenant];
  return parts.map(encodeURIComponent).join('/');
}

/** The text of a checkpoint; it ends in a line feed. */
export function checkpointText({ origin, size, root }: Checkpoint): string {
  return `${origin}\n${size}\n${toBase64(fromHex(root))}\n`;
}

/**
 * Reads the text of a checkpoint. Extension lines, which may follow, are ignored as the standard says.
 *
 * @throws TrustError `signature-invalid`
 */
export function parseCheckpoint(text: string): Checkpoint {
  const refuse = (reason: string): never => {
    throw new TrustError('signature-invalid', `not a checkpoint: ${reason}`);
  };
  if (!text.endsWith('\n')) refuse('it does not end in a line feed');
  const [origin = '', size = '', root = '', ...extensions] = text.slice(0, -1).split('\n');
  if (origin === '') refuse('its origin is empty');
  if (!SIZE.test(size) || !Number.isSafeInteger(Number(size))) refuse('its size is no decimal number up to 2^53-1');
  const bytes = fromBase64(root);
  if (bytes?.length !== HASH_BYTES) return refuse('its root is not the base64 of 32 bytes');
  if (extensions.includes('')) refuse('it has an empty line');
  return { origin, size: Number(size), root: hexOf(bytes) };
}
