/**
 * The chain of custody within one stream: every record's `prev` is the `hash` of the one before it, `seq` rises by 1,
 * `hash` is what the recipe gives, and there is one head (docs/snapshot.md, "Custody chains").
 *
 * A chain that is sound in itself proves nothing about the past: whoever can rewrite it all can make it sound. That is
 * what the baseline is for. This check finds what was changed without the rest being made to fit.
 */
import type { BatchCounts, BatchEngine, BatchRecipe, Predecessor, StreamFacts } from '../batch/batch-engine.ts';
import type { FailKind } from '../kinds.ts';
import { isHash, isSourceHash, type Platform } from '../platform.ts';
import type { RecipeChoice } from '../snapshot/declared-recipe.ts';
import type { ChainRule } from '../snapshot/header.ts';
import type { EvidenceRecord } from '../snapshot/record.ts';
import { type ChainTally, type RecipeFitting, type SegmentPlace, SegmentWalk } from './chain-tally.ts';
import { BODIES_NEEDED, NO_RECIPE, type Recipe, RecordMemo } from './recipes.ts';

/** A fault in the chain, as seen at one record. */
export interface ChainFault {
  readonly kind: FailKind;
  readonly message: string;
  /** What was found there. */
  readonly found: string | number | null;
}

/** @param digits - how many digits the hashes of the chain have: as many zeros stand for none before it */
function isGenesis(prev: string | null, digits: number, rule: ChainRule | undefined): boolean {
  const isZeros = prev !== null && prev.length === digits && /^0+$/.test(prev);
  if (rule === undefined) return prev === null || isZeros;
  if (rule.genesis === 'zeros') return isZeros;
  if (rule.genesis === 'null') return prev === null;
  return prev === rule.genesis;
}

/** What an engine must know of a chain that goes on as it was. */
export interface SteadyChain extends Pick<StreamFacts, 'linked' | 'hashed' | 'mayLeap' | 'recipe'> {
  readonly previous: Predecessor;
}

function isBatchRecipe(recipe: RecipeChoice): recipe is BatchRecipe {
  return recipe === 'none' || recipe === 'sha256-jcs-body' || recipe === 'sha256-prev-body';
}

/** As much of a malformed hash as a finding shows. */
const MOST_SHOWN = 128;

export class ChainCheck {
  readonly #memo: RecordMemo;
  readonly #rule: ChainRule | undefined;
  readonly #segments: SegmentWalk;
  readonly #fit: RecipeFit = new RecipeFit();
  readonly #tally: ChainTally;
  readonly #recent: RecentHashes;
  #faults: ChainFault[] = [];
  #previous: EvidenceRecord | undefined;
  /** How many digits the hashes and links of this stream have; 0 until one is seen. */
  #digits = 0;
  #afterUnhashed = false;
  #linked: boolean;
  #hashed: boolean;

  /**
   * @param rule - the stream's entry in `chains`, if it has one
   * @param recipeOf - the recipe that the rule names or declares
   * @param memo - shared with the other side of a comparison
   * @param engine - what remembers hashes of records that are taken many at once
   */
  constructor(
    platform: Platform,
    rule: ChainRule | undefined,
    recipeOf: (recipe: RecipeChoice) => Recipe,
    tally: ChainTally,
    memo?: RecordMemo,
    engine?: BatchedHashes,
  ) {
    this.#recent = new RecentHashes(engine);
    this.#memo = memo ?? new RecordMemo(platform);
    this.#rule = rule;
    this.#segments = new SegmentWalk(rule, recipeOf);
    this.#tally = tally;
    this.#linked = rule !== undefined;
    this.#hashed = rule !== undefined;
  }

