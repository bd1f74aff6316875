/**
 * What a migration expects: the records that it makes of the baseline, in the order of a snapshot, links and hashes made
 * anew where a rule says so, and by which rules the chains of the current side are checked.
 */
import type { Predecessor } from '../batch/batch-engine.ts';
import type { RecipeBook } from '../custody/declared.ts';
import { DERIVED_RECIPES } from '../custody/recipes.ts';
import { EvidenceError } from '../errors.ts';
import { canonicalBytes, canonicalText } from '../json/canonical.ts';
import { jsonFrom } from '../json/from-plain.ts';
import type { Json, JsonObject } from '../json/value.ts';
import type { Platform } from '../platform.ts';
import { type ChainRule, type ChainRules, chainRuleOf, governingRule } from '../snapshot/header.ts';
import { type EvidenceRecord, RecordDecoder } from '../snapshot/record.ts';
import { placeKey, type SnapshotSummary } from '../snapshot/summary.ts';
import { BodyRewrite, type NewLinks } from './body-rewrite.ts';
import { fits, placesAfter } from './match.ts';
import type { Migration, MigrationRule, Rechain } from './migration.ts';
import { mismatch } from './mismatch.ts';

/** Where a record comes from. */
export interface Origin {
  /** Index of the rule that was for it; -1 if none was. */
  readonly rule: number;
  /** The stream of the baseline that it stood in. */
  readonly stream: string;
  /** Whether it was the first there. */
  readonly first: boolean;
}

/** A record that gets another body. */
export interface Rebodied {
  /** Its canonical text. */
  readonly canonical: Uint8Array;
  /** All of it with another body, of which no digest is stated. */
  withBody(body: Json): JsonObject;
}

/** A stream of a tenant. */
type Placed = Pick<EvidenceRecord, 'tenant' | 'stream'>;

interface OpenStream {
  readonly tenant: string;
  readonly stream: string;
  readonly rechain: string;
  readonly chain: string;
  readonly ordered: boolean;
  readonly id: string;
  seq: number | undefined;
  changed: boolean;
  hash: string | undefined;
}

/** The text of no rule. */
const NONE = 'null';

/** One text for one rule, whatever of it is not stated. */
function asText(value: unknown): string {
  return canonicalText(jsonFrom(JSON.parse(JSON.stringify(value ?? null))));
}

export class ExpectedRecords {
  readonly #rules: readonly MigrationRule[];
  /** How each rule re-chains, as text. */
  readonly #rechains: readonly string[];
  readonly #chains: ChainRules;
  readonly #signed: boolean;
  readonly #platform: Platform;
  readonly #recipes: RecipeBook;
  readonly #decoder: RecordDecoder;
  /** Records without their new hash are read by one of their own: what it gives is a view of its buffer. */
  readonly #unhashed: RecordDecoder;
  readonly #rewrite: BodyRewrite;
  /** What has read or made the last record. */
  #last: Pick<RecordDecoder, 'canonical' | 'canonicalWithDigest'>;
  readonly #ruleAt: Map<string, ChainRule> = new Map();
  #open: OpenStream | undefined;

  /**
   * @param recipes - with the keys that were given
   * @param chains - the rules of the baseline
   * @param signed - whether a trusted key has signed the migration: else it says nothing of growth
   */
  constructor(platform: Platform, recipes: RecipeBook, { rules }: Migration, chains: ChainRules, signed: boolean) {
    this.#platform = platform;
    this.#recipes = recipes;
    this.#rules = rules;
    this.#rechains = rules.map(({ rechain }) => asText(rechain));
    this.#chains = chains;
    this.#signed = signed;
    this.#decoder = new RecordDecoder(platform);
    this.#unhashed = new RecordDecoder(platform);
    this.#rewrite = new BodyRewrite(platform);
    this.#last = this.#decoder;
  }

  /** Canonical text of the last record that was read here; a view that holds until the next. */
  get canonical(): Uint8Array {
    return this.#last.canonical;
  }

