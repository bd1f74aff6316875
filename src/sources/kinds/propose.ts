/**
 * From items to a mapping that makes records of them: which rule names them, what else is known by its name, and what
 * could not be decided.
 */
import { isDateTime } from '../../core/instant.ts';
import { canonicalText } from '../../core/json/canonical.ts';
import { pointerTo } from '../../core/json/pointer.ts';
import type { Json, JsonObject } from '../../core/json/value.ts';
import type { FieldRule } from '../../core/mapping/field.ts';
import type { Platform } from '../../core/platform.ts';
import { present } from '../../core/present.ts';
import { grouped } from '../../core/words.ts';
import { CONTENT_RULE, type EvidenceKind, type IdRule, kindOf, type NamedRule } from './kinds.ts';
import { type ChainStart, linksOf, type NamedMembers, textsBy } from './propose-links.ts';

/** How items of one place become records, but for where they lie. */
export interface Mapping {
  readonly tenant: FieldRule;
  readonly stream: FieldRule;
  readonly id: IdRule;
  readonly type: FieldRule;
  readonly recordedAt?: FieldRule;
  readonly seq?: FieldRule;
  readonly prev?: FieldRule;
  readonly hash?: FieldRule;
  readonly chain?: ChainStart;
}

export interface Proposal {
  readonly mapping: Mapping;
  /** The one kind of all items; undefined where they are of none, or of several. */
  readonly kind: EvidenceKind | undefined;
  /** The rule of the id, in words. */
  readonly rule: string;
  /** Whether the rule is the kind's own, so that nobody has to decide anything. */
  readonly isOwnRule: boolean;
  /** What was guessed, and why. */
  readonly assumptions: readonly string[];
  /** Why no profile can be made of it: nothing gives each item an id of its own. */
  readonly fault?: string;
}

/** Items of one place, as they are looked at. */
export interface Sample {
  readonly items: readonly Json[];
  /** Of each item, where it is a file of its own. */
  readonly paths?: readonly string[];
  /** Of each item the file that it is in, where there are several files. */
  readonly files?: readonly string[];
  /** Whether members are bare names: those of columns. */
  readonly bare: boolean;
  /** Whether there is more than was looked at. */
  readonly cut: boolean;
}

/** All kinds that items are of. */
export function kindsOf(items: readonly Json[]): ReadonlySet<EvidenceKind> {
  return new Set(items.flatMap((item) => kindOf(item) ?? []));
}

/** The kind that all items are of. */
export function commonKind(items: readonly Json[]): EvidenceKind | undefined {
  const [first, ...rest] = items;
  const kind = first === undefined ? undefined : kindOf(first);
  return kind !== undefined && rest.every((item) => kindOf(item) === kind) ? kind : undefined;
}

const LONGEST_ID = 1024;

/** The texts of all items by one field; undefined where an item has none. */
type Column = readonly string[] | undefined;

/**
 * Whether columns together give each of `count` items an id of its own, and none that is too long.
 *
 * @param files - of each item that in which it is to be unique, where that is enough
 */
function areOwn(columns: readonly Column[], count: number, files?: readonly string[]): boolean {
  if (columns.includes(undefined)) return false;
  const ids = new Set<string>();
  for (let at = 0; at < count; at++) {
    const id = canonicalText([files?.[at] ?? '', ...columns.map((column) => column?.[at] ?? '')]);
    // Most rules are wrong at the first items: the rest need not be asked.
    if (id.length > LONGEST_ID || ids.size === ids.add(id).size) return false;
  }
  return true;
}

/** Whether a rule gives each item an id of its own, and none that is too long. */
function isUnique(platform: Platform, rule: IdRule, items: readonly Json[]): boolean {
  const fields = Array.isArray(rule) ? (rule as readonly FieldRule[]) : [rule as FieldRule];
  return areOwn(
    fields.map((field) => textsBy(platform, field, items)),
    items.length,
  );
}

/* What members are called that mean something in whatever file: the first that fits all items is taken. */

const ID_NAMES =
  /^(?:id|_id|uuid|guid|uid|urn|key|digest|sha256|(?:event|record|entry|audit|request|evidence|message|operation|transaction|document|log|insert)[_-]?(?:id|uuid|guid|uid)|serial_?number|cid)$/i;
