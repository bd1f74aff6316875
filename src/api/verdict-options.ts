/** The options of `attest` and `verifyVerdict`, as options.ts has those of everything else. */
import {
  listOf,
  mapOf,
  mapOfSome,
  type OptionTable,
  oneOf,
  sha256,
  text,
  textMembers,
  wholeNumber,
} from '../core/options.ts';
import type { Hash } from '../core/platform.ts';
import { VERDICT_PREDICATES, type VerdictPredicate } from '../wire/verdict-statement.ts';

/** The predicates of a signed verdict, by their names. */
export const PREDICATE_NAMES = Object.keys(VERDICT_PREDICATES) as readonly VerdictPredicate[];

/** How a verdict is attested. */
export interface AttestOptions {
  /** Path of a private key in PEM (PKCS #8). */
  readonly key: string;
  /** The bundle to write, whole or not at all. */
  readonly output: string;
  /** SHA-256 that the report must have, as the comparison printed it. Without it both sources are compared again. */
  readonly expectReport?: Hash;
  /** SHA-256 of what the verdict is about as well, by name: the image of a release. */
  readonly artifacts?: Readonly<Record<string, Hash>>;
  /** Default `vsa`. `svr` has no word for what did not pass: of such a verdict `vsa` is written. */
  readonly predicate?: VerdictPredicate;
  /** Of a comparison that is made again: how many findings it is to list for each side and kind; default 1000. */
  readonly maxFindings?: number;
}

export const ATTEST_OPTIONS = {
  key: text,
  output: text,
  expectReport: sha256,
  artifacts: mapOf(sha256),
  predicate: oneOf(PREDICATE_NAMES),
  maxFindings: wholeNumber(0),
} satisfies OptionTable<AttestOptions>;

/** What a signed verdict must be. */
export interface VerifyVerdictOptions {
  /** Paths of public keys in PEM, of which one must have signed it. */
  readonly trustedKeys: readonly string[];
  /** Members of the subject of both sides, and the texts that they must have. */
  readonly expectSubject?: Readonly<Record<string, string>>;
  /** SHA-256 of the baseline. */
  readonly expectDigest?: Hash;
  /** What it must be about as well: SHA-256 by name. */
  readonly expectArtifacts?: Readonly<Record<string, Hash>>;
  /** Path of a report of the comparison, as JSON or in another format that was written with it: it must be of that very file. */
  readonly report?: string;
  /** The greatest age of the verification, in seconds. */
  readonly maxAgeSeconds?: number;
  /** Paths of certificates in PEM: a time-stamping authority (RFC 3161) with or by one of them must have stamped it. */
  readonly tsaCertificates?: readonly string[];
}

export const VERIFY_VERDICT_OPTIONS = {
  trustedKeys: listOf(text),
  expectSubject: textMembers,
  expectDigest: sha256,
  expectArtifacts: mapOfSome(sha256),
  report: text,
  maxAgeSeconds: wholeNumber(1),
  tsaCertificates: listOf(text),
} satisfies OptionTable<VerifyVerdictOptions>;
