/** What a form lets through and says of itself is also its JSON Schema: no word in it is empty, and no list without a choice. */
import { expect, it } from 'vitest';
import type { Form } from '../../src/core/json/form.ts';
import { reportForm } from '../../src/core/report/report.ts';
import { headerForm } from '../../src/core/snapshot/header.ts';
import { recordForm } from '../../src/core/snapshot/record-members.ts';
import { trailerForm } from '../../src/core/snapshot/trailer.ts';
import { journalForm } from '../../src/wire/journal-entry.ts';

/** Places of what is empty. */
function emptyIn(value: unknown, path = ''): readonly string[] {
  if (value === '' || (Array.isArray(value) && value.length === 0)) return [path];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, member]) => emptyIn(member, `${path}/${name}`));
}

it.each<[string, Form]>([
  ['report', reportForm],
  ['header', headerForm],
  ['record', recordForm],
  ['trailer', trailerForm],
  ['journal', journalForm],
])('of a %s', (_, { schema }) => {
  expect(emptyIn(schema)).toEqual([]);
  expect(JSON.stringify(schema).length).toBeGreaterThan(200);
});
