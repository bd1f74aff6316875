/** Hashes as sources spell them, brought to the one spelling that records have: lower-case hexadecimal digits. */
import { fromBase64 } from '../base64.ts';
import { isSourceHash } from '../platform.ts';

/** How a source spells its hashes. */
export interface HashSpelling {
  /** `bytea` is what PostgreSQL prints for bytes: `\x` and hexadecimal digits. */
  readonly encoding: 'hex' | 'base64' | 'base64url' | 'bytea';
  /** `any` takes hexadecimal digits of either case; else they must be lower-case. */
  readonly case?: 'any' | undefined;
  /** Stands before the digits, e.g. `sha256:`. */
  readonly prefix?: string | undefined;
}

const HEX = /^(?:[0-9a-f]{2})+$/;

/** No hash, but the word for none before the first: sources write it with and without their prefix. */
const ZEROS = /^0+$/;

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function digitsOf(text: string, { encoding, case: letters }: HashSpelling): string | undefined {
  if (encoding === 'base64') return decoded(/[-_]/.test(text) ? undefined : text);
  if (encoding === 'base64url') return decoded(/[+/]/.test(text) ? undefined : padded(text));
  const digits = encoding === 'bytea' ? afterPrefix(text, '\\x') : text;
  const lower = letters === 'any' ? digits?.toLowerCase() : digits;
  return lower !== undefined && HEX.test(lower) ? lower : undefined;
}

function decoded(text: string | undefined): string | undefined {
  const bytes = text === undefined ? undefined : fromBase64(text);
  return bytes === undefined || bytes.length === 0 ? undefined : hexOf(bytes);
}

function padded(text: string): string {
  return text.endsWith('=') ? text : text.padEnd(Math.ceil(text.length / 4) * 4, '=');
}

function afterPrefix(text: string, prefix: string): string | undefined {
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
}

/** Stands before digits that are no hash in the spelling of the source: without it they would be taken for one that is. */
export const MISSPELLED = 'misspelled:';

/**
 * The hash that `text` spells.
 *
 * @returns lower-case hexadecimal digits; where it is not spelled so, `text`, for the audit to call malformed: one bad
 *   hash is a fault of its record, and no reason to read nothing. Plain digits, which have lost what the source puts
 *   before them, are told apart from the same hash as the source spells it
 */
export function normalizedHash(text: string, spelling: HashSpelling): string {
  const rest = spelling.prefix === undefined ? text : afterPrefix(text, spelling.prefix);
  const digits = rest === undefined ? undefined : digitsOf(rest, spelling);
  return digits ?? (isSourceHash(text) && !ZEROS.test(text) ? `${MISSPELLED}${text}` : text);
}
