/** What the user gave, read as the command reads its arguments and files. */
import { EvidenceError } from '../core/errors.ts';
import type { Json } from '../core/json/value.ts';
import { MOST_ENVELOPE_BYTES } from '../core/limits.ts';
import { type Hash, isHash, portable } from '../core/platform.ts';
import type { ProofCheck } from '../core/proof/proof-check.ts';
import { quoted, shortened } from '../reports/printable.ts';
import type { ProofInput } from '../trust/check-proof.ts';
import type { VerdictInput } from '../trust/check-verdict.ts';
import { MOST_KEY_BYTES, type PublicKey, readTrustedKey } from '../trust/keys.ts';
import { readExpectedSubject, type SignedDemands } from '../trust/trust-demands.ts';
import { TrustError } from '../trust/trust-error.ts';
import { type Child, element, facts, hashed, named, section, untrusted } from './elements.ts';
import { nobleVerifier } from './noble-verifier.ts';
import { growthTable, recordPath } from './paths.ts';
import { prettyJson } from './pretty-json.ts';
import { type GivenFile, type GivenVerdict, verdictAmong } from './verdict.ts';

/** The fields of the form. */
export interface Given {
  readonly proofs: readonly File[];
  readonly keys: readonly File[];
  /** PEM blocks one after another. */
  readonly pasted: string;
  readonly threshold: string;
  /** Hashes with white space between them. */
  readonly roots: string;
  /** As behind `--expect-subject`, one a line. */
  readonly subject: string;
  readonly origin: string;
}

/** What the command would answer with exit code 64: nothing can be checked with what was given. */
export class InputError extends Error {
  override readonly name: string = 'InputError';
}

async function bytesOf(file: File): Promise<Uint8Array> {
  try {
    return new Uint8Array(await file.arrayBuffer());
  } catch (fault) {
    // E.g. a folder, or a file that was changed or removed since it was chosen.
    const reason = fault instanceof Error ? fault.name : 'unknown fault';
    throw new EvidenceError('source-incomplete', `it cannot be read (${reason})`, { cause: fault });
  }
}

async function contentOf(file: File): Promise<Uint8Array | EvidenceError> {
  if (file.size > MOST_ENVELOPE_BYTES) {
    return new EvidenceError('input-limit', `a proof has at most ${MOST_ENVELOPE_BYTES} bytes`);
  }
  try {
    return await bytesOf(file);
  } catch (fault) {
    if (fault instanceof EvidenceError) return fault;
    throw fault;
  }
}

/** A PEM file byte by byte: it is ASCII, or none. */
function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

function keyFrom(text: string, name: string): PublicKey | TrustError {
  try {
    return readTrustedKey(nobleVerifier, text, name);
  } catch (fault) {
    if (fault instanceof TrustError) return fault;
    throw fault;
  }
}

async function keyIn(file: File): Promise<PublicKey | TrustError> {
  const refused = (reason: string): TrustError => new TrustError('key-untrusted', `${file.name}: ${reason}`);
  if (file.size > MOST_KEY_BYTES) return refused(`a key has at most ${MOST_KEY_BYTES} bytes`);
  try {
    return keyFrom(latin1(await bytesOf(file)), file.name);
  } catch (fault) {
    if (fault instanceof EvidenceError) return refused(fault.message);
    throw fault;
  }
}

function pastedKeys(pasted: string): readonly (PublicKey | TrustError)[] {
  const blocks = pasted.split(/(?=-----BEGIN )/).filter((block) => block.trim() !== '');
  // What was pasted has often lost its last line feed, or has white space before it.
  return blocks.map((block, at) => keyFrom(block.trim(), `pasted key ${at + 1}`));
}

function thresholdOf(text: string, keys: number): number {
  const threshold = /^[0-9]{1,16}$/.test(text.trim()) ? Number(text) : 0;
  if (!Number.isSafeInteger(threshold) || threshold < 1) {
    throw new InputError('The number of signatures is a whole number, 1 or more.');
  }
  if (keys > 0 && threshold > keys) {
    throw new InputError(
      `${threshold} signatures are demanded, and ${keys === 1 ? '1 key is' : `${keys} keys are`} trusted.`,
    );
  }
  if (keys === 0 && threshold > 1) throw new InputError('A number of signatures has no meaning without a key.');
  return threshold;
}

function rootsOf(text: string): readonly Hash[] {
  const roots = text.split(/\s+/).filter((root) => root !== '');
  const wrong = roots.find((root) => !isHash(root));
  if (wrong === undefined) return roots;
  throw new InputError(`${quoted(shortened(wrong, 80))} is no root: give 64 lower-case hexadecimal digits.`);
}

function demandsOf({ subject: text, origin }: Given, keys: number): SignedDemands {
  const asked = text.split(/\r?\n/).filter((line) => line !== '');
  const subject = readExpectedSubject(asked);
  if (typeof subject === 'string') throw new InputError(`The expected subject ${subject}.`);
  const demands = { ...(subject.size === 0 ? {} : { subject }), ...(origin === '' ? {} : { origin }) };
  if (keys > 0 || Object.keys(demands).length === 0) return demands;
  throw new InputError('An expected subject or origin has no meaning without a key.');
}

async function keysOf({ keys, pasted }: Given): Promise<readonly (PublicKey | TrustError)[]> {
  const trusted: (PublicKey | TrustError)[] = [];
  for (const file of keys) trusted.push(await keyIn(file));
  return [...trusted, ...pastedKeys(pasted)];
}

