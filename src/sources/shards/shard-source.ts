/**
 * One part of a snapshot file. The file is read whole: so each part can say that all of it came, that its streams stood in
 * order, and that its trailer states what is in it, which no part could know from its own records alone.
 */

import { Buffer } from 'node:buffer';
import type { EvidenceSource } from '../../core/audit/evidence-source.ts';
import { EvidenceError, type Where } from '../../core/errors.ts';
import { canonicalBytes } from '../../core/json/canonical.ts';
import { jsonFrom } from '../../core/json/from-plain.ts';
import { compareUtf8 } from '../../core/json/utf8.ts';
import type { Hash, Platform } from '../../core/platform.ts';
import type { SnapshotHeader } from '../../core/snapshot/header.ts';
import { type Shard, ShardFinder } from '../../core/snapshot/shard.ts';
import type { SnapshotSummary } from '../../core/snapshot/summary.ts';
import {
  namesInOrder,
  type StatedTenant,
  summaryOfTrailer,
  type Trailer,
  trailerDifferences,
} from '../../core/snapshot/trailer.ts';
import type { ByteSource } from '../bytes.ts';
import { SnapshotSource } from '../snapshot-source.ts';

const READ_WHOLE = 'read it whole, without --shard: that names every fault';

export class ShardSource implements EvidenceSource {
  readonly name: string;
  readonly #platform: Platform;
  readonly #bytes: () => ByteSource;
  readonly #inner: SnapshotSource;
  readonly #shard: Shard;
  readonly #finder: ShardFinder;
  /** Records by tenant and type, of the whole file. */
  readonly #counts: Map<string, Map<string, number>> = new Map();
  #records = 0;
  #last: Place | undefined;
  #digest: Hash | null = null;
  #trailer: Trailer | undefined;

  /** @param bytes - opens the file: it is read twice, for its digest first, by which the parts know one another */
  constructor(bytes: () => ByteSource, shard: Shard, platform: Platform) {
    const inner = bytes();
    this.name = inner.name;
    this.#bytes = bytes;
    this.#inner = new SnapshotSource(inner, { platform });
    this.#shard = shard;
    this.#platform = platform;
    this.#finder = new ShardFinder(platform, shard.count);
  }

  get bytes(): Uint8Array {
    return this.#inner.bytes;
  }

  get start(): number {
    return this.#inner.start;
  }

  get end(): number {
    return this.#inner.end;
  }

  /** Of the streams of this shard alone. */
  get trailer(): Trailer | undefined {
    return this.#trailer;
  }

