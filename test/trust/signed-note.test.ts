/** Signed notes beside those of golang.org/x/mod/sumdb/note and of a log of tessera; checkpoints within them. */
import { createHash, createPrivateKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { PrivateKey, PublicKey } from '../../src/trust/keys.ts';
import { newKeyPair, readPrivateKey, readPublicKey } from '../../src/trust/node-keys.ts';
import {
  checkpointText,
  originOfStream,
  originOfSystem,
  parseCheckpoint,
  parseNote,
  signNote,
  verifierKey,
  verifyNote,
} from '../../src/trust/signed-note.ts';
import { TrustError } from '../../src/trust/trust-error.ts';
import { sharedFolder, skippedWithout } from '../shared.ts';

// The example of the documentation of that package; the private key is published there on purpose.
const PETER = 'PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW';
const PETERS_SEED = 'AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz';
const TEXT = "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const SIGNATURE =
  '— PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n';
const NOTE = `${TEXT}\n${SIGNATURE}`;

const pem = (label: string, ...parts: readonly Uint8Array[]): string =>
  `-----BEGIN ${label}-----\n${Buffer.concat(parts).toString('base64')}\n-----END ${label}-----\n`;

/** The key of `name+hash+base64`, whose first byte is the algorithm. */
function keyOf(verifier: string): PublicKey {
  const raw = Buffer.from(verifier.split('+').slice(2).join('+'), 'base64');
  return readPublicKey(pem('PUBLIC KEY', Buffer.from('302a300506032b6570032100', 'hex'), raw.subarray(1)), verifier);
}

function signerOf(seed: string): PrivateKey {
  const raw = Buffer.from(seed, 'base64').subarray(1);
  const text = pem('PRIVATE KEY', Buffer.from('302e020100300506032b657004220420', 'hex'), raw);
  expect(createPrivateKey(text).asymmetricKeyType).toBe('ed25519');
  return readPrivateKey(text, 'seed');
}

const peter = keyOf(PETER);
const newKey = (): PrivateKey => readPrivateKey(newKeyPair('k').privatePem, 'k');

function refusal(verify: () => unknown): string {
  try {
    verify();
  } catch (fault) {
    if (fault instanceof TrustError) return fault.kind;
    throw fault;
  }
  return 'verified';
}

const verdictOf = (note: string, trusted: readonly PublicKey[] = [peter], name?: string): string =>
  refusal(() => verifyNote(parseNote(note), trusted, name));

describe('the note of the Go documentation', () => {
  it('verifies, and is what we sign, byte for byte', () => {
    expect(verifyNote(parseNote(NOTE), [peter], 'PeterNeumann')).toEqual({ text: TEXT, keys: [peter] });
    expect(signNote(TEXT, 'PeterNeumann', signerOf(PETERS_SEED))).toBe(NOTE);
    expect(verifierKey('PeterNeumann', peter)).toBe(PETER);
  });

  it('is refused with any bit of any byte flipped', () => {
    const bytes = Buffer.from(NOTE);
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      let text: string;
      try {
        text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(flipped);
      } catch {
        continue;
      }
      expect(verdictOf(text), `bit ${bit}`).not.toBe('verified');
    }
  });

  it('is refused with any byte taken out or put in', () => {
    for (let at = 0; at <= NOTE.length; at++) {
      if (at < NOTE.length) expect(verdictOf(NOTE.slice(0, at) + NOTE.slice(at + 1)), `${at}`).not.toBe('verified');
      for (const put of ['A', ' ', '\n', '=', '\u2014']) {
        expect(verdictOf(NOTE.slice(0, at) + put + NOTE.slice(at)), `${put} at ${at}`).not.toBe('verified');
      }
    }
  });

  it('is refused cut off anywhere', () => {
    for (let end = 0; end < NOTE.length; end++) expect(verdictOf(NOTE.slice(0, end)), `${end}`).not.toBe('verified');
  });
});

