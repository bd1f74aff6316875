/**
 * The digest index of a baseline beside the records of now: what a summary cannot show of a set that grew.
 *
 * The leaves are read from the file as they are needed, held to the roots that the baseline states for its sets, and looked
 * for among the leaves of now, all in one pass (core/proof/set-growth.ts).
 */
import { Buffer } from 'node:buffer';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { codeOf, EvidenceError } from '../core/errors.ts';
import type { Findings } from '../core/judge/findings.ts';
import type { ReadSide } from '../core/judge/report-builder.ts';
import { CompactRange } from '../core/merkle/tree.ts';
import type { Hash } from '../core/platform.ts';
import {
  INDEX_BEGIN,
  INDEX_END_BYTES,
  type IndexedSet,
  LEAF_BYTES,
  lengthOfSets,
  parseSets,
} from '../core/proof/index-document.ts';
import { SetFollower, type SetGrowth } from '../core/proof/set-growth.ts';
import type { DemandLedger, OpenDemand } from '../core/report/demands.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import { placeKey, type SnapshotSummary } from '../core/snapshot/summary.ts';
import { counted } from '../core/words.ts';
import { nodePlatform } from './node-platform.ts';

const CHUNK_LEAVES = 2048;
/** What stands behind the leaves is read whole: a line for some hundred thousand sets. */
const MOST_SETS_BYTES = 64 * 1024 * 1024;

/** A digest index, open. */
export class IndexFile {
  readonly path: string;
  readonly sets: readonly IndexedSet[];
  readonly #descriptor: number;

