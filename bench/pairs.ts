/** The pairs that a run measures: each is made when it is first asked for, and all are removed at the end. */
import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { makePair, type Pair, type PairOptions } from './make-pair.ts';
import { USUAL_GROWTH } from './records.ts';

export interface MeasuredPair extends Pair {
  /** Bytes of both files. */
  readonly bytes: number;
}

export type Shape = Omit<PairOptions, 'records' | 'seed'>;

export class Pairs {
  readonly #folder: string;
  readonly #seed: number;
  readonly #made: Map<string, MeasuredPair> = new Map();

  /** @param folder - where the files go; made if it is not there */
  constructor(folder: string, seed: number) {
    this.#folder = folder;
    this.#seed = seed;
    mkdirSync(folder, { recursive: true });
  }

  async get(shape: Shape, records: number): Promise<MeasuredPair> {
    const { container, gzip, baseline, current, depth = 'full', growth = USUAL_GROWTH } = shape;
    const kinds = [baseline, current, container, depth, String(growth), ...(gzip ? ['gz'] : [])];
    const name = `${records}-${kinds.join('-')}`;
    const ready = this.#made.get(name);
    if (ready !== undefined) return ready;
    process.stderr.write(`making ${name}\n`);
    const pair = await makePair(join(this.#folder, name), { ...shape, records, seed: this.#seed });
    const bytes = statSync(pair.baseline).size + statSync(pair.current).size;
    const made = { ...pair, bytes };
    this.#made.set(name, made);
    return made;
  }

  /** Removes the files of `pair`: a pair of millions of records takes a gigabyte. */
  drop(pair: MeasuredPair): void {
    rmSync(pair.baseline, { force: true });
    rmSync(pair.current, { force: true });
    for (const [name, made] of this.#made) if (made === pair) this.#made.delete(name);
  }

  removeAll(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