  /** The faults seen at `record`, the next of the stream. */
  append(record: EvidenceRecord): readonly ChainFault[] {
    this.#faults = [];
    const first = this.#previous === undefined;
    if (first && this.#rule === undefined) this.#linked = record.prev !== undefined;
    // In a set without a rule every record may have a hash of its own or none; in a chain they are all of one kind.
    if (first && this.#rule === undefined) this.#hashed = record.hash !== undefined && record.seq !== undefined;
    const place = this.#place(record);
    this.#checkSequence(record);
    const unhashed = place?.mayBeUnhashed === true && this.#isUnhashed(record);
    this.#checkForm(record, this.#hashed && !unhashed);
    if (unhashed) this.#tallyUnhashed(place);
    else this.#checkHashes(record, place);
    this.#previous = record;
    return this.#faults;
  }

  /** What holds for each further record that is as those before, for `appendBatch`; undefined if it is not that simple. */
  get steady(): SteadyChain | undefined {
    const rule = this.#rule;
    const previous = this.#previous;
    const recipe = rule?.recipe ?? 'none';
    if (previous === undefined || rule?.segments !== undefined || !isBatchRecipe(recipe)) return undefined;
    return {
      linked: this.#linked,
      hashed: this.#hashed,
      mayLeap: rule?.gaps === 'allowed',
      recipe,
      previous: { id: previous.id, seq: previous.seq, hash: previous.hash, digits: this.#digits },
    };
  }

  /**
   * Takes records in which there is no fault, as one: `append` of each of them would find none.
   *
   * @param last - the last of them
   */
  appendBatch({ records, bodies, links, hashes }: BatchCounts, last: EvidenceRecord): void {
    this.#previous = last;
    if (hashes > 0) this.#recent.addBatch(this.#digits);
    if (last.seq !== undefined) this.#tally.sequence += records;
    this.#tally.links += links;
    const place = this.#segments.next(last);
    if (place === undefined || typeof place === 'string') return;
    const { recipe, index } = place;
    const recomputed = recipe.name === 'none' ? 0 : recipe.name === 'sha256-prev-body' ? bodies : hashes;
    this.#tally.addMany(recomputed, hashes - recomputed, recipe.name === 'none' ? NO_RECIPE : BODIES_NEEDED);
    if (recomputed === 0) return;
    this.#fit.addHeld(index, recipe.name, recomputed);
    this.#memo.hold(recipe);
  }

  /** Which recipes fit the records of the stream, and which do not; to be asked after the last of them. */
  get fitting(): readonly RecipeFitting[] {
    return this.#fit.fitting;
  }

  #place(record: EvidenceRecord): SegmentPlace | undefined {
    const place = this.#segments.next(record);
    if (typeof place !== 'string') return place;
    this.#fault('hash-missing', record.hash ?? null, place);
    return undefined;
  }

  /** Whether no record of the stream had a hash or a link so far, `record` included. */
  #isUnhashed({ hash, prev }: EvidenceRecord): boolean {
    return this.#digits === 0 && hash === undefined && (prev === undefined || prev === null);
  }

  #tallyUnhashed({ label }: SegmentPlace): void {
    this.#afterUnhashed = true;
    this.#tally.skip('the record is from before there were hashes', label);
  }

  #checkHashes(record: EvidenceRecord, place: SegmentPlace | undefined): void {
    // What comes before the first hash is no predecessor that could be linked to.
    const previous = this.#afterUnhashed ? undefined : this.#previous;
    this.#afterUnhashed = false;
    if (this.#linked || record.prev !== undefined) this.#checkLink(record, previous);
    if (place !== undefined && record.hash !== undefined) this.#checkRecipe(record, place);
    if (record.hash !== undefined) this.#recent.add(record.hash);
  }

