/** Options of the functions that prove, sign growing logs, and have files stamped. */

import { flag, listOf, nested, type OptionTable, sha256, text, textLike, wholeNumber } from '../core/options.ts';
import type { Hash } from '../core/platform.ts';
import type { AuditOptions } from '../engine/audit-run.ts';
import { isOriginBegin, ORIGIN_BEGIN } from '../trust/origin.ts';
import type { SourceOptions } from './open-source.ts';
import type { TrustOptions } from './open-trust.ts';
import { AUDIT_OPTIONS, TRUST_OPTIONS } from './options.ts';

/** What is proven: a record by `snapshot`, `tenant`, `stream` and `id`, or growth by `from` and `to`. */
export interface ProveOptions extends AuditOptions {
  /** The snapshot, or `postgres://…`, that has the record. */
  readonly snapshot?: string;
  readonly tenant?: string;
  readonly stream?: string;
  readonly id?: string;
  /** The side from before, which may be a summary. */
  readonly from?: string;
  /** The side from after. */
  readonly to?: string;
  /** The proof file to write, whole or not at all. */
  readonly output?: string;
  readonly source?: SourceOptions;
  /** SHA-256 that the file of `snapshot`, or of `from`, must have: of another one nothing is proven. */
  readonly expectDigest?: Hash;
  /** What is demanded of `snapshot`, or of `from`; the signature that is named goes into the proof. */
  readonly trust?: TrustOptions;
  /** Path of a private key that signs the (newer) file, as `sign` does, into the proof. */
  readonly key?: string;
  /** The upgrade that the signer names. */
  readonly upgrade?: string;
  /** Whether the record in the proof has its body, where the source has it. */
  readonly withBody?: boolean;
  /** Path of a signed checkpoint of the stream of the record: the proof is one of c2sp.org/tlog-proof, under its root. */
  readonly checkpoint?: string;
}

export const PROVE_OPTIONS = {
  ...AUDIT_OPTIONS,
  snapshot: text,
  tenant: text,
  stream: text,
  id: text,
  from: text,
  to: text,
  output: text,
  expectDigest: sha256,
  trust: nested<TrustOptions>(TRUST_OPTIONS),
  key: text,
  upgrade: text,
  withBody: flag,
  checkpoint: text,
} satisfies OptionTable<ProveOptions>;

/** How growing logs are signed. */
export interface CheckpointOptions extends AuditOptions {
  /** The folder that the checkpoints go to. */
  readonly output: string;
  /** Path of a private Ed25519 key in PEM. */
  readonly key: string;
  /** Path of the file that remembers what was signed; made if it is not there. One for each store, and kept. */
  readonly state: string;
  /** What all origins begin with. Default: the system that the source names; a journal names none. */
  readonly origin?: string;
  /** From 1; a rollback begins the next one. Default: the one that was begun. */
  readonly attempt?: number;
  readonly source?: SourceOptions;
}

export const CHECKPOINT_OPTIONS = {
  ...AUDIT_OPTIONS,
  output: text,
  key: text,
  state: text,
  origin: textLike(isOriginBegin, `an origin: ${ORIGIN_BEGIN}`),
  attempt: wholeNumber(1),
} satisfies OptionTable<CheckpointOptions>;

/** Where a digest index goes, and how its source is read. */
export interface DigestIndexOptions extends AuditOptions {
  /** The file to write, whole or not at all. */
  readonly output: string;
  readonly source?: SourceOptions;
}

export const DIGEST_INDEX_OPTIONS = { ...AUDIT_OPTIONS, output: text } satisfies OptionTable<DigestIndexOptions>;

/** What a checkpoint is held to, and how witnesses are shown that it grew. */
export interface WitnessOptions extends AuditOptions {
  /** Path of a policy (c2sp.org/tlog-policy): logs, witnesses, and how many of them must have cosigned. */
  readonly witnessPolicy: string;
  /** Paths of public keys in PEM: where the policy names no log, one of them must have signed the checkpoint. */
  readonly trustedKeys?: readonly string[];
  /** For `add-checkpoint`: the evidence that the checkpoint is of, as large or larger. */
  readonly snapshot?: string;
  /** In its place: path of the upgrade journal that the checkpoint is of. */
  readonly journal?: string;
  readonly source?: SourceOptions;
}

export const WITNESS_OPTIONS = {
  ...AUDIT_OPTIONS,
  witnessPolicy: text,
  trustedKeys: listOf(text),
  snapshot: text,
  journal: text,
} satisfies OptionTable<WitnessOptions>;

/** Under which checkpoints logs are written as tiles, and how their source is read. */
export interface TilesOptions extends AuditOptions {
  /** Paths of signed checkpoints, or of folders with them, as `checkpoint` writes them: each has its log. */
  readonly checkpoints: readonly string[];
  readonly source?: SourceOptions;
}

export const TILES_OPTIONS = { ...AUDIT_OPTIONS, checkpoints: listOf(text) } satisfies OptionTable<TilesOptions>;

/** How a time stamp comes about. With certificates alone the one that is there is verified; without any the query is written. */
export interface TimestampOptions {
  /** A time-stamping authority that is asked: http or https, without a login. */
  readonly timestampUrl?: string;
  /** Path of the reply to the query that was written, which somebody has brought back. */
  readonly reply?: string;
  /** Paths of certificates in PEM: that of the authority, or of who has issued it. Nothing is verified without. */
  readonly tsaCertificates?: readonly string[];
}

/** Whether an authority can be asked there. */
export function isAuthorityUrl(given: string): boolean {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}

export const TIMESTAMP_OPTIONS = {
  timestampUrl: textLike(isAuthorityUrl, 'a URL of http or https, without a login'),
  reply: text,
  tsaCertificates: listOf(text),
} satisfies OptionTable<TimestampOptions>;
