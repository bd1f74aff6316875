/** The judgement of a proof file, for the command and for the page in the browser: it reads nothing and waits for nothing. */

import { EvidenceError } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import { gravest } from '../core/kinds.ts';
import { ProofError, verifyInclusion } from '../core/merkle/proof.ts';
import type { Hash, Platform } from '../core/platform.ts';
import { type ProvenGrowth, verifyGrowthProof } from '../core/proof/growth-proof.ts';
import type { LogProofDocument, ProofCheck, ProofFinding, VouchedRoot } from '../core/proof/proof-check.ts';
import { type ProofDocument, parseProof, type Voucher } from '../core/proof/proof-document.ts';
import { verifyRecordProof } from '../core/proof/record-proof.ts';
import type { Verdict } from '../core/report/report.ts';
import type { PublicKey } from './keys.ts';
import { isLogProof, parseLogProof } from './log-proof.ts';
import { beginOfOrigin, isOriginOf } from './origin.ts';
import { type Checkpoint, parseCheckpoint, parseNote } from './signed-note.ts';
import { requireThreshold, type SignedDemands, systemOfOrigin, unmetDemands } from './trust-demands.ts';
import { TrustError } from './trust-error.ts';
import { verifyVoucher } from './voucher.ts';

/** What a proof is checked with. */
export interface ProofInput {
  /** How the user called the file. */
  readonly name: string;
  /** The bytes of the file, or why they could not be read. */
  readonly content: Uint8Array | EvidenceError;
  /** The keys that may vouch for a root, each as it was read, or why it was not. */
  readonly trusted: readonly (PublicKey | TrustError)[];
  /** How many distinct ones must have signed, from 1, also a root that is known; absent: 1, of those that are not. */
  readonly threshold?: number;
  /** Global roots that are known from elsewhere and need nobody to vouch for them, unless `threshold` is there. */
  readonly knownRoots: readonly Hash[];
  /** What else is demanded of whatever vouches for a root. */
  readonly demands?: SignedDemands;
  /** A policy that the checkpoint of a log must meet. */
  readonly policy?: ProofPolicy;
}

/** Which logs are known, and which witnesses must have cosigned (c2sp.org/tlog-policy). */
export interface ProofPolicy {
  /** The keys of its logs of that origin: where no other key is trusted, these are. */
  readonly keysOf: (origin: string) => readonly PublicKey[];
  /**
   * Who has cosigned, in words, and why that is not enough; undefined if it is.
   *
   * @throws TrustError for what is no checkpoint, or has a bad signature of a known key
   */
  readonly judge: (checkpoint: string) => { readonly notes: readonly string[]; readonly fault: string | undefined };
}

type Read = ProofDocument | LogProofDocument;

type Root = {
  readonly what: string;
  readonly globalRoot: Hash;
  readonly tenants: number;
  readonly voucher: Voucher;
  /** Of a log: the system that its origin begins with. */
  readonly system?: string | undefined;
};

/** @throws TrustError for what is no checkpoint */
function treeOf({ checkpoint }: LogProofDocument): Checkpoint {
  return parseCheckpoint(parseNote(checkpoint).text);
}

