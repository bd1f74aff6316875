/** Items that are JSON: one whole text, or one that is too long to be held and goes by. */

import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { fromBase64 } from '../../core/base64.ts';
import { EvidenceError } from '../../core/errors.ts';
import { canonicalBytes } from '../../core/json/canonical.ts';
import { OPEN_BRACE, OPEN_BRACKET, QUOTE } from '../../core/json/cursor.ts';
import { ByteCanonicalizer } from '../../core/json/fast/byte-canonicalizer.ts';
import { CONTAINER, JsonWalk } from '../../core/json/fast/walk.ts';
import { parseJson } from '../../core/json/parse.ts';
import { besideWay, type PointerNode, PointerTable, pointerTree } from '../../core/json/pointer.ts';
import { MOST_BODY_BYTES, MOST_HELD_ITEM_BYTES } from '../../core/limits.ts';
import type { DigestField, ItemValues } from '../../core/mapping/field.ts';
import { namesOfRule } from '../../core/mapping/record-rule.ts';
import type { ItemPlace } from './feed.ts';
import { OURS, requireForeign } from './ours.ts';
import { isOfKind, type Recognised, refuseUnheld } from './recognised.ts';
import { type ItemBody, MOST_UNREAD, type RecordMaker } from './record-maker.ts';
export class JsonItems {
  readonly #maker: RecordMaker;
  readonly #recognised: Recognised | undefined;
  readonly #onOther: ((at: ItemPlace) => void) | undefined;
  readonly #canonicalizer: ByteCanonicalizer;
  readonly #names: readonly string[];
  readonly #indexOf: ReadonlyMap<string, number>;
  readonly #table: PointerTable;
  /** What of the item something reads. */
  readonly #read: PointerNode;
  #bytes: Uint8Array = new Uint8Array(0);

  /** @param onOther - called for each item that is not what the source was taken for */
  constructor(maker: RecordMaker, recognised?: Recognised, onOther?: (at: ItemPlace) => void) {
    this.#maker = maker;
    this.#recognised = recognised;
    this.#onOther = onOther;
    this.#canonicalizer = new ByteCanonicalizer(maker.platform);
    const { rule } = maker.place;
    const { body } = rule;
    const bodyName = body !== undefined && 'name' in body ? [body.name] : [];
    this.#names = [...new Set([...OURS, ...namesOfRule(rule), ...bodyName])];
    this.#indexOf = new Map(this.#names.map((name, at) => [name, at]));
    this.#table = new PointerTable(this.#names);
    this.#read = pointerTree([...namesOfRule(rule), ...bodyName]);
  }

