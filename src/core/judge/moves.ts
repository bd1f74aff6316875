/**
 * What is missing in one place and new in another: a record of the same id and content that changed its stream or
 * tenant. Resolved when everything was read, since the other place may come much later.
 */
import { placeKey } from '../snapshot/place-key.ts';
import type { Findings } from './findings.ts';
import { type Waiting, WaitingTable } from './pending.ts';
import type { StreamJudge } from './stream-judge.ts';

function moveKey({ id, content }: Waiting): string {
  return JSON.stringify([id, content]);
}

export class Moves {
  readonly #missing: WaitingTable = new WaitingTable();
  readonly #added: WaitingTable = new WaitingTable();
  /** The judge of each place that has something waiting here: it keeps the books. */
  readonly #judges: Map<string, StreamJudge> = new Map();

  /** Whether moves may have been overlooked: only if something is missing and something that is new was turned away. */
  get overflowed(): boolean {
    return this.#missing.overflowed || this.#added.overflowed;
  }

  /** Takes over what a stream had left at its end. */
  leave(judge: StreamJudge, missing: readonly Waiting[], added: readonly Waiting[]): void {
    if (missing.length + added.length > 0) this.#judges.set(placeKey(judge), judge);
    for (const waiting of missing) {
      if (!this.#missing.put(moveKey(waiting), waiting)) this.#nameMissing(judge, waiting);
    }
    for (const waiting of added) {
      if (!this.#added.put(moveKey(waiting), waiting)) this.#nameAdded(judge, waiting);
    }
  }

  /** Names everything that still waits: moved where a counterpart is found, else missing or added. */
  resolve(findings: Findings): void {
    for (const waiting of this.#missing.drain()) {
      const from = this.#judgeOf(waiting);
      const target = this.#added.take(moveKey(waiting));
      if (target === undefined) {
        this.#nameMissing(from, waiting);
        continue;
      }
      from.tally.movedOut++;
      this.#judgeOf(target).tally.movedIn++;
      findings.markBroken(target);
      const place = { baseline: placeText(waiting), current: placeText(target) };
      const { tenant, stream, id, seq } = waiting;
      const message = `moved to tenant ${JSON.stringify(target.tenant)}, stream ${JSON.stringify(target.stream)}`;
      findings.add('both', {
        kind: 'record-moved',
        tenant,
        stream,
        id,
        ...(seq === undefined ? {} : { seq }),
        ...place,
        message,
      });
    }
    for (const waiting of this.#added.drain()) this.#nameAdded(this.#judgeOf(waiting), waiting);
  }

  #judgeOf(waiting: Waiting): StreamJudge {
    const judge = this.#judges.get(placeKey(waiting));
    if (judge === undefined) throw new RangeError('a record waits that no stream has left');
    return judge;
  }

  #nameMissing(judge: StreamJudge, waiting: Waiting): void {
    judge.tally.missing++;
    judge.missing(waiting);
  }

  #nameAdded(judge: StreamJudge, waiting: Waiting): void {
    judge.tally.added++;
    judge.added(waiting);
  }
}

function placeText({ tenant, stream }: Waiting): string {
  return `${tenant} / ${stream}`;
}
