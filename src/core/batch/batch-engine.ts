/**
 * The engine that takes many records at once, as bytes: those of one stream, of one side or of two that are compared.
 *
 * It is WebAssembly (assembly/batch.ts), scans lines strictly, hashes four messages at a time and says one thing only: the
 * first so many records are clean and of this stream, and here are their leaves and counts. At anything else it stops:
 * the reader and the judge go on from there, and they alone find faults. So no check is made here that is not made there,
 * and nothing is found here that is not found there.
 */
import { fromBase64 } from '../base64.ts';
import { canonicalText } from '../json/canonical.ts';
import { HASH_BYTES, writeHash } from '../merkle/tree.ts';
import { type Hash, hexOf, utf8 } from '../platform.ts';
import type { Lines } from '../snapshot/byte-window.ts';
import type { IdSeeds } from '../snapshot/id-set.ts';
import { ENGINE_BYTES } from './engine-bytes.ts';

/** What holds for all records of an open stream. */
export interface StreamFacts {
  readonly tenant: string;
  readonly stream: string;
  readonly ordered: boolean;
  /** Whether each record must be linked to the one before it. */
  readonly linked: boolean;
  /** Whether each must have a hash. */
  readonly hashed: boolean;
  /** Whether positions may be left out. */
  readonly mayLeap: boolean;
  /** Whether each must have its body. */
  readonly needsBody: boolean;
  readonly recipe: BatchRecipe;
  /** What its ids are remembered by. */
  readonly ids: IdSeeds;
}

/** Recipes that the engine computes; `none` also for a stream without a rule. */
export type BatchRecipe = 'none' | 'sha256-jcs-body' | 'sha256-prev-body';

const RECIPE_CODES: Readonly<Record<BatchRecipe, number>> = { none: 0, 'sha256-jcs-body': 1, 'sha256-prev-body': 2 };

/** What the record before the first line has, and how many digits the hashes of its stream have, 0 if none was seen. */
export interface Predecessor {
  readonly id: string;
  readonly seq: number | undefined;
  readonly hash: string | undefined;
  readonly digits: number;
}

/** What `count` has counted. */
export interface BatchCounts {
  readonly records: number;
  readonly bodies: number;
  readonly links: number;
  readonly hashes: number;
  /** How many there are of each type. */
  readonly types: ReadonlyMap<string, number>;
}

interface Global {
  readonly value: number;
}

/** What assembly/batch.ts exports; each function is described there. */
interface Exports {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly [region: Uppercase<string>]: Global;
  readonly records: Global;
  readonly bodies: Global;
  readonly links: Global;
  readonly hashes: Global;
  openStream(...facts: readonly number[]): void;
  knowTypes(count: number): void;
  separate(side: number, commas: number, anySpelling: number): void;
  follow(side: number, seq: number, idBytes: number, hashBytes: number, digits: number): void;
  scan(first: number, second: number): number;
  offsetOf(records: number, side: number): number;
  linesIn(bytes: number, side: number): number;
  nextAlone(from: number, records: number): number;
  firstRespelled(records: number, side: number): number;
  isSpellingIntact(): number;
  spelledBytes(): number;
  hash(records: number): number;
  count(records: number, side: number, batch: number): void;
  grow(size: number, records: number, side: number): void;
  write(from: number, records: number, bodies: number): number;
  writtenBytes(): number;
}

/** As much of WebAssembly as there is need of: no type library that is portable has it. */
export interface WasmHost {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: unknown };
  validate(bytes: Uint8Array): boolean;
}

/** Behind the lines of each side. */
const ZEROS_BEHIND = 64;

/** A side by its place among those whose lines are taken. */
export type SideIndex = 0 | 1;

/** The text of a name as it stands between the quotes of its canonical spelling. */
function spelled(name: string): Uint8Array {
  return utf8(canonicalText(name).slice(1, -1));
}

export class BatchEngine {
  readonly #wasm: Exports;
  readonly #memory: Uint8Array;
  readonly #view: DataView;
  readonly #at: Readonly<Record<Uppercase<string>, number>>;
  /** Two numbers of each record that was scanned, by which its id is remembered. */
  readonly ids: Uint32Array;
  /** In which batch the last hash came of those that begin with these three digits, 0 for none. */
  readonly recentBatches: Uint32Array;
  #types: readonly string[] = [];
  /** Who gave it a stream and types last. */
  user: object | undefined;
  /** How many batches there were: so that it is known of a hash whether it came before or after another. */
  batches = 0;