describe('keys and names', () => {
  const [other, third] = [newKey(), newKey()];
  const [line] = NOTE.split('\n').slice(-2);
  const lineOf = (key: PrivateKey, name: string): string => signNote(TEXT, name, key).split('\n').at(-2) ?? '';

  it('signatures of unknown keys are passed over, in any order', () => {
    for (const lines of [
      [line, lineOf(other, 'Other')],
      [lineOf(other, 'Other'), line],
      [lineOf(other, 'Other'), line, lineOf(third, 'PeterNeumann')],
    ]) {
      const note = `${TEXT}\n${lines.join('\n')}\n`;
      expect(verifyNote(parseNote(note), [peter]).keys).toEqual([peter]);
      expect(verifyNote(parseNote(note), [peter, other.publicKey]).keys).toHaveLength(2);
    }
    expect(verdictOf(`${TEXT}\n${lineOf(other, 'Other')}\n`)).toBe('key-untrusted');
    expect(verdictOf(NOTE, [])).toBe('key-untrusted');
  });

  it('one bad signature of a trusted key refuses the note, whatever good ones stand beside it, in any order', () => {
    const flipped = (text: string): string => text.replace(/(.)=$/, (_, digit) => `${digit === 'A' ? 'E' : 'A'}=`);
    const [good, bad] = [line ?? '', flipped(line ?? '')];
    expect(bad).not.toBe(good);
    const ours = lineOf(other, 'Other');
    for (const lines of [
      [good, bad],
      [bad, good],
      [ours, good, bad],
      [bad, ours],
      [good, flipped(ours)],
    ]) {
      const note = `${TEXT}\n${lines.join('\n')}\n`;
      expect(verdictOf(note, [peter, other.publicKey]), lines.join()).toBe('signature-invalid');
    }
    // Under another name, or of another key, it is of somebody nobody here knows.
    expect(verdictOf(`${TEXT}\n${good}\n${bad.replace('PeterNeumann', 'Other')}\n`)).toBe('verified');
    expect(verdictOf(`${TEXT}\n${good}\n${flipped(ours)}\n`)).toBe('verified');
    expect(verdictOf(`${TEXT}\n${good}\n${flipped(ours)}\n`, [peter, other.publicKey], 'PeterNeumann')).toBe(
      'verified',
    );
  });

  it.each([0, 1, 9, 13, 27, 31])('a note with the control character %i anywhere is none', (code) => {
    const character = String.fromCharCode(code);
    for (const at of [0, 5, TEXT.length - 1, TEXT.length + 4]) {
      const note = NOTE.slice(0, at) + character + NOTE.slice(at);
      expect(() => parseNote(note), `${at}`).toThrow('control character');
    }
    // Signed as it stands, it is refused none the less.
    const signedOne = `a${character}b\n`;
    const signature = Buffer.concat([
      Buffer.from('c74f20a3', 'hex'),
      signerOf(PETERS_SEED).sign(Buffer.from(signedOne)),
    ]);
    expect(verdictOf(`${signedOne}\n— PeterNeumann ${signature.toString('base64')}\n`)).toBe('signature-invalid');
  });

  it('C10: a key that is trusted twice, or has signed twice, counts once', () => {
    const note = `${TEXT}\n${line}\n${line}\n`;
    expect(verifyNote(parseNote(note), [peter, { ...peter, name: 'again' }]).keys).toHaveLength(1);
  });

  it('a signature under another name is of another key', () => {
    expect(verdictOf(NOTE, [peter], 'EnochRoot')).toBe('key-untrusted');
    expect(verdictOf(NOTE.replace('— PeterNeumann', '— EnochRoot'))).toBe('key-untrusted');
    const otherAsPeter = Buffer.concat([Buffer.from('c74f20a3', 'hex'), other.sign(Buffer.from(TEXT))]);
    expect(verdictOf(`${TEXT}\n— PeterNeumann ${otherAsPeter.toString('base64')}\n`)).toBe('signature-invalid');
  });

  it.each(['with space', 'with+plus', 'with\ttab', 'with\nline', 'with\u00a0space', ''])(
    'a name cannot be %j',
    (name) => {
      expect(() => signNote(TEXT, name, other)).toThrow(TypeError);
      const signature = Buffer.concat([Buffer.alloc(4), other.sign(Buffer.from(TEXT))]).toString('base64');
      expect(verdictOf(`${TEXT}\n— ${name} ${signature}\n`, [other.publicKey])).not.toBe('verified');
    },
  );

  it('an origin has neither, whatever system, tenant and stream are called, and no two are the same', () => {
    const names = ['a b', 'a+b', 'a/b', 'ä', '%', '\n', 'attempt-2', '.'];
    const origins = names.flatMap((system) =>
      names.flatMap((tenant) =>
        names.flatMap((stream) => [1, 2, 22].map((n) => originOfStream(originOfSystem(system), tenant, stream, n))),
      ),
    );
    for (const origin of origins) expect(origin).toMatch(/^[^\s+]+$/);
    expect(new Set(origins).size).toBe(origins.length);
    expect(originOfStream('example.com/log', 'acme', 'ledger/1', 1)).toBe('example.com/log/acme/ledger%2F1');
    expect(originOfStream('example.com/log', 'acme', 'ledger/1', 2)).toBe('example.com/log/acme/ledger%2F1/attempt-2');
  });

  it.each(['\u0000', '\u001f', 'a\tb'])('a name with the control character in %j cannot be signed under', (name) => {
    expect(() => signNote(TEXT, name, other)).toThrow(TypeError);
  });

  it('a text without a line feed at its end is not signed', () => {
    expect(() => signNote('text', 'name', other)).toThrow(TypeError);
  });

  it('a line without a signature behind the key id is none, and one of a single byte is a bad one', () => {
    const lineOfBytes = (length: number): string =>
      `— PeterNeumann ${Buffer.from('c74f20a300', 'hex').subarray(0, length).toString('base64')}`;
    expect(() => parseNote(`${TEXT}\n${lineOfBytes(4)}\n`)).toThrow('a line of the note is no signature');
    expect(parseNote(`${TEXT}\n${lineOfBytes(5)}\n`).signatures).toHaveLength(1);
    expect(verdictOf(`${TEXT}\n${lineOfBytes(5)}\n`)).toBe('signature-invalid');
    expect(parseNote(`\n\n${line}\n`).text).toBe('\n');
  });

  it('a note of more than 100 signatures, or without any, is none', () => {
    expect(verdictOf(`${TEXT}\n${`${line}\n`.repeat(100)}`)).toBe('verified');
    expect(verdictOf(`${TEXT}\n${`${line}\n`.repeat(101)}`)).toBe('signature-invalid');
    expect(verdictOf(TEXT)).toBe('signature-missing');
    expect(verdictOf(`${TEXT}\n`)).not.toBe('verified');
  });

  it('is in the standard alphabet of base64 alone: what URLs have says the same, and is another note', () => {
    expect(parseNote(`${TEXT}\n\u2014 name ++//++//\n`).signatures).toHaveLength(1);
    for (const spelt of ['-+//++//', '++_/++//', '--__--__'])
      expect(() => parseNote(`${TEXT}\n\u2014 name ${spelt}\n`)).toThrow('a line of the note is no signature');
  });
});

