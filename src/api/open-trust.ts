/** Keys and signature of a baseline by the names of their files. What is wrong with them is a finding, never a throw. */

import { isPostgresUrl } from '../core/database-url.ts';
import { codeOf } from '../core/errors.ts';
import { MOST_ENVELOPE_BYTES } from '../core/limits.ts';
import { DemandLedger } from '../core/report/demands.ts';
import type { TrustOutcome } from '../core/report/report.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { readOnce } from '../files/read-small-file.ts';
import type { SignedOutcome } from '../trust/signed-baseline.ts';
import {
  type BaselineDemands,
  type JudgedTime,
  judgeHeader,
  judgeTime,
  type ReadBaseline,
  requireThreshold,
  TrustDemands,
} from '../trust/trust-demands.ts';
import { TrustError } from '../trust/trust-error.ts';
import { reasonOf, shownPath } from './file-words.ts';

/** What is demanded of a baseline before it is believed. */
export interface TrustOptions {
  /** Paths of public keys in PEM (Ed25519, or ECDSA on P-256). With any of them a valid signature is demanded. */
  readonly trustedKeys?: readonly string[];
  /** Path of the DSSE envelope; default: the name of the baseline and `.dsse.json`. */
  readonly signature?: string;
  /** How many distinct trusted keys must have signed; default 1. */
  readonly threshold?: number;
  /** Demands a signature also where no key is given: such a comparison is UNTRUSTED. */
  readonly requireSignature?: boolean;
  /** The greatest age of the baseline's `capturedAt`, in milliseconds. */
  readonly maxBaselineAgeMs?: number;
  /** Members of the baseline's `subject`, and the texts that they must have. */
  readonly expectSubject?: Readonly<Record<string, string>>;
  /** The upgrade that the signer must have named. */
  readonly expectUpgrade?: string;
  /** Paths of certificates in PEM: an authority with or by one of them must have stamped it, in `<baseline>.tsr` (RFC 3161). */
  readonly tsaCertificates?: readonly string[];
  /** Path of a policy (c2sp.org/tlog-policy) that a checkpoint of every ordered stream must meet; with `baselineCheckpoints`. */
  readonly witnessPolicy?: string;
  /** Paths of these checkpoints, or of folders with them, as `checkpoint` writes them. */
  readonly baselineCheckpoints?: readonly string[];
}

/** Where the signature of a baseline is; undefined where it cannot be beside it. */
export function signaturePath(baseline: string, { signature }: TrustOptions): string | undefined {
  if (signature !== undefined) return signature;
  return baseline === '-' || isPostgresUrl(baseline) ? undefined : `${baseline}.dsse.json`;
}

async function envelopeOf(path: string | undefined): Promise<Uint8Array | undefined> {
  if (path === undefined) return undefined;
  try {
    return (await readOnce(path, 'a signature', MOST_ENVELOPE_BYTES)).bytes;
  } catch (fault) {
    if (codeOf(fault) === 'ENOENT') return undefined;
    throw new TrustError('signature-missing', `the signature ${shownPath(path)}: ${reasonOf(fault)}`);
  }
}

/** What is to be said of a signature, or of its lack, once the baseline has been read. */
type JudgeSignature = (baseline: ReadBaseline) => SignedOutcome;

/** Loads what verifies: most comparisons have no use for it. */
async function verified(baseline: string, options: TrustOptions, demands: BaselineDemands): Promise<JudgeSignature> {
  const { publicKeyAt } = await import('./key-file.ts');
  const { judgeSignature, verifySignature } = await import('../trust/signed-baseline.ts');
  const keys = [];
  for (const path of options.trustedKeys ?? []) keys.push(await publicKeyAt(path));
  const path = signaturePath(baseline, options);
  const envelope = await envelopeOf(path);
  if (envelope === undefined) {
    const missing = path === undefined ? 'name one with --signature' : `there is no ${shownPath(path)}`;
    throw new TrustError('signature-missing', `a signature is demanded: ${missing}`);
  }
  if (keys.length === 0) throw new TrustError('key-untrusted', 'a signature is demanded, and no key is trusted');
  const signature = verifySignature(nodePlatform, envelope, keys, demands.threshold);
  return (side) => judgeSignature(side, signature, demands);
}

async function judgeOf(baseline: string, options: TrustOptions, demands: BaselineDemands): Promise<JudgeSignature> {
  try {
    return await verified(baseline, options, demands);
  } catch (fault) {
    if (!(fault instanceof TrustError)) throw fault;
    const { kind, message } = fault;
    const findings = [{ kind, message: `baseline: ${message}` }];
    // Beside what cannot even be opened a missing signature refutes nothing: the cause is that it cannot.
    return ({ header }) => {
      const why = kind === 'signature-missing' && header === undefined ? { unread: message } : { fault: message };
      return { findings, signature: null, state: { verified: false, ...why } };
    };
  }
}

async function noteOf(baseline: string, options: TrustOptions): Promise<{ readonly note?: string }> {
  const path = signaturePath(baseline, options);
  const isThere = await envelopeOf(path).then(
    (bytes) => bytes !== undefined,
    () => true,
  );
  return isThere ? { note: 'baseline has a signature, which was not verified: no key is trusted' } : {};
}

