/**
 * Reads the members of strictly parsed JSON, one by one. The verifier page runs this in a browser and `verify-proof` has
 * to start fast, so there is no schema library behind it.
 */
import { EvidenceError } from '../errors.ts';
import { type Hash, isHash } from '../platform.ts';
import { isWholeToken, type Json, JsonNumber, type JsonObject } from './value.ts';

/** Where in which document something is read. */
export interface Reading {
  /** The document, for the message: `proof`. */
  readonly what: string;
  /** JSON pointer. */
  readonly path: string;
}

function refuse({ what, path }: Reading, expected: string): never {
  throw new EvidenceError('schema-violation', `${what} at ${path === '' ? '/' : path}: expected ${expected}`);
}

function isCount(value: Json | undefined): value is JsonNumber {
  return value instanceof JsonNumber && isWholeToken(value.token);
}

/** The members of an object, each to be taken once. */
export class Fields {
  readonly #reading: Reading;
  readonly #members: JsonObject;
  readonly #left: Set<string>;

  /** @throws EvidenceError `schema-violation` if `json` is no object */
  constructor(json: Json | undefined, reading: Reading) {
    if (!(json instanceof Map)) refuse(reading, 'an object');
    this.#reading = reading;
    this.#members = json as JsonObject;
    this.#left = new Set(this.#members.keys());
  }

  #take(name: string): Json | undefined {
    this.#left.delete(name);
    return this.#members.get(name);
  }

  #at(name: string | number, within: Reading = this.#reading): Reading {
    return { ...within, path: `${within.path}/${name}` };
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

  oneOf<T extends string>(name: string, choices: readonly T[]): T {
    const value = this.#take(name);
    const found = choices.find((choice) => choice === value);
    return found ?? refuse(this.#at(name), choices.map((choice) => JSON.stringify(choice)).join(' or '));
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
    return isCount(value) ? Number(value.token) : refuse(this.#at(name), 'a whole number');
  }

  /** A whole number is written in digits alone: `1.0` is none, and `1.00000000000000000001` is not 1. */
  literal(name: string, expected: string | number): void {
    const value = this.#take(name);
    const isExpected = value instanceof JsonNumber ? value.token === String(expected) : value === expected;
    if (!isExpected) refuse(this.#at(name), JSON.stringify(expected));
  }

  object(name: string): Fields {
    return new Fields(this.#take(name), this.#at(name));
  }

  array<T>(name: string, read: (json: Json, reading: Reading) => T): readonly T[] {
    const value = this.#take(name);
    if (!Array.isArray(value)) return refuse(this.#at(name), 'an array');
    return (value as readonly Json[]).map((item, at) => read(item, this.#at(at, this.#at(name))));
  }

  hashes(name: string): readonly Hash[] {
    return this.array(name, (item, reading) =>
      typeof item === 'string' && isHash(item) ? item : refuse(reading, '64 lower-case hex digits'),
    );
  }

  /** Every member that there is, as a count. */
  counts(): Readonly<Record<string, number>> {
    // A null prototype: `__proto__` is a name like any other.
    const counts: Record<string, number> = Object.create(null);
    for (const name of this.#members.keys()) counts[name] = this.count(name);
    return counts;
  }

  /** @throws EvidenceError `schema-violation` if a member was not taken */
  end(): void {
    const [unknown] = this.#left;
    if (unknown !== undefined) refuse(this.#at(unknown), 'no such member');
  }
}
