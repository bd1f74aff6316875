/** Proof files, checked with nothing but a key. */
import type { Verdict } from '../core/continuity/report.ts';
import { EvidenceError } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import { ProofError } from '../core/merkle/proof.ts';
import type { Hash } from '../core/platform.ts';
import { type ProvenGrowth, verifyGrowthProof } from '../core/proof/growth-proof.ts';
import { type ProofDocument, parseProof, type Voucher } from '../core/proof/proof-document.ts';
import { verifyRecordProof } from '../core/proof/record-proof.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import type { PublicKey } from '../trust/public-key.ts';
import { TrustError } from '../trust/trust-error.ts';
import { type VouchedRoot, verifyVoucher } from '../trust/voucher.ts';
import { MOST_PROOF_BYTES } from './growth-in.ts';
import { publicKeyAt, reasonOf } from './key-file.ts';
import { requireThreshold } from './open-trust.ts';
import { readSmallFile } from './small-file.ts';

export interface VerifyProofOptions {
  /** Paths of public keys in PEM that may vouch for a root. */
  readonly trustedKeys?: readonly string[];
  /** How many distinct ones must have signed; default 1. */
  readonly threshold?: number;
  /** Global roots that are known from elsewhere, e.g. from a report, and need nobody to vouch for them. */
  readonly knownRoots?: readonly Hash[];
}

export interface ProofFinding {
  readonly kind: string;
  readonly message: string;
}

export interface ProofCheck {
  /**
   * PASS: shown, and vouched for. FAIL: the proof does not show what it says. INCOMPLETE: it cannot be read, or shows a
   * part. UNTRUSTED: nobody who is trusted vouches for its roots.
   */
  readonly verdict: Verdict;
  /** Undefined if it could not be read. */
  readonly document: ProofDocument | undefined;
  /** What a proof of growth shows. */
  readonly growth: ProvenGrowth | undefined;
  /** Who vouches for the roots; a root that was known needs nobody. */
  readonly vouched: readonly VouchedRoot[];
  readonly findings: readonly ProofFinding[];
}

type Root = { readonly what: string; readonly globalRoot: Hash; readonly tenants: number; readonly voucher: Voucher };

function rootsOf(document: ProofDocument): readonly Root[] {
  if (document.proves === 'inclusion') {
    const { proof, voucher } = document;
    const { globalRoot, inclusion } = proof;
    return [{ what: 'the global root', globalRoot, tenants: inclusion.tenant.size, voucher }];
  }
  const { from, to } = document.proof;
  const { vouchers } = document;
  return [
    { what: 'the root before', globalRoot: from.globalRoot, tenants: from.tenants.length, voucher: vouchers.from },
    { what: 'the root after', globalRoot: to.globalRoot, tenants: to.tenants.length, voucher: vouchers.to },
  ];
}

class Checking {
  readonly #options: VerifyProofOptions;
  readonly #keys: readonly PublicKey[];
  readonly findings: ProofFinding[] = [];
  readonly vouched: VouchedRoot[] = [];
  growth: ProvenGrowth | undefined;
  #verdict: Verdict = 'PASS';

  constructor(options: VerifyProofOptions, keys: readonly PublicKey[]) {
    this.#options = options;
    this.#keys = keys;
  }

  /** UNTRUSTED goes before FAIL, FAIL before INCOMPLETE. */
  add(verdict: Exclude<Verdict, 'PASS'>, kind: string, message: string): void {
    const order: readonly Verdict[] = ['PASS', 'INCOMPLETE', 'FAIL', 'UNTRUSTED'];
    if (order.indexOf(verdict) > order.indexOf(this.#verdict)) this.#verdict = verdict;
    this.findings.push({ kind, message });
  }

  checkProof(document: ProofDocument): void {
    try {
      if (document.proves === 'inclusion') verifyRecordProof(nodePlatform, document.proof);
      else this.growth = verifyGrowthProof(nodePlatform, document.proof);
    } catch (fault) {
      if (!(fault instanceof ProofError)) throw fault;
      this.add('FAIL', 'proof-invalid', fault.message);
    }
    for (const { tenant, stream } of this.growth?.unproven ?? []) {
      const place = `${JSON.stringify(stream)} of ${JSON.stringify(tenant)}`;
      this.add('INCOMPLETE', 'proof-unavailable', `the set ${place} grew: roots cannot show how`);
    }
  }

  checkRoot({ what, globalRoot, tenants, voucher }: Root): void {
    const { knownRoots = [], threshold = 1 } = this.#options;
    if (knownRoots.includes(globalRoot)) return;
    try {
      const vouched = verifyVoucher(nodePlatform, voucher, what, this.#keys, threshold);
      if (vouched.globalRoot !== globalRoot || vouched.tenants !== tenants) {
        const signed = `${vouched.globalRoot} over ${vouched.tenants} tenants`;
        this.add('UNTRUSTED', 'subject-mismatch', `${what}: signed was ${signed}, not ${globalRoot} over ${tenants}`);
      } else this.vouched.push(vouched);
    } catch (fault) {
      if (!(fault instanceof TrustError)) throw fault;
      this.add('UNTRUSTED', fault.kind, fault.message);
    }
  }

  result(document: ProofDocument | undefined): ProofCheck {
    const { growth, vouched, findings } = this;
    return { verdict: this.#verdict, document, growth, vouched, findings };
  }
}

async function bytesOf(path: string): Promise<Uint8Array> {
  try {
    return await readSmallFile(path, 'a proof', MOST_PROOF_BYTES);
  } catch (fault) {
    if (fault instanceof EvidenceError) throw fault;
    throw new EvidenceError('source-incomplete', reasonOf(fault), { where: { file: path }, cause: fault });
  }
}

/**
 * Checks a proof file: every hash on every path, and that trusted keys, or roots that are known already, vouch for where
 * the paths lead.
 *
 * @param path - the proof file
 * @returns the verdict; what is wrong with the proof, its signatures or the keys is a finding, never an exception
 * @throws RangeError for a threshold that is no whole number from 1
 */
export async function verifyProof(path: string, options: VerifyProofOptions = {}): Promise<ProofCheck> {
  requireThreshold(options.threshold ?? 1);
  const keys: PublicKey[] = [];
  const checking = new Checking(options, keys);
  try {
    for (const keyPath of options.trustedKeys ?? []) keys.push(await publicKeyAt(keyPath));
  } catch (fault) {
    if (!(fault instanceof TrustError)) throw fault;
    checking.add('UNTRUSTED', fault.kind, fault.message);
  }
  let document: ProofDocument;
  try {
    document = parseProof(nodePlatform, parseJson(nodePlatform, Uint8Array.from(await bytesOf(path))));
  } catch (fault) {
    if (fault instanceof EvidenceError) checking.add('INCOMPLETE', fault.kind, fault.at({ file: path }).message);
    else if (fault instanceof ProofError) checking.add('FAIL', 'proof-invalid', fault.message);
    else throw fault;
    return checking.result(undefined);
  }
  checking.checkProof(document);
  for (const root of rootsOf(document)) checking.checkRoot(root);
  return checking.result(document);
}