function rootsOf(document: Read): readonly Root[] {
  if (document.proves === 'log-inclusion') {
    const { checkpoint, tenant, stream } = document;
    const { origin, root, size } = treeOf(document);
    const begin = beginOfOrigin(origin, tenant, stream);
    const system = begin === undefined ? undefined : systemOfOrigin(begin);
    return [{ what: 'the root of the log', globalRoot: root, tenants: size, voucher: { checkpoint }, system }];
  }
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
  readonly #platform: Platform;
  readonly #input: ProofInput;
  readonly #keys: PublicKey[] = [];
  readonly #findings: ProofFinding[] = [];
  readonly #vouched: VouchedRoot[] = [];
  readonly #notes: string[] = [];
  #growth: ProvenGrowth | undefined;
  /** Whether it is a proof under the checkpoint of a log. */
  #isLog = false;
  #verdict: Verdict = 'PASS';

  constructor(platform: Platform, input: ProofInput) {
    this.#platform = platform;
    this.#input = input;
    for (const key of input.trusted) {
      if (key instanceof TrustError) this.#add('UNTRUSTED', key.kind, key.message);
      else this.#keys.push(key);
    }
  }

  #add(verdict: Exclude<Verdict, 'PASS'>, kind: string, message: string): void {
    const was = this.#verdict;
    this.#verdict = gravest((forced) => forced === verdict || forced === was) ?? verdict;
    this.#findings.push({ kind, message });
  }

  /** @returns undefined if it cannot be read, or contradicts itself; that is a finding */
  read(): Read | undefined {
    const { name, content } = this.#input;
    try {
      if (content instanceof EvidenceError) throw content;
      if (isLogProof(content)) return parseLogProof(this.#platform, content);
      return parseProof(this.#platform, parseJson(this.#platform, content));
    } catch (fault) {
      if (fault instanceof EvidenceError) this.#add('INCOMPLETE', fault.kind, fault.at({ file: name }).message);
      else if (fault instanceof ProofError) this.#add('FAIL', 'proof-invalid', fault.message);
      else throw fault;
      return undefined;
    }
  }

  #checkPaths(document: Read): void {
    try {
      if (document.proves === 'log-inclusion') this.#followLog(document);
      else if (document.proves === 'inclusion') verifyRecordProof(this.#platform, document.proof);
      else this.#growth = verifyGrowthProof(this.#platform, document.proof);
    } catch (fault) {
      if (!(fault instanceof ProofError)) throw fault;
      this.#add('FAIL', 'proof-invalid', fault.message);
    }
    for (const { tenant, stream } of this.#growth?.unproven ?? []) {
      const place = `${JSON.stringify(stream)} of ${JSON.stringify(tenant)}`;
      this.#add('INCOMPLETE', 'proof-unavailable', `the set ${place} grew: roots cannot show how`);
    }
  }

  #followLog(document: LogProofDocument): void {
    const { leafHash, index, path, tenant, stream } = document;
    const { origin, size, root } = treeOf(document);
    verifyInclusion(this.#platform, { leafHash, leafIndex: index, treeSize: size, path, root });
    if (!isOriginOf(origin, tenant, stream)) throw new ProofError('the record is of another stream than the log');
  }

  /** Whether the checkpoint of a log meets the policy that was demanded; a proof of another kind has none. */
  #checkPolicy(document: Read): void {
    const { policy } = this.#input;
    if (policy === undefined) return;
    if (document.proves !== 'log-inclusion') {
      this.#add(
        'UNTRUSTED',
        'signature-missing',
        'a witness policy is demanded, and only a tlog-proof has a checkpoint for it',
      );
      return;
    }
    if (this.#input.trusted.length === 0) this.#keys.push(...policy.keysOf(treeOf(document).origin));
    const { notes, fault } = policy.judge(document.checkpoint);
    this.#notes.push(...notes);
    if (fault !== undefined) this.#add('UNTRUSTED', 'key-untrusted', `the checkpoint: ${fault}`);
  }

  check(document: Read): void {
    try {
      this.#isLog = document.proves === 'log-inclusion';
      this.#checkPaths(document);
      this.#checkPolicy(document);
      for (const root of rootsOf(document)) this.#checkRoot(root);
    } catch (fault) {
      // Of the checkpoint of a log, which is read again wherever it is needed.
      if (!(fault instanceof TrustError)) throw fault;
      this.#add('UNTRUSTED', fault.kind, fault.message);
    }
  }

  /** What to give, where nothing was that could vouch for the proof. */
  get #wayOut(): string {
    if (!this.#isLog) return 'give --trusted-key, or --root with a global root that is known from elsewhere';
    const isRoot = this.#input.knownRoots.length > 0 ? '; its root is that of a log, and no global one' : '';
    return `give --trusted-key or --witness-policy${isRoot}`;
  }

  #withWayOut({ kind, message }: TrustError, what: string): string {
    if (this.#keys.length > 0 || this.#input.trusted.length > 0) return message;
    return kind === 'key-untrusted' ? `${what}: no key is trusted: ${this.#wayOut}` : `${message}; ${this.#wayOut}`;
  }

  #checkRoot({ what, globalRoot, tenants, voucher, system }: Root): void {
    const { knownRoots, threshold, demands = {} } = this.#input;
    const isKnown = knownRoots.includes(globalRoot);
    const isDemanded = threshold !== undefined || demands.subject !== undefined || demands.origin !== undefined;
    if (isKnown && !isDemanded) {
      this.#notes.push(`${what} is known from elsewhere: no signature was asked for its system, time or upgrade`);
      if (this.#isLog)
        this.#notes.push('number and stream of the record are those of a checkpoint that nobody vouched for');
      return;
    }
    try {
      const vouching = verifyVoucher(this.#platform, voucher, what, this.#keys, threshold ?? 1);
      const roots = vouching.roots.map((root) => (system === undefined ? root : { ...root, system }));
      const { damaged } = vouching;
      this.#notes.push(...damaged);
      const others = roots.filter((root) => root.globalRoot !== globalRoot || root.tenants !== tenants);
      for (const other of others) {
        const signed = `${other.globalRoot} over ${other.tenants} tenants`;
        this.#add('UNTRUSTED', 'subject-mismatch', `${what}: signed was ${signed}, not ${globalRoot} over ${tenants}`);
      }
      for (const unmet of unmetDemands(roots, demands)) {
        this.#add('UNTRUSTED', 'subject-mismatch', `${what}: ${unmet}`);
      }
      this.#vouched.push(...roots.filter((root) => !others.includes(root)));
    } catch (fault) {
      if (!(fault instanceof TrustError)) throw fault;
      this.#add('UNTRUSTED', fault.kind, this.#withWayOut(fault, what));
    }
  }

  result(document: Read | undefined): ProofCheck {
    const [growth, vouched, findings, notes] = [this.#growth, this.#vouched, this.#findings, this.#notes];
    return { verdict: this.#verdict, document, growth, vouched, findings, notes };
  }
}

/**
 * Checks a proof file: every hash on every path, and that trusted keys, or roots that are known already, vouch for where
 * the paths lead. What is demanded of the system or the origin, or a threshold, is demanded of signatures, for a known root
 * as well.
 *
 * @returns the verdict; what is wrong with the proof, its signatures or the keys is a finding, never an exception
 * @throws RangeError for a threshold that is no whole number from 1
 */
export function checkProof(platform: Platform, input: ProofInput): ProofCheck {
  if (input.threshold !== undefined) requireThreshold(input.threshold);
  const checking = new Checking(platform, input);
  const document = checking.read();
  if (document !== undefined) checking.check(document);
  return checking.result(document);
}
