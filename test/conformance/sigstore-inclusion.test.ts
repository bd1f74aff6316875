/**
 * The Rekor inclusion proofs in the bundles of sigstore-conformance: real logs, of up to 1.3 thousand million leaves.
 *
 * Only the Merkle part: the leaf is `canonicalizedBody`, the proof must lead to `inclusionProof.rootHash`, and the
 * checkpoint beside it must be a note for that size and root. Signatures, certificates and times are not looked at, so
 * most bundles in a `_fail` folder are sound here. Each of those is listed with what is wrong with it instead; a bundle
 * that is in none of the lists makes the test fail.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProofError, rootFromInclusionProof, verifyInclusion } from '../../src/core/merkle/proof.ts';
import { leafHash } from '../../src/core/merkle/tree.ts';
import { portable } from '../../src/core/platform.ts';
import type { PublicKey } from '../../src/trust/keys.ts';
import { readPublicKey } from '../../src/trust/node-keys.ts';
import { parseCheckpoint, parseNote, type SignedNote, verifyNote } from '../../src/trust/signed-note.ts';
import { TrustError } from '../../src/trust/trust-error.ts';
import { sharedFolder, skippedWithout } from '../shared.ts';

const FOLDER = 'vectors/sigstore-conformance/test/assets/bundle-verify';
const folder = sharedFolder(FOLDER);
const ED25519_SPKI_BYTES = 44;

/** The proof does not lead from this body to this root. */
const PROOF_UNSOUND = [
  'bundle-empty-certificate-chain_fail', // a made-up bundle: its proof is a placeholder
  'bundle-invalid-base64-signature_fail', // the body was changed with the signature in it
  'inclusion-proof-corrupted-hash_fail',
  'incorrect-public-key_fail', // likewise, with the key in it
  'invalid-inclusion-proof_fail',
];

/** The proof leads to its root, but the checkpoint is no note for that size and root. */
const CHECKPOINT_UNSOUND = [
  'bundle-with-root-cert_fail', // no checkpoint at all
  'checkpoint-wrong-roothash_fail',
  'rekor2-checkpoint-missing-log-signature_fail', // what is left of its signatures is none
  'rekor2-checkpoint-missing-origin_fail',
  'rekor2-checkpoint-missing-root-hash_fail',
  'rekor2-checkpoint-missing-size_fail',
];

/** No inclusion proof to look at. */
const WITHOUT_PROOF = [
  'bundle-malformed-json_fail',
  'bundle-negative-log-index_fail',
  'bundle-unknown-version_fail',
  'intoto-missing-inclusion-proof_fail',
  'rekor2-no-inclusion-proof_fail',
];

/** Proof and checkpoint agree; the bundle must be refused for what the name says, which is not the tree's to see. */
const SOUND_NEVERTHELESS = [
  'bundle-from-wrong-instance_fail',
  'checkpoint-bad-keyhint_fail',
  'dsse-invalid-sig_fail',
  'dsse-mismatch-envelope_fail',
  'dsse-mismatch-sig_fail',
  'integrated-time-in-future_fail',
  'intoto-expired-certificate_fail',
  'intoto-log-entry-mismatch_fail',
  'intoto-set-outside-signing-cert-validity_fail',
  'intoto-tsa-timestamp-outside-cert-validity_fail',
  'invalid-checkpoint-signature_fail',
  'invalid-ct-key_fail',
  'managed-key-no-key_fail',
  'managed-key-wrong-key_fail',
  'message-digest-mismatch_fail',
  'rekor2-checkpoint-no-matching-signature_fail',
  'rekor2-dsse-invalid-sig_fail',
  'rekor2-dsse-mismatch-envelope_fail',
  'rekor2-dsse-mismatch-sig_fail',
  'rekor2-no-timestamp_fail',
  'rekor2-timestamp-outside-trust-root-tsa-validity_fail',
  'rekor2-timestamp-outside-tsa-cert-validity_fail',
  'rekor2-timestamp-payload-mismatch_fail',
  'rekor2-timestamp-untrusted-tsa-with-embedded-cert_fail',
  'rekor2-timestamp-untrusted-tsa-without-embedded-cert_fail',
  'rekor2-timestamp-with-incorrect-time_fail',
  'set-invalid-signature_fail',
  'signature-mismatch_fail',
  'trust-root-tlog-missing-validity-start_fail',
  'wrong-hashedrekord-artifact_fail',
  'wrong-hashedrekord-cert-and-sig_fail',
  'wrong-hashedrekord-entry_fail',
  'wrong-material_fail',
];

