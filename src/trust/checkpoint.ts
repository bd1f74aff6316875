/**
 * C2SP checkpoints (c2sp.org/tlog-checkpoint): the head of one growing log as the text of a signed note, three lines:
 * origin, number of leaves, root in base64. The logs are ordered streams: their leaves are records, and they grow at
 * their end alone. The trees above them (docs/snapshot.md) are no logs, since a leaf of theirs changes with every record.
 */
import { type Hash, hexOf } from '../core/platform.ts';
import { fromBase64, toBase64 } from './base64.ts';
import { fromHex } from './bytes.ts';
import { TrustError } from './trust-error.ts';

const HASH_BYTES = 32;
const SIZE = /^(0|[1-9][0-9]{0,15})$/;

export interface Checkpoint {
  readonly origin: string;
  /** Number of leaves. */
  readonly size: number;
  readonly root: Hash;
}

/** What the origins of a system begin with, where nobody names it otherwise. */
export function originOfSystem(system: string): string {
  return encodeURIComponent(system);
}

/**
 * The origin of an ordered stream: `begin/tenant/stream`, and `/attempt-N` from the second attempt on.
 *
 * Names are percent-encoded, since it is the name of the key as well, in which there may be neither white space nor a
 * plus sign.
 *
 * @param begin - what all origins of the store begin with
 * @param attempt - from 1; what was rolled back grows anew under another origin
 */
export function originOfStream(begin: string, tenant: string, stream: string, attempt: number): string {
  const names = [tenant, stream].map(encodeURIComponent);
  return [begin, ...names, ...(attempt === 1 ? [] : [`attempt-${attempt}`])].join('/');
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