  /** The same with the digest in the place of the body. */
  get canonicalWithDigest(): Uint8Array {
    return this.#last.canonicalWithDigest;
  }

  /** Whether the links of records under this rule are made anew. */
  isRechained(rule: number): boolean {
    return this.#rules[rule]?.rechain !== undefined;
  }

  /**
   * The next record, read from what `Transform` made of it, its links made anew if its rule says so.
   *
   * @throws MapMismatch if it cannot follow the one before it; then it counts all the same, as `decoded`
   * @throws EvidenceError if it is no record (`migration-map-mismatch` is said by whoever catches it) or a hash cannot be
   *   made (`proof-unavailable`)
   */
  take(json: JsonObject, origin: Origin): EvidenceRecord {
    const rechain = this.#rules[origin.rule]?.rechain;
    return rechain === undefined ? this.read(canonicalBytes(json)) : this.#rechained(json, rechain);
  }

  /** The next record, the same as `take` gives of `record` with another body, by the short way where that leads there. */
  takeBody(record: EvidenceRecord, body: Json, origin: Origin, given: Rebodied): EvidenceRecord {
    const rechain = this.#rules[origin.rule]?.rechain;
    const links = rechain === undefined ? undefined : this.#linksOf(record, rechain);
    const isSimple = rechain !== undefined && links === undefined;
    const made = isSimple ? undefined : this.#rewrite.rewritten(record, given.canonical, body, links);
    if (made === undefined) return this.take(given.withBody(body), origin);
    this.#last = this.#rewrite;
    return made;
  }

  /** What the links of a record become, where the short way can make them. */
  #linksOf(record: EvidenceRecord, { genesis, recipe, derived }: Rechain): NewLinks | undefined {
    if (record.seq === undefined || derived !== undefined) return undefined;
    const before = this.#openAt(record.tenant, record.stream)?.hash;
    const made = this.#recipes.recipeOf(recipe);
    const hashOf = (unhashed: EvidenceRecord): string | undefined => {
      const hash = made.expectedHash(this.#platform, unhashed);
      // As many zeros as a hash has digits: of another length only the simple way knows.
      return typeof hash === 'string' && (before !== undefined || hash.length === 64) ? hash : undefined;
    };
    return { prev: before ?? (genesis === 'null' ? null : genesisOf(genesis, 64)), hashOf };
  }

  /** A record whose links stay as they are. */
  read(bytes: Uint8Array): EvidenceRecord {
    this.#last = this.#decoder;
    return this.#decoder.decode(bytes, 0, bytes.length);
  }