interface Entry {
  readonly canonicalizedBody: string;
  readonly inclusionProof?: {
    readonly logIndex: string;
    readonly treeSize: string;
    readonly rootHash: string;
    readonly hashes?: readonly string[];
    readonly checkpoint?: { readonly envelope?: string };
  };
}

const folders = folder === undefined ? [] : readdirSync(folder, { withFileTypes: true });
const bundles = folders.filter((entry) => entry.isDirectory()).map((entry) => entry.name);

function entriesOf(name: string): Entry[] {
  const text = readFileSync(join(folder ?? '', name, 'bundle.sigstore.json'), 'utf8');
  try {
    const bundle = JSON.parse(text) as { verificationMaterial?: { tlogEntries?: Entry[] } };
    return (bundle.verificationMaterial?.tlogEntries ?? []).filter((entry) => entry.inclusionProof !== undefined);
  } catch {
    return [];
  }
}

const hexFrom = (base64: string): string => Buffer.from(base64, 'base64').toString('hex');

function proofOf(entry: Entry) {
  const { inclusionProof } = entry;
  if (inclusionProof === undefined) throw new Error('the entry has no inclusion proof');
  return {
    leafIndex: BigInt(inclusionProof.logIndex),
    treeSize: BigInt(inclusionProof.treeSize),
    leafHash: leafHash(portable, Buffer.from(entry.canonicalizedBody, 'base64')),
    path: (inclusionProof.hashes ?? []).map(hexFrom),
    root: hexFrom(inclusionProof.rootHash),
  };
}

/** Size and root of the checkpoint, as it is read where checkpoints are verified. */
function checkpointOf(entry: Entry): { readonly treeSize: bigint; readonly root: string } | undefined {
  return readCheckpoint(entry.inclusionProof?.checkpoint?.envelope ?? '');
}

function readCheckpoint(note: string): { readonly treeSize: bigint; readonly root: string } | undefined {
  try {
    const { size, root } = parseCheckpoint(parseNote(note).text);
    return { treeSize: BigInt(size), root };
  } catch (fault) {
    if (fault instanceof TrustError) return undefined;
    throw fault;
  }
}

/** Ed25519 keys of logs in the trusted roots beside the bundles. */
function logKeysOf(name: string): readonly PublicKey[] {
  const path = join(folder ?? '', name, 'trusted_root.json');
  if (!existsSync(path)) return [];
  const root = JSON.parse(readFileSync(path, 'utf8')) as { tlogs?: { publicKey?: { rawBytes?: string } }[] };
  return (root.tlogs ?? []).flatMap(({ publicKey }) => {
    const der = Buffer.from(publicKey?.rawBytes ?? '', 'base64');
    if (der.length !== ED25519_SPKI_BYTES) return [];
    return [readPublicKey(`-----BEGIN PUBLIC KEY-----\n${der.toString('base64')}\n-----END PUBLIC KEY-----\n`, name)];
  });
}

/** Every text that differs from `text` in one character, of those that Base64 and numbers have. */
function* flips(text: string): Generator<string> {
  for (let at = 0; at < text.length; at++) {
    const flipped = String.fromCharCode(text.charCodeAt(at) ^ 1);
    yield `${text.slice(0, at)}${flipped}${text.slice(at + 1)}`;
  }
}

function verifies(note: SignedNote, keys: readonly PublicKey[], origin: string): boolean {
  try {
    return verifyNote(note, keys, origin).keys.length > 0;
  } catch (fault) {
    if (fault instanceof TrustError) return false;
    throw fault;
  }
}

const listed = [...PROOF_UNSOUND, ...CHECKPOINT_UNSOUND, ...WITHOUT_PROOF];
const sound = bundles.filter((name) => !name.endsWith('_fail') || SOUND_NEVERTHELESS.includes(name));
const present = (names: readonly string[]): readonly string[] => (folder === undefined ? [] : names);

