/** Whether an input is of evidence-diff itself: seen in its first bytes, wherever they are cut, and at no cost of the rest. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Platform } from '../../../src/core/platform.ts';
import { nodePlatform } from '../../../src/engine/node-platform.ts';
import { isOurs } from '../../../src/sources/items/ours.ts';

const folder = mkdtempSync(join(tmpdir(), 'evidence-diff-ours-'));
afterAll(() => rmSync(folder, { recursive: true }));

const PIECE_BYTES = 1024;

function fileOf(text: string): string {
  const path = join(folder, 'x.json');
  writeFileSync(path, text);
  return path;
}

const asked = (text: string): Promise<boolean> => isOurs(fileOf(text), nodePlatform);

/** How many texts are taken out of a snapshot of so many records, in one JSON object, before it is known. */
async function textsOf(records: number): Promise<number> {
  let texts = 0;
  const counting: Platform = {
    ...nodePlatform,
    text: (...given) => {
      texts++;
      return nodePlatform.text(...given);
    },
  };
  const record = { tenant: 'a', stream: 's', id: 'r', body: { state: 'open' } };
  const snapshot = { kind: 'evidence-snapshot', subject: {}, records: Array.from({ length: records }, () => record) };
  expect(await isOurs(fileOf(JSON.stringify(snapshot)), counting)).toBe(true);
  return texts;
}

describe('what is ours', () => {
  it('is known by its kind without the records behind it, of which there may be any number', async () => {
    const few = await textsOf(100);
    expect(few).toBeGreaterThan(0);
    expect(await textsOf(5000)).toBe(few);
  });

  it('is known wherever the pieces end in which it is read', async () => {
    for (let before = PIECE_BYTES - 60; before <= PIECE_BYTES + 4; before++) {
      const pad = 'x'.repeat(before - '{"a":"",'.length);
      expect(await asked(`{"a":"${pad}","kind":"evidence-snapshot","version":1}`), String(before)).toBe(true);
      expect(await asked(`{"a":"${pad}","kind":"other","tenant":"a","stream":"s"}`), String(before)).toBe(false);
    }
  });

  it('is known by the three names of a record, however far they are apart', async () => {
    const far = 'x'.repeat(3 * PIECE_BYTES);
    expect(await asked(`{"tenant":"a","y":"${far}","stream":"s","z":"${far}","id":"r"}`)).toBe(true);
    expect(await asked(`{"tenant":"a","y":"${far}","stream":"s","z":"${far}","ident":"r"}`)).toBe(false);
  });

  it('stays ours whatever is wrong behind its kind, and is not ours where the fault comes before', async () => {
    expect(await asked('{"kind":"evidence-snapshot","kind":"other"}')).toBe(true);
    expect(await asked('{"kind":"evidence-snapshot",]')).toBe(true);
    expect(await asked('{"a":1,"a":2,"kind":"evidence-snapshot"}')).toBe(false);
    expect(await asked('')).toBe(false);
  });
});
