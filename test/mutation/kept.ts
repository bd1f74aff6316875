/**
 * What former runs found out: one that was stopped goes on where it was, and after a new test that test alone is asked. An
 * answer holds for the tree that it was found in, which is part of the question.
 */
import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COPIED } from './tree.ts';

/** Answers of one kind in a file of lines, which grows with each and can be thrown away at any time. */
export class Kept<Answer> {
  readonly #path: string;
  readonly #answers = new Map<string, Answer>();

  constructor(path: string) {
    this.#path = path;
    mkdirSync(dirname(path), { recursive: true });
    const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
    // Without its end the last line is of a run that was stopped while it wrote.
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole !== text) truncateSync(path, Buffer.byteLength(whole));
    for (const line of whole.split('\n').slice(0, -1)) {
      const [question, answer] = JSON.parse(line) as [string, Answer];
      this.#answers.set(question, answer);
    }
  }

  get(question: string): Answer | undefined {
    return this.#answers.get(question);
  }

  put(question: string, answer: Answer): void {
    this.#answers.set(question, answer);
    appendFileSync(this.#path, `${JSON.stringify([question, answer])}\n`);
  }
}

export function digestOf(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length} ${part}`);
  return hash.digest('hex').slice(0, 24);
}

/** Of the sampler the answers rest on how mutants lie in the tree, and on nothing else. */
const SAMPLER = 'test/mutation/';
const IN_THE_TREE = ['test/mutation/awake.ts', 'test/mutation/tree.ts'];

function filesUnder(project: string, path: string): string[] {
  if (!statSync(join(project, path)).isDirectory()) return [path];
  const names = readdirSync(join(project, path), { recursive: true, encoding: 'utf8' }).sort();
  return names.map((name) => join(path, name)).filter((file) => statSync(join(project, file)).isFile());
}

/** The digest of the sources alone, by which a type is right or wrong. */
export function sourcesDigest(project: string): string {
  const files = [...filesUnder(project, 'src'), 'tsconfig.json', 'package-lock.json'];
  return digestOf(process.version, ...files.flatMap((file) => [file, readFileSync(join(project, file), 'latin1')]));
}

/** The digest of all that a test may read but the tests themselves, which are asked about one by one. */
export function groundDigest(project: string): string {
  const paths = COPIED.filter((path) => path !== 'dist' && existsSync(join(project, path)));
  const files = paths
    .flatMap((path) => filesUnder(project, path))
    .filter((file) => !file.endsWith('.test.ts') && (!file.startsWith(SAMPLER) || IN_THE_TREE.includes(file)));
  const sample = process.env['EVIDENCE_DIFF_SAMPLE'] ?? '';
  return digestOf(
    process.version,
    sample,
    ...files.flatMap((file) => [file, readFileSync(join(project, file), 'latin1')]),
  );
}
