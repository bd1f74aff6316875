/** Links of a chain in items of no known kind: position, hash and link, where they hold from item to item. */
import { EvidenceError } from '../../core/errors.ts';
import type { Json } from '../../core/json/value.ts';
import { type FieldRule, fieldText } from '../../core/mapping/field.ts';
import { isSourceHash, type Platform } from '../../core/platform.ts';
import { jsonItem } from './item.ts';

/** The rule of a chain, without what its hashes are made of. */
export interface ChainStart {
  readonly genesis: string;
  readonly firstSeq: number;
}

export interface Links {
  readonly seq?: FieldRule;
  readonly hash?: FieldRule;
  readonly prev?: FieldRule;
  readonly chain?: ChainStart;
}

/** What items have under names that mean something. */
export interface NamedMembers {
  /** The first member of such a name whose texts are all right. */
  readonly member: (names: RegExp, fits: (texts: readonly string[]) => boolean) => string | undefined;
  /** The first member of such a name, whatever it holds. */
  readonly named: (names: RegExp) => string | undefined;
  /** How the member is asked for. */
  readonly field: (name: string) => FieldRule;
}

const SEQ_NAMES = /^(?:seq|sequence|sequence_?(?:no|number|id)|seq_?(?:no|id)|index|position|offset)$/i;
const PREV_NAMES = /^(?:prev|previous|parent|prev_?hash|previous_?hash|parent_?hash|hash_?prev)$/i;
const HASH_NAMES = /^(?:hash|entry_?hash|record_?hash|event_?hash|current_?hash|self_?hash)$/i;

/** How hashes are spelled, the plain way first. */
const SPELLINGS: readonly ((field: FieldRule) => FieldRule)[] = [
  (field) => field,
  (field) => ({ field, hash: { encoding: 'hex', case: 'any' } }),
  (field) => ({ field, hash: { encoding: 'hex', case: 'any', prefix: 'sha256:' } }),
  (field) => ({ field, hash: { encoding: 'base64' } }),
];

/** The text that a field gives for an item; undefined also for a value that has none. */
function textOf(platform: Platform, field: FieldRule, item: Json): string | null | undefined {
  try {
    return fieldText(field, jsonItem(platform, item));
  } catch (fault) {
    if (fault instanceof EvidenceError) return undefined;
    throw fault;
  }
}

/** The texts that a field gives for all items; undefined if one has none. */
export function textsBy(platform: Platform, field: FieldRule, items: readonly Json[]): readonly string[] | undefined {
  const texts: string[] = [];
  for (const item of items) {
    const text = textOf(platform, field, item);
    if (text === undefined || text === null || text === '') return undefined;
    texts.push(text);
  }
  return texts;
}

/** Positions of items that belong together: those of one tenant. */
type Group = readonly number[];

function groupsBy(texts: readonly string[] | undefined, count: number): readonly Group[] {
  const groups = new Map<string, number[]>();
  for (let at = 0; at < count; at++) {
    const key = texts?.[at] ?? '';
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [at]);
    else group.push(at);
  }
  return [...groups.values()];
}

/** Rising by one from item to item: anything else is a number and no position. */
function arePositions(texts: readonly string[]): boolean {
  const follows = (text: string, at: number): boolean => at === 0 || Number(text) === Number(texts[at - 1]) + 1;
  return texts.every((text, at) => /^\d{1,15}$/.test(text) && follows(text, at));
}

function of<T>(all: readonly T[], group: Group): readonly T[] {
  return group.flatMap((at) => all[at] ?? []);
}

/**
 * Position and links of items, in their order, where they hold: any other `hash` is a member of the body like others.
 *
 * @param tenant - what parts them: each tenant has a chain of its own
 */
export function linksOf(
  platform: Platform,
  items: readonly Json[],
  guess: NamedMembers,
  tenant: FieldRule | undefined,
): Links {
  const groups = groupsBy(tenant === undefined ? undefined : textsBy(platform, tenant, items), items.length);
  const seq = guess.member(SEQ_NAMES, (texts) => groups.every((group) => arePositions(of(texts, group))));
  if (seq === undefined) return {};
  const alone = { seq };
  const [hash, prev] = [guess.named(HASH_NAMES), guess.named(PREV_NAMES)];
  if (hash === undefined || prev === undefined || items.length < 2) return alone;
  const firsts = new Set(groups.map(([at = 0]) => textOf(platform, guess.field(seq), items[at] ?? null)));
  const [firstSeq] = firsts;
  for (const spelled of SPELLINGS) {
    const hashes = textsBy(platform, spelled(guess.field(hash)), items);
    if (hashes?.every(isSourceHash) !== true || firsts.size !== 1) continue;
    const prevs = items.map((item) => textOf(platform, spelled(guess.field(prev)), item));
    const genesis = genesisOf(groups, hashes, prevs);
    if (genesis === undefined) continue;
    return {
      seq,
      hash: spelled(hash),
      prev: linked(spelled(prev), genesis),
      chain: { genesis: genesis.is, firstSeq: Number(firstSeq) },
    };
  }
  return alone;
}

/** Stands for a link that is not there: a record of a chain has one, be it null. */
const NO_LINK = 'none';

function linked(field: FieldRule, { word, isMissing }: Genesis): FieldRule {
  if (isMissing === true) return { field: { field, null: NO_LINK }, genesis: NO_LINK };
  return word === undefined ? field : worded(field, word);
}

function worded(field: FieldRule, genesis: string): FieldRule {
  return typeof field === 'object' && 'field' in field ? { ...field, genesis } : { field, genesis };
}

interface Genesis {
  /** As the rule of a chain has it. */
  readonly is: string;
  /** The word of the source for it. */
  readonly word?: string;
  readonly isMissing?: true;
}

/** What every chain begins with, where the links of all hold. */
function genesisOf(
  groups: readonly Group[],
  hashes: readonly string[],
  prevs: readonly (string | null | undefined)[],
): Genesis | undefined {
  const holds = groups.every((group) =>
    group.every((at, position) => position === 0 || prevs[at] === hashes[group[position - 1] ?? -1]),
  );
  const firsts = new Set(groups.map(([at = 0]) => prevs[at]));
  const [first] = firsts;
  if (!holds || firsts.size !== 1) return undefined;
  if (first === null) return { is: 'null' };
  if (first === undefined) return { is: 'null', isMissing: true };
  if (!isSourceHash(first)) return { is: 'null', word: first };
  return { is: /^0+$/.test(first) ? 'zeros' : first };
}
