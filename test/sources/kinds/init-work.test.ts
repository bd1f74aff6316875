/** What `init` does grows with the items as they do, and no more of them is looked at than is said. */
import { appendFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { jsonFrom } from '../../../src/core/json/from-plain.ts';
import type { Json } from '../../../src/core/json/value.ts';
import { nodePlatform } from '../../../src/engine/node-platform.ts';
import { init } from '../../../src/index.ts';
import { lookAt } from '../../../src/sources/kinds/look.ts';
import { profileOf } from '../../../src/sources/kinds/place.ts';
import { proposeMapping } from '../../../src/sources/kinds/propose.ts';
import { sampleRecords } from '../../../src/sources/kinds/sample-records.ts';
import { MOST_ITEMS, surveyOf } from '../../../src/sources/kinds/survey.ts';
import { filesInWords } from '../../../src/sources/kinds/words.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const folder = temporaryFolder();

/** How many elements of arrays, maps and sets a function goes over, and how many members it asks for. */
function workOf(act: () => unknown): number {
  let steps = 0;
  const iterators = [[], new Map(), new Set()].map((empty) => Object.getPrototypeOf(empty[Symbol.iterator]()));
  const owners = [...iterators.map((of) => [of, 'next'] as const), [Map.prototype, 'get'] as const];
  const kept = owners.map(([owner, name]) => owner[name]);
  for (const [at, [owner, name]] of owners.entries()) {
    const own = kept[at];
    owner[name] = function counted(this: unknown, ...given: readonly unknown[]) {
      steps++;
      return own.apply(this, given);
    };
  }
  try {
    act();
  } finally {
    for (const [at, [owner, name]] of owners.entries()) owner[name] = kept[at];
  }
  return steps;
}

/** Work for twice as many is at most this many times as much: for a square it is four times. */
const TWICE = 2.3;

function requireLinear(workFor: (count: number) => number): void {
  const [one, two] = [workFor(400), workFor(800)];
  expect(one).toBeGreaterThan(400);
  expect(two / one).toBeLessThan(TWICE);
}

const items = (count: number, make: (at: number) => unknown): readonly Json[] =>
  Array.from({ length: count }, (_, at) => jsonFrom(make(at)));

const link = (at: number): string => at.toString(16).padStart(64, '0');

it.each<[string, (at: number) => object]>([
  ['events that one member names', (at) => ({ event: `e${at}`, time: '2027-03-01T10:00:00Z', note: 'x' })],
  ['events that two members name', (at) => ({ host: `h${at % 20}`, line: `l${Math.floor(at / 20)}`, level: 'info' })],
  ['events that nothing but their content names', (at) => ({ x: { y: { z: at } } })],
  ['a chain', (at) => ({ seq: at + 1, prev: link(at), hash: link(at + 1), what: 'x' })],
  ['chains of two tenants', (at) => ({ tenant: `t${at % 2}`, seq: (at >> 1) + 1, prev: link(at), hash: link(at + 2) })],
])('the work of a proposal grows as the items do: %s', (_, make) => {
  requireLinear((count) => {
    const sample = { items: items(count, make), bare: false, cut: false };
    return workOf(() => proposeMapping(nodePlatform, sample, false));
  });
});

it('the work of a survey grows as the members of an object do', () => {
  requireLinear((count) => {
    const members = Array.from({ length: count }, (_, at) => [`k${at}`, { a: [{ x: at }] }] as const);
    const bytes = new TextEncoder().encode(JSON.stringify(Object.fromEntries(members)));
    return workOf(() => surveyOf(nodePlatform, { bytes, whole: true }));
  });
});

it('the words for a folder take as much work as it has files', () => {
  requireLinear((count) => {
    const surveys = Array.from({ length: count }, (_, at) => ({
      form: { is: 'other' as const, what: `other ${at}` },
      items: [],
      cut: false,
      isOurs: false,
    }));
    return workOf(() => filesInWords(surveys, count, 'a folder'));
  });
});

it('of a file of many lines and of a folder no more items are looked at than is said', async () => {
  const lines = Array.from({ length: MOST_ITEMS + 5 }, (_, at) => `{"id":"${at}","x":1}\n`);
  const file = `${folder}/many.ndjson`;
  appendFileSync(file, lines.join(''));
  const look = await lookAt(nodePlatform, file);
  expect(look.places).toMatchObject([{ count: MOST_ITEMS, cut: true }]);
  const { undecided, profile } = await init(file);
  const most = MOST_ITEMS.toLocaleString('en');
  expect(undecided[0]).toContain(`the first ${most} items that were looked at`);
  expect(profile.assumptions).toContain(`only the first ${most} items were looked at`);
});

it('an array of many items and rows of a table are looked at as far, and a shorter one is looked at whole', async () => {
  const rows = Array.from({ length: MOST_ITEMS + 1 }, (_, at) => ({ id: `${at}` }));
  appendFileSync(`${folder}/many.json`, JSON.stringify(rows));
  appendFileSync(`${folder}/many.csv`, `id,x\n${rows.map(({ id }) => `${id},1\n`).join('')}`);
  for (const name of ['many.json', 'many.csv']) {
    expect((await lookAt(nodePlatform, `${folder}/${name}`)).places).toMatchObject([{ count: MOST_ITEMS, cut: true }]);
  }
  appendFileSync(`${folder}/few.json`, JSON.stringify(rows.slice(1)));
  expect((await lookAt(nodePlatform, `${folder}/few.json`)).places).toMatchObject([{ count: MOST_ITEMS, cut: false }]);
});

it('of several files each is looked into, so that what comes twice in two of them is seen', async () => {
  const names = ['a', 'b', 'c'];
  const files = temporaryFolder();
  // More than fits: the same ids in each file, so that an id needs the file.
  for (const name of names) {
    const lines = Array.from({ length: MOST_ITEMS / 2 }, (_, at) => `{"id":"${at}"}\n`);
    appendFileSync(`${files}/${name}.ndjson`, lines.join(''));
  }
  const look = await lookAt(nodePlatform, files);
  expect(look.places).toMatchObject([{ proposal: { mapping: { id: [{ path: true }, '/id'] } } }]);
  expect(look.places[0]?.count).toBeLessThanOrEqual(MOST_ITEMS + names.length);
});

it('what nearly each item has for itself is no type to count it under', () => {
  const mappingOf = (make: (at: number) => unknown): unknown =>
    proposeMapping(nodePlatform, { items: items(200, make), bare: false, cut: false }, false).mapping.type;
  expect(mappingOf((at) => ({ event: `e${at}`, action: `a${at % 3}` }))).toBe('/action');
  expect(mappingOf((at) => ({ event: `e${at}` }))).toEqual({ value: 'item' });
  expect(mappingOf((at) => ({ id: `${at}`, event: `e${at % 90}` }))).toBe('/event');
});

it('records of a sample are put into their streams with as much work as there are records', () => {
  const make = (at: number): object => ({ id: `${at}` });
  requireLinear((count) => {
    const first = items(count, make);
    const sample = { items: first, bare: false, cut: false };
    const proposal = proposeMapping(nodePlatform, sample, false);
    const form = { is: 'lines' } as const;
    const place = { form, glob: undefined, proposal, kinds: new Set<never>(), count, cut: false, first };
    const profile = profileOf({ what: 'x', isOurs: false, places: [place], unread: [], unreadFiles: [] }, 'x');
    return workOf(() => sampleRecords(nodePlatform, profile, 0, place));
  });
});
