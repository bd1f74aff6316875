/** What every report is made of: facts, how loud they are said, and how counts are written. */
import type { Verdict } from '../core/report/report.ts';
import { grouped } from '../core/words.ts';

export { counted, grouped } from '../core/words.ts';

/** How loud something is said, in every format. Nothing is said by colour alone. */
export type Tone = 'plain' | 'good' | 'bad' | 'doubt' | 'faint';

export interface Fact {
  /** Its place in the JSON report, e.g. `baseline.sha256`. */
  readonly key: string;
  readonly label: string;
  readonly value: string | number;
  /** `hash`: never broken or cut. `name`: untrusted. `json`: a value as JSON. `absent`: our words for what is not there. */
  readonly as: 'words' | 'count' | 'hash' | 'name' | 'json' | 'absent';
}

/** A list with what stands over it, which also says that it is empty. */
export interface Listed<T> {
  readonly title: string;
  readonly items: readonly T[];
}

export function words(key: string, label: string, value: string): Fact {
  return { key, label, value, as: 'words' };
}

export function count(key: string, label: string, value: number): Fact {
  return { key, label, value, as: 'count' };
}

/** A hash, or the words that stand for its absence. */
export function hash(key: string, label: string, value: string | null, otherwise = ''): Fact {
  return value === null ? { key, label, value: otherwise, as: 'absent' } : { key, label, value, as: 'hash' };
}

/** The value as people read it. */
export function shownFact({ value }: Fact): string {
  return typeof value === 'number' ? grouped(value) : value;
}

/** What one check of each name is, in words: the table of docs/continuity-report.md. */
export const CHECK_MEANINGS: ReadonlyMap<string, string> = new Map([
  ['record-comparison', 'a record that was judged'],
  ['leaf-hash', 'a leaf hash that was computed'],
  ['body-digest', 'a body that was hashed; skipped where the snapshot has only digests'],
  ['order', 'a record that was looked at for its place'],
  ['sequence', 'a seq that was compared with the expected one'],
  ['chain-links', 'a prev that was compared with the hash before it'],
  ['hash-recipe', 'a hash that was recomputed; skipped for the recipe none, or where the body is missing'],
  [
    'hash-segment',
    'a record under one segment of a chain; skipped where its hash was not recomputed; only there if a chain has segments',
  ],
  [
    'derived-hash',
    'a value of a record that follows from others, such as a stored leaf hash, that was recomputed; only there if a source has such',
  ],
  ['history-prefix', "an ordered stream whose root at the baseline's size was compared"],
  ['manifest', 'a trailer that was compared with what was recomputed'],
  ['manifest-roots', 'a trailer whose roots were; skipped where it states none'],
  ['legacy-root', 'a leaf of an external root, which was recomputed and compared'],
]);

/** What one check of this name is; empty for a name that is not in the table. */
export function meaningOfCheck(check: string): string {
  return CHECK_MEANINGS.get(check) ?? '';
}

/* Verdict to exit code: the table of docs/continuity-report.md, once. Reports print it, the command obeys it. */

export const EXIT_CODE_OF: Readonly<Record<Verdict, 0 | 1 | 2 | 3>> = {
  PASS: 0,
  FAIL: 1,
  INCOMPLETE: 2,
  UNTRUSTED: 3,
};

/** Of a run that a signal has stopped: what a shell says of a program that it has ended. */
export const EXIT_CODE_OF_SIGNAL = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

/** The exit code of a verdict in words; where the run was broken off it may have been by a signal. */
export function exitCodeText(verdict: Verdict, isBrokenOff: boolean): string {
  const code = String(EXIT_CODE_OF[verdict]);
  const ofSignals = Object.values(EXIT_CODE_OF_SIGNAL);
  return isBrokenOff
    ? `${code} (${ofSignals.slice(0, -1).join(', ')} or ${ofSignals.at(-1)} if a signal stopped it)`
    : code;
}