  /** Takes the item whose JSON text is `bytes[start, end)`. */
  take(bytes: Uint8Array, start: number, end: number, at: ItemPlace, path: string): void {
    const { platform } = this.#maker;
    const canonical =
      this.#canonicalizer.canonicalize(bytes, start, end) ?? canonicalBytes(parseJson(platform, bytes, start, end));
    this.#bytes = canonical;
    this.#table.locate(canonical, 0);
    requireForeign(OURS.map((name) => this.#text(name, 'loose')));
    if (this.#recognised !== undefined && !isOfKind(this.#recognised, platform, canonical)) this.#onOther?.(at);
    this.#noteUnread(canonical);
    const values: ItemValues = {
      textOf: (name) => this.#text(name) as string | null | undefined,
      digestOf: (name, of) => this.#digest(name, of),
      path,
    };
    this.#maker.take(values, this.#body(), at);
  }

  #range(name: string): readonly [start: number, end: number] | undefined {
    const at = this.#indexOf.get(name) ?? -1;
    const start = this.#table.start[at] ?? -1;
    return start < 0 ? undefined : [start, this.#table.end[at] ?? start];
  }

  /** @param how - `loose` where a container is as good as any other value */
  #text(name: string, how: 'strict' | 'loose' = 'strict'): string | null | undefined {
    const range = this.#range(name);
    if (range === undefined) return undefined;
    const [start, end] = range;
    const text = this.#maker.platform.text(this.#bytes, start, how === 'strict' ? end : Math.min(end, start + 256));
    const first = this.#bytes[start];
    if (first === QUOTE)
      return text.includes('\\') && how === 'strict' ? (JSON.parse(text) as string) : text.slice(1, -1);
    if (how === 'strict' && (first === OPEN_BRACE || first === OPEN_BRACKET)) throw container();
    return text === 'null' ? null : text;
  }

  #digest(name: string, of: DigestField['of']): string | null | undefined {
    const range = this.#range(name);
    if (range === undefined) return undefined;
    const { platform } = this.#maker;
    if (of === 'json') return platform.sha256(this.#bytes.subarray(...range));
    const text = this.#text(name) as string | null;
    if (text === null) return null;
    const bytes = fromBase64(text);
    if (bytes === undefined) throw new EvidenceError('input-malformed', 'it is no base64');
    return platform.sha256(bytes);
  }

  #body(): ItemBody {
    const { body } = this.#maker.place.rule;
    if (body === undefined || !('name' in body)) return undefined;
    const range = this.#range(body.name);
    if (range === undefined) throw noBody(body.name);
    const canonical = this.#bytes.subarray(...range);
    if (body.as === 'json') return { canonical };
    if (canonical[0] !== QUOTE) {
      throw new EvidenceError('input-malformed', `the body is no string, and is to be ${body.as}`, {
        where: { member: body.name },
      });
    }
    if (body.as === 'text') return { canonical };
    const text = this.#text(body.name) as string;
    return { digest: this.#maker.platform.sha256(Buffer.from(text)), form: 'bytes' };
  }

  #noteUnread(canonical: Uint8Array): void {
    const { unread, platform } = this.#maker;
    if (unread.size >= MOST_UNREAD) return;
    const textOf = (start: number, end: number): string => platform.text(canonical, start, end);
    for (const pointer of besideWay(canonical, 0, this.#read, textOf)) {
      unread.add(pointer);
      if (unread.size === MOST_UNREAD) return;
    }
  }

  /** A walk over an item that is too long to be held: see `takeWalk`. */
  walk(): ItemWalk {
    const { body } = this.#maker.place.rule;
    const bodyName = body !== undefined && 'name' in body ? body.name : undefined;
    if (body !== undefined && 'name' in body && body.as === 'bytes') {
      throw new EvidenceError('input-limit', `the item is longer than ${MOST_HELD_ITEM_BYTES} bytes`, {
        advice: 'take its body as JSON or text, which is streamed into its digest',
      });
    }
    return new ItemWalk(this.#maker, this.#names, bodyName);
  }

  /** Takes the item that `walk` has come to the end of. */
  takeWalk(walk: ItemWalk, at: ItemPlace, path: string): void {
    if (this.#recognised !== undefined) refuseUnheld(this.#recognised);
    requireForeign(OURS.map((name) => walk.textOf(name, 'loose')));
    // Where the item itself is read whole, nothing of it is beside the way.
    if (this.#read.ends.length === 0) {
      for (const name of walk.unread) if (this.#maker.unread.size < MOST_UNREAD) this.#maker.unread.add(name);
    }
    this.#maker.take({ textOf: (name) => walk.textOf(name) as string | null | undefined, path }, walk.body(), at);
  }
}

function container(): EvidenceError {
  return new EvidenceError('input-malformed', 'an object or array stands where a text is wanted');
}

function noBody(name: string): EvidenceError {
  return new EvidenceError('schema-violation', 'the item has no body', { where: { member: name } });
}

/** A walk with the digest of the body beside it. */
export class ItemWalk {
  readonly #digest = createHash('sha256');
  readonly #names: readonly string[];
  readonly #bodyName: string | undefined;
  readonly walk: JsonWalk;

  constructor({ platform }: RecordMaker, names: readonly string[], bodyName: string | undefined) {
    this.#names = names;
    this.#bodyName = bodyName;
    const giving =
      bodyName === undefined
        ? {}
        : {
            body: bodyName,
            emit: (bytes: Uint8Array): void => {
              if (this.walk.bodyBytes > MOST_BODY_BYTES) {
                throw new EvidenceError('input-limit', `a body is longer than ${MOST_BODY_BYTES} bytes`);
              }
              this.#digest.update(bytes);
            },
          };
    this.walk = new JsonWalk(platform, { wanted: names, ...giving });
  }

  get unread(): ReadonlySet<string> {
    return this.walk.unread;
  }

  textOf(name: string, how: 'strict' | 'loose' = 'strict'): string | null | undefined {
    const text = this.walk.texts[this.#names.indexOf(name)];
    if (text !== CONTAINER) return text;
    if (how === 'loose') return '';
    throw container();
  }

  body(): ItemBody {
    if (this.#bodyName === undefined) return undefined;
    if (!this.walk.foundBody) throw noBody(this.#bodyName);
    return { digest: this.#digest.digest('hex') };
  }
}
