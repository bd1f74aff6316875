/**
 * Policies (c2sp.org/tlog-policy): which logs are known, which witnesses, and how many of them must have cosigned a
 * checkpoint before it is believed.
 *
 * A file of lines of words. It is read strictly: a line that is not understood might have been a condition.
 */

import { Buffer } from 'node:buffer';
import { fromStandardBase64, joined } from '../core/base64.ts';
import { hexOf, portable, utf8 } from '../core/platform.ts';
import type { PublicKey } from './keys.ts';
import { type Checkpoint, parseCheckpoint, parseNote, type SignedNote, verifyNote } from './signed-note.ts';
import { TrustError } from './trust-error.ts';
export interface PolicyWitness {
  readonly name: string;
  readonly key: NoteKey;
  /** Where checkpoints are submitted to. */
  readonly url: string | undefined;
}

interface Group {
  readonly least: number;
  readonly members: readonly string[];
}

export interface WitnessPolicy {
  readonly logs: readonly NoteKey[];
  readonly witnesses: ReadonlyMap<string, PolicyWitness>;
  readonly groups: ReadonlyMap<string, Group>;
  /** Name of a witness or a group, or `none`. */
  readonly quorum: string;
}

const NONE = 'none';
const ONCE =
  'a policy has each key once. Where one key signs several logs, leave out the lines of the logs, and give --trusted-key';

class PolicyReader {
  readonly #keyOf: (raw: Uint8Array, name: string) => PublicKey;
  readonly logs: NoteKey[] = [];
  readonly witnesses = new Map<string, PolicyWitness>();
  readonly groups = new Map<string, Group>();
  readonly #members = new Set<string>();
  readonly #keys = new Set<string>();
  quorum: string | undefined;

  constructor(keyOf: (raw: Uint8Array, name: string) => PublicKey) {
    this.#keyOf = keyOf;
  }

  line(words: readonly string[]): void {
    const [what, ...rest] = words;
    if (what === undefined || what.startsWith('#')) return;
    if (what === 'log') this.#log(rest);
    else if (what === 'witness') this.#witness(rest);
    else if (what === 'group') this.#group(rest);
    else if (what === 'quorum') this.#quorum(rest);
    else throw new Error(`${JSON.stringify(what)}: a line begins with log, witness, group or quorum`);
  }

  #key(vkey: string, role: string, type: number): NoteKey {
    // Names of keys are UTF-8 in notes; everywhere else words are octets.
    const key = noteKey(Buffer.from(vkey, 'latin1').toString('utf8'), this.#keyOf);
    const raw = `${role} ${Buffer.from(key.bytes).toString('hex')}`;
    if (this.#keys.has(raw)) throw new Error(`the key of another line: ${ONCE}`);
    this.#keys.add(raw);
    if (key.key !== undefined && key.type !== type)
      throw new Error(`a key of type ${key.type}: no ${role} signs with it`);
    return key;
  }

  #log(words: readonly string[]): void {
    const [vkey] = words;
    if (vkey === undefined || words.length > 2) throw new Error('log <vkey> [<url>]');
    this.logs.push(this.#key(vkey, 'log', LOG_ED25519));
  }

  #define(name: string): void {
    if (name === NONE || this.witnesses.has(name) || this.groups.has(name)) {
      throw new Error(`the name ${JSON.stringify(name)} is taken`);
    }
  }

