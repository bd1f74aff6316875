/**
 * Reads the members of strictly parsed JSON, one by one. The proof page runs this in a browser, so there is no schema
 * library behind it; like everywhere else, a member that is not known is refused.
 */
import { EvidenceError } from '../errors.ts';
import { type Json, JsonNumber, type JsonObject } from '../json/value.ts';
import { type Hash, isHash } from '../platform.ts';

/** A member is missing, of another type, or not known. */
function refuse(path: string, expected: string): never {
  throw new EvidenceError('schema-violation', `proof at ${path === '' ? '/' : path}: expected ${expected}`);
}

/** The members of an object, each to be taken once. */
export class Fields {
  readonly #path: string;
  readonly #members: JsonObject;
  readonly #left: Set<string>;

  /** @throws EvidenceError `schema-violation` if `json` is no object */
  constructor(json: Json | undefined, path = '') {
    if (!(json instanceof Map)) refuse(path, 'an object');
    this.#path = path;
    this.#members = json as JsonObject;
    this.#left = new Set(this.#members.keys());
  }

  #take(name: string): Json | undefined {
    this.#left.delete(name);
    return this.#members.get(name);
  }

  #at(name: string): string {
    return `${this.#path}/${name}`;
  }

  has(name: string): boolean {
    return this.#members.has(name);
  }

  json(name: string): Json {
    return this.#take(name) ?? (this.#members.has(name) ? null : refuse(this.#at(name), 'a value'));
  }

  text(name: string): string {
    const value = this.#take(name);
    return typeof value === 'string' ? value : refuse(this.#at(name), 'a string');
  }

  textOrNull(name: string): string | null {
    const value = this.#take(name);
    return typeof value === 'string' || value === null ? value : refuse(this.#at(name), 'a string or null');
  }

  flag(name: string): boolean {
    const value = this.#take(name);
    return typeof value === 'boolean' ? value : refuse(this.#at(name), 'true or false');
  }

  hash(name: string): Hash {
    const value = this.#take(name);
    return typeof value === 'string' && isHash(value) ? value : refuse(this.#at(name), '64 lower-case hex digits');
  }

  count(name: string): number {
    const value = this.#take(name);
    const count = value instanceof JsonNumber && /^(0|[1-9][0-9]{0,15})$/.test(value.token) ? Number(value.token) : -1;
    return Number.isSafeInteger(count) && count >= 0 ? count : refuse(this.#at(name), 'a whole number');
  }

  literal(name: string, expected: string | number): void {
    const value = this.#take(name);
    const found = value instanceof JsonNumber ? Number(value.token) : value;
    if (found !== expected) refuse(this.#at(name), JSON.stringify(expected));
  }

  object(name: string): Fields {
    return new Fields(this.#take(name), this.#at(name));
  }

  array<T>(name: string, read: (json: Json, path: string) => T): readonly T[] {
    const value = this.#take(name);
    if (!Array.isArray(value)) return refuse(this.#at(name), 'an array');
    return (value as readonly Json[]).map((item, at) => read(item, `${this.#at(name)}/${at}`));
  }

  hashes(name: string): readonly Hash[] {
    return this.array(name, (item, path) =>
      typeof item === 'string' && isHash(item) ? item : refuse(path, '64 lower-case hex digits'),
    );
  }

  /** @throws EvidenceError `schema-violation` if a member was not taken */
  end(): void {
    const [unknown] = this.#left;
    if (unknown !== undefined) refuse(`${this.#path}/${unknown}`, 'no such member');
  }
}
