/**
 * What a migration makes of each record of the baseline, before links are made anew: it goes somewhere else, its content
 * changes, or it is gone. The simple way, one record at a time; nothing is guessed, and what does not fit is a mismatch.
 */

import { type Json, JsonNumber, type JsonObject } from '../json/value.ts';
import type { Subject } from '../snapshot/header.ts';
import { attributeOf, type EvidenceRecord } from '../snapshot/record.ts';
import type { Loss } from './convert.ts';
import { type AsJson, fits, requireBody, ruleFor } from './match.ts';
import type { Erase, Migration, MigrationRule, Place, SplitChain } from './migration.ts';
import { mismatch } from './mismatch.ts';
import { lossOf, type PatchOperation, patched } from './patch.ts';
import { isWithinBody, type Pointer, pointerText } from './pointer.ts';

/** What became of a record. */
export type Outcome =
  | { readonly is: 'unchanged' }
  | { readonly is: 'retired'; readonly rule: number }
  /** All but its body is as it was. */
  | { readonly is: 'rebodied'; readonly rule: number; readonly body: Json }
  | { readonly is: 'changed'; readonly rule: number; readonly record: JsonObject };

const UNCHANGED: Outcome = { is: 'unchanged' };

/** Records that may not be retired: by an attribute that they have, or by their stream. */
export interface Holds {
  readonly attribute: string | undefined;
  /** Names, and prefixes that end with `*`. */
  readonly streams: ReadonlySet<string>;
  /** Whether the baseline says what is on hold, and all that it says was understood. */
  readonly areStated: boolean;
}

/** What the subject of a baseline says is on hold: `"holds": { "attribute": "legalHold", "streams": ["…"] }`. */
export function holdsIn({ holds }: Subject): Holds {
  const stated = typeof holds === 'object' && holds !== null && !Array.isArray(holds) ? holds : {};
  const { attribute, streams = [] } = stated as { readonly attribute?: unknown; readonly streams?: unknown };
  const names = Array.isArray(streams) ? streams.filter((name) => typeof name === 'string') : [];
  const areNames = Array.isArray(streams) && names.length === streams.length;
  return {
    attribute: typeof attribute === 'string' ? attribute : undefined,
    streams: new Set(names),
    areStated:
      ('attribute' in stated || 'streams' in stated) &&
      Object.keys(stated).every((name) => HOLDS_BY.has(name)) &&
      (attribute === undefined || typeof attribute === 'string') &&
      areNames,
  };
}

const HOLDS_BY: ReadonlySet<string> = new Set(['attribute', 'streams']);

function hasAttribute({ attribute }: Holds, { attrs }: EvidenceRecord): boolean {
  return attribute !== undefined && attrs !== undefined && attributeOf(attrs, attribute) !== undefined;
}

const NOT_HELD: ReadonlySet<string> = new Set(['', 'false', '0', 'no']);

function isHeld({ attribute, streams }: Holds, { stream, attrs }: EvidenceRecord): boolean {
  for (const pattern of streams) if (fits(pattern, stream)) return true;
  const value = attribute === undefined || attrs === undefined ? undefined : attributeOf(attrs, attribute);
  return value !== undefined && !NOT_HELD.has(value.toLowerCase());
}

/** Something that a rule took away: how often, and where. */
export interface Dropped {
  readonly rule: string;
  readonly path: string;
  readonly loss: Loss | 'erased' | 'retired';
  readonly count: number;
}

type LossCount = Omit<Dropped, 'count'> & { count: number };

/** Members of a record that its stub keeps: its place, its links, and what it was. */
const STUB: readonly string[] = ['tenant', 'stream', 'id', 'seq', 'type', 'recordedAt', 'prev', 'hash'];

/** A record as it is handed over; nobody else has the values that are given. */
export interface Given {
  readonly record: AsJson;
  /** The record with no more members than its body, if it has one; undefined where each goes the simple way. */
  readonly body?: AsJson | undefined;
}

/** The places that an operation reads or changes. */
export function pathsOf(operation: PatchOperation): readonly Pointer[] {
  if (operation.op === 'move' || operation.op === 'copy') return [operation.from, operation.path];
  if (operation.op !== 'convert' || !('concat' in operation.to)) return [operation.path];
  return [operation.path, ...operation.to.concat.flatMap((part) => ('pointer' in part ? [part.pointer] : []))];
}

/** Whether a rule changes nothing but what stands within bodies, if that, and links. */
export function changesBodies({ patch, place, splitChain, retire, erase }: MigrationRule): boolean {
  const stays = [place.tenant, place.stream, place.id, splitChain, retire, erase].every((other) => other === undefined);
  return stays && patch.every((operation) => pathsOf(operation).every(isWithinBody));
}

