/** The demands on a baseline besides its digest, as they were stated, and what closes each. */

import { momentOf } from '../core/instant.ts';
import type { ReadSide } from '../core/judge/report-builder.ts';
import type { UntrustedKind } from '../core/kinds.ts';
import type { Hash } from '../core/platform.ts';
import type { VouchedRoot } from '../core/proof/proof-check.ts';
import type { DemandLedger, DemandState, OpenDemand } from '../core/report/demands.ts';
import type { TimestampReport, TrustFinding } from '../core/report/report.ts';
import type { Subject } from '../core/snapshot/header.ts';
import { TrustError } from './trust-error.ts';

/** What is demanded, in the words of the caller. */
export interface StatedTrust {
  /** Paths. */
  readonly trustedKeys: readonly string[];
  readonly threshold?: number | undefined;
  readonly requireSignature: boolean;
  readonly signature?: string | undefined;
  readonly upgrade?: string | undefined;
  readonly subject?: ReadonlyMap<string, string> | undefined;
  readonly maxAgeMs?: number | undefined;
  /** Paths. */
  readonly tsaCertificates?: readonly string[] | undefined;
}

/** What was found out about the signature. */
export interface SignatureState {
  /** Enough trusted keys have signed what was read. */
  readonly verified: boolean;
  /** What is wrong with it, if it was looked at. */
  readonly fault?: string | undefined;
  /** Why there was nothing to look at, where that has a finding. */
  readonly unread?: string | undefined;
  /** Why it cannot be determined whether it is what was signed, though it was read to its end. */
  readonly unseen?: string | undefined;
  /** Why it is none for the upgrade that is expected. */
  readonly upgradeFault?: string | undefined;
}

const NOT_READ = 'the baseline was not read to its end: that it is what was signed cannot be determined';

/** A finding's message without the side that it is about. */
export function reasonIn({ message }: TrustFinding): string {
  return message.replace(/^baseline: /, '');
}

export class TrustDemands {
  readonly #signature: readonly OpenDemand[];
  readonly #upgrade: OpenDemand | undefined;
  readonly #subject: ReadonlyMap<string, OpenDemand>;
  readonly #age: OpenDemand | undefined;
  readonly #time: readonly OpenDemand[];

