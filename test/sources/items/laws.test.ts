/** Laws of importing: what order, chunks and containers have no say in. */
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { canonicalText } from '../../../src/core/json/canonical.ts';
import type { Json } from '../../../src/core/json/value.ts';
import { canonicalize } from '../../../src/index.ts';
import { Sorter } from '../../../src/sorting/sorter.ts';
import { json, name, spelled } from '../../core/json/values.ts';
import { runs } from '../../long.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { importOf, putFiles, recordsOf } from './items.ts';

const folder = temporaryFolder();
let made = 0;
const fresh = (): string => join(folder, `${++made}`);

const items = fc.uniqueArray(
  fc.record({ id: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }), body: json }),
  {
    selector: ({ id }) => id,
    minLength: 1,
    maxLength: 12,
  },
);
const space = fc.constantFrom('', ' ', '\r\n\t');
const PLACE = { id: '/id', body: '/body', tenant: { value: 'acme' } };

it('any order of the items, in an array, in lines or in files, has the same records', async () => {
  await fc.assert(
    fc.asyncProperty(
      items,
      fc.infiniteStream(fc.nat()),
      space,
      fc.constantFrom(1, 64, 1 << 20),
      async (all, draws, blank, bound) => {
        const text = ({ id, body }: (typeof all)[number]): string =>
          spelled(
            new Map<string, Json>([
              ['id', id],
              ['body', body],
            ]),
            blank,
          );
        const shuffled = [...all].map((item) => [draws.next().value ?? 0, item] as const).sort(([a], [b]) => a - b);
        const texts = shuffled.map(([, item]) => text(item));
        const array = putFiles(fresh(), { 'x.json': `${blank}{"of":[1],"in":{"the":[${texts.join(',')}]}}` });
        const lines = putFiles(fresh(), {
          'x.ndjson': texts.map((one) => one.replaceAll('\n', '').replaceAll('\r', '')).join('\n'),
        });
        const files = putFiles(fresh(), Object.fromEntries(texts.map((one, at) => [`d/${at}.json`, one])));
        const expected = [...all]
          .sort((a, b) => Buffer.compare(Buffer.from(a.id), Buffer.from(b.id)))
          .map(
            ({ id, body }) =>
              `{"body":${canonicalText(body)},"id":${JSON.stringify(id)},"stream":"items","tenant":"acme","type":"item"}`,
          );
        expect(
          await recordsOf(
            importOf({ folder: array }, [{ from: { json: 'x.json', items: '/in/the' }, ...PLACE }], bound),
          ),
        ).toEqual(expected);
        expect(await recordsOf(importOf({ folder: lines }, [{ from: { ndjson: '*' }, ...PLACE }], bound))).toEqual(
          expected,
        );
        expect(
          await recordsOf(importOf({ folder: files }, [{ from: { files: '**/*.json' }, ...PLACE }], bound)),
        ).toEqual(expected);
      },
    ),
    { numRuns: runs(25, 2000, 10) },
  );
});

it('bodies are what canonicalize gives for their text', async () => {
  await fc.assert(
    fc.asyncProperty(json, space, async (body, blank) => {
      const text = spelled(body, blank);
      const at = putFiles(fresh(), { 'x.json': text });
      const [record = ''] = await recordsOf(importOf({ folder: at }, [{ from: { files: '*' }, id: { path: true } }]));
      const canonical = canonicalize(Buffer.from(text));
      expect(record).toBe(`{"body":${canonical},"id":"x.json","stream":"items","tenant":"default","type":"item"}`);
    }),
    { numRuns: runs(100, 3000) },
  );
});

it('external sort gives what sorting in memory gives, for any bound and number of runs', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(name, fc.nat(40)), { maxLength: 400 }),
      fc.integer({ min: 1, max: 4000 }),
      async (entries, bound) => {
        const sorter = new Sorter(bound);
        for (const [key, size] of entries) {
          sorter.add(`${key}\u0001`, { head: 'r'.repeat(size), body: undefined, tail: '' }, [0, size, 1, 0]);
          if (sorter.isFull) await sorter.spill();
        }
        const sorted = await sorter.sorted();
        const keys: string[] = [];
        for (let found = sorted.next(); found !== 'end'; found = sorted.next()) {
          if (found === 'more') await sorted.fill();
          else
            keys.push(
              Buffer.from(sorted.bytes)
                .subarray(sorted.at + 40, sorted.at + 40 + sorted.view.getUint32(sorted.at, true))
                .toString(),
            );
        }
        await sorter.close();
        expect(keys).toEqual(
          entries.map(([key]) => `${key}\u0001`).sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))),
        );
      },
    ),
    { numRuns: runs(30, 500) },
  );
});
