/**
 * C2SP signed notes (c2sp.org/signed-note): a text, an empty line, and one line a signature. What is signed is the text
 * with its last line feed; golang.org/x/mod/sumdb/note reads and verifies what is written here, and the other way round.
 *
 * A key is known by a name and by the first four bytes of SHA-256(name || 0x0A || 0x01 || public key): both only say
 * which key to try.
 */

import { fromHex, fromStandardBase64, joined, toBase64 } from '../core/base64.ts';
import { type Hash, hexOf, portable, utf8 } from '../core/platform.ts';
import type { PrivateKey, PublicKey } from './keys.ts';
import { TrustError } from './trust-error.ts';

/** Signature type of Ed25519 (signed-note, "Signature types"). */
const ED25519 = 0x01;
const KEY_ID_BYTES = 4;
const DASH = '\u2014';
const MOST_SIGNATURES = 100;
const SIGNATURE_LINE = /^\u2014 (\S+) (\S+)$/u;
// What signed-note forbids in a key name: spaces of any kind and the plus sign.
const NAME = /^[^\s+]+$/u;

/** Whether `name` can be the name of a key. */
function isKeyName(name: string): boolean {
  return NAME.test(name) && !hasControlCharacter(name);
}

function hasControlCharacter(text: string): boolean {
  for (const character of text) if (character < ' ' && character !== '\n') return true;
  return false;
}

export interface NoteSignature {
  readonly name: string;
  readonly keyId: string;
  readonly signature: Uint8Array;
}

export interface SignedNote {
  /** What was signed, with its last line feed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** As 8 hexadecimal digits. */
function keyIdOf(name: string, publicKey: PublicKey): string {
  const hash = portable.sha256(joined(utf8(`${name}\n`), Uint8Array.of(ED25519), publicKey.bytes));
  return hash.slice(0, 2 * KEY_ID_BYTES);
}

/** @throws TrustError `key-untrusted` for a key that is not Ed25519 */
export function requireNoteKey({ algorithm, name }: PublicKey): void {
  if (algorithm === 'ed25519') return;
  throw new TrustError('key-untrusted', `${name}: a signed note needs an Ed25519 key, this is ${algorithm}`);
}

/** `name+hash+key`, as `note.NewVerifier` of Go takes it. */
export function verifierKey(name: string, publicKey: PublicKey): string {
  requireNoteKey(publicKey);
  return `${name}+${keyIdOf(name, publicKey)}+${toBase64(Uint8Array.of(ED25519, ...publicKey.bytes))}`;
}

/**
 * `text`, signed.
 *
 * @param text - ends in a line feed and holds no empty line at its end
 * @param name - the name of the key, without white space and plus signs
 * @throws TypeError for a text or a name that cannot be signed
 * @throws TrustError `key-untrusted` for a key that is not Ed25519
 */
export function signNote(text: string, name: string, key: PrivateKey): string {
  if (!text.endsWith('\n')) throw new TypeError('the text of a note ends in a line feed');
  if (!isKeyName(name)) throw new TypeError('the name of a key has no white space and no plus sign');
  requireNoteKey(key.publicKey);
  const signature = joined(fromHex(keyIdOf(name, key.publicKey)), key.sign(utf8(text)));
  return `${text}\n${DASH} ${name} ${toBase64(signature)}\n`;
}

function signatureOf(line: string): NoteSignature {
  const [, name = '', base64 = ''] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = fromStandardBase64(base64);
  if (name === '' || name.includes('+') || bytes === undefined || bytes.length <= KEY_ID_BYTES) {
    throw new TrustError('signature-invalid', 'a line of the note is no signature');
  }
  const keyId = hexOf(bytes.subarray(0, KEY_ID_BYTES));
  return { name, keyId, signature: bytes.subarray(KEY_ID_BYTES) };
}

/**
 * Takes a note apart; nothing is verified.
 *
 * @throws TrustError `signature-missing` or `signature-invalid`
 */
export function parseNote(note: string): SignedNote {
  // Control characters other than the line feed have no place in a note.
  if (hasControlCharacter(note)) throw new TrustError('signature-invalid', 'the note holds a control character');
  const at = note.lastIndexOf('\n\n');
  if (at < 0 || !note.endsWith('\n')) throw new TrustError('signature-missing', 'the note has no signature');
  const lines = note.slice(at + 2, -1).split('\n');
  if (lines.length > MOST_SIGNATURES) throw new TrustError('signature-invalid', 'the note has too many signatures');
  return { text: note.slice(0, at + 1), signatures: lines.map(signatureOf) };
}

/**
 * The text of a note, if a trusted key has signed it under `name`, and every signature of a trusted key is good.
 *
 * One bad signature of a known key refuses the note, whatever stands beside it (signed-note, "Signatures"): somebody has
 * changed it, or two texts were mixed.
 *
 * @param name - the name that the key must have signed under; undefined: any
 * @returns the text, and the keys that have signed it, each once
 * @throws TrustError `signature-invalid` or `key-untrusted`
 */
export function verifyNote(
  note: SignedNote,
  trusted: readonly PublicKey[],
  name?: string,
): { readonly text: string; readonly keys: readonly PublicKey[] } {
  const message = utf8(note.text);
  const own = note.signatures.filter((signature) => name === undefined || signature.name === name);
  const distinct = trusted.filter(({ id }, at) => trusted.findIndex((other) => other.id === id) === at);
  const usable = distinct.filter(({ algorithm }) => algorithm === 'ed25519');
  const keys = new Set<PublicKey>();
  for (const { name: signer, keyId, signature } of own) {
    const known = usable.filter((key) => keyIdOf(signer, key) === keyId);
    const good = known.filter((key) => key.verifies(message, signature));
    if (known.length > 0 && good.length === 0) {
      const bad = `a signature by the trusted key ${known[0]?.id} is not valid`;
      throw new TrustError('signature-invalid', `${bad}: the note is refused, whoever else has signed it`);
    }
    for (const key of good) keys.add(key);
  }
  if (keys.size > 0) return { text: note.text, keys: usable.filter((key) => keys.has(key)) };
  throw new TrustError('key-untrusted', 'no trusted key has signed the note');
}

/*
 * C2SP checkpoints (c2sp.org/tlog-checkpoint): the head of one growing log as the text of a signed note, three lines:
 * origin, number of leaves, root in base64. The logs are ordered streams: their leaves are records, and they grow at
 * their end alone. The trees above them (docs/snapshot.md) are no logs, since a leaf of theirs changes with every record.
 */

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
  const bytes = fromStandardBase64(root);
  if (bytes?.length !== HASH_BYTES) return refuse('its root is not the base64 of 32 bytes');
  if (extensions.includes('')) refuse('it has an empty line');
  return { origin, size: Number(size), root: hexOf(bytes) };
}