export class Transform {
  readonly #rules: readonly MigrationRule[];
  /** Of each rule, whether it changes nothing but what stands within bodies. */
  readonly #changesBodies: readonly boolean[];
  /** Whether no rule looks elsewhere to see which records it is for. */
  readonly #asksBodies: boolean;
  readonly #holds: Holds;
  /** Records that each rule was for. */
  readonly records: number[];
  readonly #losses: Map<string, LossCount> = new Map();
  /** Streams on hold that no record has stood in. */
  readonly #holdsNothing: Set<string>;
  /** Whether some record has the attribute that puts on hold. */
  #hasAttribute = false;
  #place = { tenant: '', stream: '' };
  /** Whether a record of the stream at hand was left: what comes after it is no prefix. */
  #begun = false;

  constructor({ rules }: Migration, holds: Holds) {
    this.#rules = rules;
    this.#changesBodies = rules.map((rule) => rule.patch.length > 0 && changesBodies(rule));
    this.#asksBodies = rules.every(({ match }) => match.where.every(({ test }) => isWithinBody(test)));
    this.#holds = holds;
    this.#holdsNothing = new Set(holds.streams);
    this.records = rules.map(() => 0);
  }

  /** Everything that was taken away, by rule and place, in the order of the rules. */
  dropped(): readonly Dropped[] {
    const at = (name: string): number => this.#rules.findIndex((rule) => rule.name === name);
    return [...this.#losses.values()].sort((a, b) => at(a.rule) - at(b.rule));
  }

  /** Why some records that were retired may be on hold all the same. A name of a stream that was mistyped holds nothing. */
  holdDoubts(): readonly string[] {
    if (!this.#holds.areStated) {
      return [
        'whether records that were retired are on hold: the baseline does not say what is, or not in a form known here',
      ];
    }
    const { attribute } = this.#holds;
    return [
      ...(attribute === undefined || this.#hasAttribute
        ? []
        : [`records on hold by the attribute ${attribute}: no record of the baseline has it`]),
      ...(this.#holdsNothing.size === 0
        ? []
        : [`streams that are on hold, and that the baseline does not have: ${[...this.#holdsNothing].join(', ')}`]),
    ];
  }

  /** Lines of files that name records of which none came, by rule. */
  left(): readonly { readonly rule: string; readonly file: string; readonly left: number }[] {
    return this.#rules.flatMap(({ name, retire, erase }) => {
      const ids = retire?.ids ?? erase?.ids;
      return ids === undefined || ids.left === 0 ? [] : [{ rule: name, file: ids.file, left: ids.left }];
    });
  }

  readonly #lossesBy: Map<PatchOperation, Map<Loss, LossCount>> = new Map();

  /** Most operations take something from every record: what they count in is found once. */
  #loseBy(rule: MigrationRule, operation: PatchOperation, loss: Loss, times = 1): void {
    const known = this.#lossesBy.get(operation)?.get(loss);
    if (known !== undefined) known.count += times;
    else {
      const entry = this.#lose(rule, pointerText(operation.path), loss, times);
      this.#lossesBy.set(operation, (this.#lossesBy.get(operation) ?? new Map<Loss, LossCount>()).set(loss, entry));
    }
  }

  #lose(rule: MigrationRule, path: string, loss: Dropped['loss'], times = 1): LossCount {
    const key = `${this.#rules.indexOf(rule)} ${loss} ${path}`;
    const entry = this.#losses.get(key) ?? { rule: rule.name, path, loss, count: 0 };
    this.#losses.set(key, entry);
    entry.count += times;
    return entry;
  }

  /**
   * What becomes of the next record of the baseline.
   *
   * @param given - the same record as JSON
   * @throws MapMismatch if no rule, or more than one, says what
   * @throws EvidenceError `proof-unavailable` if a rule reads a body that the baseline does not hold
   */
  next(record: EvidenceRecord, given: Given): Outcome {
    if (record.tenant !== this.#place.tenant || record.stream !== this.#place.stream) {
      this.#place = { tenant: record.tenant, stream: record.stream };
      this.#begun = false;
      for (const pattern of this.#holdsNothing) if (fits(pattern, record.stream)) this.#holdsNothing.delete(pattern);
    }
    this.#hasAttribute ||= hasAttribute(this.#holds, record);
    const at = ruleFor(this.#rules, record, (this.#asksBodies ? given.body : undefined) ?? given.record);
    const rule = this.#rules[at];
    if (rule === undefined) {
      this.#begun = true;
      return UNCHANGED;
    }
    this.records[at] = (this.records[at] ?? 0) + 1;
    if (this.#changesBodies[at] === true && record.body !== undefined && given.body !== undefined) {
      this.#begun = true;
      return { is: 'rebodied', rule: at, body: this.#rebodied(rule, given.body()) };
    }
    const result = this.#apply(rule, record, given.record);
    if (result === undefined) return { is: 'retired', rule: at };
    this.#begun = true;
    return { is: 'changed', rule: at, record: result };
  }

  /**
   * Notes records that were made another way, of the stream at hand.
   *
   * @param losses - operations that have taken something away, and from how many, in the order in which they first did
   */
  noteMany(at: number, records: number, losses: readonly (readonly [operation: number, times: number])[]): void {
    const rule = this.#rules[at];
    if (rule === undefined) throw new RangeError('records were made by no rule');
    this.records[at] = (this.records[at] ?? 0) + records;
    for (const [index, times] of losses) {
      const operation = rule.patch[index];
      if (operation !== undefined) this.#loseBy(rule, operation, lossOf(operation), times);
    }
  }

  #rebodied(rule: MigrationRule, json: JsonObject): Json {
    this.#change(rule, json);
    return json.get('body') ?? null;
  }

  #apply(rule: MigrationRule, record: EvidenceRecord, asJson: AsJson): JsonObject | undefined {
    if (rule.retire !== undefined) return this.#retire(rule, record, asJson);
    if (rule.erase !== undefined) return this.#erase(rule, rule.erase, record, asJson);
    const json = new Map(asJson());
    this.#patch(rule, json);
    placeRecord(rule.place, json, record);
    if (rule.splitChain !== undefined) splitRecord(rule.splitChain, json, record);
    return json;
  }

  #retire(rule: MigrationRule, record: EvidenceRecord, asJson: AsJson): JsonObject | undefined {
    rule.retire?.ids.take(record);
    if (isHeld(this.#holds, record)) mismatch('it is on hold and cannot be retired');
    this.#lose(rule, '', 'retired');
    if (rule.retire?.leave === 'stubs') {
      const json = asJson();
      const kept = STUB.flatMap((name): (readonly [string, Json])[] => {
        const value = json.get(name);
        return value === undefined ? [] : [[name, value]];
      });
      return new Map([...kept, ['bodyDigest', record.bodyDigest]]);
    }
    if (record.seq !== undefined && this.#begun) {
      mismatch(
        'it is not at the beginning of its chain: of an ordered stream only a prefix can be retired without stubs',
      );
    }
    return undefined;
  }

  #erase(rule: MigrationRule, { ids, paths }: Erase, record: EvidenceRecord, asJson: AsJson): JsonObject {
    ids.take(record);
    const json = new Map(asJson());
    for (const path of paths) {
      requireBody(json, path);
      patched(json, [{ op: 'remove', path }]);
      this.#lose(rule, pointerText(path), 'erased');
    }
    return withoutStatedDigest(json);
  }

  #patch(rule: MigrationRule, json: Map<string, Json>): void {
    const { patch } = rule;
    if (patch.length === 0) return;
    for (const operation of patch) for (const path of pathsOf(operation)) requireBody(json, path);
    this.#change(rule, json);
    withoutStatedDigest(json);
  }

  #change(rule: MigrationRule, json: JsonObject): void {
    patched(json, rule.patch, (at, loss) => {
      const operation = rule.patch[at];
      if (operation !== undefined) this.#loseBy(rule, operation, loss);
    });
  }
}

