/** Asks the test files that come by a mutant, one after the other, whether they see it; what is known already is not asked. */
import { type Covering, cover, filesFor } from './cover.ts';
import type { Drawn } from './draw.ts';
import { digestOf, type Kept } from './kept.ts';
import type { Result } from './report.ts';
import { type Outcome, silenceFor, type Tests } from './tests.ts';

/** What a test file said of a mutant, or several of them together where none can be named. */
export type Answer = Omit<Outcome, 'state'> & { readonly state: Result['state'] };

/** How often it is tried whether a machine is only busy. */
const PATIENCE = 4;

/**
 * Runs the files against the mutant. One that does not come to an end counts as seen, so the clock is not believed alone: the
 * same files must end without the mutant in a third of that time, now, or both are given more.
 */
async function outcomeOf(tests: Tests, mutant: Drawn, covering: readonly Covering[]): Promise<Outcome> {
  const files = covering.map(({ file }) => file);
  let silence = silenceFor(Math.max(...covering.map(({ milliseconds }) => milliseconds)));
  for (let tried = 0; tried < PATIENCE; tried++, silence *= 2) {
    const outcome = await tests.run({ mutant: mutant.id, files }, silence);
    if (outcome.state !== 'timed out') return outcome;
    const sound = await tests.run({ mutant: 0, files }, silence / 3);
    if (sound.state === 'passed') return outcome;
    process.stdout.write(`without any mutant ${files.length} files said nothing for ${silence / 3} ms: too busy\n`);
  }
  throw new Error(`the machine is too busy to judge ${mutant.key}`);
}

/** A mutant, and what it is asked about: the files of the covering by their digests. */
export class Asking {
  readonly #ground: string;
  readonly #digests: ReadonlyMap<string, string>;
  readonly #answers: Kept<Answer>;

  /** @param digests - of the test files, by their path */
  constructor(ground: string, digests: ReadonlyMap<string, string>, answers: Kept<Answer>) {
    this.#ground = ground;
    this.#digests = digests;
    this.#answers = answers;
  }

  #question(mutant: Drawn, files: readonly string[]): string {
    return digestOf(this.#ground, mutant.key, ...files.map((file) => this.#digests.get(file) ?? ''));
  }

  async resultOf(
    tests: Tests,
    mutant: Drawn,
    covering: readonly Covering[],
    asleep: ReadonlyMap<number, Drawn>,
    budget?: number,
  ): Promise<Result> {
    const chosen = filesFor(mutant, covering, asleep, budget);
    if (chosen.length === 0) return { mutant, state: 'not reached', by: undefined, milliseconds: 0 };
    const known = covering.map(({ file }) => this.#answers.get(this.#question(mutant, [file])));
    const seen = known.find((answer) => answer !== undefined && answer.state !== 'survived');
    if (seen !== undefined) return { mutant, ...seen };
    const left = chosen.filter(({ file }) => this.#answers.get(this.#question(mutant, [file])) === undefined);
    if (left.length === 0) return { mutant, state: 'survived', by: undefined, milliseconds: 0 };
    const files = left.map(({ file }) => file);
    const together = this.#question(mutant, files);
    const answer = this.#answers.get(together) ?? (await this.#ask(tests, mutant, left));
    if (answer.state === 'survived')
      for (const file of files) this.#answers.put(this.#question(mutant, [file]), answer);
    else {
      const named = files.find((file) => answer.by?.startsWith(`${file}: `) === true);
      this.#answers.put(named === undefined ? together : this.#question(mutant, [named]), answer);
    }
    return { mutant, ...answer };
  }

  async #ask(tests: Tests, mutant: Drawn, files: readonly Covering[]): Promise<Answer> {
    const { state, ...rest } = await outcomeOf(tests, mutant, files);
    return { state: state === 'passed' ? 'survived' : state === 'failed' ? 'killed' : state, ...rest };
  }
}

/** Which of the mutants of `tree` a file comes by: kept by the tree, and the file by its digest. */
export async function coveringOf(
  tests: Tests,
  file: string,
  hits: string,
  kept: Kept<Covering | null>,
  question: string,
): Promise<Covering | undefined> {
  const known = kept.get(question);
  if (known !== undefined) return known ?? undefined;
  const found = await cover(tests, file, hits);
  kept.put(question, found ?? null);
  return found;
}
