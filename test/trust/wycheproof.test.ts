/** Signatures that others found implementations to get wrong (C2SP wycheproof). */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { nobleVerifier } from '../../src/page/noble-verifier.ts';
import { readTrustedKey } from '../../src/trust/keys.ts';
import { readPublicKey } from '../../src/trust/node-keys.ts';
import { sharedFolder, skippedWithout } from '../shared.ts';

const FOLDER = 'vectors/wycheproof';
const folder = sharedFolder(FOLDER);

interface Case {
  readonly tcId: number;
  readonly comment: string;
  readonly msg: string;
  readonly sig: string;
  readonly result: 'valid' | 'invalid' | 'acceptable';
}

interface Group {
  readonly publicKeyPem: string;
  readonly tests: readonly Case[];
}

function groupsOf(file: string): readonly Group[] {
  const { testGroups } = JSON.parse(readFileSync(`${folder}/${file}`, 'utf8')) as { testGroups: readonly Group[] };
  return testGroups;
}

function integer(bytes: Buffer): Buffer {
  let start = 0;
  while (start < bytes.length - 1 && bytes[start] === 0) start++;
  const digits = bytes.subarray(start);
  const padded = (digits[0] ?? 0) >= 0x80 ? Buffer.concat([Buffer.of(0), digits]) : digits;
  return Buffer.concat([Buffer.of(2, padded.length), padded]);
}

/** IEEE P1363, r and s of 32 bytes each, as ASN.1 DER; what has another length is no such signature. */
function derOf(signature: Buffer): Buffer | undefined {
  if (signature.length !== 64) return undefined;
  const body = Buffer.concat([integer(signature.subarray(0, 32)), integer(signature.subarray(32))]);
  return Buffer.concat([Buffer.of(0x30, body.length), body]);
}

const FILES = [
  ['ed25519_test.json', 151, (signature: Buffer) => signature],
  ['ecdsa_secp256r1_sha256_test.json', 484, (signature: Buffer) => signature],
  ['ecdsa_secp256r1_sha256_p1363_test.json', 262, derOf],
] as const;

/** The command has node:crypto, the page in the browser has @noble/curves: both answer as wycheproof, so as each other. */
const READERS = [
  ['node:crypto', readPublicKey],
  ['@noble/curves', (text: string, name: string) => readTrustedKey(nobleVerifier, text, name)],
] as const;

const EACH = FILES.flatMap(([file, ...rest]) =>
  READERS.map(([library, read]) => [file, library, read, ...rest] as const),
);

describe.skipIf(folder === undefined)(`every case of wycheproof${skippedWithout(FOLDER)}`, () => {
  it.each(EACH)('in %s is answered by %s as it says', (file, _, read, count, encoded) => {
    let cases = 0;
    for (const { publicKeyPem, tests } of groupsOf(file)) {
      const key = read(publicKeyPem, file);
      for (const { tcId, comment, msg, sig, result } of tests) {
        const signature = encoded(Buffer.from(sig, 'hex'));
        const accepted = signature !== undefined && key.verifies(Buffer.from(msg, 'hex'), signature);
        expect(accepted, `${tcId} ${comment}`).toBe(result === 'valid');
        cases += 1;
      }
    }
    expect(cases).toBe(count);
  });
});
