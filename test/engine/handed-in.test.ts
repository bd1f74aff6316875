/**
 * What is demanded of a comparison by a name or a list is opened by whoever was asked, and handed to the engine. There it
 * does not compile as an option: it would be passed over, and what was demanded is done or named.
 */
import { expect, it } from 'vitest';
import { COMPARISON_OPTIONS, type ComparisonOptions } from '../../src/api/options.ts';
import type { CompareOptions } from '../../src/engine/compare.ts';
import type { HandedIn } from '../../src/engine/compare-options.ts';

/** Each option of a comparison, and who takes it: complete by its type. */
const TAKEN_BY: { readonly [name in keyof Required<ComparisonOptions>]: 'engine' | 'handed in' | 'opens a side' } = {
  mode: 'engine',
  maxFindings: 'engine',
  expectDigest: 'engine',
  allowSame: 'engine',
  allowLaterBaseline: 'engine',
  chainKeys: 'engine',
  signal: 'engine',
  onProgress: 'engine',
  migration: 'handed in',
  legacyRoots: 'handed in',
  consistencyProof: 'handed in',
  digestIndex: 'handed in',
  trust: 'handed in',
  source: 'opens a side',
  baselineProfile: 'opens a side',
  currentProfile: 'opens a side',
  shard: 'opens a side',
  snapshotId: 'opens a side',
};

type Engine = Exclude<keyof CompareOptions, keyof HandedIn>;

it('each option of a comparison is one of the engine, opens a side, or is handed in', () => {
  const byEngine: Record<Engine, true> = {
    mode: true,
    maxFindings: true,
    expectDigest: true,
    allowSame: true,
    allowLaterBaseline: true,
    chainKeys: true,
    signal: true,
    onProgress: true,
  };
  const handedIn: Record<keyof HandedIn, true> = {
    migration: true,
    legacyRoots: true,
    consistencyProof: true,
    digestIndex: true,
    trust: true,
  };
  const named = (by: string): string[] =>
    Object.entries(TAKEN_BY).flatMap(([name, taken]) => (taken === by ? [name] : []));
  expect(named('engine').sort()).toEqual(Object.keys(byEngine).sort());
  expect(named('handed in').sort()).toEqual(Object.keys(handedIn).sort());
  expect(Object.keys(COMPARISON_OPTIONS).sort()).toEqual(Object.keys(TAKEN_BY).sort());
});

it('options with a demand in them are none that the engine takes', () => {
  const asked: ComparisonOptions = { migration: 'migration.json' };
  // @ts-expect-error: it would be passed over.
  const options: CompareOptions = asked;
  expect(options).toBe(asked);
});
