/** What tells where a record belongs, read loosely: whoever takes the record reads it strictly afterwards. */
import { Buffer } from 'node:buffer';
import { compareUtf8 } from '../../core/json/utf8.ts';

export interface Place {
  readonly tenant: string;
  readonly stream: string;
  readonly type: string;
}

/** Undefined for what is no record: then whoever reads it says so. */
export function placeOf(bytes: Uint8Array, start: number, end: number): Place | undefined {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('utf8'));
  } catch {
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { tenant, stream, type } = value as Readonly<Record<string, unknown>>;
  if (typeof tenant !== 'string' || typeof stream !== 'string' || typeof type !== 'string') return undefined;
  return { tenant, stream, type };
}

export function comparePlaces(one: Omit<Place, 'type'>, other: Omit<Place, 'type'>): number {
  return compareUtf8(one.tenant, other.tenant) || compareUtf8(one.stream, other.stream);
}
