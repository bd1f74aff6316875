/** Ids of tests (`B10: …`) have their words in docs/threat-model.md, and each row there has a test. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './source-files.ts';

const ID = /(?<![\w/#.+-])[A-H]\d\d(?=: |, [A-H]\d\d|\)| to [A-H]\d\d)/g;

it('the ids of tests are those of the threat model', () => {
  const files = readdirSync(join(ROOT, 'test'), { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.ts'));
  const texts = files.map((file) => readFileSync(join(ROOT, 'test', file), 'utf8'));
  const used = new Set(texts.flatMap((text) => text.match(ID) ?? []));
  const page = readFileSync(join(ROOT, 'docs/threat-model.md'), 'utf8');
  const rows = [...page.matchAll(/^\| ([A-H]\d\d) \| .+ \|$/gm)].map(([, id = '']) => id);
  expect(rows).toEqual([...used].sort());
  expect(rows.length).toBeGreaterThan(100);
});
