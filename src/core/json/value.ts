/** JSON values as the strict reader gives them: nothing lost, nothing inherited. */

/**
 * A number as the text that the source gave, because a double would round it away (RFC 8785 §3.2.2.3 rounds; this
 * project's canonical form does not).
 */
export class JsonNumber {
  /** The number token, exactly as read, e.g. `1.10`, `9007199254740993`, `-0`. */
  readonly token: string;
  constructor(token: string) {
    this.token = token;
  }
}

/** Members in the order of the text. A Map, since `__proto__` and its like are ordinary member names. */
export type JsonObject = ReadonlyMap<string, Json>;

/** Any JSON value. */
export type Json = null | boolean | string | JsonNumber | readonly Json[] | JsonObject;

/** JSON as plain values, for what is shown and not hashed; a number that a double would round is its text. */
export type PlainJson =
  | null
  | boolean
  | number
  | string
  | readonly PlainJson[]
  | { readonly [name: string]: PlainJson };
