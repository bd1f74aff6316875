/**
 * Collects findings: counts them all, lists the first of each side and kind, in the order of the contract (tenant,
 * stream, position, kind), in bounded memory.
 */
import { compareUtf8 } from '../json/utf8.ts';
import { classOf, FINDING_KINDS, type FindingClass, type FindingKind, isConsequence, type Mode } from '../kinds.ts';
import { MOST_LINK_UNITS, MOST_MESSAGE_UNITS, MOST_POINTER_UNITS } from '../limits.ts';
import type { ChangedPlace, FindingValue } from '../report/changes.ts';
import type { Finding } from '../report/report.ts';
import { placeKey } from '../snapshot/summary.ts';
import { shortText } from '../words.ts';
import { Changes } from './changes.ts';

/** Whom a finding is about: a comparison of both sides, or one side alone. */
export type Side = 'both' | 'baseline' | 'current';

const KIND_ORDER: ReadonlyMap<FindingKind, number> = new Map(FINDING_KINDS.map((kind, at) => [kind, at]));

function compareOptional<T>(a: T | undefined, b: T | undefined, compare: (a: T, b: T) => number): number {
  if (a === undefined || b === undefined) return (a === undefined ? 0 : 1) - (b === undefined ? 0 : 1);
  return compare(a, b);
}

/**
 * Order of the contract: causes before consequences, then by place; what is about a whole stream or tenant stands before
 * what is about its parts.
 */
function compareFindings(a: Finding, b: Finding): number {
  return (
    Number(isConsequence(a.kind)) - Number(isConsequence(b.kind)) ||
    comparePlaces(a, b) ||
    (KIND_ORDER.get(a.kind) ?? 0) - (KIND_ORDER.get(b.kind) ?? 0) ||
    compareUtf8(a.message, b.message)
  );
}

/** Where a finding is. */
type Place = Pick<Finding, 'tenant' | 'stream' | 'seq' | 'id'>;

function comparePlaces(a: Place, b: Place): number {
  return (
    compareOptional(a.tenant, b.tenant, compareUtf8) ||
    compareOptional(a.stream, b.stream, compareUtf8) ||
    compareOptional(a.seq, b.seq, (x, y) => x - y) ||
    compareOptional(a.id, b.id, compareUtf8)
  );
}

function boundedValue(value: FindingValue | undefined): FindingValue | undefined {
  return typeof value === 'string' ? shortText(value, MOST_LINK_UNITS) : value;
}

/** `finding` with texts of bounded length: some of them come as they are from the input. */
function boundedTexts(finding: Omit<Finding, 'class'>): Omit<Finding, 'class'> {
  const { path, baseline, current, message } = finding;
  return {
    ...finding,
    ...(path === undefined ? {} : { path: shortText(path, MOST_POINTER_UNITS) }),
    ...(baseline === undefined ? {} : { baseline: boundedValue(baseline) ?? null }),
    ...(current === undefined ? {} : { current: boundedValue(current) ?? null }),
    message: shortText(message, MOST_MESSAGE_UNITS),
  };
}

/** By kind, as a report has them. */
type OldCounts = Readonly<Record<string, number>>;

/** Whom a finding of a report is about: of a fault of one side alone the message says so first. */
function sideOf({ message, alreadyInBaseline }: Finding): Side {
  if (alreadyInBaseline === true) return 'both';
  if (message.startsWith('baseline: ')) return 'baseline';
  return message.startsWith('current: ') ? 'current' : 'both';
}

/** Which list a finding is in. */
function listOf(side: Side, kind: FindingKind): string {
  return `${side} ${kind}`;
}

const BYTES_A_FINDING = 256;

/** About how much memory a finding takes: two bytes for each code unit, which one character beyond Latin-1 costs all. */
function bytesOf({
  tenant = '',
  stream = '',
  id = '',
  path = '',
  baseline,
  current,
  message,
  places,
}: Finding): number {
  const own = bytesOfTexts([tenant, stream, id, path, baseline, current, message]);
  return own + bytesOfPlaces(places ?? []);
}