/** A signed verdict, by which keys, and what of. */
export interface VerdictQuestion {
  readonly verdict: GivenVerdict;
  readonly trusted: ProofInput['trusted'];
  readonly demands: VerdictInput['demands'];
}

async function filesOf(files: readonly File[]): Promise<readonly GivenFile[]> {
  const read: GivenFile[] = [];
  for (const file of files) read.push({ name: file.name, content: await contentOf(file) });
  return read;
}

/** What is asked of a signed verdict: it has one signature, states its roots itself, and is of no log. */
function questionOf(verdict: GivenVerdict, given: Given, trusted: ProofInput['trusted']): VerdictQuestion {
  if (given.threshold.trim() !== '1')
    throw new InputError('A signed verdict has one signature: leave that number at 1.');
  if (given.roots.trim() !== '' || given.origin !== '') {
    throw new InputError('A known root, or an origin, has no meaning with a signed verdict.');
  }
  const { subject } = demandsOf(given, trusted.length);
  return { verdict, trusted, demands: subject === undefined ? {} : { subject } };
}

/**
 * Reads all that the form holds.
 *
 * @throws InputError if nothing can be checked with it
 */
export async function readGiven(given: Given): Promise<ProofInput | VerdictQuestion> {
  if (given.proofs.length === 0) throw new InputError('Give a proof file, or a signed verdict with its report.');
  const files = await filesOf(given.proofs);
  const trusted = await keysOf(given);
  const verdict = verdictAmong(files);
  if (verdict !== undefined) return questionOf(verdict, given, trusted);
  const [proof, ...others] = files;
  if (proof === undefined || others.length > 0) {
    throw new InputError('Give one proof file at a time, or one signed verdict (a Sigstore bundle) with its report.');
  }
  const knownRoots = rootsOf(given.roots);
  const threshold = thresholdOf(given.threshold, trusted.length);
  const demands = demandsOf(given, trusted.length);
  // The form always has a number: 1 is what it is where nothing was said.
  const most = threshold === 1 ? {} : { threshold };
  return { ...proof, trusted, ...most, knownRoots, demands };
}

/* All that is shown of a check below its verdict. */

/** Longer records are cut off on the screen; the whole of one is in the file. */
const MOST_CHARACTERS = 200_000;

function keyItem(key: ProofInput['trusted'][number], signers: ReadonlySet<string>): HTMLElement {
  if (key instanceof TrustError) return element('li', 'bad', ...untrusted(key.message));
  const signed = signers.has(key.id) ? 'has signed' : 'has signed nothing that counts';
  return element('li', '', named(key.name), ` ${key.algorithm}, ${signed} `, hashed(key.id));
}

function fileFacts({ content }: ProofInput): HTMLElement {
  if (content instanceof Error) return facts(['SHA-256 of the proof file', 'it was not read']);
  return facts(
    ['SHA-256 of the proof file', hashed(portable.sha256(content))],
    ['its length', `${content.length} bytes`],
  );
}

function keyList({ trusted }: ProofInput, { vouched }: ProofCheck): Child {
  if (trusted.length === 0) return element('p', '', 'No key is trusted.');
  const signers = new Set(vouched.flatMap(({ keys }) => keys.map(({ id }) => id)));
  const items = trusted.map((key) => keyItem(key, signers));
  return element('ul', 'keys', ...items);
}

function recordOf(record: Json | undefined, leafHash: Hash): readonly Child[] {
  if (record === undefined) {
    return [element('p', '', 'The proof holds the leaf hash of the record alone: '), hashed(leafHash)];
  }
  const text = prettyJson(record);
  const isCut = text.length > MOST_CHARACTERS;
  const shown = element('pre', '', element('code', '', isCut ? text.slice(0, MOST_CHARACTERS) : text));
  shown.tabIndex = 0;
  shown.setAttribute('role', 'group');
  shown.setAttribute('aria-label', 'The record');
  return [shown, ...(isCut ? [element('p', 'bad', 'It is longer than that: the rest is in the file.')] : [])];
}

/** A file that is not shown to be right may say anything: its heading says whose words they are. */
function contents(check: ProofCheck): readonly HTMLElement[] {
  const { document: proof, verdict } = check;
  if (proof === undefined) return [];
  const claimed = verdict === 'PASS' ? '' : ', as the file says';
  if (proof.proves === 'consistency') return [section(`Streams${claimed}`, ...growthTable(proof.proof))];
  if (proof.proves === 'log-inclusion')
    return [section(`The record${claimed}`, ...recordOf(proof.record, proof.leafHash))];
  return [
    section(`The record${claimed}`, ...recordOf(proof.record, proof.proof.leafHash)),
    section(`From the leaf to the root${claimed}`, ...recordPath(proof.proof)),
  ];
}

/**
 * The sections.
 *
 * @param lines - what the command prints, without the verdict
 */
export function outcome(input: ProofInput, check: ProofCheck, lines: readonly string[]): readonly HTMLElement[] {
  const list = element('ul', 'lines', ...lines.map((line) => element('li', '', line)));
  list.id = 'lines';
  return [
    section('Outcome', list, fileFacts(input), element('h3', '', 'Trusted keys'), keyList(input, check)),
    ...contents(check),
  ];
}