const TENANT_NAMES = /^(?:tenant|tenant_?id|tenant_?name|org_?id|organi[sz]ation_?id|project_?id|account_?id)$/i;
const TYPE_NAMES = /^(?:type|event_?type|kind|event|event_?name|action|operation|record_?type|category)$/i;
const TIME_NAMES =
  /^(?:@timestamp|timestamp|time|ts|recorded_?at|created_?at|occurred_?at|event_?time|created|date_?time|date)$/i;

const MOST_STEPS = 2;

interface Member {
  readonly pointer: string;
  /** Its last step. */
  readonly name: string;
}

/** Pointers to what is neither object nor array in an item, outer ones first. */
function membersOf(object: JsonObject, bare: boolean, pointer = '', steps = 1): readonly Member[] {
  const here: Member[] = [];
  const inside: Member[] = [];
  for (const [name, value] of object) {
    const at = bare ? name : pointerTo(pointer, name);
    if (!(value instanceof Map) && !Array.isArray(value)) here.push({ pointer: at, name });
    else if (value instanceof Map && steps < MOST_STEPS) {
      inside.push(...membersOf(value as JsonObject, bare, at, steps + 1));
    }
  }
  return [...here, ...inside];
}

/** What a sample has under names that mean something. */
class Guess implements NamedMembers {
  readonly #platform: Platform;
  readonly #items: readonly Json[];
  readonly #members: readonly Member[];
  readonly #bare: boolean;
  readonly #files: readonly string[] | undefined;
  readonly #columns = new Map<string, Column>();

  /** @param files - of each item that in which its id is to be its own */
  constructor(platform: Platform, { items, bare }: Sample, files?: readonly string[]) {
    this.#platform = platform;
    this.#bare = bare;
    this.#files = files;
    // Names of columns are no pointers: rows are asked by the pointer that the name would be.
    this.#items = items;
    const [first] = items;
    this.#members = first instanceof Map ? membersOf(first as JsonObject, bare) : [];
  }

  /** How a member of the sample is asked for. */
  field(pointer: string): FieldRule {
    return this.#bare ? pointerTo('', pointer) : pointer;
  }

