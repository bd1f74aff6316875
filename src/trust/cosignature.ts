/**
 * Cosignatures of witnesses (c2sp.org/tlog-cosignature): that at a time the tree of a checkpoint was the largest one of
 * its log that the witness had seen, and that it had grown out of all that it had seen before.
 *
 * What is signed is `cosignature/v1`, the time and the whole text of the checkpoint, a line each; the signature in the note
 * is eight bytes of time and 64 of Ed25519. Keys are written as `name+id+key` (c2sp.org/signed-note, "Verifier keys").
 */
import { fromStandardBase64, joined } from '../core/base64.ts';
import { hexOf, portable, utf8 } from '../core/platform.ts';
import type { PublicKey } from './keys.ts';
import type { SignedNote } from './signed-note.ts';
import { TrustError } from './trust-error.ts';

/** Signature types (c2sp.org/signed-note). */
export const LOG_ED25519 = 0x01;
export const COSIGNATURE_ED25519 = 0x04;

const KEY_BYTES = 32;
const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;
const VERIFIER_KEY = /^([^\s+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/u;

/** A key by the name under which it signs notes. */
export interface NoteKey {
  readonly name: string;
  /** 8 hexadecimal digits. */
  readonly keyId: string;
  readonly type: number;
  /** The raw key behind its type. */
  readonly bytes: Uint8Array;
  /** Undefined for a type that is not verified here. */
  readonly key: PublicKey | undefined;
}

/**
 * Reads `name+id+key`.
 *
 * @param keyOf - makes a raw Ed25519 key ready to verify
 * @throws TrustError `key-untrusted`
 */
export function noteKey(vkey: string, keyOf: (raw: Uint8Array, name: string) => PublicKey): NoteKey {
  const refuse = (reason: string): never => {
    throw new TrustError('key-untrusted', `${JSON.stringify(vkey.slice(0, 200))}: ${reason}`);
  };
  const [, name = '', keyId = '', base64 = ''] = VERIFIER_KEY.exec(vkey) ?? [];
  const typed = fromStandardBase64(base64);
  const type = typed?.[0];
  if (name === '' || typed === undefined || type === undefined)
    return refuse(
      'not a key as name+id+key: checkpoint prints that of a log as the last word of its line, witnesses publish theirs',
    );
  const bytes = typed.subarray(1);
  const isOurs = type === LOG_ED25519 || type === COSIGNATURE_ED25519;
  if (!isOurs) return { name, keyId, type, bytes, key: undefined };
  if (bytes.length !== KEY_BYTES) refuse('its key has not 32 bytes');
  const id = portable.sha256(joined(utf8(`${name}\n`), typed)).slice(0, 8);
  if (id !== keyId) refuse(`its id is ${keyId}, and that of name and key is ${id}`);
  return { name, keyId, type, bytes, key: keyOf(bytes, name) };
}

/** The signatures in `note` that say they are by `key`. */
export function signaturesOf({ signatures }: SignedNote, { name, keyId }: NoteKey): readonly Uint8Array[] {
  return signatures.filter((one) => one.name === name && one.keyId === keyId).map(({ signature }) => signature);
}

function timeOf(note: SignedNote, { key, name }: NoteKey, signature: Uint8Array): number {
  const refuse = (reason: string): never => {
    throw new TrustError(
      'signature-invalid',
      `the cosignature of ${JSON.stringify(name)} ${reason}: the note is refused`,
    );
  };
  if (signature.length !== TIME_BYTES + SIGNATURE_BYTES) refuse('has not 72 bytes');
  const time = BigInt(`0x${hexOf(signature.subarray(0, TIME_BYTES))}`);
  const message = utf8(`cosignature/v1\ntime ${time}\n${note.text}`);
  if (key?.verifies(message, signature.subarray(TIME_BYTES)) !== true) refuse('is not valid');
  if (time === 0n || time > BigInt(Number.MAX_SAFE_INTEGER)) refuse('states no time');
  return Number(time);
}

/**
 * When the witness with `key` has cosigned `note`, in seconds since 1970, the last time; undefined if it has not.
 *
 * @throws TrustError `signature-invalid` if one of its cosignatures is not valid: the note is refused then
 */
export function cosignedAt(note: SignedNote, key: NoteKey): number | undefined {
  if (key.key === undefined) return undefined;
  const times = signaturesOf(note, key).map((signature) => timeOf(note, key, signature));
  return times.length === 0 ? undefined : Math.max(...times);
}