  #fault(kind: FailKind, found: string | number | null, message: string): void {
    this.#faults.push({ kind, found, message });
  }

  #checkSequence(record: EvidenceRecord): void {
    if (record.seq === undefined) return;
    const expected = this.#previous === undefined ? this.#rule?.firstSeq : (this.#previous.seq ?? Number.NaN) + 1;
    if (expected === undefined) return;
    this.#tally.sequence++;
    const mayLeap = this.#rule?.gaps === 'allowed';
    if (mayLeap ? record.seq >= expected : record.seq === expected) return;
    this.#fault('seq-gap', record.seq, `seq is ${record.seq}, expected ${mayLeap ? 'at least ' : ''}${expected}`);
  }

  #checkForm(record: EvidenceRecord, hashed: boolean): void {
    const { hash, prev } = record;
    if (hash === undefined && hashed) this.#fault('hash-missing', null, 'the record has no hash');
    if (this.#memo.isWellFormed(record) && this.#isOfOneLength(hash) && this.#isOfOneLength(prev)) return;
    if (hash !== undefined) this.#checkHash('hash', hash);
    if (typeof prev === 'string') this.#checkHash('prev', prev);
    if (record.statedBodyDigest !== undefined) this.#checkDigest(record, record.statedBodyDigest);
  }

  /** Whether `hash` is as long as those before it in the stream; the first that is seen says how long they are. */
  #isOfOneLength(hash: string | null | undefined): boolean {
    if (hash === undefined || hash === null) return true;
    if (this.#digits === 0) this.#digits = hash.length;
    return hash.length === this.#digits;
  }

  #checkHash(member: 'hash' | 'prev', value: string): void {
    if (!isSourceHash(value)) {
      const shown = value.length <= MOST_SHOWN ? value : `${value.slice(0, MOST_SHOWN)}… (${value.length} characters)`;
      const form = 'lower-case hexadecimal digits, an even number of them from 32 to 128';
      this.#fault('hash-malformed', shown, `${member} is not ${form}; a profile can normalise other spellings`);
    } else if (!this.#isOfOneLength(value)) {
      const message = `${member} has ${value.length} digits, and those before it in the stream have ${this.#digits}`;
      this.#fault('hash-malformed', value, message);
    }
  }

  #checkDigest(record: EvidenceRecord, stated: string): void {
    if (!stated.startsWith('sha256:') || !isHash(stated.slice('sha256:'.length))) {
      this.#fault('hash-malformed', stated, 'bodyDigest is not `sha256:` and 64 lower-case hexadecimal digits');
    } else if (stated !== record.bodyDigest) {
      this.#fault('body-digest-mismatch', stated, `bodyDigest is not that of the body, ${record.bodyDigest}`);
    }
  }

  #checkLink(record: EvidenceRecord, previous: EvidenceRecord | undefined): void {
    this.#tally.links++;
    if (record.prev === undefined) this.#fault('chain-break', null, 'the link `prev` is missing');
    else if (previous === undefined) {
      if (!isGenesis(record.prev, record.hash?.length ?? this.#digits, this.#rule)) {
        this.#fault('chain-genesis-changed', record.prev, 'the first link is not the genesis value of the chain');
      }
    } else if (record.prev !== previous.hash || previous.hash === undefined)
      this.#brokenLink(record, record.prev, previous);
  }

  #brokenLink(record: EvidenceRecord, prev: string | null, previous: EvidenceRecord): void {
    const isFork = prev === previous.prev || (prev !== null && this.#recent.has(prev));
    if (isFork) {
      this.#fault(
        'chain-fork',
        prev,
        `two records follow the same predecessor, and ${JSON.stringify(record.id)} is the second`,
      );
    } else
      this.#fault('chain-break', prev, `prev is not the hash of the record before it, ${previous.hash ?? '(none)'}`);
  }

  #checkRecipe(record: EvidenceRecord, { index, recipe, label }: SegmentPlace): void {
    const expected = this.#memo.expectedHash(recipe, record);
    if (typeof expected !== 'string' && 'why' in expected) {
      this.#tally.skip(expected.why, label, expected.missingKey);
      return;
    }
    this.#tally.recompute(label);
    const given = typeof expected === 'string' ? { hash: expected } : expected;
    if ('textOnly' in given) this.#tally.textOnly++;
    const held = 'hash' in given && record.hash === given.hash;
    const doubt = this.#fit.add(index, recipe.name, held);
    if (held) {
      this.#memo.hold(recipe);
      return;
    }
    const named = label ?? `the recipe ${recipe.name}`;
    const says =
      'misfit' in given
        ? `hash cannot be what ${named} gives: ${given.misfit}`
        : `hash is not what ${named} gives, ${given.hash}`;
    // A recipe that fits records of any stream of any side is right: then it is these records that were changed.
    const why = doubt && !this.#memo.hasHeld(recipe) ? DOUBT : '';
    this.#fault('hash-mismatch', record.hash ?? null, `${says}${why}`);
  }
}