function bytesOfTexts(texts: readonly (FindingValue | undefined)[]): number {
  return texts.reduce<number>((sum, text) => sum + (typeof text === 'string' ? 2 * text.length : 0), BYTES_A_FINDING);
}

function bytesOfPlaces(places: readonly ChangedPlace[]): number {
  const texts = places.map(({ pointer, from, element, baseline, current }) => [
    pointer,
    from,
    element,
    baseline,
    current,
  ]);
  return texts.reduce<number>((sum, one) => sum + bytesOfTexts(one), 0);
}

export class Findings {
  readonly mode: Mode;
  /** How many were to be listed for each side and kind. */
  readonly asked: number;
  /** How many are: as many as were asked for, or as memory holds. */
  #most: number;
  readonly #mostBytes: number;
  #bytes = 0;
  #cut = false;
  readonly #listed: Map<string, Finding[]> = new Map();
  /** The last that was left of each list that was cut: of what comes behind it none will be listed. */
  readonly #lasts: Map<string, Finding> = new Map();
  readonly #counts: Map<FindingKind, number> = new Map();
  readonly #classes: Set<FindingClass> = new Set();
  readonly #broken: Set<string> = new Set();
  /** Of those that were already in the baseline, how many there are of each kind. */
  readonly #old: Map<FindingKind, number> = new Map();
  #brokenNow = false;
  /** What changed in all records that were modified, listed or not. */
  readonly changes: Changes = new Changes();
  #bytesOfPlaces = 0;

  /**
   * @param most - how many are listed for each side and kind
   * @param mostBytes - about how much memory they may take
   */
  constructor(mode: Mode, most: number, mostBytes = Number.POSITIVE_INFINITY) {
    this.mode = mode;
    this.asked = most;
    this.#most = most;
    this.#mostBytes = mostBytes;
  }

  /** @param count - how many faults this one entry stands for, where they cannot be counted one by one */
  add(side: Side, finding: Omit<Finding, 'class'>, count = 1): void {
    const forced = classOf(finding.kind, this.mode);
    this.#classes.add(forced);
    this.#counts.set(finding.kind, (this.#counts.get(finding.kind) ?? 0) + count);
    if (finding.alreadyInBaseline === true) this.#old.set(finding.kind, (this.#old.get(finding.kind) ?? 0) + count);
    else if (forced === 'FAIL') this.markBroken(finding);
    if (this.mayList(side, finding.kind, finding)) this.#list(side, { ...boundedTexts(finding), class: forced });
  }

