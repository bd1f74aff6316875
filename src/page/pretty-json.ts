/** Strictly read JSON, set out for a reader: each member on a line, numbers letter by letter as they stand in the file. */
import { type Json, JsonNumber } from '../core/json/value.ts';
import { quoted } from '../reports/printable.ts';

const STEP = '  ';

function block(open: string, close: string, items: readonly string[], indent: string): string {
  if (items.length === 0) return open + close;
  const inner = indent + STEP;
  return `${open}\n${items.map((item) => inner + item).join(',\n')}\n${indent}${close}`;
}

/** `value` as JSON; every character in it that would not be seen is escaped. */
export function prettyJson(value: Json, indent = ''): string {
  if (value instanceof JsonNumber) return value.token;
  if (typeof value === 'string') return quoted(value);
  if (typeof value !== 'object' || value === null) return String(value);
  const inner = indent + STEP;
  if (!(value instanceof Map)) {
    const items = (value as readonly Json[]).map((item) => prettyJson(item, inner));
    return block('[', ']', items, indent);
  }
  const members = [...(value as ReadonlyMap<string, Json>)].map(
    ([name, member]) => `${quoted(name)}: ${prettyJson(member, inner)}`,
  );
  return block('{', '}', members, indent);
}
