/** What the checks of chains add up to, over all streams of a side. */

/** Of the records under one segment of a chain, or under one recipe: how many hashes were recomputed, and how many not. */
export interface SegmentTally {
  done: number;
  skipped: number;
  readonly why: Set<string>;
}

/** A stream whose recipe fits none of its records, or next to none. */
export interface UnfitRecipe {
  readonly tenant: string;
  readonly stream: string;
  readonly recipe: string;
}

/** A header may have a segment for each stream, and a reason for each: so many are kept apart. */
const MOST_KEPT = 256;
const OTHER_SEGMENTS = 'other segments';

export class ChainTally {
  links = 0;
  sequence = 0;
  recipes = 0;
  recipesSkipped = 0;
  /** Derived values that were recomputed. */
  derived = 0;
  /** Hashes of a text that the source stores, and that is not the body. */
  textOnly = 0;
  /** Why some recipes were not recomputed. */
  readonly why: Set<string> = new Set();
  /** Names of keys that were needed and not given. */
  readonly missingKeys: Set<string> = new Set();
  /** By what segments say of themselves. */
  readonly segments: Map<string, SegmentTally> = new Map();
  readonly unfit: UnfitRecipe[] = [];

  /** @param label - of the segment, where a chain has them */
  recompute(label: string | undefined): void {
    this.recipes++;
    if (label !== undefined) this.#segment(label).done++;
  }

  skip(why: string, label: string | undefined, missingKey?: string): void {
    this.recipesSkipped++;
    add(this.why, why);
    if (missingKey !== undefined) add(this.missingKeys, missingKey);
    if (label === undefined) return;
    const segment = this.#segment(label);
    segment.skipped++;
    add(segment.why, why);
  }

  doubt(unfit: UnfitRecipe): void {
    if (this.unfit.length < MOST_KEPT) this.unfit.push(unfit);
  }

  #segment(label: string): SegmentTally {
    const name = this.segments.has(label) || this.segments.size < MOST_KEPT ? label : OTHER_SEGMENTS;
    const segment = this.segments.get(name) ?? { done: 0, skipped: 0, why: new Set() };
    this.segments.set(name, segment);
    return segment;
  }
}

function add(texts: Set<string>, text: string): void {
  if (texts.size < MOST_KEPT) texts.add(text);
}
