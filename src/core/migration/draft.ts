/**
 * Drafts rules from pairs of records: what a record was, and what it is now. A draft is a proposal: whether it explains what
 * changed is said by applying it, never by how it was found.
 */
import type { Json } from '../json/value.ts';
import { present } from '../present.ts';
import { counted } from '../words.ts';
import { GroupDraft, type Left, leavesOf, NULLS } from './draft-of-group.ts';
import { Room } from './draft-tally.ts';
import type { DraftOperation, Leaves } from './draft-ways.ts';
import { pointerText } from './pointer.ts';

/** Streams and types that are told apart. */
const MOST_GROUPS = 1000;

/** What is remembered of all of them, in UTF-16 code units. */
const MOST_UNITS = 16_000_000;

/** What fewer records show is no rule. */
const FEWEST_RECORDS = 2;

export interface DraftRule {
  readonly stream: string;
  readonly type: string;
  readonly patch: readonly DraftOperation[];
  /** Whether links and hashes changed as well. */
  readonly relinked: boolean;
  /** Records that changed. */
  readonly count: number;
  /** One of them. */
  readonly id?: string;
  /** What was not looked at for the whole draft: said of its first rule. */
  readonly beyond?: string;
}

export interface Unexplained extends Left {
  readonly stream: string;
  readonly type: string;
}

export interface Draft {
  readonly rules: readonly DraftRule[];
  readonly unexplained: readonly Unexplained[];
  /** What was not looked at, for want of memory; undefined if all was. */
  readonly beyond: string | undefined;
}

interface Group {
  readonly stream: string;
  readonly type: string;
  readonly draft: GroupDraft;
}

/** Takes pairs of records that changed, all of them, in bounded memory. */
export class DraftMaker {
  readonly #groups: Map<string, Group> = new Map();
  readonly #free: ReadonlySet<string>;
  readonly #room: Room = new Room(MOST_UNITS);
  #omitted = 0;

  /** @param free - members of bodies that are compared only where a rule brings them: new columns under `*` */
  constructor(free: ReadonlySet<string> = new Set()) {
    this.#free = new Set([...free].map((name) => pointerText(['body', name])));
  }

  add(stream: string, type: string, was: () => Json, is: () => Json): void {
    const group = this.#group(stream, type);
    if (group === undefined) this.#omitted++;
    else group.draft.add(leavesOf(was()), this.#heldLeaves(is()));
  }

  #group(stream: string, type: string): Group | undefined {
    const key = JSON.stringify([stream, type]);
    const known = this.#groups.get(key);
    if (known !== undefined) return known;
    if (this.#groups.size >= MOST_GROUPS) return undefined;
    const group = { stream, type, draft: new GroupDraft(this.#room, this.#free) };
    this.#groups.set(key, group);
    return group;
  }

  /** Where SQL NULL stands in a column that is free it is no change by itself. */
  #heldLeaves(record: Json): Leaves {
    const leaves = leavesOf(record);
    const nulls = this.#free.size === 0 ? undefined : leaves.get(NULLS);
    if (typeof nulls !== 'string') return leaves;
    const held = (JSON.parse(nulls) as readonly string[]).filter(
      (name) => !this.#free.has(pointerText(['body', name])),
    );
    const others = [...leaves].filter(([pointer]) => pointer !== NULLS);
    return new Map(held.length === 0 ? others : [...others, [NULLS, JSON.stringify(held)]]);
  }

  /** What was not looked at, for want of memory; undefined if all was. */
  get #beyond(): string | undefined {
    const values = [...this.#groups.values()].reduce((sum, { draft }) => sum + draft.omitted, 0);
    const parts = [
      ...(this.#omitted === 0
        ? []
        : [`${counted(this.#omitted, 'record')} of streams and types beyond the first ${MOST_GROUPS}`]),
      ...(values === 0 ? [] : [`${counted(values, 'value')} at places beyond those that are told apart`]),
    ];
    return parts.length === 0 ? undefined : `not looked at: ${parts.join(', ')}`;
  }

  /**
   * A rule for each group, and what no operation explains, rarest first. What one record alone shows is no rule of change,
   * but a record that was changed.
   */
  draft(): Draft {
    const found = [...this.#groups.values()]
      .filter(({ draft }) => draft.isHeld)
      .map(({ stream, type, draft }) => ({ stream, type, reading: draft.read() }));
    const seen = new Map<string, number>();
    for (const { reading } of found) {
      for (const { sign, records } of reading.shown) seen.set(sign, (seen.get(sign) ?? 0) + records);
    }
    const isLone = (sign: string): boolean => (seen.get(sign) ?? 0) < FEWEST_RECORDS;
    const rules: DraftRule[] = [];
    const unexplained: Unexplained[] = [];
    for (const { stream, type, reading } of found) {
      const { count, first } = reading.group;
      const { patch, relinked, left } = reading.without(isLone);
      if (patch.length > 0 || relinked) rules.push({ stream, type, patch, relinked, count, ...present({ id: first }) });
      unexplained.push(...left.map((one) => ({ stream, type, ...one })));
    }
    const beyond = this.#beyond;
    const [one, ...others] = rules;
    return {
      rules: one === undefined ? rules : [{ ...one, ...present({ beyond }) }, ...others],
      unexplained: unexplained.sort((a, b) => (a.records ?? 0) - (b.records ?? 0)),
      beyond,
    };
  }
}
