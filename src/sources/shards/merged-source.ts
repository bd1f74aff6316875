/**
 * The shards of one capture as the whole that they are of. Streams come in order, each from the shard that has it; what is
 * missing, comes twice, is of another capture or in the wrong shard is refused before anything can be made of it.
 */

import { isDeepStrictEqual } from 'node:util';
import type { EvidenceSource } from '../../core/audit/evidence-source.ts';
import { EvidenceError, type Where } from '../../core/errors.ts';
import { compareUtf8 } from '../../core/json/utf8.ts';
import type { Platform } from '../../core/platform.ts';
import type { SnapshotHeader } from '../../core/snapshot/header.ts';
import { type Shard, ShardFinder, type ShardStatement } from '../../core/snapshot/shard.ts';
import {
  type StatedStream,
  type StatedTenant,
  summaryOfTrailer,
  type Trailer,
  trailerDifferences,
} from '../../core/snapshot/trailer.ts';
import { shardName } from '../../core/words.ts';
import type { SnapshotSource } from '../snapshot-source.ts';
import { comparePlaces, type Place, placeOf } from './shard-source.ts';

const AGAIN = 'give each shard of one capture once';
const SHOWN_MISSING = 20;

interface OpenedShard {
  readonly source: SnapshotSource;
  readonly header: SnapshotHeader;
  readonly shard: ShardStatement;
}

/** A shard while it is read: `place` is that of the record at hand. */
class Feed {
  readonly source: SnapshotSource;
  readonly #shard: Shard;
  readonly #finder: ShardFinder;
  state: 'record' | 'more' | 'end' = 'more';
  place: Place | undefined;

  constructor({ source, shard }: OpenedShard, platform: Platform) {
    this.source = source;
    this.#shard = shard;
    this.#finder = new ShardFinder(platform, shard.count);
  }

  advance(): void {
    this.state = this.source.next();
    if (this.state !== 'record') return;
    const { bytes, start, end } = this.source;
    const place = placeOf(bytes, start, end);
    if (place !== undefined) this.#check(place, start);
    this.place = place;
  }

  #check(place: Place, start: number): void {
    const { index, count } = this.#shard;
    const is = this.#finder.indexOf(place.tenant, place.stream);
    const where = this.source.where(start);
    if (is !== index) {
      const reason = `it is ${shardName(this.#shard)}, and has a record of ${shardName({ index: is, count })}`;
      throw new EvidenceError('source-incomplete', reason, { where, advice: AGAIN });
    }
    if (this.place === undefined || comparePlaces(this.place, place) <= 0) return;
    throw new EvidenceError('source-incomplete', 'a stream of it comes after one that sorts behind it', { where });
  }
}

/** Whether `one` stands before `other` in the whole; what is no record comes at once, to be refused. */
function isBefore(one: Feed, other: Feed): boolean {
  if (one.place === undefined || other.place === undefined) return one.place === undefined;
  return comparePlaces(one.place, other.place) < 0;
}

export class MergedSource implements EvidenceSource {
  readonly name: string;
  readonly #platform: Platform;
  readonly #sources: readonly SnapshotSource[];
  #feeds: readonly Feed[] = [];
  /** Whose record is at hand. */
  #current: Feed | undefined;
  #trailer: Trailer | undefined;

  /** @param sources - snapshots that may be shards, all of them; they are this source's from now on */
  constructor(sources: readonly SnapshotSource[], platform: Platform) {
    this.name = `${sources.length} shards`;
    this.#sources = sources;
    this.#platform = platform;
  }

  get bytes(): Uint8Array {
    return this.#at.bytes;
  }

  get start(): number {
    return this.#at.start;
  }

  get end(): number {
    return this.#at.end;
  }

  /** The shard. */
  get foundAt(): string {
    return this.#at.name;
  }