/** The digest of a body that is there follows from it: what was stated of the one before is none of the new one. */
function withoutStatedDigest(json: Map<string, Json>): Map<string, Json> {
  if (json.has('body')) json.delete('bodyDigest');
  return json;
}

type NameOf = 'tenant' | 'stream' | 'id';

function renamed(name: NameOf, place: Place, record: EvidenceRecord): string {
  const naming = place[name];
  if (naming === undefined) return record[name];
  if ('records' in naming) return naming.records.take(record);
  if ('places' in naming) return naming.places.of(record[name]);
  if ('value' in naming) return naming.value;
  if (record[name] === naming.from) return naming.to;
  return mismatch(`its ${name} is ${JSON.stringify(record[name])}, not ${JSON.stringify(naming.from)}`);
}

function placeRecord(place: Place, json: Map<string, Json>, record: EvidenceRecord): void {
  for (const name of ['tenant', 'stream', 'id'] as const) {
    if (place[name] !== undefined) json.set(name, renamed(name, place, record));
  }
}

function splitRecord({ from, to, firstSeq }: SplitChain, json: Map<string, Json>, { seq }: EvidenceRecord): void {
  if (seq === undefined) mismatch('it has no seq: a chain is split by position');
  json.set('stream', to);
  if (firstSeq === undefined) return;
  const anew = seq - from + firstSeq;
  if (!Number.isSafeInteger(anew)) mismatch(`its seq would be more than ${Number.MAX_SAFE_INTEGER}`);
  json.set('seq', new JsonNumber(String(anew)));
}
