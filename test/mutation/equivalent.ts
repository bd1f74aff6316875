/** Mutants that change nothing anyone could see, by key, and why: they count neither as killed nor as survivors. */
export const EQUIVALENT: Readonly<Record<string, string>> = {
  '8ef00e72ea69': 'MemberOrder.add, > 1: members that are in order are sorted, and come out as they are',
  f878da07603b: 'skipDigits, at + from: a short exponent is checked as a long one is, and passes',
  '96cd7f6e0217': 'copyEscape, backslash - 2: a string that ends in its escape is no string all the same',
  '078d121b9606': 'ChainCheck.#isOfOneLength, false for no hash: what is not there is then not looked at one by one',
  '835f12a6f951': 'slotOf, base 17: a slot is any number that equal hashes share',
  '0956fcdfae0d': 'slotOf, 1 for no number: likewise',
  '049856f96b7e': 'IdSet.#note, ?? -1: a slot is always within the table',
  e9b2eb5e3e81: 'RecordMembers.bodyIndex: every read sets it before it is looked at',
  ee233497fff9: 'StreamJudge.#nameReordered, -2: positions begin at 0',
  b2a21d701d04: 'SortedTree.#compare, <= 32: equal leaves are the same in either order',
  '905791db3042': 'daysIn, 27: a day up to 28 is never asked about',
  '197b50013950': 'daysIn, 32: the form of a date has no day 32',
  b77398d36033: 'openFeeds, 0 workers: the coordinator is there already',
  e57609027183: 'openFeeds, -1 workers: likewise',
  '16c5549c8683': 'LegacyRoots: legacyRootsFault has refused a root without scheme or leaf',
  '5fb4dc787799': 'worse, < for <=: only a relation and itself have one place, and either is it',
  '62eb6b2c5542': 'TypeCounts.of, the two exchanged: lists that are the same are so either way',
  '499caa51f791':
    'PATIENCE, 1025: what is found is the same whenever leaves are looked ahead, as set-growth.test.ts draws it',
  '77f73e7fdd5d': 'READ_BACK_BYTES, 512 * 1025: read back in pieces of another length, a file has the same bytes',
  '30769466e772': 'readBack, expected + 2: likewise',
  '5b7a998ab962':
    'StreamJudge.takeEqual, -1: a chain has no last record where it has none, and of a set nobody asks for head or position',
  '4c7571313436': 'oldTexts, -1 for none: neither is more than none',
  '0f863fb344e3': 'MigrationMarks.#touch, the last place not kept: a place is noted again, and once is enough',
  '1d90bd561020': 'SummaryMemo.tenant, the two exchanged: what is the same is so either way',
  a79434f16f66: 'SummaryMemo.#sameCounts, []: counts that are equal are then not one and the same map',
  '81a33d6960d1': 'StreamList.isLong, true: of few streams, too, most are packed, and are read as they were',
  dea3e2a61a5e:
    'ChainCheck.#afterUnhashed, true: the first record, which is taken by itself, has no predecessor either way',
};
