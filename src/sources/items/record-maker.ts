/** Items of one place become records: the part that is the same for all kinds of items. */

import { Buffer } from 'node:buffer';
import { EvidenceError } from '../../core/errors.ts';
import { MOST_RECORD_BYTES } from '../../core/limits.ts';
import type { ItemValues } from '../../core/mapping/field.ts';
import { FORM_ATTRIBUTE, recordText, sortKey } from '../../core/mapping/record-rule.ts';
import type { Hash, Platform } from '../../core/platform.ts';
import type { Sorter } from '../../sorting/sorter.ts';
import { type ItemPlace, numbersOf } from './feed.ts';
import { type Feeders, feed } from './feeders.ts';
import type { Place } from './place.ts';

/** The body of an item: its canonical form, or the digest of that, or of what is no JSON. */
export type ItemBody =
  | { readonly canonical: Uint8Array }
  | { readonly digest: Hash; readonly form?: 'text' | 'bytes' }
  | undefined;

/** How much longer than its parts a record may be: braces, commas and the digest. */
const AROUND_BYTES = 128;

/** Most names of members that nothing reads that are kept. */
export const MOST_UNREAD = 100;

export class RecordMaker {
  readonly place: Place;
  readonly platform: Platform;
  readonly #sorter: Sorter;
  readonly #feeders: Feeders | undefined;
  /** Members, columns or pointers that nothing reads. */
  readonly unread: Set<string> = new Set();
  /** Columns that items have; none where they are no rows. */
  readonly columns: Set<string> = new Set();
  /** The streams that it feeds, where their links have a rule, or may have that of another place. */
  readonly streams: Set<string> = new Set();
  /** What the column `*` means beside a baseline: those that it had. Undefined: all. */
  known: ReadonlySet<string> | undefined;
  /** Records whose body has its digest in its place. */
  digestOnly = 0;

  /** @param feeders - undefined where there is one place alone */
  constructor(place: Place, platform: Platform, sorter: Sorter, feeders?: Feeders) {
    this.place = place;
    this.platform = platform;
    this.#sorter = sorter;
    this.#feeders = feeders;
  }

  /**
   * Makes the record of an item.
   *
   * @throws EvidenceError as `recordText`
   */
  take(values: ItemValues, body: ItemBody, at: ItemPlace): void {
    if (body === undefined) this.#add(recordText(this.place.rule, values, { digest: undefined }), undefined, at);
    else if ('digest' in body) this.#bodiless(values, body, at);
    else this.#whole(values, body.canonical, at);
  }

  #whole(values: ItemValues, canonical: Uint8Array, at: ItemPlace): void {
    const text = recordText(this.place.rule, values, 'held');
    const length = 3 * (text.head.length + text.tail.length) + canonical.length + AROUND_BYTES;
    if (length > MOST_RECORD_BYTES) this.#bodiless(values, { digest: this.platform.sha256(canonical) }, at);
    else this.#add(text, canonical, at);
  }

  #bodiless(values: ItemValues, { digest, form }: { digest: Hash; form?: 'text' | 'bytes' }, at: ItemPlace): void {
    this.digestOnly++;
    const more = form === undefined ? [] : ([[FORM_ATTRIBUTE, form]] as const);
    const stated = `sha256:${digest}`;
    const text = recordText(this.place.rule, values, { digest: stated }, more);
    if (!text.tail.includes(`"bodyDigest":"${stated}"`)) {
      throw new EvidenceError('input-malformed', `the item states another digest of its body than ${stated}`);
    }
    this.#add(text, undefined, at);
  }

  #add(text: ReturnType<typeof recordText>, body: Uint8Array | undefined, at: ItemPlace): void {
    if (body === undefined) requireShort(text);
    feed(this.#feeders, this.place, text);
    if (this.place.chain !== undefined || this.#feeders !== undefined) this.streams.add(text.stream);
    this.#sorter.add(sortKey(text), { head: text.head, body, tail: text.tail }, numbersOf(at));
  }
}

/** @throws EvidenceError `input-limit` for a record that is too long without its body: no reader would take it from a snapshot */
function requireShort({ head, tail }: ReturnType<typeof recordText>): void {
  if (3 * (head.length + tail.length) <= MOST_RECORD_BYTES) return;
  const length = Buffer.byteLength(head) + Buffer.byteLength(tail);
  if (length <= MOST_RECORD_BYTES) return;
  const reason = `it makes a record of ${length} bytes without its body, and a record has at most ${MOST_RECORD_BYTES}`;
  throw new EvidenceError('input-limit', reason, { advice: 'leave what is long to the body, or take its digest' });
}
