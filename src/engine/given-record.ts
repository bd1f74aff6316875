/** The record of a baseline that is at hand, as JSON for the rules of a migration: made when one asks, and once. */
import { EvidenceError } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import type { Json, JsonObject } from '../core/json/value.ts';
import type { Rebodied } from '../core/migration/expected.ts';
import type { Given } from '../core/migration/transform.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import { nodePlatform } from './node-platform.ts';
import type { SideReader } from './side-reader.ts';

export class GivenRecord implements Given, Rebodied {
  readonly #reader: SideReader;
  #at: EvidenceRecord | undefined;
  #record: JsonObject | undefined;
  #body: JsonObject | undefined;
  readonly body: (() => JsonObject) | undefined;

  /** @param isShort - whether a body may be asked for by itself */
  constructor(reader: SideReader, isShort: boolean) {
    this.#reader = reader;
    this.body = isShort ? () => this.#onlyBody() : undefined;
  }

  /** Another record is at hand. */
  begin(record: EvidenceRecord): void {
    this.#at = record;
    this.#record = undefined;
    this.#body = undefined;
  }

  readonly record = (): JsonObject => {
    this.#record ??= this.#reader.json() as JsonObject;
    return this.#record;
  };

  #onlyBody(): JsonObject {
    this.#body ??= this.#bodyAlone();
    return this.#body;
  }

  /** Read from where it lies: what is around it is not read again. */
  #bodyAlone(): JsonObject {
    const body = this.#at?.body;
    if (body === undefined) return new Map();
    const { bytes } = this.#reader.source;
    const start = body.byteOffset - bytes.byteOffset;
    const isThere = body.buffer === bytes.buffer;
    const json = isThere ? parseJson(nodePlatform, bytes, start, start + body.length) : parseJson(nodePlatform, body);
    return new Map([['body', json]]);
  }

  get canonical(): Uint8Array {
    return this.#reader.canonical(true);
  }

  withBody(body: Json): JsonObject {
    const members = new Map(this.#reader.json() as JsonObject).set('body', body);
    members.delete('bodyDigest');
    return members;
  }
}

export function bodyGone(): EvidenceError {
  return new EvidenceError('proof-unavailable', 'the body of a record is gone: it cannot be migrated');
}