describe.skipIf(folder === undefined)(`Rekor inclusion proofs in sigstore bundles${skippedWithout(FOLDER)}`, () => {
  it('are all in one list or another', () => {
    const failing = bundles.filter((name) => name.endsWith('_fail'));
    expect([...listed, ...SOUND_NEVERTHELESS].sort()).toEqual(failing.sort());
    expect(bundles.length - failing.length).toBe(21);
  });

  it.each(sound)('%s: leads to its root, which is that of its checkpoint', (name) => {
    const entries = entriesOf(name);
    expect(entries.length).toBeGreaterThan(0);
    for (const entry of entries) {
      const proof = proofOf(entry);
      verifyInclusion(portable, proof);
      expect({ treeSize: proof.treeSize, root: rootFromInclusionProof(portable, proof) }).toEqual(checkpointOf(entry));
    }
  });

  it.each(sound)(
    'A04: %s: is refused with a bit flipped in the body, the path or the root, or another index',
    (name) => {
      for (const entry of entriesOf(name)) {
        const proof = proofOf(entry);
        const flipped = (hash: string): string => (hash.startsWith('0') ? '8' : '0') + hash.slice(1);
        const others = proof.path.map((hash, at) => ({ ...proof, path: proof.path.with(at, flipped(hash)) }));
        others.push({ ...proof, leafHash: flipped(proof.leafHash) }, { ...proof, root: flipped(proof.root) });
        others.push({ ...proof, leafIndex: proof.leafIndex - 1n }, { ...proof, leafIndex: proof.leafIndex + 1n });
        for (const other of others) expect(() => verifyInclusion(portable, other)).toThrow(ProofError);
      }
    },
  );

  it.each(sound)('%s: with any character of size or root flipped, its checkpoint is not that of the proof', (name) => {
    for (const entry of entriesOf(name)) {
      const proof = proofOf(entry);
      const note = entry.inclusionProof?.checkpoint?.envelope ?? '';
      const [origin = '', size = '', root = '', ...rest] = note.split('\n');
      const others = [
        ...[...flips(size)].map((other) => [origin, other, root, ...rest]),
        ...[...flips(root)].map((other) => [origin, size, other, ...rest]),
        [origin, root, size, ...rest],
        [size, root, ...rest],
      ];
      for (const lines of others) {
        const found = readCheckpoint(lines.join('\n'));
        expect(found?.treeSize === proof.treeSize && found.root === proof.root, lines.slice(0, 3).join(' ')).toBe(
          false,
        );
      }
    }
  });

  it('those of logs with Ed25519 keys are signed by them, and no flipped text is', () => {
    let verified = 0;
    for (const name of sound) {
      const keys = logKeysOf(name);
      for (const entry of keys.length === 0 ? [] : entriesOf(name)) {
        const note = parseNote(entry.inclusionProof?.checkpoint?.envelope ?? '');
        const { origin } = parseCheckpoint(note.text);
        if (!verifies(note, keys, origin)) continue;
        verified++;
        for (const text of flips(note.text)) expect(verifies({ ...note, text }, keys, origin)).toBe(false);
      }
    }
    expect(verified).toBeGreaterThan(10);
  });

  it.each(present(PROOF_UNSOUND))('A04: %s: is refused, the proof does not lead to its root', (name) => {
    const entries = entriesOf(name);
    expect(entries.length).toBeGreaterThan(0);
    for (const entry of entries) expect(() => verifyInclusion(portable, proofOf(entry))).toThrow(ProofError);
  });

  it.each(present(CHECKPOINT_UNSOUND))('A19: %s: is refused, its checkpoint is not for its root', (name) => {
    const entries = entriesOf(name);
    expect(entries.length).toBeGreaterThan(0);
    for (const entry of entries) {
      const proof = proofOf(entry);
      verifyInclusion(portable, proof);
      const checkpoint = checkpointOf(entry);
      expect(checkpoint?.treeSize === proof.treeSize && checkpoint.root === proof.root).toBe(false);
      if (checkpoint === undefined) continue;
      expect(() => verifyInclusion(portable, { ...proof, ...checkpoint })).toThrow(ProofError);
    }
  });

  it.each(present(WITHOUT_PROOF))('%s: holds no inclusion proof', (name) => {
    expect(entriesOf(name)).toEqual([]);
  });
});