  /** @param wasm - what an instance of the engine exports */
  constructor(wasm: Exports) {
    this.#wasm = wasm;
    this.#memory = new Uint8Array(wasm.memory.buffer);
    this.#view = new DataView(wasm.memory.buffer);
    const globals = Object.entries(wasm).filter(([name]) => name === name.toUpperCase());
    this.#at = Object.fromEntries(globals.map(([name, global]) => [name, (global as Global).value]));
    const { buffer } = wasm.memory;
    this.ids = new Uint32Array(buffer, this.#place('IDS'), 2 * this.#place('MOST_RECORDS'));
    this.recentBatches = new Uint32Array(buffer, this.#place('RECENT_BATCHES'), 16 ** 3);
  }

  #place(region: Uppercase<string>): number {
    const at = this.#at[region];
    if (at === undefined) throw new RangeError(`the engine has no ${region}`);
    return at;
  }

  /** Most bytes of one batch. */
  get mostBytes(): number {
    return this.#place('INPUT_SIZE');
  }

  /** Most records of one batch. */
  get mostRecords(): number {
    return this.#place('MOST_RECORDS');
  }

  /** All memory of the engine: a fault that is put in there must show. */
  get memory(): Uint8Array {
    return this.#memory;
  }

  #input(side: SideIndex): number {
    return this.#place('INPUTS') + side * (this.mostBytes + ZEROS_BEHIND);
  }

  /** The lines of a side that were loaded, as the engine has them. */
  loaded(length: number, side: SideIndex = 0): Uint8Array {
    const at = this.#input(side);
    return this.#memory.subarray(at, at + length);
  }

