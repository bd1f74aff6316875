/** One attribute of a record, which keeps its attributes as canonical text. */
import { isHash } from '../platform.ts';

const HASH_LENGTH = 64;

/**
 * The attribute `name` of `attrs`, undefined if there is none.
 *
 * A hash is found without taking the canonical text apart: a quote inside a value is escaped, so only a name can be
 * followed by `":"`, and only one at its beginning has a brace or a comma before its quote.
 */
export function attributeOf(attrs: string, name: string): string | undefined {
  const key = `"${name}":"`;
  const at = attrs.indexOf(key);
  const before = attrs.charCodeAt(at - 1);
  const from = at + key.length;
  const value = attrs.slice(from, from + HASH_LENGTH);
  const plain = at > 0 && (before === 0x7b || before === 0x2c) && isHash(value);
  if (plain && attrs.charCodeAt(from + HASH_LENGTH) === 0x22) return value;
  const all = JSON.parse(attrs) as Readonly<Record<string, string>>;
  return Object.hasOwn(all, name) ? all[name] : undefined;
}