/** Whoever names a signature, a number of them or what they must say demands one, with keys or without. */
function demandsSignature(options: TrustOptions): boolean {
  const { trustedKeys = [], threshold, requireSignature = false, signature, expectUpgrade } = options;
  return (
    requireSignature ||
    trustedKeys.length > 0 ||
    threshold !== undefined ||
    signature !== undefined ||
    expectUpgrade !== undefined
  );
}

/** Says whether a baseline can be believed, once it has been read; to be asked once. */
export type JudgeTrust = (baseline: ReadBaseline, interrupted?: boolean) => TrustOutcome;

/** What is to be said of the outside time, once the baseline has been read; loads what verifies where one is demanded. */
async function timeJudge(
  baseline: string,
  { tsaCertificates }: TrustOptions,
  wanted: BaselineDemands,
  demands: TrustDemands,
): Promise<(side: ReadBaseline, interrupted: boolean) => JudgedTime> {
  if (tsaCertificates === undefined) return () => ({ findings: [] });
  const { openTime } = await import('./open-timestamp.ts');
  const verify = await openTime(baseline, tsaCertificates);
  return (side, interrupted) => judgeTime(side, verify, wanted, demands, interrupted);
}

/** Opens every demand in `options`, in its words. */
function openDemands(ledger: DemandLedger, options: TrustOptions): TrustDemands {
  const { trustedKeys = [], threshold, requireSignature = false, signature, expectUpgrade } = options;
  return new TrustDemands(ledger, {
    trustedKeys: trustedKeys.map(shownPath),
    threshold,
    requireSignature,
    signature: signature === undefined ? undefined : shownPath(signature),
    upgrade: expectUpgrade,
    subject: options.expectSubject === undefined ? undefined : new Map(Object.entries(options.expectSubject)),
    maxAgeMs: options.maxBaselineAgeMs,
    tsaCertificates: options.tsaCertificates?.map(shownPath),
  });
}

/**
 * Verifies the signature of `baseline`, and the cosignatures of its checkpoints, if they are demanded.
 *
 * @param ledger - takes down every demand; each is settled when the baseline has been read
 * @returns what to ask when the baseline has been read
 * @throws TypeError for a policy without checkpoints, or the other way round
 * @throws RangeError for a threshold that is no whole number from 1
 */
export async function openTrust(
  baseline: string,
  options: TrustOptions = {},
  ledger: DemandLedger = new DemandLedger(),
): Promise<JudgeTrust> {
  const { threshold = 1, witnessPolicy, baselineCheckpoints = [] } = options;
  requireThreshold(threshold);
  if ((witnessPolicy === undefined) !== (baselineCheckpoints.length === 0)) {
    throw new TypeError('trust: witnessPolicy and baselineCheckpoints have no meaning without each other');
  }
  const judge = await openSigned(baseline, options, threshold, ledger);
  if (witnessPolicy === undefined) return judge;
  const { openWitnesses } = await import('./open-witnesses.ts');
  const cosigned = await openWitnesses(ledger, {
    witnessPolicy,
    baselineCheckpoints,
    trustedKeys: options.trustedKeys ?? [],
  });
  return (side, interrupted = false) => {
    const outcome = judge(side, interrupted);
    const { findings, notes } = cosigned(side, interrupted);
    return {
      ...outcome,
      findings: [...outcome.findings, ...findings],
      damaged: [...(outcome.damaged ?? []), ...notes],
    };
  };
}

async function openSigned(
  baseline: string,
  options: TrustOptions,
  threshold: number,
  ledger: DemandLedger,
): Promise<JudgeTrust> {
  const opened = openDemands(ledger, options);
  const demands: BaselineDemands = {
    threshold,
    nowMs: Date.now(),
    ...(options.maxBaselineAgeMs === undefined ? {} : { maxAgeMs: options.maxBaselineAgeMs }),
    ...(options.expectSubject === undefined ? {} : { subject: new Map(Object.entries(options.expectSubject)) }),
    ...(options.expectUpgrade === undefined ? {} : { upgrade: options.expectUpgrade }),
  };
  const time = await timeJudge(baseline, options, demands, opened);
  if (!demandsSignature(options)) {
    const note = await noteOf(baseline, options);
    return (side, interrupted = false) => {
      const header = judgeHeader(side, demands, opened, interrupted);
      const { findings, ...timed } = time(side, interrupted);
      return { ...timed, findings: [...header, ...findings], signature: null, ...note };
    };
  }
  const judge = await judgeOf(baseline, options, demands);
  const note = 'baseline is not signed by a trusted key';
  return (side, interrupted = false) => {
    const { findings, state, ...judged } = judge(side);
    const unknown = opened.settleSignature(state);
    const header = judgeHeader(side, demands, opened, interrupted);
    const { findings: untimely, ...timed } = time(side, interrupted);
    const all = [...findings, ...(interrupted ? [] : unknown), ...header, ...untimely];
    return { ...judged, ...timed, findings: all, note };
  };
}