  #list(side: Side, finding: Finding): void {
    const key = listOf(side, finding.kind);
    const listed = this.#listed.get(key) ?? [];
    this.#listed.set(key, listed);
    const bounded = this.#withFewerPlaces(finding);
    listed.push(bounded);
    this.#bytes += bytesOf(bounded);
    // Some findings are raised late (what is missing here may have moved there), so the first ones of a kind are not
    // the first that come: twice as many are kept, and the later half is dropped each time.
    if (listed.length > 2 * this.#most) this.#drop(key, listed);
    while (this.#bytes > this.#mostBytes && this.#most > 1) this.#listFewer();
  }

  /**
   * Takes what another comparison, of a part of the same two sides, has found.
   *
   * @param listed - findings of it
   * @param counts - how many there are of each kind, and of these how many were already in the baseline
   */
  join(listed: readonly Finding[], counts: Iterable<readonly [FindingKind, number]>, old: OldCounts): void {
    for (const finding of listed) {
      if (finding.class === 'FAIL' && finding.alreadyInBaseline !== true) this.markBroken(finding);
      this.#list(sideOf(finding), finding);
    }
    for (const [kind, count] of counts) {
      if (count === 0) continue;
      const forced = classOf(kind, this.mode);
      this.#classes.add(forced);
      this.#counts.set(kind, this.countOf(kind) + count);
      const known = old[kind] ?? 0;
      if (known > 0) this.#old.set(kind, (this.#old.get(kind) ?? 0) + known);
      if (forced === 'FAIL' && count > known) this.#brokenNow = true;
    }
  }

  /** The same without places where half of the memory is taken by those of others: they are counted. */
  #withFewerPlaces(finding: Finding): Finding {
    const { places = [], placesOmitted = 0, ...rest } = finding;
    if (places.length === 0) return finding;
    this.#bytesOfPlaces += bytesOfPlaces(places);
    if (this.#bytesOfPlaces <= this.#mostBytes / 2) return finding;
    this.#bytesOfPlaces -= bytesOfPlaces(places);
    return { ...rest, places: [], placesOmitted: placesOmitted + places.length };
  }

  /** Drops what comes after the first ones in the order of the contract. */
  #drop(key: string, listed: Finding[]): void {
    for (const dropped of listed.sort(compareFindings).splice(this.#most)) {
      this.#bytes -= bytesOf(dropped);
      this.#bytesOfPlaces -= bytesOfPlaces(dropped.places ?? []);
    }
    const last = listed.at(-1);
    if (last !== undefined) this.#lasts.set(key, last);
  }

  /** Lists half as many of each side and kind from now on. */
  #listFewer(): void {
    this.#cut = true;
    const longest = Math.max(...[...this.#listed.values()].map((listed) => listed.length));
    this.#most = Math.max(1, Math.floor(Math.min(this.#most, longest) / 2));
    for (const [key, listed] of this.#listed) if (listed.length > this.#most) this.#drop(key, listed);
  }

  /** Says that a place is broken by a finding of class FAIL that is listed at another. */
  markBroken({ tenant, stream }: { readonly tenant?: string; readonly stream?: string }): void {
    this.#brokenNow = true;
    if (tenant === undefined) return;
    this.#broken.add(stream === undefined ? JSON.stringify([tenant]) : placeKey({ tenant, stream }));
  }

  /** Whether a finding of class FAIL is about this very stream, or about this very tenant as a whole. */
  isBroken(tenant: string, stream?: string): boolean {
    return this.#broken.has(stream === undefined ? JSON.stringify([tenant]) : placeKey({ tenant, stream }));
  }

  /** Whether anything is broken that was not so in the baseline. */
  get isAnythingBroken(): boolean {
    return this.#brokenNow;
  }

  /** How many of `counts` were already in the baseline. */
  get oldCounts(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#old);
  }

  has(forced: FindingClass): boolean {
    return this.#classes.has(forced);
  }

  /**
   * Whether a finding there may still be among the first of its kind. If not, it is counted alone: its details need not be
   * worked out.
   */
  mayList(side: Side, kind: FindingKind, place: Place): boolean {
    const last = this.#lasts.get(listOf(side, kind));
    return last === undefined || comparePlaces(place, last) <= 0;
  }

  countOf(kind: FindingKind): number {
    return this.#counts.get(kind) ?? 0;
  }

  /** How many there are of each kind, in the order of the contract's table. */
  get counts(): Readonly<Record<string, number>> {
    const kinds = FINDING_KINDS.filter((kind) => this.#counts.has(kind));
    return Object.fromEntries(kinds.map((kind) => [kind, this.countOf(kind)]));
  }

  /**
   * Says so if fewer are listed than were asked for: a demand that was not met. To be called when no more come.
   */
  conclude(): void {
    if (!this.#cut) return;
    this.#cut = false;
    const message = `of each kind the first ${this.#most} findings are listed: memory holds no more; all are counted`;
    this.#classes.add('INCOMPLETE');
    this.#counts.set('input-limit', this.countOf('input-limit') + 1);
    // A list of its own, from which it cannot be dropped.
    this.#listed.set('conclusion', [{ kind: 'input-limit', class: 'INCOMPLETE', message }]);
  }

  /** The listed findings, in order. */
  list(): readonly Finding[] {
    const first = [...this.#listed.values()].flatMap((listed) => listed.sort(compareFindings).slice(0, this.#most));
    return first.sort(compareFindings);
  }
}
