/** What the checks of chains add up to is held in bounds, whatever a header names. */
import { describe, expect, it } from 'vitest';
import { ChainTally, recipeNotes, wrongRecipeOf, wrongRecipeText } from '../../../src/core/custody/chain-tally.ts';

const PLACE = { tenant: 'acme', stream: 's' };

describe('a tally of chains', () => {
  it('keeps 256 segments apart, and counts those of all others together', () => {
    const tally = new ChainTally();
    for (let nth = 0; nth < 258; nth++) tally.recompute(`segment ${nth}`);
    tally.skip('no key', 'segment 300', 'k');
    // Those that are known stay known.
    tally.skip('no key', 'segment 255');
    expect(tally.segments.size).toBe(257);
    expect(tally.segments.get('segment 255')).toEqual({ done: 1, skipped: 1, why: new Set(['no key']) });
    expect(tally.segments.get('other segments')).toEqual({ done: 2, skipped: 1, why: new Set(['no key']) });
    expect([tally.recipes, tally.recipesSkipped, [...tally.missingKeys]]).toEqual([258, 2, ['k']]);
  });

  it('keeps 256 reasons and 256 recipes that do not fit', () => {
    const tally = new ChainTally();
    for (let nth = 0; nth < 258; nth++) {
      tally.skip(`reason ${nth}`, undefined);
      tally.conclude(PLACE, [{ recipe: `recipe ${nth}`, fits: false }]);
    }
    expect([tally.why.size, tally.unfit.length, tally.recipesSkipped]).toEqual([256, 256, 258]);
  });

  it('adds many as one by one, and gives a reason only where any was skipped', () => {
    const tally = new ChainTally();
    tally.addMany(3, 0, 'no reason');
    expect([tally.recipes, tally.recipesSkipped, tally.why.size]).toEqual([3, 0, 0]);
    tally.addMany(2, 1, 'a reason');
    expect([tally.recipes, tally.recipesSkipped, [...tally.why]]).toEqual([5, 1, ['a reason']]);
  });
});

describe('a recipe that does not fit', () => {
  const tallyOf = (recipe: string, fits: boolean): ChainTally => {
    const tally = new ChainTally();
    tally.conclude(PLACE, [{ recipe, fits }]);
    return tally;
  };

  it('is wrong unless it fits a stream of either side', () => {
    expect(wrongRecipeOf([tallyOf('a', false), tallyOf('b', true)])).toEqual({ ...PLACE, recipe: 'a' });
    expect(wrongRecipeOf([tallyOf('a', false), tallyOf('a', true)])).toBeUndefined();
    expect(wrongRecipeOf([])).toBeUndefined();
  });

  it('is told with names that are cut where they are longer than 200 characters', () => {
    const text = (length: number): string => wrongRecipeText({ ...PLACE, recipe: 'a', stream: 'x'.repeat(length) });
    expect(text(200)).toBe(
      `probably a wrong recipe, or a wrong key: a gives none of the hashes of "${'x'.repeat(200)}" of "acme"`,
    );
    expect(text(201)).not.toContain('x'.repeat(201));
  });
});

it('that hashes are of a text beside the body is said where any is, and never where none is', () => {
  const segments = new Map([['first', { done: 2, skipped: 1 }]]);
  expect(recipeNotes({ textOnly: 0, segments, recipesSkipped: 1 })).toEqual(['first: 2 recomputed, 1 not']);
  const none = { segments: new Map(), recipesSkipped: 0 };
  expect(recipeNotes({ ...none, textOnly: 2 })).toEqual([expect.stringMatching(/^2 hashes are of a text/)]);
  expect(recipeNotes({ textOnly: 0, segments, recipesSkipped: 3 })).toEqual([
    'first: 2 recomputed, 1 not',
    '2 hashes were compared by value only, not recomputed',
  ]);
  expect(recipeNotes({ ...none, textOnly: 0, recipesSkipped: 1 })).toEqual([
    '1 hash was compared by value only, not recomputed',
  ]);
});