  private constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
    this.sets = this.#readSets();
  }

  /** @throws EvidenceError if there is none at `path` */
  static open(path: string): IndexFile {
    const where = { file: path };
    let descriptor: number | undefined;
    try {
      // Not blocking: opening a pipe that nobody writes to would wait for ever.
      descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
      return new IndexFile(path, descriptor);
    } catch (fault) {
      if (descriptor !== undefined) closeSync(descriptor);
      if (fault instanceof EvidenceError) throw fault.at(where);
      throw new EvidenceError('source-incomplete', `cannot be read (${codeOf(fault)})`, { where, cause: fault });
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #bytes(at: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    for (let done = 0; done < length; ) {
      const read = readSync(this.#descriptor, bytes, done, length - done, at + done);
      if (read === 0) throw new EvidenceError('input-truncated', 'the file ends too early');
      done += read;
    }
    return bytes;
  }

  #readSets(): readonly IndexedSet[] {
    const stats = fstatSync(this.#descriptor);
    const refuse = (reason: string): never => {
      const advice = 'make it with digest-index';
      throw new EvidenceError('schema-violation', `not a digest index: ${reason}`, { advice });
    };
    if (!stats.isFile()) refuse('no regular file');
    const end = stats.size - INDEX_END_BYTES;
    if (end <= INDEX_BEGIN.length) refuse('too short');
    if (!this.#bytes(0, INDEX_BEGIN.length).equals(INDEX_BEGIN)) refuse('it does not begin as one');
    const length = lengthOfSets(this.#bytes(end, INDEX_END_BYTES).toString('latin1'));
    const leafBytes = end - length - INDEX_BEGIN.length;
    if (length > MOST_SETS_BYTES || leafBytes < 0 || leafBytes % LEAF_BYTES !== 0) refuse('it does not end as one');
    return parseSets(nodePlatform, this.#bytes(end - length, length), leafBytes / LEAF_BYTES);
  }

  /** The leaves of a set, one after the other; undefined at their end. */
  leavesOf(set: IndexedSet): () => string | undefined {
    let start = INDEX_BEGIN.length;
    for (const one of this.sets) {
      if (one === set) break;
      start += one.size * LEAF_BYTES;
    }
    let [hex, at, read] = ['', 0, 0];
    return () => {
      if (at === hex.length) {
        const count = Math.min(CHUNK_LEAVES, set.size - read);
        if (count === 0) return undefined;
        hex = this.#bytes(start + read * LEAF_BYTES, count * LEAF_BYTES).toString('hex');
        at = 0;
        read += count;
      }
      at += 2 * LEAF_BYTES;
      return hex.slice(at - 2 * LEAF_BYTES, at);
    };
  }
}

/** The index that was given, by its name, or why there is none in what was given. */
export interface GivenIndex {
  readonly asked: string;
  readonly file: IndexFile | EvidenceError;
}

interface Place {
  readonly tenant: string;
  readonly stream: string;
}

/** Beside the current side while it streams by. */
export class IndexedSets {
  readonly #given: GivenIndex;
  readonly #demand: OpenDemand;
  readonly #limit: number;
  readonly #sets: ReadonlyMap<string, IndexedSet>;
  readonly #growth = new Map<string, SetGrowth>();
  #open: Place | undefined;
  #follower: SetFollower | undefined;
  /** Ends the leaves of the open set, and says whether they have its root. */
  #closeSet: (() => void) | undefined;
  #fault: EvidenceError | undefined;

  /** @param limit - how many lost leaves of a set are named */
  constructor(given: GivenIndex, ledger: DemandLedger, limit: number) {
    this.#given = given;
    this.#limit = limit;
    this.#demand = ledger.open('digest-index', given.asked);
    const { file } = given;
    if (file instanceof EvidenceError) this.#fault = file;
    const sets = file instanceof EvidenceError ? [] : file.sets;
    this.#sets = new Map(sets.map((set) => [placeKey(set), set]));
  }

  /** The next record of the current side. */
  take(record: EvidenceRecord, bodyFaulty: boolean): void {
    this.#follow(record, (follower) => follower.take(record.leaf, record.id, bodyFaulty));
  }

  /** The next records, all of one stream: as `SetFollower.takeMany`. */
  takeMany(place: Place, count: number, leafOf: (at: number) => Hash, idOf: (at: number) => string): void {
    this.#follow(place, (follower) => follower.takeMany(count, leafOf, idOf));
  }

  #follow({ tenant, stream }: Place, take: (follower: SetFollower) => void): void {
    if (this.#sets.size === 0 || this.#fault !== undefined) return;
    this.#guarded(() => {
      if (stream !== this.#open?.stream || tenant !== this.#open.tenant) {
        this.#leave();
        this.#open = { tenant, stream };
        const set = this.#sets.get(placeKey(this.#open));
        if (set !== undefined) this.#enter(set);
      }
      if (this.#follower !== undefined) take(this.#follower);
    });
  }

  close(): void {
    const { file } = this.#given;
    if (!(file instanceof EvidenceError)) file.close();
  }

  #guarded(work: () => void): void {
    try {
      work();
    } catch (fault) {
      const where = { file: this.#given.asked };
      if (fault instanceof EvidenceError) this.#fault = fault.at(where);
      else if (codeOf(fault) === 'unknown fault') throw fault;
      else this.#fault = new EvidenceError('source-incomplete', `cannot be read (${codeOf(fault)})`, { where });
    }
  }

  #enter(set: IndexedSet): void {
    const { file } = this.#given;
    if (file instanceof EvidenceError) return;
    const leaves = file.leavesOf(set);
    const range = new CompactRange(nodePlatform);
    const follower = new SetFollower(
      () => {
        const leaf = leaves();
        if (leaf !== undefined) range.append(leaf);
        return leaf;
      },
      { named: this.#limit },
    );
    this.#follower = follower;
    this.#closeSet = () => {
      const growth = follower.finish();
      const root = range.root();
      if (root === set.root) this.#growth.set(placeKey(set), growth);
      else this.#fault = new EvidenceError('schema-violation', `its leaves of ${nameOf(set)} have the root ${root}`);
    };
  }

  #leave(): void {
    this.#closeSet?.();
    this.#closeSet = undefined;
    this.#follower = undefined;
  }

  /**
   * Says what came of the index, now that both sides were read.
   *
   * @param byRecords - whether the records of both sides were compared: then the index is held to the baseline, and that is all
   * @returns by tenant and stream what the index shows of a set; nothing where it is not the baseline's
   */
  settle(
    findings: Findings,
    baseline: ReadSide,
    current: ReadSide,
    byRecords: boolean,
  ): (tenant: string, stream: string) => SetGrowth | undefined {
    const demand = this.#demand;
    const nothing = (): undefined => undefined;
    this.#guarded(() => this.#finish());
    const says = (kind: 'proof-unavailable' | EvidenceError['kind'], state: 'refuted' | 'impossible', why: string) => {
      findings.add('both', { kind, message: `the digest index ${demand.asked}: ${why}` });
      demand.settle(state, why);
      return nothing;
    };
    if (this.#fault !== undefined) return says(this.#fault.kind, 'impossible', this.#fault.reason);
    if (!baseline.complete || !current.complete) {
      return says('proof-unavailable', 'impossible', 'a side was not read to its end');
    }
    const unfit = this.#unfit(baseline.summary);
    if (unfit !== undefined) return says('proof-unavailable', 'refuted', unfit);
    if (!byRecords && current.header?.depth === 'summary') {
      return says('proof-unavailable', 'impossible', 'the current side has no records among which to look');
    }
    demand.held();
    if (byRecords) return nothing;
    return (tenant, stream) => this.#growth.get(placeKey({ tenant, stream }));
  }

  /** Reads what is left: the open set, and the sets that the current side does not have. */
  #finish(): void {
    if (this.#fault !== undefined) return;
    this.#leave();
    for (const [key, set] of this.#sets) {
      if (this.#growth.has(key)) continue;
      this.#enter(set);
      this.#leave();
      if (this.#fault !== undefined) return;
    }
  }

  /** Why it is not the index of `baseline`. */
  #unfit({ tenants }: SnapshotSummary): string | undefined {
    const left = new Map(this.#sets);
    for (const { tenant, streams } of tenants) {
      for (const { stream, ordered, size, root } of streams) {
        if (ordered) continue;
        const set = left.get(placeKey({ tenant, stream }));
        if (set === undefined) return `it does not have ${nameOf({ tenant, stream })} of the baseline`;
        left.delete(placeKey(set));
        if (set.size === size && set.root === root) continue;
        const is = `${counted(set.size, 'record')} with the root ${set.root}`;
        return `${nameOf(set)} has ${is} in it, and ${size} with the root ${root} in the baseline`;
      }
    }
    const [more] = left.values();
    return more === undefined ? undefined : `it has ${nameOf(more)}, which the baseline has not`;
  }
}

function nameOf({ tenant, stream }: { readonly tenant: string; readonly stream: string }): string {
  return `the set ${JSON.stringify(stream)} of ${JSON.stringify(tenant)}`;
}
