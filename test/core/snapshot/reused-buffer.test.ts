import { describe, expect, it } from 'vitest';
import { RecordDecoder } from '../../../src/core/snapshot/record.ts';
import { nodePlatform } from '../../../src/engine/node-platform.ts';

/** Texts of the same length, so that every member stands where it stood in the record before. */
const PLACES = [
  ['acme', 'log', 'event'],
  ['beta', 'log', 'event'],
  ['beta', 'set', 'event'],
  ['beta', 'set', 'other'],
  ['acme', 'log', 'event'],
] as const;

describe('a buffer that is written over for each record', () => {
  it.each([
    ['Buffer', Buffer.alloc(512)],
    ['Uint8Array', new Uint8Array(512)],
  ])('does not change what was said of the record before: %s', (_, buffer) => {
    const decoder = new RecordDecoder(nodePlatform);
    for (const [tenant, stream, type] of PLACES) {
      const text = `{"body":{},"id":"a","stream":"${stream}","tenant":"${tenant}","type":"${type}"}`;
      const { written } = new TextEncoder().encodeInto(text, buffer);
      expect(decoder.decode(buffer, 0, written)).toMatchObject({ tenant, stream, type });
    }
  });
});