/* Whether it is the recipe that is wrong, and not the records. */

/** So many records in a row, from the first: a recipe that fits none of them is none. */
const FEWEST = 3;
/** Of all records whose hash was recomputed, so many at least. */
const NEARLY_ALL = 0.95;

const DOUBT = '; nor was that of any record before it: the declared recipe, or its key, is probably wrong';

class RecipeFit {
  readonly #of: { readonly name: string; done: number; wrong: number; leading: number }[] = [];

  /** @returns whether it may be the recipe that is wrong */
  add(segment: number, name: string, held: boolean): boolean {
    const of = this.#of[segment] ?? { name, done: 0, wrong: 0, leading: 0 };
    this.#of[segment] = of;
    of.done++;
    if (held) return false;
    // All before it were wrong, and this one is.
    if (of.wrong === of.done - 1) of.leading++;
    of.wrong++;
    return of.leading === of.done && of.done >= FEWEST;
  }

  /** So many records that the recipe fits. */
  addHeld(segment: number, name: string, records: number): void {
    const of = this.#of[segment] ?? { name, done: 0, wrong: 0, leading: 0 };
    this.#of[segment] = of;
    of.done += records;
  }

  get fitting(): readonly RecipeFitting[] {
    // Of a segment without records there is nothing.
    return this.#of.flatMap(({ name, done, wrong, leading }): readonly RecipeFitting[] => {
      if (leading >= FEWEST && wrong >= done * NEARLY_ALL) return [{ recipe: name, fits: false }];
      return wrong < done ? [{ recipe: name, fits: true }] : [];
    });
  }
}

/*
 * The hashes of the last records of a chain, in a table of fixed size, so that a link that goes to one of them can be
 * called a fork. What has been overwritten is called a break: the name is less exact, the verdict is the same.
 */

const SLOTS = 4096;

/** What an engine remembers of the hashes that it has taken. */
export type BatchedHashes = Pick<BatchEngine, 'batches' | 'recentBatches' | 'isRecent'>;

export class RecentHashes {
  readonly #slots: (string | undefined)[] = [];
  /** After which batch each was added. */
  readonly #after: number[] = [];
  readonly #batched: BatchedHashes | undefined;
  /** The last batch before this chain. */
  readonly #before: number;
  #digits = 0;

  /** @param batched - hashes that were taken many at once, of this chain and those before it */
  constructor(batched?: BatchedHashes) {
    this.#batched = batched;
    this.#before = batched?.batches ?? 0;
  }

  add(hash: string): void {
    const slot = slotOf(hash);
    this.#slots[slot] = hash;
    if (this.#batched !== undefined) this.#after[slot] = this.#batched.batches;
  }

  /** Says that a batch of hashes of so many digits was taken. */
  addBatch(digits: number): void {
    this.#digits = digits;
  }

  has(hash: string): boolean {
    const slot = slotOf(hash);
    const batch = this.#batched?.recentBatches[slot] ?? 0;
    const isLater = batch > this.#before && batch > (this.#after[slot] ?? 0);
    if (isLater) return hash.length === this.#digits && this.#batched?.isRecent(slot, hash) === true;
    return this.#slots[slot] === hash;
  }
}

function slotOf(hash: string): number {
  const slot = Number.parseInt(hash.slice(0, 3), 16);
  return Number.isNaN(slot) ? 0 : slot % SLOTS;
}