  #put(region: Uppercase<string>, bytes: Uint8Array, offset = 0): number {
    this.#memory.set(bytes, this.#place(region) + offset);
    return bytes.length;
  }

  /** @returns whether the stream is one for the engine: its names fit */
  openStream(facts: StreamFacts): boolean {
    const [tenant, stream] = [spelled(facts.tenant), spelled(facts.stream)];
    const most = this.#place('MOST_NAME');
    if (tenant.length > most || stream.length > most) return false;
    const flags = [facts.ordered, facts.linked, facts.hashed, facts.mayLeap, facts.needsBody].map(Number);
    const names = [this.#put('TENANT', tenant), this.#put('STREAM', stream)];
    this.#wasm.openStream(...names, ...flags, RECIPE_CODES[facts.recipe], facts.ids.low, facts.ids.high);
    return true;
  }

  /** Says which types there are: a record of any other is none for the engine. Those that do not fit are left out. */
  knowTypes(types: Iterable<string>): void {
    const known: string[] = [];
    const [most, size, at] = [this.#place('MOST_TYPES'), this.#place('TYPE_SIZE'), this.#place('TYPES')];
    for (const type of types) {
      const bytes = spelled(type);
      if (known.length === most) break;
      if (bytes.length > size - 4) continue;
      const from = at + known.length * size;
      this.#view.setUint32(from, bytes.length, true);
      this.#memory.set(bytes, from + 4);
      known.push(type);
    }
    this.#types = known;
    this.#wasm.knowTypes(known.length);
  }

  /** @returns whether the record before the first line of a side is one for the engine */
  follow({ id, seq, hash, digits }: Predecessor, side: SideIndex = 0): boolean {
    const [mostName, mostDigits] = [this.#place('MOST_NAME'), this.#place('MOST_DIGITS')];
    const [idBytes, hashBytes] = [spelled(id), utf8(hash ?? '')];
    if (idBytes.length > mostName || digits > mostDigits || hashBytes.length > mostDigits) return false;
    this.#put('LAST_IDS', idBytes, side * mostName);
    this.#put('LAST_HASHES', hashBytes, side * mostDigits);
    this.#wasm.follow(side, seq ?? 0, idBytes.length, hashBytes.length, digits);
    return true;
  }

  /**
   * Takes whole lines of a side, `lines.bytes[start, end)`, at most `mostBytes` of them; they are copied.
   */
  load({ bytes, start, end, commas, anySpelling }: Lines, side: SideIndex = 0): void {
    this.#wasm.separate(side, Number(commas), Number(anySpelling));
    this.#memory.set(bytes.subarray(start, end), this.#input(side));
  }

  /**
   * Of two sides a record is one that both have, in whatever spelling, or one of a set that the second alone has.
   *
   * @param first - how many bytes of the first side were loaded
   * @param second - and of the second, if there is one
   * @returns how many records that fit the first lines are
   */
  scan(first: number, second?: number): number {
    return this.#wasm.scan(first, second ?? -1);
  }

  /** How many bytes of a side the first `records` of those that were scanned have. */
  offsetOf(records: number, side: SideIndex = 0): number {
    return this.#wasm.offsetOf(records, side);
  }

  /** How many lines end in the first `bytes` of a side. */
  linesIn(bytes: number, side: SideIndex): number {
    return this.#wasm.linesIn(bytes, side);
  }

  /** Which of the first `records` the second side alone has. */
  alone(records: number): readonly number[] {
    const alone: number[] = [];
    for (let at = 0; ; at++) {
      at = this.#wasm.nextAlone(at, records);
      if (at >= records) return alone;
      alone.push(at);
    }
  }

  /** The first of `records` whose line on a side is not in canonical form; `records` if there is none. */
  firstRespelled(records: number, side: SideIndex): number {
    return this.#wasm.firstRespelled(records, side);
  }

  /** The records of the batch that were written in canonical form, as they were scanned and are hashed. */
  get spelled(): Uint8Array {
    const at = this.#place('SPELLED');
    return this.#memory.subarray(at, at + this.#wasm.spelledBytes());
  }

  /** Whether the records that were written in canonical form are still what they were when they were scanned. */
  get isSpellingIntact(): boolean {
    return this.#wasm.isSpellingIntact() !== 0;
  }

  /** @returns how many of the first `records` are what they state of their bodies and hashes */
  hash(records: number): number {
    return this.#wasm.hash(records);
  }

  /**
   * The first `records` of those that were hashed, in canonical form, each with a line feed behind it; views that hold until
   * the next.
   *
   * @param bodies - whether with `body`, where there is one, or with its digest in its place
   */
  *written(records: number, bodies: boolean): Generator<Uint8Array> {
    const at = this.#place('OUTPUT');
    for (let done = 0; done < records; ) {
      const next = this.#wasm.write(done, records, Number(bodies));
      if (next === done) throw new RangeError('the engine has no room for a record that it took');
      yield this.#memory.subarray(at, at + this.#wasm.writtenBytes());
      done = next;
    }
  }

  leaf(record: number): Hash {
    const at = this.#place('LEAVES') + HASH_BYTES * record;
    return hexOf(this.#memory.subarray(at, at + HASH_BYTES));
  }

  /** Begins to count another batch. */
  nextBatch(): void {
    this.batches++;
  }

  /** Counts those of the first `records` that a side has; their hashes are now the last of their chain. */
  count(records: number, side: SideIndex = 0): BatchCounts {
    this.#wasm.count(records, side, this.batches);
    const types = new Map<string, number>();
    for (const [index, type] of this.#types.entries()) {
      const counted = this.#view.getUint32(this.#place('TYPE_COUNTS') + 4 * index, true);
      if (counted > 0) types.set(type, counted);
    }
    const { records: all, bodies, links, hashes } = this.#wasm;
    return { records: all.value, bodies: bodies.value, links: links.value, hashes: hashes.value, types };
  }

  /** Whether that hash, which `recentBatches` gives, is `hash`, of as many digits. */
  isRecent(slot: number, hash: string): boolean {
    const at = this.#place('RECENT') + slot * this.#place('MOST_DIGITS');
    for (let digit = 0; digit < hash.length; digit++) {
      if (this.#memory[at + digit] !== hash.charCodeAt(digit)) return false;
    }
    return true;
  }

  /**
   * The perfect subtrees of a tree to which the leaves are appended of those of the first `records` that a side has.
   *
   * @param size - of the tree before, in leaves
   * @param nodes - its perfect subtrees, largest first, as `CompactRange` has them
   * @param leaves - how many of the records that side has
   */
  grow(size: number, nodes: readonly Hash[], records: number, leaves = records, side: SideIndex = 0): readonly Hash[] {
    const at = this.#place('NODES');
    for (const [index, level] of levelsOf(size).entries()) {
      writeHash(this.#memory, at + HASH_BYTES * level, nodes[index] ?? '');
    }
    this.#wasm.grow(size, records, side);
    return levelsOf(size + leaves).map((level) => {
      const from = at + HASH_BYTES * level;
      return hexOf(this.#memory.subarray(from, from + HASH_BYTES));
    });
  }
}

/** The levels of the perfect subtrees of a tree of `size` leaves, largest first: the bits that are set in it. */
function levelsOf(size: number): readonly number[] {
  const levels: number[] = [];
  for (let rest = size, level = 0; rest > 0; rest = Math.floor(rest / 2), level++)
    if (rest % 2 === 1) levels.unshift(level);
  return levels;
}

/**
 * A new engine.
 *
 * @param host - the WebAssembly of the machine, if it has one
 * @returns undefined where there is none, one without SIMD, or no memory for it: then records are taken one by one
 */
export function newBatchEngine(host: WasmHost | undefined): BatchEngine | undefined {
  const bytes = fromBase64(ENGINE_BYTES);
  if (host === undefined || bytes === undefined || !host.validate(bytes)) return undefined;
  try {
    return new BatchEngine(new host.Instance(new host.Module(bytes)).exports as Exports);
  } catch (fault) {
    // There may be no room for one more.
    if (fault instanceof RangeError) return undefined;
    throw fault;
  }
}
