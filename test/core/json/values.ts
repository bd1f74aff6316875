/** Random values of JSON, and their texts as somebody may spell them, for what reads items of others. */
import fc from 'fast-check';
import { type Json, JsonNumber } from '../../../src/core/json/value.ts';

/** Names and texts that sort in another way by code units, by bytes and by people. */
export const name: fc.Arbitrary<string> = fc.oneof(
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.constantFrom('a', 'B', 'é', '\uffee', '😀', '__proto__', 'a/b', 'a~b', '\u0000', '"', '\\', '\n', 'kindly'),
);
const number = fc.oneof(
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map((value) => new JsonNumber(String(value))),
  fc.constantFrom('0.10', '1e2', '-0', '9007199254740993', '1.0').map((token) => new JsonNumber(token)),
);
export const json: fc.Arbitrary<Json> = fc.letrec<{ value: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constantFrom(null, true, false),
    number,
    name,
    fc.array(tie('value'), { maxLength: 5 }),
    fc.array(fc.tuple(name, tie('value')), { maxLength: 5 }).map((members) => new Map(members)),
  ),
})).value;

/** JSON with members as they come, blanks, and escapes where none are needed. */
export function spelled(value: Json, space: string): string {
  if (value instanceof JsonNumber) return value.token;
  if (typeof value === 'string')
    return JSON.stringify(value).replace(/[a-c😀]/gu, (one) =>
      [...one].flatMap((c) => c.split('').map((u) => `\\u${u.charCodeAt(0).toString(16).padStart(4, '0')}`)).join(''),
    );
  if (Array.isArray(value))
    return `[${(value as readonly Json[]).map((one) => spelled(one, space)).join(`${space},${space}`)}]`;
  if (!(value instanceof Map)) return String(value);
  const members = [...(value as ReadonlyMap<string, Json>)];
  return `{${members.map(([key, one]) => `${spelled(key, '')}${space}:${spelled(one, space)}`).join(`,${space}`)}}`;
}