  #witness(words: readonly string[]): void {
    const [name, vkey, url] = words;
    if (name === undefined || vkey === undefined || words.length > 3) throw new Error('witness <name> <vkey> [<url>]');
    this.#define(name);
    this.witnesses.set(name, { name, key: this.#key(vkey, 'witness', COSIGNATURE_ED25519), url });
  }

  #group([name, count = '', ...members]: readonly string[]): void {
    if (name === undefined || members.length === 0) throw new Error('group <name> all|any|<k> <name>...');
    this.#define(name);
    const words = new Map([
      ['all', members.length],
      ['any', 1],
    ]);
    const least = /^[1-9][0-9]{0,5}$/.test(count) ? Number(count) : (words.get(count) ?? 0);
    if (least < 1 || least > members.length) throw new Error(`${JSON.stringify(count)} of ${members.length} members`);
    for (const member of members) {
      this.#requireDefined(member);
      if (this.#members.has(member)) throw new Error(`${JSON.stringify(member)} is a member twice`);
      this.#members.add(member);
    }
    this.groups.set(name, { least, members });
  }

  #requireDefined(name: string): void {
    if (this.witnesses.has(name) || this.groups.has(name)) return;
    throw new Error(`${JSON.stringify(name)} was not defined before`);
  }

  #quorum([name, ...more]: readonly string[]): void {
    if (name === undefined || more.length > 0) throw new Error('quorum <name>');
    if (this.quorum !== undefined) throw new Error('a second quorum');
    if (name !== NONE) this.#requireDefined(name);
    this.quorum = name;
  }
}

/** @throws TrustError `key-untrusted` for what is no policy, with the line */
export function parsePolicy(
  bytes: Uint8Array,
  name: string,
  keyOf: (raw: Uint8Array, name: string) => PublicKey,
): WitnessPolicy {
  const refuse = (reason: string, cause?: unknown): never => {
    throw new TrustError('key-untrusted', `the policy ${name}: ${reason}`, { cause });
  };
  const text = Buffer.from(bytes).toString('latin1');
  if (text === '') refuse('it is empty: give lines of log, witness, group and quorum');
  if (!text.endsWith('\n')) refuse('it does not end in a line feed: a part may be missing');
  const reader = new PolicyReader(keyOf);
  for (const [at, line] of text.slice(0, -1).split('\n').entries()) {
    const place = `line ${at + 1}`;
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    if (/[\0-\x08\x0a-\x1f\x7f]/.test(line)) refuse(`${place}: a control character`);
    try {
      reader.line(line.split(/[ \t]+/).filter((word) => word !== ''));
    } catch (fault) {
      refuse(`${place}: ${fault instanceof Error ? fault.message : ''}`, fault);
    }
  }
  const { logs, witnesses, groups, quorum = refuse('it has no quorum') } = reader;
  return { logs, witnesses, groups, quorum };
}

export interface Witnessed {
  readonly checkpoint: Checkpoint;
  /** Witnesses that have cosigned, by their names in the policy, and when, in seconds since 1970. */
  readonly witnesses: readonly { readonly name: string; readonly time: number }[];
  /** Why it is not to be believed; undefined if the policy is met. */
  readonly fault: string | undefined;
}

/** Each group stands behind its members: one pass over them, however deep they lie in one another. */
function isMet({ groups, quorum }: WitnessPolicy, cosigned: readonly string[]): boolean {
  const met = new Set([NONE, ...cosigned]);
  for (const [name, { least, members }] of groups) {
    if (members.filter((member) => met.has(member)).length >= least) met.add(name);
  }
  return met.has(quorum);
}

/** The keys of the logs of that origin. */
export function logKeysOf({ logs }: WitnessPolicy, origin: string): readonly PublicKey[] {
  return logs.flatMap(({ name, key }) => (name === origin && key !== undefined ? [key] : []));
}

/** Why none of `logKeys` has signed it under its origin, if none has. */
function keyFault(
  note: ReturnType<typeof parseNote>,
  origin: string,
  logKeys: readonly PublicKey[],
): string | undefined {
  try {
    verifyNote(note, logKeys, origin);
    return undefined;
  } catch (fault) {
    if (fault instanceof TrustError && fault.kind === 'key-untrusted') return fault.message;
    throw fault;
  }
}

