/** How many containers within containers are gone into; the outermost one is depth 1. */

/** What a snapshot may hold. */
export const MAX_DEPTH = 128;

/** What any reader or writer here does, whoever asks: they recurse, and a stack surely holds this many. */
export const MAX_NESTING = 1000;
