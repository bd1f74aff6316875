/** The recipes of the chains that were found, put into the profile that reads them. */
import { RecipeBook } from '../core/custody/declared.ts';
import { proposeRecipe } from '../core/custody/propose-recipe.ts';
import { type RecipeChoice, recipeName } from '../core/snapshot/declared-recipe.ts';
import type { EvidenceRecord } from '../core/snapshot/record.ts';
import { nodeDigests } from '../engine/node-engines.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import type { Look, Place } from '../sources/kinds/place.ts';
import { hashedContents, sampleRecords } from '../sources/kinds/sample-records.ts';
import type { ProfileInput2 } from '../wire/profile-items.ts';

/** A profile with its recipes, and what was guessed of them. */
interface WithRecipes {
  readonly profile: ProfileInput2;
  readonly undecided: readonly string[];
}

function genesisOf({ proposal: { mapping } }: Place): string | undefined {
  const { prev } = mapping;
  return typeof prev === 'object' && 'field' in prev ? prev.genesis : undefined;
}

interface Found {
  readonly recipe: RecipeChoice;
  readonly fits: number;
  readonly of: number;
}

/** The recipe that gives the hashes of the longest stream of a place, and how many it gives of all streams. */
function recipeOf(place: Place, streams: readonly (readonly EvidenceRecord[])[]): Found | undefined {
  const book = new RecipeBook(nodeDigests);
  const hints = { contents: hashedContents(place), genesis: genesisOf(place) };
  const [longest] = [...streams].sort((a, b) => b.length - a.length);
  const found = longest === undefined ? undefined : proposeRecipe(nodePlatform, longest, book, hints);
  if (found === undefined) return undefined;
  const recipe = book.recipeOf(found.recipe);
  const all = streams.flat();
  const fitting = all.filter((record) => {
    const expected = recipe.expectedHash(nodePlatform, record);
    return (typeof expected === 'string' ? expected : 'hash' in expected ? expected.hash : undefined) === record.hash;
  });
  return { recipe: found.recipe, fits: fitting.length, of: all.length };
}

const NONE =
  'decide: no usual recipe gives the hashes of its chain: they are compared by value alone; docs/snapshot.md, ' +
  '"Declared recipes", says how one is declared';

/**
 * Tries the usual recipes on each chain that was found.
 *
 * @param profile - of the places of `look`, one for each
 */
export function withRecipes({ places }: Look, profile: ProfileInput2): WithRecipes {
  const undecided: string[] = [];
  const items = profile.items.map((item, at) => {
    const place = places[at];
    if (place?.proposal.mapping.chain === undefined) return item;
    const found = recipeOf(place, sampleRecords(nodePlatform, profile, at, place));
    if (found === undefined) {
      undecided.push(NONE);
      return item;
    }
    const { recipe, fits, of } = found;
    const some = fits === of ? `all ${of}` : `${fits} of the ${of}`;
    undecided.push(`decide: the hash of a record is ${recipeName(recipe)}: so it is in ${some} that were looked at`);
    return { ...item, chain: { ...item.chain, recipe } };
  });
  const said = [...new Set(undecided)];
  return { profile: { ...profile, assumptions: [...(profile.assumptions ?? []), ...said], items }, undecided: said };
}
