/** Which places of a profile read which files. */
import { EvidenceError } from '../../core/errors.ts';
import type { ItemsInput } from './input.ts';
import { isWithin, type LayoutPlace } from './layout-place.ts';
import type { Paths } from './path-list.ts';
import type { Place } from './place.ts';

function firstOf(paths: Paths, many: number): readonly string[] {
  const first: string[] = [];
  for (const path of paths) if (first.push(path) === many) break;
  return first;
}

export class Distribution {
  readonly #name: string;
  readonly #places: readonly Place[];
  readonly #layouts: readonly LayoutPlace[];
  /** A file that was named is what a profile of one place means. */
  readonly #isMeant: boolean;
  /** The path that was asked for last: files are gone through in turn, and there may be a million. */
  #asked: { readonly path: string | undefined; readonly places: readonly number[] } = { path: undefined, places: [] };

  constructor({ name, kind }: ItemsInput, places: readonly Place[], layouts: readonly LayoutPlace[]) {
    this.#name = name;
    this.#places = places;
    this.#layouts = layouts;
    this.#isMeant = kind === 'file' && places.length === 1 && layouts.length === 0;
  }

  /** The places that read a file, by their number. */
  placesOf(path: string): readonly number[] {
    if (path === this.#asked.path) return this.#asked.places;
    const places = [...this.#places.keys()].filter((at) => this.#isMeant || this.#places[at]?.glob.fits(path) === true);
    this.#asked = { path, places };
    return places;
  }

  /**
   * What nothing reads, and how many times files have to be gone through.
   *
   * @throws EvidenceError `source-incomplete` for a place whose pattern nothing fits
   */
  of(paths: Paths): { readonly unmatched: readonly string[]; readonly rounds: number } {
    const unmatched: string[] = [];
    const found = new Set<number>();
    let rounds = 0;
    for (const path of paths) {
      const places = this.placesOf(path);
      if (places.length === 0 && !this.#layouts.some((layout) => isWithin(path, layout))) unmatched.push(path);
      for (const at of places) found.add(at);
      rounds = Math.max(rounds, places.length);
    }
    const missing = this.#places.find((_, at) => !found.has(at));
    if (missing !== undefined) throw this.#nothingFits(missing, paths);
    return { unmatched, rounds };
  }

  #nothingFits({ label }: Place, paths: Paths): EvidenceError {
    const first = firstOf(paths, 5).join(', ');
    const there = first === '' ? 'it is empty' : `there is ${first}${paths.length > 5 ? ', …' : ''}`;
    return new EvidenceError('source-incomplete', `no file fits ${label} of the profile; ${there}`, {
      where: { file: this.#name },
      advice: 'a pattern is a path under the source: * and ? within a name, ** for any depth',
    });
  }
}