  /** The stream at hand, if it is this one. */
  #openAt(tenant: string, stream: string): OpenStream | undefined {
    const open = this.#open;
    return open !== undefined && open.stream === stream && open.tenant === tenant ? open : undefined;
  }

  #lastChain = { stream: '', text: '' };

  /** The rule of a stream of the baseline, as text: mostly that of the record before. */
  #chainText(stream: string): string {
    if (this.#lastChain.stream !== stream) {
      this.#lastChain = { stream, text: asText(chainRuleOf(this.#chains, stream)) };
    }
    return this.#lastChain.text;
  }

  /** Whether records of the open stream, of which this is the last one, can go on under a rule as they have begun. */
  isSteady({ tenant, stream }: Placed, { id, seq, hash }: Predecessor, rule: number): boolean {
    const open = this.#openAt(tenant, stream);
    if (open === undefined || open.rechain !== this.#rechains[rule]) return false;
    return open.id === id && open.seq === seq && open.hash === hash && open.chain === this.#chainText(stream);
  }

  /**
   * Notes that `record` is the next one of the expected side.
   *
   * @throws MapMismatch if it cannot stand behind the one before it
   */
  follow(record: EvidenceRecord, origin: Origin): void {
    const before = this.#openAt(record.tenant, record.stream);
    const rechain = this.#rechains[origin.rule] ?? NONE;
    const chain = this.#chainText(origin.stream);
    const ordered = record.seq !== undefined;
    if (before === undefined) this.#enter(record, origin);
    const changed = origin.rule >= 0;
    this.#open = {
      tenant: record.tenant,
      stream: record.stream,
      rechain,
      chain,
      ordered,
      id: record.id,
      seq: record.seq,
      changed,
      hash: record.hash,
    };
    if (before === undefined) return;
    if (before.ordered !== ordered) mismatch('some records that are sent to its stream have a seq and some have not');
    if (before.rechain !== rechain) mismatch('only a part of its stream is re-chained, or by two recipes');
    const isLinked = ordered || record.prev !== undefined;
    if (isLinked && rechain === NONE && before.chain !== chain) {
      mismatch('chains with two rules are sent to its stream: re-chain it');
    }
    if (ordered && before.seq === record.seq && (changed || before.changed)) {
      mismatch(`two records are sent to seq ${record.seq} of its stream`);
    }
  }

  #enter(record: EvidenceRecord, { rule: at, stream, first }: Origin): void {
    const rechain = this.#rules[at]?.rechain;
    const was = chainRuleOf(this.#chains, stream);
    const moved = stream !== record.stream;
    let rule: ChainRule | undefined;
    if (rechain !== undefined) rule = { ...ruleOf(rechain), firstSeq: record.seq ?? 1, ...gapsOf(was) };
    else if (!first && record.prev !== undefined) {
      // It begins the chain now, with the link that it had: equal to what is expected, and so proven by value.
      const genesis = record.prev ?? 'null';
      rule = { ...(was ?? { recipe: 'none' }), genesis, firstSeq: record.seq ?? 1 };
    } else if (was !== undefined && (moved || !first)) rule = { ...was, firstSeq: record.seq ?? was.firstSeq };
    if (rule !== undefined) this.#ruleAt.set(placeKey(record), rule);
  }

  /** Links and hash by the recipe: `prev` is the hash of the record before it in its stream. */
  #rechained(json: JsonObject, rechain: Rechain): EvidenceRecord {
    const members = new Map<string, Json>(json);
    if (!members.has('seq')) mismatch('it has no seq: a set has no chain that could be made anew');
    members.delete('hash');
    const before = this.#openAt(String(members.get('tenant')), String(members.get('stream')))?.hash;
    if (before !== undefined) members.set('prev', before);
    else members.set('prev', rechain.genesis === 'null' ? null : genesisOf(rechain.genesis, 64));
    const hash = this.#hashOf(members, rechain);
    members.set('hash', hash);
    if (before === undefined && rechain.genesis === 'zeros' && hash.length !== 64) {
      members.set('prev', genesisOf('zeros', hash.length));
      members.delete('hash');
      members.set('hash', this.#hashOf(members, rechain));
    }
    if (rechain.derived !== undefined) this.#derive(members, rechain.derived);
    return this.read(canonicalBytes(members));
  }

  /** Attributes that follow from the hash. */
  #derive(members: Map<string, Json>, derived: Readonly<Record<string, string>>): void {
    const bytes = canonicalBytes(members);
    const record = this.#unhashed.decode(bytes, 0, bytes.length);
    const attrs = members.get('attrs');
    const made = new Map<string, Json>(attrs instanceof Map ? (attrs as JsonObject) : []);
    for (const [name, recipe] of Object.entries(derived)) {
      const value = DERIVED_RECIPES.get(recipe)?.expected(this.#platform, record);
      if (value === undefined) mismatch(`the attribute ${name} cannot be made by ${recipe}`);
      made.set(name, value);
    }
    members.set('attrs', made);
  }

  #hashOf(members: JsonObject, { recipe }: Rechain): string {
    const bytes = canonicalBytes(members);
    const record = this.#unhashed.decode(bytes, 0, bytes.length);
    const hash = this.#recipes.recipeOf(recipe).expectedHash(this.#platform, record);
    if (typeof hash === 'string') return hash;
    if ('misfit' in hash) return mismatch(`the new recipe does not fit it: ${hash.misfit}`);
    if ('textOnly' in hash) return mismatch('the new recipe hashes a text that is not its body');
    const { why, missingKey } = hash;
    const advice =
      missingKey === undefined ? 'take the baseline with --depth full' : `give --chain-key ${missingKey}=FILE`;
    throw new EvidenceError('proof-unavailable', `a chain cannot be made anew: ${why}`, { advice });
  }

  /**
   * By which rule a chain of the current side is checked.
   *
   * @param current - the rules that the current side states
   */
  ruleOf(tenant: string, stream: string, current: ChainRules): ChainRule | undefined {
    const expected = this.#ruleAt.get(placeKey({ tenant, stream }));
    const was = expected ?? this.#grownRule({ tenant, stream }) ?? chainRuleOf(this.#chains, stream);
    return governingRule(was, chainRuleOf(current, stream));
  }

  /** Of a stream that is new: it grows under the rules that the migration has brought to streams of its name. */
  #grownRule(at: Placed): ChainRule | undefined {
    const rule = this.#signed ? this.#rechaining(at) : undefined;
    if (rule?.rechain === undefined) return undefined;
    const was = chainRuleOf(this.#chains, at.stream);
    return { ...ruleOf(rule.rechain), firstSeq: was?.firstSeq ?? 1, ...gapsOf(was) };
  }

  #rechaining(at: Placed): MigrationRule | undefined {
    return this.#rules.find((one) => one.rechain !== undefined && isTarget(one, at));
  }

  /** Whether growth of a stream could be held to no recipe but one that nobody has signed for. */
  isUnruled(at: Placed): boolean {
    return !this.#signed && this.#rechaining(at) !== undefined;
  }

  /**
   * Rules of chains as a header states them, by stream; for a snapshot of what is expected.
   *
   * @param expected - all streams of all tenants, also those that keep the rule of the baseline
   * @throws EvidenceError `input-limit` where two tenants have one stream under two rules
   */
  statedChains({ tenants }: Pick<SnapshotSummary, 'tenants'>): ChainRules {
    const chains = new Map(this.#chains);
    const anew = new Set([...this.#ruleAt.keys()].map((key) => (JSON.parse(key) as readonly string[])[1]));
    const stated: Map<string, string> = new Map();
    for (const { tenant, streams } of tenants) {
      for (const { stream } of streams) {
        if (!anew.has(stream)) continue;
        const rule = this.#ruleAt.get(placeKey({ tenant, stream })) ?? chainRuleOf(this.#chains, stream);
        const text = asText(rule);
        if (text !== (stated.get(stream) ?? text)) {
          const reason = `two tenants have the stream ${JSON.stringify(stream)} under two rules: no header can say that`;
          throw new EvidenceError('input-limit', reason);
        }
        stated.set(stream, text);
        if (rule !== undefined) chains.set(stream, rule);
      }
    }
    return chains;
  }
}

function ruleOf({ recipe, genesis }: Rechain): Pick<ChainRule, 'recipe' | 'genesis'> {
  return { recipe, genesis };
}

function gapsOf(rule: ChainRule | undefined): Pick<ChainRule, 'gaps'> {
  return rule?.gaps === undefined ? {} : { gaps: rule.gaps };
}

function genesisOf(genesis: ChainRule['genesis'], digits: number): string {
  return genesis === 'zeros' ? '0'.repeat(digits) : genesis;
}

/** Whether records of `rule` come to stand in this stream of this tenant. */
function isTarget(rule: MigrationRule, { tenant, stream }: Placed): boolean {
  const after = placesAfter(rule);
  return after.tenant.some((one) => fits(one, tenant)) && after.stream.some((one) => fits(one, stream));
}