  get whole(): SnapshotSummary | undefined {
    const { trailer } = this.#inner;
    // What it states of tenants and of all was held against its streams, and the streams against the records.
    return trailer?.globalRoot === undefined || this.#trailer === undefined
      ? undefined
      : summaryOfTrailer(this.#platform, trailer);
  }

  /** Those of the whole file were looked at: of its streams alone there are none in a trailer. */
  get rootsStated(): boolean {
    return this.#inner.trailer?.globalRoot !== undefined;
  }

  get bytesRead(): number {
    return this.#inner.bytesRead;
  }

  get bytesTotal(): number | null {
    return this.#inner.bytesTotal;
  }

  get recordsTotal(): null {
    return null;
  }

  where(at: number): Where {
    return this.#inner.where(at);
  }

  async open(): Promise<SnapshotHeader> {
    const first = this.#bytes();
    try {
      this.#digest = await first.finish();
    } finally {
      await first.close();
    }
    const header = await this.#inner.open();
    if (header.depth === 'summary') throw this.#refused('a summary has no records that could be shared out');
    if (header.capturedAt === null)
      throw this.#refused('it states no `capturedAt`: each shard would state another time');
    if (header.depth === 'full' && header.digestOnly !== undefined) {
      throw this.#refused('it counts records without a body (`digestOnly`), which no shard can');
    }
    const whole = { input: this.#digest, shards: this.#shard.count };
    return { ...header, shard: { ...this.#shard, whole: this.#platform.sha256(canonicalBytes(jsonFrom(whole))) } };
  }

  #refused(reason: string): EvidenceError {
    const where = { file: this.name };
    return new EvidenceError('source-incomplete', `${reason}: it cannot be shared out`, { where, advice: READ_WHOLE });
  }

  next(): 'record' | 'more' | 'end' {
    for (;;) {
      const found = this.#inner.next();
      if (found === 'end') this.#trailer = this.#checkedTrailer();
      if (found !== 'record' || this.#isOurs()) return found;
    }
  }

  /** What is no record is every shard's: all of them refuse it. */
  #isOurs(): boolean {
    const { bytes, start, end } = this.#inner;
    const place = placeOf(bytes, start, end);
    if (place === undefined) return true;
    if (this.#last !== undefined && comparePlaces(this.#last, place) > 0) {
      throw this.#refused('a stream comes after one that sorts behind it').at(this.where(start));
    }
    this.#last = place;
    this.#records++;
    const counts = this.#counts.get(place.tenant) ?? new Map<string, number>();
    this.#counts.set(place.tenant, counts.set(place.type, (counts.get(place.type) ?? 0) + 1));
    return this.#finder.indexOf(place.tenant, place.stream) === this.#shard.index;
  }

  #checkedTrailer(): Trailer | undefined {
    const { trailer } = this.#inner;
    if (trailer === undefined) return undefined;
    if (!this.#holds(trailer)) throw this.#refused('its trailer states something else than there is');
    const tenants = trailer.tenants.map((tenant) => this.#ours(tenant)).filter(({ streams }) => streams.length > 0);
    return { records: tenants.reduce((sum, { records }) => sum + records, 0), tenants };
  }

  /** Whether the trailer says of the whole file what is so; of each stream the shard that has it looks. */
  #holds(trailer: Trailer): boolean {
    const { tenants } = trailer;
    if (trailer.records !== this.#records || tenants.length !== this.#counts.size || !namesInOrder(trailer))
      return false;
    if (!tenants.every((tenant) => this.#countsHold(tenant))) return false;
    if (trailer.globalRoot === undefined && tenants.every(({ root }) => root === undefined)) return true;
    const summary = summaryOfTrailer(this.#platform, trailer);
    return summary !== undefined && trailerDifferences(trailer, summary).length === 0;
  }

  #countsHold({ tenant, records, counts }: StatedTenant): boolean {
    const counted = this.#counts.get(tenant);
    if (counted === undefined || counts === undefined || counted.size !== counts.size) return false;
    const all = [...counted].reduce((sum, [, count]) => sum + count, 0);
    return all === records && [...counted].every(([type, count]) => counts.get(type) === count);
  }

  #ours({ tenant, streams }: StatedTenant): StatedTenant {
    const ours = streams.filter(({ stream }) => this.#finder.indexOf(tenant, stream) === this.#shard.index);
    return { tenant, records: ours.reduce((sum, { size }) => sum + size, 0), streams: ours };
  }

  async fill(): Promise<void> {
    await this.#inner.fill();
  }

  async finish(): Promise<Hash | null> {
    const digest = await this.#inner.finish();
    if (digest === this.#digest) return digest;
    throw new EvidenceError('input-changed', 'it changed while it was read', {
      where: { file: this.name },
      advice: 'take all shards again, of a file that nobody writes to',
    });
  }

  async close(): Promise<void> {
    await this.#inner.close();
  }
}

/* What says where a record belongs, read loosely: whoever takes the record reads it strictly afterwards. */

export interface Place {
  readonly tenant: string;
  readonly stream: string;
  readonly type: string;
}

/** Undefined for what is no record: then whoever reads it says so. */
export function placeOf(bytes: Uint8Array, start: number, end: number): Place | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { tenant, stream, type } = value as Readonly<Record<string, unknown>>;
  if (typeof tenant !== 'string' || typeof stream !== 'string' || typeof type !== 'string') return undefined;
  return { tenant, stream, type };
}

export function comparePlaces(one: Omit<Place, 'type'>, other: Omit<Place, 'type'>): number {
  return compareUtf8(one.tenant, other.tenant) || compareUtf8(one.stream, other.stream);
}