  constructor(ledger: DemandLedger, stated: StatedTrust) {
    const { trustedKeys, threshold, requireSignature, signature, upgrade, subject = new Map(), maxAgeMs } = stated;
    this.#time = (stated.tsaCertificates ?? []).map((path) => ledger.open('tsa-certificate', path));
    this.#signature = [
      ...trustedKeys.map((path) => ledger.open('trusted-key', path)),
      ...(threshold === undefined ? [] : [ledger.open('threshold', String(threshold))]),
      ...(requireSignature ? [ledger.open('require-signature', '')] : []),
      ...(signature === undefined ? [] : [ledger.open('signature', signature)]),
    ];
    this.#upgrade = upgrade === undefined ? undefined : ledger.open('expect-upgrade', upgrade);
    this.#subject = new Map(
      [...subject].map(([member, text]) => [member, ledger.open('expect-subject', `${member}=${text}`)]),
    );
    this.#age = maxAgeMs === undefined ? undefined : ledger.open('max-baseline-age', `${maxAgeMs / 1000}s`);
  }

  /**
   * Says what came of those on the signature.
   *
   * @returns what cannot be determined, where that has no finding yet
   */
  settleSignature({
    verified,
    fault,
    unread,
    unseen = NOT_READ,
    upgradeFault,
  }: SignatureState): readonly TrustFinding[] {
    for (const demand of this.#signature) {
      if (verified) demand.held();
      else demand.settle(fault === undefined ? 'impossible' : 'refuted', fault ?? unread ?? unseen);
    }
    if (!verified) this.#upgrade?.impossible(fault ?? unread ?? unseen);
    else if (upgradeFault !== undefined) this.#upgrade?.refuted(upgradeFault);
    else this.#upgrade?.held();
    const demanded = this.#signature.length > 0 || this.#upgrade !== undefined;
    if (verified || fault !== undefined || unread !== undefined || !demanded) return [];
    return [{ kind: 'signature-invalid', message: `baseline: ${unseen}` }];
  }

  /** Says what came of those on its outside time. */
  settleTime(state: DemandState, why?: string): void {
    for (const demand of this.#time) demand.settle(state, why);
  }

  /**
   * Says what came of those on its header.
   *
   * @param header - whether it could be read
   * @param unmet - why the subject does not meet what is expected, by member; and why it is too old
   * @returns what cannot be determined
   */
  settleHeader(
    header: boolean,
    unmet: { readonly subject: ReadonlyMap<string, string>; readonly age: string | undefined },
  ): readonly TrustFinding[] {
    const missing = 'its header could not be read';
    const close = (demand: OpenDemand, fault: string | undefined): void => {
      if (!header) demand.impossible(missing);
      else if (fault === undefined) demand.held();
      else if (fault === NO_TIME) demand.impossible(fault);
      else demand.refuted(fault);
    };
    for (const [member, demand] of this.#subject) close(demand, unmet.subject.get(member));
    if (this.#age !== undefined) close(this.#age, unmet.age);
    if (header) return [];
    const found: TrustFinding[] = [];
    if (this.#subject.size > 0) {
      found.push({ kind: 'subject-mismatch', message: `baseline: ${missing}: what it is of cannot be determined` });
    }
    if (this.#age !== undefined) {
      found.push({ kind: 'baseline-stale', message: `baseline: ${missing}: how old it is cannot be determined` });
    }
    return found;
  }
}

/* What is demanded of a baseline besides a signature: when it was captured, and of what. Nothing here reads a file. */

/** What was read of a baseline, as far as trust in it speaks of it. */
export type ReadBaseline = Pick<ReadSide, 'sha256' | 'header' | 'summary' | 'complete' | 'unseen'>;

/** What is demanded of a baseline. */
export interface BaselineDemands {
  /** How many distinct trusted keys must have signed, from 1. */
  readonly threshold: number;
  /** The greatest age of `capturedAt`, in milliseconds. */
  readonly maxAgeMs?: number;
  /** Members of the header's `subject` and the texts that they must have. */
  readonly subject?: ReadonlyMap<string, string>;
  /** The upgrade that the signer must have named. */
  readonly upgrade?: string;
  /** The time by our own clock, in milliseconds since 1970. */
  readonly nowMs: number;
}

/** Clocks of two machines may differ by this much before a time counts as one of the future. */
const CLOCK_SKEW_MS = 5 * 60_000;

/** Why its age cannot be determined: then the demand is not refuted, but it is impossible. */
const NO_TIME = 'it does not say when it was captured';

/** Why the baseline is too old, if it is. */
function ageFault({ header }: ReadBaseline, { maxAgeMs, nowMs }: BaselineDemands): string | undefined {
  if (maxAgeMs === undefined || header === undefined) return undefined;
  const { capturedAt } = header;
  const capturedMs = momentOf(capturedAt);
  if (capturedMs === undefined) return NO_TIME;
  if (capturedMs > nowMs + CLOCK_SKEW_MS) return `captured at ${capturedAt}, which is in the future`;
  if (capturedMs >= nowMs - maxAgeMs) return undefined;
  return `captured at ${capturedAt}, longer ago than ${Math.floor(maxAgeMs / 1000)} s`;
}

function subjectFaults({ header }: ReadBaseline, { subject }: BaselineDemands): ReadonlyMap<string, string> {
  if (header === undefined) return new Map();
  return new Map(
    [...(subject ?? [])].flatMap(([member, text]): (readonly [string, string])[] =>
      subjectDifferences(header.subject, new Map([[member, text]])).map((fault) => [member, fault]),
    ),
  );
}

/**
 * Closes the demands on the header of `baseline`, and says what it does not meet, now that it was read.
 *
 * @param interrupted - the run was broken off: then what cannot be determined says nothing of the baseline
 */
export function judgeHeader(
  baseline: ReadBaseline,
  wanted: BaselineDemands,
  demands: TrustDemands,
  interrupted: boolean,
): readonly TrustFinding[] {
  const age = ageFault(baseline, wanted);
  const subject = subjectFaults(baseline, wanted);
  const unknown = demands.settleHeader(baseline.header !== undefined, { age, subject });
  return [
    ...(age === undefined ? [] : [{ kind: 'baseline-stale', message: `baseline: ${age}` } as const]),
    ...[...subject.values()].map((fault) => ({ kind: 'subject-mismatch', message: `baseline: ${fault}` }) as const),
    ...(interrupted ? [] : unknown),
  ];
}

/** What came of the outside time. */
export interface JudgedTime {
  readonly findings: readonly TrustFinding[];
  readonly timestamp?: TimestampReport;
}

/** Why evidence that was captured then cannot have been stamped at `time`; undefined if it can. */
export function earlyFault(time: string, capturedAt: string | null): string | undefined {
  const [stampedMs, capturedMs] = [momentOf(time) ?? Number.NaN, momentOf(capturedAt)];
  if (capturedMs === undefined || capturedMs <= stampedMs + CLOCK_SKEW_MS) return undefined;
  return `captured at ${capturedAt}, and stamped before that, at ${time}: the clock of the capture was ahead`;
}

/** Why a time that was verified is not the one that is demanded. */
function timeFault({ time }: TimestampReport, { header }: ReadBaseline, wanted: BaselineDemands): string | undefined {
  const { maxAgeMs, nowMs } = wanted;
  const early = earlyFault(time, header?.capturedAt ?? null);
  if (early !== undefined) return early;
  if (maxAgeMs === undefined || (momentOf(time) ?? Number.NaN) >= nowMs - maxAgeMs) return undefined;
  return `stamped at ${time}, longer ago than ${Math.floor(maxAgeMs / 1000)} s`;
}

/**
 * Closes the demands on the outside time of `baseline`, now that it was read.
 *
 * @param verify - throws TrustError where its bytes were not stamped
 */
export function judgeTime(
  baseline: ReadBaseline,
  verify: (sha256: Hash) => TimestampReport,
  wanted: BaselineDemands,
  demands: TrustDemands,
  interrupted: boolean,
): JudgedTime {
  const refuted = (kind: UntrustedKind, why: string): JudgedTime => {
    demands.settleTime('refuted', why);
    return { findings: [{ kind, message: `baseline: ${why}` }] };
  };
  if (baseline.sha256 === null && baseline.complete) {
    return refuted('signature-missing', 'a time stamp is of a file, and this is none');
  }
  if (baseline.sha256 === null) {
    demands.settleTime('impossible', NOT_READ);
    return { findings: interrupted ? [] : [{ kind: 'signature-missing', message: `baseline: ${NOT_READ}` }] };
  }
  try {
    const timestamp = verify(baseline.sha256);
    const fault = timeFault(timestamp, baseline, wanted);
    if (fault !== undefined) return refuted('baseline-stale', fault);
    demands.settleTime('held');
    return { findings: [], timestamp };
  } catch (fault) {
    if (fault instanceof TrustError) return refuted(fault.kind, fault.message);
    throw fault;
  }
}

/* What a signed document says it is of, and what is demanded of that. */

/** What is demanded of the documents that vouch for a root. */
export interface SignedDemands {
  /** Members of the subject, and the texts that they must have. */
  readonly subject?: ReadonlyMap<string, string>;
  /** The origin of a checkpoint. */
  readonly origin?: string;
}

/** The system that an origin is the name of; an origin that names more than one is taken as it stands. */
export function systemOfOrigin(origin: string): string {
  try {
    const system = decodeURIComponent(origin);
    return encodeURIComponent(system) === origin ? system : origin;
  } catch {
    return origin;
  }
}

function subjectUnmet(roots: readonly VouchedRoot[], expected: ReadonlyMap<string, string>): readonly string[] {
  const statements = roots.flatMap(({ says }) => (says === undefined ? [] : [says.subject]));
  // A checkpoint says no more than its origin: it is asked where there is no statement.
  const subjects = statements.length > 0 ? statements : roots.map(({ system = null }) => ({ system }));
  return subjects.flatMap((subject) => subjectDifferences(subject, expected)).map((one) => `in what is signed, ${one}`);
}

function originUnmet(roots: readonly VouchedRoot[], expected: string): readonly string[] {
  const origins = roots.filter(({ by }) => by === 'checkpoint').map(({ name }) => name);
  if (origins.includes(expected)) return [];
  const found = origins.length === 0 ? 'no checkpoint' : `a checkpoint of the origin ${JSON.stringify(origins[0])}`;
  return [`signed is ${found}, expected is the origin ${JSON.stringify(expected)}`];
}

/** What the documents that vouch for one root do not meet, each in words. */
export function unmetDemands(roots: readonly VouchedRoot[], { subject, origin }: SignedDemands): readonly string[] {
  return [
    ...(subject === undefined ? [] : subjectUnmet(roots, subject)),
    ...(origin === undefined ? [] : originUnmet(roots, origin)),
  ];
}

/* What the subject of a snapshot is expected to say: how that is written, and what does not fit. One reading for all. */

/** The member that names the system. */
const SYSTEM = 'system';

/**
 * Reads what was asked for: `member=text`, or the name of the system alone.
 *
 * @returns members and the texts that they must have, or why that cannot be meant
 */
export function readExpectedSubject(asked: readonly string[]): ReadonlyMap<string, string> | string {
  const expected = new Map<string, string>();
  for (const one of asked) {
    const at = one.indexOf('=');
    if (one === '' || at === 0)
      return `${JSON.stringify(one)}: give a member, = and its text, or the name of the system`;
    const [member, text] = at < 0 ? [SYSTEM, one] : [one.slice(0, at), one.slice(at + 1)];
    if (expected.has(member)) return `${member} was given more than once`;
    expected.set(member, text);
  }
  return expected;
}

/** Where `found` does not say what is expected, each in words. */
export function subjectDifferences(found: Subject, expected: ReadonlyMap<string, string>): readonly string[] {
  return [...expected].flatMap(([member, text]): readonly string[] => {
    const value = Object.hasOwn(found, member) ? found[member] : undefined;
    const is = typeof value === 'string' ? value : JSON.stringify(value);
    if (is === text) return [];
    const stated = is === undefined ? 'it has no' : `it has ${JSON.stringify(is).slice(0, 200)} as`;
    return [`${stated} ${JSON.stringify(member)}, expected is ${JSON.stringify(text)}`];
  });
}

/** @throws RangeError for a threshold that is no whole number from 1 */
export function requireThreshold(threshold: number): void {
  if (!Number.isSafeInteger(threshold) || threshold < 1) throw new RangeError('a threshold is a whole number from 1');
}
