/**
 * The ledger of demands. What a caller demands is opened where it is stated and closed where its answer is known; no
 * verdict can be made while one is open. So a demand that somebody forgot is a bug that is seen, never a PASS.
 */
import { described, type MembersOf, object, oneOf, optional, text } from '../json/form.ts';
import type { FindingClass } from '../kinds.ts';
import { present } from '../present.ts';

/**
 * Every demand there is, by the option's word, in the order in which a report lists them. Demands of one word (several
 * keys, several outputs) stand in the order in which they were given.
 */
export const DEMANDS = [
  'expect-digest',
  'trusted-key',
  'threshold',
  'require-signature',
  'signature',
  'expect-upgrade',
  'witness-policy',
  'baseline-checkpoint',
  'expect-subject',
  'expect-artifact',
  'max-baseline-age',
  'tsa-certificate',
  'not-same-input',
  'consistency-proof',
  'digest-index',
  'legacy-root',
  'migration',
  'profile',
  'chain-key',
  'output',
  'metrics',
  'attest',
  'artifact',
] as const;

export type DemandName = (typeof DEMANDS)[number];

/** What came of a demand: it was met, it was not, or that could not be determined. */
export type DemandState = 'held' | 'refuted' | 'impossible';

export interface Demand {
  readonly demand: DemandName;
  /**
   * What was asked, as it would stand on a command line behind `--demand`, without quotes for a shell: `sha256:…`, the
   * path of a key or an output as it was given (a caller of the library gives paths likewise), `2`, `604800s`,
   * `member=text`, `scheme=… root=…`. Empty for a demand that is an option without a value (`require-signature`,
   * `not-same-input`, which is demanded by default). So the command that repeats a run can be made from it. No secret is
   * ever in it: keys are public ones, by path.
   */
  readonly asked: string;
  readonly state: DemandState;
  /** Why it is refuted or impossible. */
  readonly why?: string;
}

export const demandForm = object({
  demand: oneOf(...DEMANDS),
  asked: described(text, 'as it would stand on a command line behind the option'),
  state: oneOf('held', 'refuted', 'impossible'),
  why: optional(text),
} satisfies MembersOf<Demand>);

/** Demands on the baseline: where one of them could not be settled, the baseline is not to be believed. */
const ON_BASELINE: ReadonlySet<DemandName> = new Set<DemandName>([
  'expect-digest',
  'trusted-key',
  'threshold',
  'require-signature',
  'signature',
  'expect-upgrade',
  'witness-policy',
  'baseline-checkpoint',
  'expect-subject',
  'expect-artifact',
  'max-baseline-age',
  'tsa-certificate',
]);

/** Whether `demand` is about the baseline. */
export function isOnBaseline(demand: DemandName): boolean {
  return ON_BASELINE.has(demand);
}

/** Whether nothing that was demanded of the baseline is refuted, and something of it could not be looked at. */
export function isUnlooked(demands: readonly Demand[]): boolean {
  const open = demands.filter(({ demand, state }) => isOnBaseline(demand) && state !== 'held');
  return open.length > 0 && open.every(({ state }) => state === 'impossible');
}

/**
 * The classes of which a finding must stand beside a demand that did not hold; one of them is enough.
 *
 * A run that was interrupted could settle nothing: that says nothing of the baseline.
 */
function classesFor({ demand, state }: Demand): readonly FindingClass[] {
  if (isOnBaseline(demand)) return ['UNTRUSTED'];
  if (state === 'impossible') return ['INCOMPLETE'];
  if (demand === 'not-same-input') return ['UNTRUSTED'];
  // What is wrong with a migration may be its signature, or that it does not fit.
  return demand === 'migration' ? ['UNTRUSTED', 'FAIL', 'INCOMPLETE'] : ['FAIL', 'INCOMPLETE'];
}

/**
 * The first demand that did not hold and that no finding speaks of.
 *
 * @param has - whether there is a finding of a class
 * @param interrupted - whether the run was broken off: then INCOMPLETE is enough for each
 */
export function unnamedDemand(
  demands: readonly Demand[],
  has: (forced: FindingClass) => boolean,
  interrupted = false,
): Demand | undefined {
  return demands.find((demand) => {
    if (demand.state === 'held') return false;
    if (interrupted && demand.state === 'impossible' && has('INCOMPLETE')) return false;
    return !classesFor(demand).some(has);
  });
}

/** One demand, until it is settled. */
export class OpenDemand {
  readonly demand: DemandName;
  readonly asked: string;
  #settled: Demand | undefined;

  constructor(demand: DemandName, asked: string) {
    this.demand = demand;
    this.asked = asked;
  }

  /** Undefined while it is open. */
  get settled(): Demand | undefined {
    return this.#settled;
  }

  /** It was met. */
  held(): void {
    this.settle('held');
  }

  /** It was looked at, and is not met. Whoever says so raises a finding. */
  refuted(why: string): void {
    this.settle('refuted', why);
  }

  /** It could not be looked at. Whoever says so raises a finding. */
  impossible(why: string): void {
    this.settle('impossible', why);
  }

  /**
   * Closes it.
   *
   * @throws RangeError if it is settled already: of two answers one would be lost
   */
  settle(state: DemandState, why?: string | undefined): void {
    const { demand, asked } = this;
    if (this.#settled !== undefined) throw new RangeError(`the demand ${demand} was settled twice`);
    this.#settled = { demand, asked, state, ...present({ why }) };
  }
}

/** What is demanded of one run. */
export class DemandLedger {
  readonly #entries: OpenDemand[] = [];

  /** Takes a demand down, where it is stated. */
  open(demand: DemandName, asked: string): OpenDemand {
    const entry = new OpenDemand(demand, asked);
    this.#entries.push(entry);
    return entry;
  }

  /**
   * What came of each, in the order of {@link DEMANDS}: it depends on the options alone, not on who was first.
   *
   * @throws RangeError while one is open: no verdict may be made
   */
  settled(): readonly Demand[] {
    const demands = this.#entries.map(({ demand, asked, settled }) => {
      if (settled === undefined) throw new RangeError(`the demand ${demand} (${asked}) was not settled`);
      return settled;
    });
    return demands.sort((a, b) => DEMANDS.indexOf(a.demand) - DEMANDS.indexOf(b.demand));
  }
}
