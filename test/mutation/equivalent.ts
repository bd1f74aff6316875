/** Mutants that change nothing anyone could see, by key, and why: they count neither as killed nor as survivors. */
export const EQUIVALENT: Readonly<Record<string, string>> = {};
