/** What one group of pairs of records, all of one stream and type, says of the rule between them. */
import { canonicalText } from '../json/canonical.ts';
import { type Json, JsonNumber } from '../json/value.ts';
import { NULLS_ATTRIBUTE } from '../snapshot/header.ts';
import { type Conversion, converted } from './convert.ts';
import { MapMismatch } from './mismatch.ts';
import { isSame } from './patch.ts';
import { pointerText } from './pointer.ts';

const MOST_VALUES = 64;
/** What stands between two texts that were joined. */
const SIGNS = [':', '/', '-', ' ', '.', '@', ''];

/** What a record was and what it is, each by the pointers of its values. */
export interface Pair {
  readonly was: ReadonlyMap<string, Json>;
  readonly is: ReadonlyMap<string, Json>;
}

export interface Group {
  readonly stream: string;
  readonly type: string;
  /** Records that changed. */
  count: number;
  /** Those that are looked at. */
  readonly pairs: Pair[];
}

/** An operation as a migration states it, with what speaks for it. */
export type DraftOperation = Readonly<Record<string, unknown>> & { readonly op: string; readonly path: string };

/** A place that no operation explains. */
export interface Left {
  readonly pointer: string;
  readonly was: string | null;
  readonly is: string | null;
  /** How many of the records that were looked at differ so; not there where columns alone were seen. */
  readonly records?: number;
  /** One of them. */
  readonly id?: string;
}

/** Something that records show, by a text that is the same wherever it is shown. */
export interface Shown {
  readonly sign: string;
  readonly records: number;
}

interface Entry extends Shown {
  readonly from: string;
  readonly to: Json;
}

interface Proposal extends Shown {
  readonly operation: DraftOperation;
  /** Of a table its entries that change something. */
  readonly entries: readonly Entry[] | undefined;
}

const LINKS: readonly string[] = ['/prev', '/hash'];
/** Which columns are SQL NULL follows from the columns, and is no text to be patched. */
export const NULLS = pointerText(['attrs', NULLS_ATTRIBUTE]);
const FIXED: ReadonlySet<string> = new Set(['/tenant', '/stream', '/id', '/seq', '/bodyDigest', NULLS]);
const RELINKED = 'relinked';

function short(value: Json | undefined): string | null {
  if (value === undefined) return null;
  const text = canonicalText(value);
  return text.length <= 120 ? text : `${text.slice(0, 119)}…`;
}

export class GroupDraft {
  readonly #group: Group;
  readonly #pairs: readonly Pair[];
  readonly #free: ReadonlySet<string>;
  readonly #proposals: Proposal[] = [];
  readonly #left: Left[] = [];

