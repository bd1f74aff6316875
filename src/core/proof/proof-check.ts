/** What came out of checking a proof file. */

import type { Json } from '../json/value.ts';
import type { Hash } from '../platform.ts';
import type { Verdict } from '../report/report.ts';
import type { Subject } from '../snapshot/header.ts';
import type { ProvenGrowth } from './growth-proof.ts';
import type { ProofDocument } from './proof-document.ts';

/** A global root that trusted keys have signed, and the number of tenants under it. */
export interface VouchedRoot {
  readonly globalRoot: Hash;
  readonly tenants: number;
  readonly keys: readonly { readonly id: Hash; readonly algorithm: string }[];
  /** The kind of document that they have signed. */
  readonly by: 'checkpoint' | 'statement';
  /** What it names: the origin of the checkpoint, or the file of the statement. */
  readonly name: string;
  /** The system that it names; a checkpoint does so by its origin. */
  readonly system: string | undefined;
  /** What a statement says besides; undefined for a checkpoint, which says no more. */
  readonly says: SignedSaying | undefined;
}

export interface SignedSaying {
  readonly subject: Subject;
  readonly capturedAt: string | null;
  readonly upgrade: string | undefined;
}

export interface ProofFinding {
  readonly kind: string;
  readonly message: string;
}

/** What a proof that a record is in a growing log (c2sp.org/tlog-proof) holds. */
export interface LogProof {
  /** From 0. */
  readonly index: number;
  /** RFC 9162 §2.1.3, in the tree of the checkpoint. */
  readonly path: readonly Hash[];
  /** A signed note, to the letter. */
  readonly checkpoint: string;
}

/** A proof file of this kind, with the record that its extra data is. */
export interface LogProofDocument extends LogProof {
  readonly proves: 'log-inclusion';
  readonly record: Json;
  readonly tenant: string;
  readonly stream: string;
  readonly leafHash: Hash;
}

export interface ProofCheck {
  /**
   * PASS: shown, and vouched for. FAIL: the proof does not show what it says. INCOMPLETE: it cannot be read, or shows a
   * part. UNTRUSTED: nobody who is trusted vouches for its roots.
   */
  readonly verdict: Verdict;
  /** Undefined if it could not be read. */
  readonly document: ProofDocument | LogProofDocument | undefined;
  /** What a proof of growth shows. */
  readonly growth: ProvenGrowth | undefined;
  /** Who vouches for the roots; a root that was known needs nobody. */
  readonly vouched: readonly VouchedRoot[];
  readonly findings: readonly ProofFinding[];
  /** What decides nothing and must be known: roots that nothing signed names, signatures that are damaged. */
  readonly notes: readonly string[];
}
