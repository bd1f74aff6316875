/** Whether the checkpoints of a baseline were cosigned as a policy demands. What is wrong with them is a finding, never a throw. */

import type { DemandLedger, OpenDemand } from '../core/report/demands.ts';
import type { TrustFinding } from '../core/report/report.ts';
import { hasBareRoots, type StreamSummary } from '../core/snapshot/summary.ts';
import type { PublicKey } from '../trust/keys.ts';
import { isOriginOf } from '../trust/origin.ts';
import { type ReadBaseline, reasonIn } from '../trust/trust-demands.ts';
import { TrustError } from '../trust/trust-error.ts';
import { judgeCheckpoint, type Witnessed } from '../trust/witness-policy.ts';
import { shownPath } from './file-words.ts';
import { checkpointsAt, noteAt, policyAt, publicKeyAt } from './key-file.ts';
/** Which policy, and where the checkpoints of the baseline are. */
export interface WitnessDemand {
  readonly witnessPolicy: string;
  readonly baselineCheckpoints: readonly string[];
  /** Paths of keys: where the policy names no log, one of them must have signed each checkpoint. */
  readonly trustedKeys: readonly string[];
}

interface Judged extends Witnessed {
  /** What was given: the path, or the folder that it lies in. */
  readonly given: string;
  readonly path: string;
}

async function judgedAll(wanted: WitnessDemand): Promise<readonly Judged[]> {
  const { witnessPolicy, baselineCheckpoints, trustedKeys } = wanted;
  const policy = await policyAt(witnessPolicy);
  const keys: PublicKey[] = [];
  if (policy.logs.length === 0) for (const path of trustedKeys) keys.push(await publicKeyAt(path));
  const judged: Judged[] = [];
  for (const given of baselineCheckpoints) {
    for (const path of await checkpointsAt(given)) {
      try {
        judged.push({ given, path, ...judgeCheckpoint(policy, await noteAt(path), Date.now(), keys) });
      } catch (fault) {
        if (!(fault instanceof TrustError)) throw fault;
        throw new TrustError(fault.kind, `${shownPath(path)}: ${fault.message}`);
      }
    }
  }
  return judged;
}

type Place = StreamSummary & { readonly tenant: string };

/**
 * What speaks against the checkpoints of one ordered stream. One that is of it, and that the policy is met by, must be of its
 * size and root; and none of its size may have another root: somebody would have signed two trees.
 */
function faultOf({ tenant, stream, size, root }: Place, judged: readonly Judged[]): TrustFinding | undefined {
  const name = `${JSON.stringify(stream)} of ${JSON.stringify(tenant)}`;
  const own = judged.filter(({ checkpoint }) => isOriginOf(checkpoint.origin, tenant, stream));
  const sized = own.filter(({ checkpoint }) => checkpoint.size === size);
  const other = sized.find(({ checkpoint }) => checkpoint.root !== root);
  if (other !== undefined) {
    const message = `baseline: ${shownPath(other.path)} is of another history of the stream ${name}: its root is ${other.checkpoint.root}, that of the baseline ${root}`;
    return { kind: 'subject-mismatch', message };
  }
  if (sized.some(({ fault }) => fault === undefined)) return undefined;
  const [unmet] = sized;
  if (unmet !== undefined) {
    return { kind: 'key-untrusted', message: `baseline: ${shownPath(unmet.path)}: ${unmet.fault}` };
  }
  const sizes = own.map(({ checkpoint }) => checkpoint.size).join(', ');
  const has = own.length === 0 ? 'none of it was given' : `those that were given are of size ${sizes}`;
  return {
    kind: 'signature-missing',
    message: `baseline: the stream ${name} has no checkpoint of its size ${size}: ${has}`,
  };
}

/** Paths that were given and vouch for no stream: nobody has verified what is there, and it was demanded. */
function idle(logs: readonly Place[], judged: readonly Judged[], given: readonly string[]): readonly TrustFinding[] {
  const vouches = ({ checkpoint, fault }: Judged): boolean =>
    fault === undefined &&
    logs.some(({ tenant, stream, size }) => checkpoint.size === size && isOriginOf(checkpoint.origin, tenant, stream));
  const used = new Set(judged.filter(vouches).map((one) => one.given));
  return given
    .filter((path) => !used.has(path))
    .map((path) => ({
      kind: 'signature-missing',
      message: `baseline: ${shownPath(path)} has no checkpoint of an ordered stream of the baseline at its size`,
    }));
}

const NOT_READ = 'the baseline was not read to its end: whether its checkpoints are of it cannot be answered';
const NO_LOG = 'it has no ordered stream, or states none: nothing in it is a log that a witness could have seen';

/** What came of the demand, once the baseline has been read. */
interface Outcome {
  readonly findings: readonly TrustFinding[];
  /** What is not covered, in words. */
  readonly notes: readonly string[];
}

/** Whether it could be answered is said as well. */
interface Answered extends Outcome {
  readonly answered: boolean;
}

function outcomeOf(
  { summary, complete, unseen }: ReadBaseline,
  judged: readonly Judged[],
  given: readonly string[],
): Answered {
  const unknown = (reason: string): Answered => ({
    findings: [{ kind: 'signature-missing', message: `baseline: ${reason}` }],
    notes: [],
    answered: false,
  });
  if (!complete) return unknown(unseen ?? NOT_READ);
  const streams = hasBareRoots(summary)
    ? []
    : summary.tenants.flatMap(({ tenant, streams: own }) => own.map((one): Place => ({ tenant, ...one })));
  const logs = streams.filter(({ ordered }) => ordered);
  if (logs.length === 0) return unknown(NO_LOG);
  const sets = streams.length - logs.length;
  const notes =
    sets === 0
      ? []
      : [`what witnesses have seen of ${sets} sets of the baseline: a set is no log, and has no checkpoint`];
  const faults = logs.flatMap((log) => faultOf(log, judged) ?? []);
  return { findings: faults.length > 0 ? faults : idle(logs, judged, given), notes, answered: true };
}

/**
 * Reads policy and checkpoints, and opens the demands on them.
 *
 * @returns what to ask when the baseline has been read
 */
export async function openWitnesses(
  ledger: DemandLedger,
  wanted: WitnessDemand,
): Promise<(baseline: ReadBaseline, interrupted: boolean) => Outcome> {
  const demands: readonly OpenDemand[] = [
    ledger.open('witness-policy', shownPath(wanted.witnessPolicy)),
    ...wanted.baselineCheckpoints.map((path) => ledger.open('baseline-checkpoint', shownPath(path))),
  ];
  const judged = await judgedAll(wanted).catch((fault: unknown) => {
    if (fault instanceof TrustError) return fault;
    throw fault;
  });
  return (baseline, interrupted) => {
    const outcome =
      judged instanceof TrustError ? refusedBy(judged) : outcomeOf(baseline, judged, wanted.baselineCheckpoints);
    const { findings, notes, answered } = outcome;
    settle(demands, outcome);
    // That a run was broken off says nothing of the baseline.
    return { findings: answered || !interrupted ? findings : [], notes };
  };
}

function refusedBy({ kind, message }: TrustError): Answered {
  return { findings: [{ kind, message: `baseline: ${message}` }], notes: [], answered: true };
}

function settle(demands: readonly OpenDemand[], { findings: [first], answered }: Answered): void {
  for (const demand of demands) {
    if (first === undefined) demand.held();
    else demand.settle(answered ? 'refuted' : 'impossible', reasonIn(first));
  }
}
