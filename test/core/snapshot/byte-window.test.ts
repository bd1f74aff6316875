/** What of an input is at hand: what was consumed is found no more, and what a long line took is given back. */
import { expect, it } from 'vitest';
import { ByteWindow } from '../../../src/core/snapshot/byte-window.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const LF = 0x0a;

it('finds the last of a byte among those that are not consumed', () => {
  const window = new ByteWindow();
  window.write(bytes('a\nb\nc\nd'));
  expect([7, 6, 5, 4, 3, 1, 0].map((to) => window.lastIndexOf(LF, to))).toEqual([5, 5, 3, 3, 1, -1, -1]);
  window.consume(4);
  expect([7, 5, 4, 3].map((to) => window.lastIndexOf(LF, to))).toEqual([5, -1, -1, -1]);
});

it('gives back what a long line has taken, and keeps what is usual', () => {
  const window = new ByteWindow();
  window.write(bytes('short'));
  const usual = window.bytes;
  window.release();
  expect(window.bytes).toBe(usual);
  window.write(new Uint8Array(2 * 1024 * 1024));
  expect(window.bytes.length).toBeGreaterThan(2 * 1024 * 1024);
  window.release();
  expect(window.bytes).toHaveLength(0);
});