function logFault(
  { logs }: WitnessPolicy,
  note: ReturnType<typeof parseNote>,
  origin: string,
  logKeys: readonly PublicKey[],
): string | undefined {
  if (logs.length === 0 && logKeys.length > 0) return keyFault(note, origin, logKeys);
  const known = logs.filter(({ name }) => name === origin);
  if (known.length === 0) return `the policy has no log of the origin ${JSON.stringify(origin)}`;
  let good = 0;
  for (const log of known) {
    for (const signature of signaturesOf(note, log)) {
      if (log.key?.verifies(Buffer.from(note.text), signature) !== true) return 'the signature of its log is not valid';
      good += 1;
    }
  }
  return good > 0 ? undefined : 'its log has not signed it';
}

/** A time of a witness may be any number. */
function timeText(seconds: number): string {
  const date = new Date(seconds * 1000);
  return Number.isNaN(date.getTime()) ? `${seconds} s since 1970` : date.toISOString();
}

/** The clock of a witness may be ahead by this much. */
const CLOCK_SKEW_SECONDS = 5 * 60;

/** Why a time does not count, in words: what is cosigned in the future would be fresh for as long as that clock is wrong. */
export function aheadIn(seconds: number, nowMs: number): string | undefined {
  const isAhead = seconds > nowMs / 1000 + CLOCK_SKEW_SECONDS;
  return isAhead ? `has cosigned it in the future, at ${timeText(seconds)}` : undefined;
}

/**
 * Whether a checkpoint is valid by `policy`: signed by a log of it, and cosigned by its quorum. What a witness has cosigned in
 * the future it has not cosigned.
 *
 * @param text - the signed note
 * @param nowMs - in milliseconds since 1970
 * @param logKeys - keys of logs that are known from elsewhere: by one of them it must be signed where the policy names no log
 * @throws TrustError `signature-missing`, `signature-invalid` for what is no checkpoint, or has a bad signature of a
 *   known key
 */
export function judgeCheckpoint(
  policy: WitnessPolicy,
  text: string,
  nowMs: number,
  logKeys: readonly PublicKey[] = [],
): Witnessed {
  const note = parseNote(text);
  const checkpoint = parseCheckpoint(note.text);
  const witnesses: { readonly name: string; readonly time: number }[] = [];
  const ahead: string[] = [];
  for (const { name, key } of policy.witnesses.values()) {
    const time = cosignedAt(note, key);
    if (time === undefined) continue;
    const isAhead = aheadIn(time, nowMs);
    if (isAhead === undefined) witnesses.push({ name, time });
    else ahead.push(`; ${JSON.stringify(name)} ${isAhead}`);
  }
  const fault = logFault(policy, note, checkpoint.origin, logKeys);
  if (fault !== undefined) return { checkpoint, witnesses, fault };
  const met = isMet(
    policy,
    witnesses.map(({ name }) => name),
  );
  const count = `${witnesses.length} of the ${policy.witnesses.size} witnesses of the policy have cosigned it`;
  const lacking = `${count}: that does not meet the quorum ${JSON.stringify(policy.quorum)}${ahead.join('')}`;
  return { checkpoint, witnesses, fault: met ? undefined : lacking };
}

/*
 * Cosignatures of witnesses (c2sp.org/tlog-cosignature): that at a time the tree of a checkpoint was the largest one of
 * its log that the witness had seen, and that it had grown out of all that it had seen before.
 *
 * What is signed is `cosignature/v1`, the time and the whole text of the checkpoint, a line each; the signature in the note
 * is eight bytes of time and 64 of Ed25519. Keys are written as `name+id+key` (c2sp.org/signed-note, "Verifier keys").
 */

/** Signature types (c2sp.org/signed-note). */
const LOG_ED25519 = 0x01;
const COSIGNATURE_ED25519 = 0x04;

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
function noteKey(vkey: string, keyOf: (raw: Uint8Array, name: string) => PublicKey): NoteKey {
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
function signaturesOf({ signatures }: SignedNote, { name, keyId }: NoteKey): readonly Uint8Array[] {
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
