/** The page of the layouts says what the registry says. */
import { expect, it } from 'vitest';
import { LAYOUTS } from '../../src/layouts/registry.ts';
import { textOf } from '../e2e/documents.ts';

const page = textOf('docs/layouts.md');

it('lists every layout, what it is and what it is known by', () => {
  const rows = [...page.matchAll(/^\| `([a-z-]+)` \| (an? .*|in-toto .*|Sigstore .*) \| (.*) \|$/gm)].map(
    ([, ...cells]) => cells,
  );
  expect(rows).toEqual(LAYOUTS.map(({ id, title, knownBy }) => [id, title, knownBy]));
});

it('says of each what is checked', () => {
  const sections = [...page.matchAll(/^## (.*)$/gm)].flatMap(([, names = '']) => names.split(', '));
  for (const { id } of LAYOUTS) expect(sections).toContain(id);
});