  get #at(): SnapshotSource {
    const source = this.#current?.source ?? this.#sources[0];
    if (source === undefined) throw new RangeError('there are no shards');
    return source;
  }

  get trailer(): Trailer | undefined {
    return this.#trailer;
  }

  get bytesRead(): number {
    return this.#sources.reduce((sum, { bytesRead }) => sum + bytesRead, 0);
  }

  get bytesTotal(): number | null {
    const totals = this.#sources.map(({ bytesTotal }) => bytesTotal);
    return totals.reduce((sum, total) => (sum === null || total === null ? null : sum + total), 0);
  }

  get recordsTotal(): null {
    return null;
  }

  where(at: number): Where {
    return this.#at.where(at);
  }

  /** @throws EvidenceError `source-incomplete` unless the sources are all shards of one capture, each of them once */
  async open(): Promise<SnapshotHeader> {
    const opened: OpenedShard[] = [];
    for (const source of this.#sources) opened.push(openedOf(source, await source.open()));
    const [first] = opened;
    if (first === undefined) throw new RangeError('there are no shards');
    requireOneWhole(opened, first);
    requireEach(opened, first.shard.count);
    this.#feeds = opened.map((shard) => new Feed(shard, this.#platform));
    const { shard: _, ...header } = first.header;
    return header;
  }

  next(): 'record' | 'more' | 'end' {
    // What was at hand has been taken; its bytes hold until its own source is asked again.
    if (this.#current !== undefined) this.#current.state = 'more';
    this.#current = undefined;
    let least: Feed | undefined;
    for (const feed of this.#feeds) {
      if (feed.state === 'more') feed.advance();
      if (feed.state === 'more') return 'more';
      if (feed.state === 'record' && (least === undefined || isBefore(feed, least))) least = feed;
    }
    this.#current = least;
    if (least !== undefined) return 'record';
    this.#trailer ??= joinedTrailer(this.#feeds, this.#platform);
    return 'end';
  }

  /** The shard that has a stream; of a tenant all that have some of it. */
  statedBy(tenant: string, stream: string | undefined): readonly string[] {
    const has = ({ trailer }: SnapshotSource): boolean =>
      trailer?.tenants.some(
        (one) =>
          one.tenant === tenant && (stream === undefined || one.streams.some((other) => other.stream === stream)),
      ) === true;
    return this.#sources.filter(has).map(({ name }) => name);
  }

  /** Those that have nothing at hand read on, side by side. */
  async fill(): Promise<void> {
    await Promise.all(this.#feeds.filter(({ state }) => state === 'more').map(({ source }) => source.fill()));
  }

  async finish(): Promise<null> {
    for (const source of this.#sources) await source.finish();
    return null;
  }

  async close(): Promise<void> {
    await Promise.all(this.#sources.map((source) => source.close()));
  }
}

function openedOf(source: SnapshotSource, header: SnapshotHeader): OpenedShard {
  const { shard } = header;
  if (shard !== undefined) return { source, header, shard };
  const where = { file: source.name };
  throw new EvidenceError('source-incomplete', 'it is no shard, but a whole', { where, advice: AGAIN });
}

function requireOneWhole(opened: readonly OpenedShard[], first: OpenedShard): void {
  for (const { source, header, shard } of opened) {
    const where = { file: source.name };
    if (shard.whole !== first.shard.whole || shard.count !== first.shard.count) {
      const reason = `it is ${shardName(shard)} of the capture ${shard.whole}, and ${first.source.name} is ${shardName(first.shard)} of ${first.shard.whole}`;
      throw new EvidenceError('source-incomplete', reason, { where, advice: AGAIN });
    }
    if (isDeepStrictEqual({ ...header, shard: undefined }, { ...first.header, shard: undefined })) continue;
    const reason = `its header says something else than that of ${first.source.name}: they were not captured alike`;
    throw new EvidenceError('source-incomplete', reason, {
      where,
      advice: 'take all shards with the same options and version',
    });
  }
}

function requireEach(opened: readonly OpenedShard[], count: number): void {
  const names = new Map<number, string>();
  for (const { source, shard } of opened) {
    const other = names.get(shard.index);
    if (other !== undefined) {
      const reason = `${shardName(shard)} comes twice: it is ${other} as well`;
      throw new EvidenceError('source-incomplete', reason, { where: { file: source.name }, advice: AGAIN });
    }
    names.set(shard.index, source.name);
  }
  const missing = Array.from({ length: count }, (_, index) => index).filter((index) => !names.has(index));
  if (missing.length === 0) return;
  const shown = missing.slice(0, SHOWN_MISSING).join(', ');
  const more = missing.length > SHOWN_MISSING ? ` and ${missing.length - SHOWN_MISSING} more` : '';
  const reason = `of ${count} shards ${missing.length === 1 ? 'this one is' : 'these are'} missing: ${shown}${more}`;
  throw new EvidenceError('source-incomplete', reason, {
    advice: 'take what is missing of the same snapshot, and merge again',
  });
}

/* What the shards state of themselves, as one statement: it is held against what their records result in. */

function joinTenant(one: StatedTenant | undefined, other: StatedTenant): StatedTenant {
  const counts = new Map(one?.counts);
  for (const [type, count] of other.counts ?? []) counts.set(type, (counts.get(type) ?? 0) + count);
  const streams: readonly StatedStream[] = [...(one?.streams ?? []), ...other.streams];
  return { tenant: other.tenant, records: (one?.records ?? 0) + other.records, counts, streams };
}

function joinedTrailer(feeds: readonly Feed[], platform: Platform): Trailer {
  const tenants = new Map<string, StatedTenant>();
  let records = 0;
  for (const { source } of feeds) {
    const { trailer } = source;
    if (trailer === undefined) throw new RangeError('a snapshot has ended without its trailer');
    requireOwnRoots(trailer, source.name, platform);
    records += trailer.records;
    for (const tenant of trailer.tenants) tenants.set(tenant.tenant, joinTenant(tenants.get(tenant.tenant), tenant));
  }
  const inOrder = [...tenants.values()].sort((a, b) => compareUtf8(a.tenant, b.tenant));
  return {
    records,
    tenants: inOrder.map((tenant) => ({
      ...tenant,
      streams: [...tenant.streams].sort((a, b) => compareUtf8(a.stream, b.stream)),
    })),
  };
}

/** Those over tenants and over all are of the shard alone: they follow from those of its streams, or are wrong. */
function requireOwnRoots(trailer: Trailer, file: string, platform: Platform): void {
  const summary = trailer.globalRoot === undefined ? undefined : summaryOfTrailer(platform, trailer);
  if (summary !== undefined && trailerDifferences(trailer, summary).length === 0) return;
  const reason = 'its trailer states no roots, or some that do not follow from those of its streams';
  throw new EvidenceError('source-incomplete', reason, { where: { file }, advice: 'take this shard again' });
}
