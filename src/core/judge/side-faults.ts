/**
 * Faults that each side shows by itself, set against one another: what both show at one record that is unchanged is an old
 * fault. It is named once, and was there before; it forces the same verdict, unless a signed migration calls it known.
 *
 * Both sides are read in lock step, so a fault waits for its counterpart for as long as its record does. Memory is bounded:
 * what has waited longest is named as a fault of its side alone, which excuses nothing.
 */
import type { SideFault } from '../audit/side-audit.ts';
import type { FindingKind } from '../kinds.ts';
import { present } from '../present.ts';
import type { Finding } from '../report/report.ts';
import { inFile } from '../snapshot/record.ts';
import { placeKey } from '../snapshot/summary.ts';
import type { Findings } from './findings.ts';

export type OneSide = 'baseline' | 'current';

/** What a signed migration says of a fault that it calls known; one for each that it lists. */
export interface Known {
  readonly reason: string;
}

/** Faults of a chain in itself: where there are none, other hashes than before mean that it was made anew. */
const CHAIN_KINDS: ReadonlySet<FindingKind> = new Set<FindingKind>([
  'chain-break',
  'chain-fork',
  'chain-genesis-changed',
  'hash-mismatch',
  'hash-missing',
  'hash-malformed',
  'seq-gap',
]);

/** How many faults of a side wait; those that a migration names do so besides. */
const MOST_WAITING = 10_000;

interface WaitingFault {
  readonly side: OneSide;
  readonly fault: SideFault;
  readonly known: Known | undefined;
}

/**
 * The finding that `fault` is on the side that shows it.
 *
 * @param label - before its message: which side that is, unless there is no other
 */
export function sideFinding(
  side: OneSide,
  { kind, message, found, record }: SideFault,
  label = `${side}: `,
): Omit<Finding, 'class'> {
  const { tenant, stream, id, seq } = record;
  return {
    kind,
    tenant,
    stream,
    id,
    ...present({ seq }),
    [side]: found,
    message: `${label}${message}${inFile(record)}`,
  };
}

/** The same fault at the same record: its leaf hash covers all that it holds. */
function keyOf({ kind, message, found, record }: SideFault): string {
  return JSON.stringify([kind, record.tenant, record.stream, record.leaf, found, message]);
}

class WaitingFaults {
  readonly #queues: Map<string | Known, WaitingFault[]> = new Map();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  put(key: string | Known, one: WaitingFault): void {
    const queue = this.#queues.get(key);
    if (queue === undefined) this.#queues.set(key, [one]);
    else queue.push(one);
    this.#size++;
  }

  take(key: string | Known): WaitingFault | undefined {
    const queue = this.#queues.get(key);
    const one = queue?.shift();
    if (queue?.length === 0) this.#queues.delete(key);
    if (one !== undefined) this.#size--;
    return one;
  }

  /** What has waited longest. */
  takeFirst(): WaitingFault | undefined {
    for (const key of this.#queues.keys()) return this.take(key);
    return undefined;
  }
}

/** Whether the rules of a migration were for records of a stream: then the current side need not show what is known there. */
export type IsMigrated = (place: { readonly tenant: string; readonly stream: string }) => boolean;

export class SideFaults {
  readonly #findings: Findings;
  readonly #isMigrated: IsMigrated;
  readonly #most: number;
  readonly #waiting = { baseline: new WaitingFaults(), current: new WaitingFaults() } as const;
  readonly #known = { baseline: new WaitingFaults(), current: new WaitingFaults() } as const;
  /** Chains of the current side (see `placeKey`) that have a fault of their own which the baseline has not. */
  readonly faultyChains: Set<string> = new Set();

  /** @param most - how many faults of a side wait, besides those that a migration calls known */
  constructor(findings: Findings, isMigrated: IsMigrated = () => false, most: number = MOST_WAITING) {
    this.#findings = findings;
    this.#isMigrated = isMigrated;
    this.#most = most;
  }

  /** Takes a fault that `side` shows. */
  add(side: OneSide, fault: SideFault, known?: Known): void {
    const waiting = known === undefined ? this.#waiting : this.#known;
    const key = known ?? keyOf(fault);
    const twin = waiting[side === 'baseline' ? 'current' : 'baseline'].take(key)?.fault;
    if (twin !== undefined) {
      if (side === 'baseline') this.#nameOld(fault, twin, known);
      else this.#nameOld(twin, fault, known);
      return;
    }
    waiting[side].put(key, { side, fault, known });
    if (known === undefined && waiting[side].size > this.#most) this.#nameAlone(waiting[side].takeFirst());
  }

  /** Names what has no counterpart; to be called when both sides were read, before roots are judged. */
  settle(): void {
    for (const side of ['baseline', 'current'] as const) {
      for (const waiting of [this.#waiting[side], this.#known[side]]) {
        while (waiting.size > 0) this.#nameAlone(waiting.takeFirst());
      }
    }
  }

  #nameOld(was: SideFault, is: SideFault, known: Known | undefined): void {
    const { kind, message, record } = was;
    const { tenant, stream, id, seq } = is.record;
    const values = { baseline: was.found, current: is.found };
    const what = known === undefined ? message : `${knownText(known)}: ${kind}, ${message}`;
    this.#findings.add('both', {
      kind: known === undefined ? kind : 'known-fault',
      ...{ tenant, stream, id, ...present({ seq }), ...values },
      message: `already in the baseline, unchanged: ${what} (record sha256:${record.leaf})`,
      alreadyInBaseline: true,
    });
  }

  #nameAlone(one: WaitingFault | undefined): void {
    if (one === undefined) return;
    const { side, fault, known } = one;
    if (known !== undefined && side === 'baseline' && this.#isMigrated(fault.record)) {
      this.#findings.add(side, knownFinding(side, fault, known));
      return;
    }
    if (side === 'current' && CHAIN_KINDS.has(fault.kind)) this.faultyChains.add(placeKey(fault.record));
    this.#findings.add(side, sideFinding(side, fault));
  }
}

function knownText({ reason }: Known): string {
  return `known and signed for (${reason})`;
}

/** The finding that a fault of one side is which a migration calls known. */
export function knownFinding(side: OneSide, fault: SideFault, known: Known): Omit<Finding, 'class'> {
  const message = `${side}: ${knownText(known)}: ${fault.kind}, ${fault.message}`;
  return { ...sideFinding(side, fault), kind: 'known-fault', message };
}