  /** What a member holds: read once, however many rules it is tried in. */
  #column(pointer: string): Column {
    if (!this.#columns.has(pointer)) {
      this.#columns.set(pointer, textsBy(this.#platform, this.field(pointer), this.#items));
    }
    return this.#columns.get(pointer);
  }

  /** The first member of such a name whose texts are all right. */
  member(names: RegExp, fits: (texts: readonly string[]) => boolean): string | undefined {
    return this.#members.find(({ pointer, name }) => {
      if (!names.test(name)) return false;
      const texts = this.#column(pointer);
      return texts !== undefined && fits(texts);
    })?.pointer;
  }

  /** The first member of such a name, whatever it holds. */
  named(names: RegExp): string | undefined {
    return this.#called(names)[0];
  }

  #called(names: RegExp): readonly string[] {
    return this.#members.filter(({ name }) => names.test(name)).map(({ pointer }) => pointer);
  }

  /**
   * Members that together are different in all items of a tenant, as few as there are; names that say so first, and what
   * says whose an item is, or of which type, last: another one of that tenant and type may come any day.
   */
  id(tenant?: string, type?: string): { readonly rule: IdRule; readonly words: string } | undefined {
    const isOwn = (pointers: readonly string[]): boolean =>
      this.#areOwn(tenant === undefined || pointers.includes(tenant) ? pointers : [tenant, ...pointers]);
    const names = this.#namesOf(areNamesOfItems).filter((pointer) => pointer !== tenant && pointer !== type);
    const last = [type, tenant].filter((pointer) => pointer !== undefined);
    const one = [...this.#called(ID_NAMES), ...names, ...last].find((pointer) => isOwn([pointer]));
    if (one !== undefined) return { rule: one, words: one };
    // Two things may happen to one at two times: beside a name a time is part of one.
    const parts = this.#namesOf((texts) => arePartsOfNames(texts) && new Set(texts).size > 1);
    const several = firstOf(parts, 2, MOST_PAIRED, isOwn) ?? firstOf(parts, 3, MOST_IN_THREES, isOwn);
    return several === undefined ? undefined : { rule: several, words: several.join(' + ') };
  }

  /** All columns together: a row that changes is then one that went and one that came. */
  allColumns(): { readonly rule: IdRule; readonly words: string } | undefined {
    const columns = this.#namesOf(() => true);
    const [only] = columns;
    if (only === undefined || !this.#areOwn(columns)) return undefined;
    // An id of one part is the part itself.
    return columns.length === 1
      ? { rule: only, words: only }
      : { rule: columns, words: `all of ${columns.join(' + ')}` };
  }

  #areOwn(pointers: readonly string[]): boolean {
    const columns = pointers.map((pointer) => this.#column(pointer));
    return columns.length > 0 && areOwn(columns, this.#items.length, this.#files);
  }

  /** Members that every item has, and whose texts fit. */
  #namesOf(fits: (texts: readonly string[]) => boolean): readonly string[] {
    const has = ({ pointer }: Member): boolean => {
      const texts = this.#column(pointer);
      return texts !== undefined && areNames(texts) && fits(texts);
    };
    return this.#members.filter(has).map(({ pointer }) => pointer);
  }
}

/** The first `size` of the first `most` of `all`, in their order, that are right. */
function firstOf(
  all: readonly string[],
  size: number,
  most: number,
  isRight: (some: readonly string[]) => boolean,
  taken: readonly string[] = [],
  from = 0,
): readonly string[] | undefined {
  if (taken.length === size) return isRight(taken) ? taken : undefined;
  for (const [at, one] of all.slice(0, most).entries()) {
    const found = at < from ? undefined : firstOf(all, size, most, isRight, [...taken, one], at + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** So many members are tried in pairs. */
const MOST_PAIRED = 12;
const MOST_IN_THREES = 8;
const LONGEST_NAME = 256;
/** So many types are taken for types in however few items. */
const MOST_TYPES = 64;

const areNames = (texts: readonly string[]): boolean => texts.every((text) => [...text].length <= LONGEST_NAME);
/** What things are counted under: what nearly each item has for itself is no type, whatever it is called. */
const areTypes = (texts: readonly string[]): boolean => {
  const types = new Set(texts).size;
  return areNames(texts) && (types <= MOST_TYPES || types * 2 <= texts.length);
};
const areTimes = (texts: readonly string[]): boolean => texts.every(isDateTime);
/** A measurement is no name, however different all of them are. */
const areMeasured = (texts: readonly string[]): boolean =>
  texts.some((text) => /^-?\d+(?:\.\d+(?:[eE][-+]?\d+)?|[eE][-+]?\d+)$/.test(text));
const areWords = (texts: readonly string[]): boolean => texts.every((text) => text === 'true' || text === 'false');
const arePartsOfNames = (texts: readonly string[]): boolean => !areMeasured(texts) && !areWords(texts);
const areNamesOfItems = (texts: readonly string[]): boolean => arePartsOfNames(texts) && !texts.some(isDateTime);
function ownMapping(platform: Platform, kind: EvidenceKind, items: readonly Json[], id: IdRule): Mapping {
  const has = (field: FieldRule, fits: (texts: readonly string[]) => boolean): boolean => {
    const texts = textsBy(platform, field, items);
    return texts !== undefined && fits(texts);
  };
  const { name, type, recordedAt } = kind;
  return {
    tenant: { value: 'default' },
    stream: { value: name },
    id,
    type: type !== undefined && has(type, areNames) ? type : { value: name },
    ...(recordedAt !== undefined && has(recordedAt, areTimes) ? { recordedAt } : {}),
  };
}

function ownContent(platform: Platform, items: readonly Json[]): NamedRule | undefined {
  return isUnique(platform, CONTENT_RULE.rule, items) ? CONTENT_RULE : undefined;
}

type Named = Pick<NamedRule, 'rule' | 'words'>;

/** What names an item beside others of a kind that has no id of its own in all of them. */
function nameOfKind(platform: Platform, kind: EvidenceKind | undefined, items: readonly Json[]): Named | undefined {
  return kind?.names?.find(({ rule }) => isUnique(platform, rule, items));
}

type Parts = readonly [tenant: string | undefined, type: string | undefined];

/**
 * Members that are an item's own, in all files or in its file alone: then the file is a part of its name. One name that comes
 * twice in two files is an id all the same, and says more than several values that happen to differ.
 */
function idOf(platform: Platform, sample: Sample, guess: Guess, [tenant, type]: Parts): Named | undefined {
  const everywhere = guess.id(tenant, type);
  if (sample.files === undefined || typeof everywhere?.rule === 'string') return everywhere;
  const inFile = new Guess(platform, sample, sample.files).id(tenant, type);
  if (inFile === undefined || (everywhere !== undefined && typeof inFile.rule !== 'string')) return everywhere;
  const fields = Array.isArray(inFile.rule) ? (inFile.rule as readonly FieldRule[]) : [inFile.rule as FieldRule];
  return { rule: [{ path: true }, ...fields], words: `the path of its file + ${inFile.words}` };
}

const GOES_AND_COMES = '; an item that changes gets another id: it is then one that is missing, and one that was added';

function namesIn([first]: readonly Json[]): readonly string[] {
  return first instanceof Map ? [...(first as JsonObject).keys()] : [];
}

/** Two items that are the same, where there are two. */
function twinsIn(items: readonly Json[], bare: boolean): string {
  const seen = new Map<string, number>();
  for (const [at, item] of items.entries()) {
    const text = canonicalText(item);
    const twin = seen.get(text);
    if (twin !== undefined)
      return bare ? `rows ${twin + 1} and ${at + 1} are equal` : `items ${twin} and ${at} are equal`;
    seen.set(text, at);
  }
  return 'what differs in them is missing in some, or too long';
}

function lookedAtInWords({ items, cut }: Sample): string {
  if (items.length === 1 && !cut) return 'the one item that there is';
  return `${cut ? 'the first ' : 'all '}${grouped(items.length)} items that were looked at`;
}

function guessed(platform: Platform, sample: Sample, kind: EvidenceKind | undefined): Proposal {
  const { items, bare } = sample;
  const guess = new Guess(platform, sample);
  const tenant = guess.member(TENANT_NAMES, areNames);
  const type = guess.member(TYPE_NAMES, areTypes);
  const found = nameOfKind(platform, kind, items) ?? idOf(platform, sample, guess, [tenant, type]);
  const id = found ?? (bare ? guess.allColumns() : ownContent(platform, items));
  const recordedAt = guess.member(TIME_NAMES, areTimes);
  const looked = lookedAtInWords(sample);
  const proposal = {
    mapping: {
      tenant: tenant ?? { value: 'default' },
      stream: { value: kind?.name ?? 'items' },
      id: id?.rule ?? { value: 'undecided' },
      type: type ?? { value: kind?.name ?? 'item' },
      ...present({ recordedAt }),
      ...linksOf(platform, items, guess, tenant === undefined ? undefined : guess.field(tenant)),
    },
    kind,
    rule: id?.words ?? 'undecided',
    isOwnRule: false,
  };
  if (id === undefined) {
    return { ...proposal, assumptions: [], fault: twinsIn(items, bare) };
  }
  return {
    ...proposal,
    assumptions: [
      `decide: id is ${id.words}, by what is in ${looked}; nothing says that each always has its own${found === undefined ? GOES_AND_COMES : ''}`,
      ...(bare && namesIn(items).length === 1 ? [ONE_COLUMN] : []),
      ...(tenant === undefined ? [] : [`decide: tenant is ${tenant}, by its name`]),
    ],
  };
}

const ONE_COLUMN = 'decide: it is CSV of one column, whose name is the first line';

/** What names the one document of a file that has no name of its own: there is no other that it could be taken for. */
const ONLY: NamedRule = { rule: { value: 'document' }, words: 'the one document in it' };
const PATH: NamedRule = { rule: { path: true }, words: 'the path of its file' };

/**
 * A mapping for the items of one place.
 *
 * @param isDocument - the one item is all that its file holds
 */
export function proposeMapping(platform: Platform, sample: Sample, isDocument: boolean): Proposal {
  const { items, paths } = sample;
  const kind = commonKind(items);
  const byPlace = paths !== undefined ? PATH : isDocument ? ONLY : undefined;
  // Where a file is the item it names it better than a digest, which no changed item would keep.
  const own = kind?.ids.find(
    (named) => !(named === CONTENT_RULE && byPlace !== undefined) && isUnique(platform, named.rule, items),
  );
  if (kind !== undefined && own !== undefined) {
    const rule = `${own.words} (${kind.by})`;
    return { mapping: ownMapping(platform, kind, items, own.rule), kind, rule, isOwnRule: true, assumptions: [] };
  }
  if (byPlace === undefined) return guessed(platform, sample, kind);
  const name = kind?.name ?? 'documents';
  const mapping =
    kind === undefined
      ? { tenant: { value: 'default' }, stream: { value: name }, id: byPlace.rule, type: { value: 'document' } }
      : ownMapping(platform, kind, items, byPlace.rule);
  const isOwnRule = paths !== undefined || kind !== undefined;
  const assumptions = isOwnRule ? [] : ['decide: it is of no known kind, and compared as one document'];
  return { mapping, kind, rule: byPlace.words, isOwnRule, assumptions };
}
