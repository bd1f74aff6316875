/**
 * Drafts rules from pairs of records: what a record was, and what it is now. A draft is a proposal: whether it explains what
 * changed is said by applying it, never by how it was found.
 */
import { canonicalText } from '../json/canonical.ts';
import { type Json, JsonNumber, type JsonObject } from '../json/value.ts';
import { type Conversion, converted } from './convert.ts';
import { MapMismatch } from './mismatch.ts';
import { isSame } from './patch.ts';
import { pointerText } from './pointer.ts';

/** Pairs of one group that are looked at; what a rule is found by is shown by the count. */
const MOST_PAIRS = 200;
const MOST_GROUPS = 200;
const MOST_VALUES = 64;
/** What stands between two texts that were joined. */
const SIGNS = [':', '/', '-', ' ', '.', '@', ''];

interface Pair {
  readonly was: ReadonlyMap<string, Json>;
  readonly is: ReadonlyMap<string, Json>;
}

interface Group {
  readonly stream: string;
  readonly type: string;
  count: number;
  readonly pairs: Pair[];
}

/** An operation as a migration states it, with what speaks for it. */
export type DraftOperation = Readonly<Record<string, unknown>> & { readonly op: string; readonly path: string };

export interface DraftRule {
  readonly stream: string;
  readonly type: string;
  readonly patch: readonly DraftOperation[];
  /** Whether links and hashes changed as well. */
  readonly relinked: boolean;
  /** Records that changed so. */
  readonly count: number;
}

export interface Unexplained {
  readonly stream: string;
  readonly type: string;
  readonly pointer: string;
  readonly was: string | null;
  readonly is: string | null;
}

const LINKS: ReadonlySet<string> = new Set(['/prev', '/hash']);
const FIXED = /^\/(?:tenant|stream|id|seq|bodyDigest)$/;

/** Every value that is no object, by its pointer; arrays whole, since elements have no names. */
function leavesOf(value: Json, path: readonly string[] = [], into: Map<string, Json> = new Map()): Map<string, Json> {
  if (value instanceof Map && (value.size > 0 || path.length === 0)) {
    for (const [name, member] of value as JsonObject) leavesOf(member, [...path, name], into);
  } else into.set(pointerText(path), value);
  return into;
}

function short(value: Json | undefined): string | null {
  if (value === undefined) return null;
  const text = canonicalText(value);
  return text.length <= 120 ? text : `${text.slice(0, 119)}…`;
}

/** Takes pairs of records that changed, in bounded memory. */
export class DraftMaker {
  readonly #groups: Map<string, Group> = new Map();
  /** Groups beyond those that are looked at. */
  omitted = 0;

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
    if (group.pairs.length < MOST_PAIRS) group.pairs.push({ was: leavesOf(was()), is: leavesOf(is()) });
  }

  /** A rule for each group, and what no operation explains. */
  draft(): { readonly rules: readonly DraftRule[]; readonly unexplained: readonly Unexplained[] } {
    const rules: DraftRule[] = [];
    const unexplained: Unexplained[] = [];
    for (const { stream, type, count, pairs } of this.#groups.values()) {
      const found = new GroupDraft(pairs);
      const { patch, relinked } = found;
      if (patch.length > 0 || relinked) rules.push({ stream, type, patch, relinked, count });
      unexplained.push(...found.unexplained.map((one) => ({ stream, type, ...one })));
    }
    return { rules, unexplained };
  }
}

class GroupDraft {
  readonly patch: DraftOperation[] = [];
  readonly unexplained: Omit<Unexplained, 'stream' | 'type'>[] = [];
  relinked = false;
  readonly #pairs: readonly Pair[];

