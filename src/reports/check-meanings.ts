/** What one check of each name is, in words: the table of docs/continuity-report.md. */
export const CHECK_MEANINGS: ReadonlyMap<string, string> = new Map([
  ['record-comparison', 'a record that was judged'],
  ['leaf-hash', 'a leaf hash that was computed'],
  ['body-digest', 'a body that was hashed; skipped where the snapshot has only digests'],
  ['order', 'a record that was looked at for its place'],
  ['sequence', 'a seq that was compared with the expected one'],
  ['chain-links', 'a prev that was compared with the hash before it'],
  ['hash-recipe', 'a hash that was recomputed; skipped for the recipe none, or where the body is wanting'],
  [
    'derived-hash',
    'a value of a record that follows from others, such as a stored leaf hash, that was recomputed; only there if a source has such',
  ],
  ['history-prefix', "an ordered stream whose root at the baseline's size was compared"],
  ['manifest', 'a trailer that was compared with what was recomputed'],
  ['manifest-roots', 'a trailer whose roots were; skipped where it states none'],
  ['legacy-root', 'a leaf of a root that others published, which was recomputed and compared'],
]);

/** What one check of this name is; empty for a name that is not in the table. */
export function meaningOfCheck(check: string): string {
  return CHECK_MEANINGS.get(check) ?? '';
}