describe('a checkpoint', () => {
  const root = createHash('sha256').update('root').digest('hex');
  const text = checkpointText({ origin: 'example.com/log', size: 7, root });

  it('is read as it was written, and its extensions are passed over', () => {
    expect(parseCheckpoint(text)).toEqual({ origin: 'example.com/log', size: 7, root });
    expect(parseCheckpoint(`${text}extension\nanother\n`)).toEqual({ origin: 'example.com/log', size: 7, root });
  });

  it.each([
    ['no origin', text.replace('example.com/log', '')],
    ['no line feed at its end', text.slice(0, -1)],
    ['a size with a zero before it', text.replace('\n7\n', '\n07\n')],
    ['a negative size', text.replace('\n7\n', '\n-7\n')],
    ['a size in hexadecimal', text.replace('\n7\n', '\n0x7\n')],
    ['a size with a space', text.replace('\n7\n', '\n7 \n')],
    ['a size beyond 2^53', text.replace('\n7\n', '\n9007199254740993\n')],
    ['no size', text.replace('\n7\n', '\n')],
    ['a root that is too short', checkpointText({ origin: 'o', size: 7, root: root.slice(2) })],
    ['a root that is too long', checkpointText({ origin: 'o', size: 7, root: `${root}00` })],
    ['a root in hexadecimal', `o\n7\n${root}\n`],
    ['a root without padding', text.replace('=', '')],
    ['an empty line behind it', `${text}\nmore\n`],
    ['nothing', ''],
  ])('with %s is none', (_, other) => {
    expect(refusal(() => parseCheckpoint(other))).toBe('signature-invalid');
  });
});

const FOLDER = 'vectors/tessera-testlog/testdata/log';
const folder = sharedFolder(FOLDER);
// The published key of the test data of that project.
const TESSERA = 'example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx';

describe.skipIf(folder === undefined)(`the checkpoints of a log of tessera${skippedWithout(FOLDER)}`, () => {
  const key = keyOf(TESSERA);
  it.each(Array.from({ length: 16 }, (_, size) => size))(
    'that of %i entries is signed by its key, as it stands',
    (size) => {
      const note = parseNote(readFileSync(join(folder ?? '', `checkpoint.${size}`), 'utf8'));
      const { text, keys } = verifyNote(note, [peter, key], 'example.com/log/testdata');
      expect(keys).toEqual([key]);
      expect(parseCheckpoint(text)).toMatchObject({ origin: 'example.com/log/testdata', size });
      expect(verifierKey('example.com/log/testdata', key)).toBe(TESSERA);
      const other = { ...note, text: note.text.replace(`\n${size}\n`, `\n${size + 1}\n`) };
      expect(refusal(() => verifyNote(other, [key]))).toBe('signature-invalid');
    },
  );
});
