/**
 * Drafts rules from pairs of records: what a record was, and what it is now. A draft is a proposal: whether it explains what
 * changed is said by applying it, never by how it was found.
 */
import type { Json, JsonObject } from '../json/value.ts';
import { type DraftOperation, type Group, GroupDraft, type Left, NULLS } from './draft-of-group.ts';
import { pointerText } from './pointer.ts';

/** Pairs of one group that are looked at; what a rule is found by is shown by the count. */
const MOST_PAIRS = 200;
const MOST_GROUPS = 200;
/** What fewer records show is no rule. */
const FEWEST_RECORDS = 2;

export interface DraftRule {
  readonly stream: string;
  readonly type: string;
  readonly patch: readonly DraftOperation[];
  /** Whether links and hashes changed as well. */
  readonly relinked: boolean;
  /** Records that changed so. */
  readonly count: number;
}

export interface Unexplained extends Left {
  readonly stream: string;
  readonly type: string;
}

/** Every value that is no object, by its pointer; arrays whole, since elements have no names. */
function leavesOf(value: Json, path: readonly string[] = [], into: Map<string, Json> = new Map()): Map<string, Json> {
  if (value instanceof Map && (value.size > 0 || path.length === 0)) {
    for (const [name, member] of value as JsonObject) leavesOf(member, [...path, name], into);
  } else into.set(pointerText(path), value);
  return into;
}

/** Takes pairs of records that changed, in bounded memory. */
export class DraftMaker {
  readonly #groups: Map<string, Group> = new Map();
  readonly #free: ReadonlySet<string>;
  /** Groups beyond those that are looked at. */
  omitted = 0;

  /** @param free - members of bodies that are compared only where a rule brings them: new columns under `*` */
  constructor(free: ReadonlySet<string> = new Set()) {
    this.#free = new Set([...free].map((name) => pointerText(['body', name])));
  }

  add(stream: string, type: string, was: () => Json, is: () => Json): void {
    const key = JSON.stringify([stream, type]);
    let group = this.#groups.get(key);
    if (group === undefined) {
      if (this.#groups.size >= MOST_GROUPS) {
        this.omitted++;
        return;
      }
      group = { stream, type, count: 0, pairs: [] };
      this.#groups.set(key, group);
    }
    group.count++;
    if (group.pairs.length < MOST_PAIRS) group.pairs.push({ was: leavesOf(was()), is: this.#heldLeaves(is()) });
  }

  /** Where SQL NULL stands in a column that is free it is no change by itself. */
  #heldLeaves(record: Json): ReadonlyMap<string, Json> {
    const leaves = leavesOf(record);
    const nulls = this.#free.size === 0 ? undefined : leaves.get(NULLS);
    if (typeof nulls !== 'string') return leaves;
    const held = (JSON.parse(nulls) as readonly string[]).filter(
      (name) => !this.#free.has(pointerText(['body', name])),
    );
    if (held.length === 0) leaves.delete(NULLS);
    else leaves.set(NULLS, JSON.stringify(held));
    return leaves;
  }

  /**
   * A rule for each group, and what no operation explains, rarest first. What one record alone shows is no rule of change,
   * but a record that was changed.
   */
  draft(): { readonly rules: readonly DraftRule[]; readonly unexplained: readonly Unexplained[] } {
    const found = [...this.#groups.values()]
      .map((group) => ({ group, draft: new GroupDraft(group, this.#free) }))
      .filter(({ draft }) => draft.isHeld);
    const seen = new Map<string, number>();
    for (const { draft } of found) {
      for (const { sign, records } of draft.shown) seen.set(sign, (seen.get(sign) ?? 0) + records);
    }
    const isLone = (sign: string): boolean => (seen.get(sign) ?? 0) < FEWEST_RECORDS;
    const rules: DraftRule[] = [];
    const unexplained: Unexplained[] = [];
    for (const { group, draft } of found) {
      const { stream, type, count } = group;
      const { patch, relinked, left } = draft.without(isLone);
      if (patch.length > 0 || relinked) rules.push({ stream, type, patch, relinked, count });
      unexplained.push(...left.map((one) => ({ stream, type, ...one })));
    }
    return { rules, unexplained: unexplained.sort((a, b) => (a.records ?? 0) - (b.records ?? 0)) };
  }
}