  /** @param free - pointers to what is compared only where a rule brings it */
  constructor(group: Group, free: ReadonlySet<string>) {
    this.#group = group;
    this.#pairs = group.pairs;
    this.#free = free;
    const pointers = (side: 'was' | 'is'): Set<string> =>
      new Set(this.#pairs.flatMap((pair) => [...pair[side].keys()]));
    const [was, is] = [pointers('was'), pointers('is')];
    const gone = [...was].filter((pointer) => !is.has(pointer) && !this.#isFixed(pointer));
    const fresh = [...is].filter((pointer) => !was.has(pointer) && !this.#isFixed(pointer));
    const moved = new Set<string>();
    for (const pointer of fresh) this.#explainNew(pointer, gone, moved);
    for (const pointer of gone) {
      if (!moved.has(pointer)) this.#propose({ op: 'remove', path: pointer }, this.#differing(pointer).length);
    }
    for (const pointer of was) {
      if (is.has(pointer) && !this.#isFixed(pointer) && this.#changes(pointer)) this.#explainChange(pointer);
    }
    for (const pointer of FIXED) if (pointer !== '/bodyDigest' && this.#changes(pointer)) this.#leave(pointer);
  }

  /** Whether anything differs that is compared without a rule. */
  get isHeld(): boolean {
    const isCounted = (pointer: string): boolean =>
      !this.#free.has(pointer) && (pointer !== '/bodyDigest' || this.#free.size === 0);
    return this.#pairs.some(({ was, is }) =>
      [...new Set([...was.keys(), ...is.keys()])].some(
        (pointer) => isCounted(pointer) && !isSame(was.get(pointer), is.get(pointer)),
      ),
    );
  }

  /** Everything that is proposed, and how many records show it. */
  get shown(): readonly Shown[] {
    const records = this.#relinked.length;
    const links = records === 0 ? [] : [{ sign: RELINKED, records }];
    return [...this.#proposals.flatMap((one): readonly Shown[] => one.entries ?? [one]), ...links];
  }

  get #relinked(): readonly Pair[] {
    return this.#pairs.filter(({ was, is }) => LINKS.some((pointer) => !isSame(was.get(pointer), is.get(pointer))));
  }

  /** What is left of the proposals without those that `isLone` refuses, and what they leave unexplained. */
  without(isLone: (sign: string) => boolean): {
    readonly patch: readonly DraftOperation[];
    readonly relinked: boolean;
    readonly left: readonly Left[];
  } {
    const left = [...this.#left];
    const patch = this.#proposals.flatMap((proposal) => {
      const { operation, records, sign, entries } = proposal;
      const lone = (entries ?? []).filter((entry) => isLone(entry.sign));
      for (const { from } of lone) left.push(this.#leftAt(operation.path, from));
      const isEmpty = entries === undefined ? isLone(sign) : lone.length === entries.length;
      if (entries === undefined && isEmpty) left.push(this.#leftAt(operation.path));
      if (isEmpty) return [];
      return [this.#withEvidence(withoutEntries(operation, lone), records)];
    });
    const relinked = this.#relinked.length > 0 && !isLone(RELINKED);
    if (this.#relinked.length > 0 && !relinked) left.push(this.#leftAt('/hash'));
    return { patch, relinked, left };
  }

  #withEvidence(operation: DraftOperation, records: number): DraftOperation {
    const { length } = this.#pairs;
    return { ...operation, why: `proposal: so in ${records} of ${length} records that were looked at` };
  }

  #isFixed(pointer: string): boolean {
    return FIXED.has(pointer) || LINKS.includes(pointer);
  }

  #differing(pointer: string): readonly Pair[] {
    return this.#pairs.filter(({ was, is }) => !isSame(was.get(pointer), is.get(pointer)));
  }

  #changes(pointer: string): boolean {
    return this.#differing(pointer).length > 0;
  }

  #propose(operation: DraftOperation, records: number, entries?: readonly Entry[]): void {
    this.#proposals.push({ operation, records, sign: JSON.stringify(operation), entries });
  }

  #leave(pointer: string): void {
    if (!this.#free.has(pointer)) this.#left.push(this.#leftAt(pointer));
  }

  /** @param from - the text that was there, of an entry of a table */
  #leftAt(pointer: string, from?: string): Left {
    const pairs = this.#differing(pointer).filter(({ was }) => from === undefined || was.get(pointer) === from);
    const [first] = pairs;
    const id = first?.was.get('/id');
    return {
      ...{ pointer, was: short(first?.was.get(pointer)), is: short(first?.is.get(pointer)), records: pairs.length },
      ...(typeof id === 'string' ? { id } : {}),
    };
  }

  /** A new member: moved from one that is gone, the same everywhere, or joined of others. */
  #explainNew(pointer: string, gone: readonly string[], moved: Set<string>): void {
    const from = gone.find(
      (one) => !moved.has(one) && this.#pairs.every(({ was, is }) => isSame(was.get(one), is.get(pointer))),
    );
    if (from !== undefined) {
      moved.add(from);
      this.#propose({ op: 'move', from, path: pointer }, this.#differing(from).length);
      return;
    }
    const first = this.#pairs[0]?.is.get(pointer);
    const isSaidOfAll = !this.#free.has(pointer) || this.#group.count === this.#pairs.length;
    if (first !== undefined && isSaidOfAll && this.#pairs.every(({ is }) => isSame(is.get(pointer), first))) {
      this.#propose({ op: 'add', path: pointer, value: first }, this.#pairs.length);
      return;
    }
    const joined = this.#joined(pointer);
    if (joined === undefined) this.#leave(pointer);
    else this.#propose({ op: 'convert', path: pointer, to: { concat: joined } }, this.#pairs.length);
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
    const records = this.#differing(pointer).length;
    const to = this.#conversions(pointer).find((means) => this.#holds(pointer, means));
    if (to !== undefined) {
      const states = 'zone' in to ? { zone: to.zone } : to;
      this.#propose({ op: 'convert', path: pointer, to: states }, records);
      return;
    }
    const values = this.#table(pointer);
    if (values === undefined) this.#leave(pointer);
    else {
      const operation = { op: 'convert', path: pointer, to: { values: Object.fromEntries(values) } };
      this.#propose(operation, records, this.#entries(pointer, values));
    }
  }

  #entries(pointer: string, values: ReadonlyMap<string, Json>): readonly Entry[] {
    const changed = [...values].filter(([from, to]) => from !== to);
    return changed.map(([from, to]) => ({
      ...{ from, to, sign: JSON.stringify([pointer, from, canonicalText(to)]) },
      records: this.#pairs.filter(({ was }) => was.get(pointer) === from).length,
    }));
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
  #conversions(pointer: string): readonly Conversion[] {
    const is = this.#pairs.map((pair) => pair.is.get(pointer));
    const [first = ''] = is.filter((value) => typeof value === 'string');
    const offset = /(?:Z|[+-]\d\d:\d\d)$/.exec(first)?.[0];
    const decimals = /^-?\d+(?:\.(\d+))?$/.exec(first)?.[1]?.length ?? 0;
    return [
      ...(offset === undefined ? [] : [{ offset }]),
      { text: true },
      { json: 'value' },
      { json: 'text' },
      { scale: decimals },
      { case: 'lower' },
      { case: 'upper' },
      { unicode: 'NFC' },
      { zone: 'UTC', fold: undefined },
    ];
  }

  /** A table of all values that were seen, where it is a function and short. */
  #table(pointer: string): ReadonlyMap<string, Json> | undefined {
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
    return values.size > 4 && values.size > this.#pairs.length / 2 ? undefined : values;
  }
}

/** A table without what one record alone shows. */
function withoutEntries(operation: DraftOperation, lone: readonly Entry[]): DraftOperation {
  if (lone.length === 0) return operation;
  const { values } = operation['to'] as { readonly values: Readonly<Record<string, Json>> };
  const left = Object.entries(values).filter(([from]) => !lone.some((entry) => entry.from === from));
  return { ...operation, to: { values: Object.fromEntries(left) } };
}