  constructor(pairs: readonly Pair[]) {
    this.#pairs = pairs;
    const pointers = (side: 'was' | 'is'): Set<string> => new Set(pairs.flatMap((pair) => [...pair[side].keys()]));
    const [was, is] = [pointers('was'), pointers('is')];
    this.relinked = [...LINKS].some((pointer) => this.#changes(pointer));
    const gone = [...was].filter((pointer) => !is.has(pointer) && !this.#isFixed(pointer));
    const fresh = [...is].filter((pointer) => !was.has(pointer) && !this.#isFixed(pointer));
    const moved = new Set<string>();
    for (const pointer of fresh) this.#explainNew(pointer, gone, moved);
    for (const pointer of gone) if (!moved.has(pointer)) this.#op({ op: 'remove', path: pointer });
    for (const pointer of was)
      if (is.has(pointer) && !this.#isFixed(pointer) && this.#changes(pointer)) this.#explainChange(pointer);
  }

  #isFixed(pointer: string): boolean {
    if (LINKS.has(pointer)) return true;
    if (!FIXED.test(pointer)) return false;
    if (this.#changes(pointer) && pointer !== '/bodyDigest') this.#leave(pointer);
    return true;
  }

  #changes(pointer: string): boolean {
    return this.#pairs.some(({ was, is }) => !isSame(was.get(pointer), is.get(pointer)));
  }

  #op(operation: DraftOperation): void {
    const seen = `in ${this.#pairs.length} of ${this.#pairs.length} pairs that were looked at`;
    this.patch.push({ ...operation, why: `proposal: so ${seen}` });
  }

  #leave(pointer: string): void {
    const pair = this.#pairs.find(({ was, is }) => !isSame(was.get(pointer), is.get(pointer)));
    this.unexplained.push({ pointer, was: short(pair?.was.get(pointer)), is: short(pair?.is.get(pointer)) });
  }

  /** A new member: moved from one that is gone, joined of others, or the same everywhere. */
  #explainNew(pointer: string, gone: readonly string[], moved: Set<string>): void {
    const from = gone.find(
      (one) => !moved.has(one) && this.#pairs.every(({ was, is }) => isSame(was.get(one), is.get(pointer))),
    );
    if (from !== undefined) {
      moved.add(from);
      this.#op({ op: 'move', from, path: pointer });
      return;
    }
    const first = this.#pairs[0]?.is.get(pointer);
    if (first !== undefined && this.#pairs.every(({ is }) => isSame(is.get(pointer), first))) {
      this.#op({ op: 'add', path: pointer, value: first });
      return;
    }
    const joined = this.#joined(pointer);
    if (joined === undefined) this.#leave(pointer);
    else this.#op({ op: 'convert', path: pointer, to: { concat: joined } });
  }

  /** Two texts with a sign between them, as the parts of a `concat`. */
  #joined(pointer: string): readonly unknown[] | undefined {
    const texts = [...(this.#pairs[0]?.was ?? [])].filter(([, value]) => typeof value === 'string' && value !== '');
    const names = texts.map(([name]) => name).filter((name) => name.startsWith('/body'));
    const ways = names.flatMap((one) => names.flatMap((other) => SIGNS.map((sign) => ({ one, other, sign }))));
    const found = ways.find(({ one, other, sign }) =>
      this.#pairs.every(({ was, is }) => is.get(pointer) === `${was.get(one)}${sign}${was.get(other)}`),
    );
    if (found === undefined) return undefined;
    return [found.one, ...(found.sign === '' ? [] : [{ text: found.sign }]), found.other];
  }

  #explainChange(pointer: string): void {
    const to = this.#conversions(pointer).find((one) => this.#holds(pointer, one.means));
    if (to !== undefined) this.#op({ op: 'convert', path: pointer, to: to.states });
    else this.#leave(pointer);
  }

  #holds(pointer: string, to: Conversion): boolean {
    const nothing = (): never => {
      throw new MapMismatch('a draft reads one value');
    };
    return this.#pairs.every(({ was, is }) => {
      try {
        return isSame(converted(was.get(pointer), to, nothing, pointer).result, is.get(pointer));
      } catch (fault) {
        if (fault instanceof MapMismatch) return false;
        throw fault;
      }
    });
  }

  /** What may be meant, the least first. */
  #conversions(pointer: string): readonly { readonly states: object; readonly means: Conversion }[] {
    const is = this.#pairs.map((pair) => pair.is.get(pointer));
    const texts = is.filter((value) => typeof value === 'string');
    const [first = ''] = texts;
    const offset = /(?:Z|[+-]\d\d:\d\d)$/.exec(first)?.[0];
    const decimals = /^-?\d+(?:\.(\d+))?$/.exec(first)?.[1]?.length ?? 0;
    const plain: Conversion[] = [
      ...(offset === undefined ? [] : [{ offset }]),
      { text: true },
      { json: 'value' },
      { json: 'text' },
      { scale: decimals },
      { case: 'lower' },
      { case: 'upper' },
      { unicode: 'NFC' },
    ];
    const same = plain.map((means) => ({ states: means, means }));
    const zone = { states: { zone: 'UTC' }, means: { zone: 'UTC', fold: undefined } };
    const table = this.#table(pointer);
    return [...same, zone, ...(table === undefined ? [] : [table])];
  }

  /** A table of all values that were seen, where it is a function and short. */
  #table(pointer: string): { readonly states: object; readonly means: Conversion } | undefined {
    const values = new Map<string, Json>();
    for (const { was, is } of this.#pairs) {
      const [from, to] = [was.get(pointer), is.get(pointer)];
      if (typeof from !== 'string' || to === undefined || to instanceof JsonNumber || typeof to === 'object')
        return undefined;
      const known = values.get(from);
      if (known !== undefined && !isSame(known, to)) return undefined;
      values.set(from, to);
      if (values.size > MOST_VALUES) return undefined;
    }
    // As many results as entries from as many pairs is a list of what was seen, and no rule.
    if (values.size > 4 && values.size > this.#pairs.length / 2) return undefined;
    return { states: { values: Object.fromEntries(values) }, means: { values, merged: new Set() } };
  }
}
