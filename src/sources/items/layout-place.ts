/** A published layout as a place of a profile: what its reader gives stands among the records of the other places. */

import type { EvidenceSource, InputFault, ReportFault } from '../../core/audit/evidence-source.ts';
import { EvidenceError } from '../../core/errors.ts';
import { canonicalBytes, canonicalText } from '../../core/json/canonical.ts';
import { parseJson } from '../../core/json/parse.ts';
import type { JsonObject } from '../../core/json/value.ts';
import { sortKey } from '../../core/mapping/record-rule.ts';
import type { Hash, Platform } from '../../core/platform.ts';
import type { PlainJson, Subject } from '../../core/snapshot/header.ts';
import type { Sorter } from '../../sorting/sorter.ts';
import type { ItemsPlace, ItemsProfile } from '../../wire/profile-items.ts';
import { type ItemPlace, numbersOf } from './feed.ts';
import { type Feeder, type Feeders, feed } from './feeders.ts';
export interface LayoutPlace extends Feeder {
  readonly layout: string;
  /** Folder, archive or file under the source; undefined for the source itself. */
  readonly path: string | undefined;
  /** In place of the tenant that the layout names. */
  readonly tenant: string | undefined;
  readonly mapping: { readonly [member: string]: PlainJson };
}

/** What the profile calls a layout, and is a known kind of document: its records have bodies. */
const KINDS: readonly string[] = ['cyclonedx', 'spdx'];

export function isKind({ layout }: LayoutPlace): boolean {
  return KINDS.includes(layout);
}

/** Opens the reader of a layout. */
export type OpenLayout = (place: LayoutPlace) => Promise<EvidenceSource>;

function refuse(label: string, reason: string, advice: string): never {
  throw new EvidenceError('schema-violation', `the place ${label} of the profile ${reason}`, { advice });
}

/** Members of a place that its layout decides. */
const DECIDED = ['stream', 'id', 'seq', 'type', 'recordedAt', 'prev', 'hash', 'body', 'bodyDigest', 'chain'] as const;

function tenantOf({ tenant }: ItemsPlace, label: string): string | undefined {
  if (typeof tenant !== 'object' || !('value' in tenant)) {
    return refuse(label, 'reads its tenant from items', 'a layout names it; or give a fixed one: {"value": …}');
  }
  return tenant.value === 'default' ? undefined : tenant.value;
}

function layoutPlaceOf(place: ItemsPlace, layout: string): LayoutPlace {
  const { path, shared } = place;
  const label = `layout:${layout}${path === undefined ? '' : `:${path}`}`;
  const decided = DECIDED.find((member) => place[member] !== undefined);
  if (decided !== undefined || Object.keys(place.attrs).length > 0) {
    refuse(label, `states ${decided ?? 'attrs'}`, 'the reader of a layout decides that: leave it out');
  }
  if (path?.split('/').some((part) => ['', '.', '..'].includes(part)))
    refuse(label, 'leads out of the source', 'give a path under it, with names between slashes');
  const tenant = tenantOf(place, label);
  const mapping = { layout, ...(tenant === undefined ? {} : { tenant: { value: tenant } }) };
  return { label, layout, path, tenant, shared, mapping };
}

/** @throws EvidenceError `schema-violation` for a place that states what its layout decides */
export function layoutPlacesOf({ items }: ItemsProfile): readonly LayoutPlace[] {
  return items.flatMap((place) => ('layout' in place.from ? [layoutPlaceOf(place, place.from.layout)] : []));
}

/** Whether a file is of a layout. */
export function isWithin(path: string, { path: top }: LayoutPlace): boolean {
  return top === undefined || path === top || path.startsWith(`${top}/`);
}

/** Reads all layouts of a profile. */
export class LayoutReading {
  readonly #places: readonly LayoutPlace[];
  readonly #platform: Platform;
  readonly #sources: EvidenceSource[] = [];
  readonly #files: string[] = [];
  /** What each states of itself, by the label of its place. */
  readonly subjects: Map<string, Subject> = new Map();
  /** Records whose body has its digest in its place. */
  digestOnly = 0;

  constructor(places: readonly LayoutPlace[], platform: Platform) {
    this.#places = places;
    this.#platform = platform;
  }

  /** The name of a file that a record of a layout was read from, by the number that goes with it: below 0. */
  nameOf(file: number): string {
    return this.#files[-1 - file] ?? '';
  }

  /**
   * @param settle - does what is due after a record
   * @param report - hears of faults
   */
  async read(
    open: OpenLayout,
    to: {
      readonly sorter: Sorter;
      readonly feeders: Feeders | undefined;
      readonly settle: () => Promise<void> | undefined;
    },
    report: ReportFault | undefined,
  ): Promise<void> {
    for (const place of this.#places) {
      const source = await open(place);
      this.#sources.push(source);
      if (report !== undefined) source.reportFaults?.((fault) => report(withTenant(fault, place)));
      this.subjects.set(place.label, (await source.open()).subject);
      for (let found = source.next(); found !== 'end'; found = source.next()) {
        if (found === 'more') await source.fill();
        else this.#take(source, place, to);
        const wait = to.settle();
        if (wait !== undefined) await wait;
      }
    }
  }

  #take(
    source: EvidenceSource,
    place: LayoutPlace,
    { sorter, feeders }: { readonly sorter: Sorter; readonly feeders: Feeders | undefined },
  ): void {
    const { bytes, start, end } = source;
    const given = parseJson(this.#platform, bytes, start, end) as JsonObject;
    const record = place.tenant === undefined ? given : new Map(given).set('tenant', place.tenant);
    const seq = record.get('seq');
    const key = {
      ...{ tenant: String(record.get('tenant')), stream: String(record.get('stream')), id: String(record.get('id')) },
      seq: seq === undefined ? undefined : Number(canonicalText(seq)),
    };
    feed(feeders, place, key);
    const text = place.tenant === undefined ? bytes.subarray(start, end) : canonicalBytes(record);
    sorter.add(sortKey(key), { head: '', body: text, tail: '' }, numbersOf(this.#placeOf(source)));
    if (!record.has('body')) this.digestOnly++;
  }

  #placeOf(source: EvidenceSource): ItemPlace {
    const { file = source.name, item = -1, line = 0, byteOffset = -1 } = source.where(source.start);
    if (this.#files.at(-1) !== file) this.#files.push(file);
    return { file: -this.#files.length, item, line, byteOffset };
  }

  /**
   * Makes sure that all of them are still what they were.
   *
   * @param sha256 - of the source, where it is one file: then layouts were read from that very file
   */
  async finish(sha256: Hash | null, name: string): Promise<void> {
    for (const source of this.#sources) {
      const digest = await source.finish();
      if (sha256 === null || digest === null || digest === sha256) continue;
      throw new EvidenceError('input-changed', 'the file changed while it was read', { where: { file: name } });
    }
  }

  async close(): Promise<void> {
    for (const source of this.#sources) await source.close();
  }
}

function withTenant(fault: InputFault, { tenant }: LayoutPlace): InputFault {
  return tenant === undefined || fault.tenant === undefined ? fault : { ...fault, tenant };
}
