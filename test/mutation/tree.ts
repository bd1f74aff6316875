/** One tree in which all drawn mutants lie asleep, each behind its number: no build a mutant, and transforms stay warm. */
import { cpSync, existsSync, mkdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import ts from 'typescript';
import type { Mutant } from './mutants.ts';

/** What tests read of the project. */
export const COPIED: readonly string[] = [
  'src',
  'test',
  'fixtures',
  'docs',
  'bench',
  'dist',
  'package.json',
  'tsconfig.json',
  'README.md',
  'CHANGELOG.md',
];

function asleep(id: number): string {
  return `(__awake === ${id} || (__awake < 0 && __hit(${id})))`;
}

/** `text` with every mutant in it behind its number; mutants lie within each other as the nodes of the text do. */
export function withMutants(text: string, mutants: readonly (Mutant & { readonly id: number })[]): string {
  const inOrder = mutants.toSorted((a, b) => a.start - b.start || b.end - a.end || a.id - b.id);
  let next = 0;
  const until = (from: number, to: number): string => {
    let out = '';
    let at = from;
    for (
      let mutant = inOrder[next];
      mutant !== undefined && mutant.start >= at && mutant.end <= to;
      mutant = inOrder[next]
    ) {
      next++;
      out += text.slice(at, mutant.start);
      if (mutant.start === mutant.end) out += ` if ${asleep(mutant.id)} { ${mutant.after} } `;
      else if (mutant.drop) out += `{ if (!${asleep(mutant.id)}) { ${until(mutant.start, mutant.end)} } }`;
      else out += `(${asleep(mutant.id)} ? (${mutant.after}) : (${until(mutant.start, mutant.end)}))`;
      at = mutant.end;
    }
    return out + text.slice(at, to);
  };
  return until(0, text.length);
}

/**
 * Copies the project to `tree` and puts the mutants to sleep in its src.
 *
 * @throws Error if a mutated file is no TypeScript any more: then an operator is wrong
 */
export function writeTree(project: string, tree: string, mutants: readonly (Mutant & { readonly id: number })[]): void {
  rmSync(tree, { recursive: true, force: true });
  mkdirSync(tree, { recursive: true });
  for (const name of COPIED) {
    if (existsSync(join(project, name))) cpSync(join(project, name), join(tree, name), { recursive: true });
  }
  symlinkSync(realpathSync(join(project, 'node_modules')), join(tree, 'node_modules'));
  const beside = resolve(project, '../shared');
  if (existsSync(beside) && !existsSync(resolve(tree, '../shared'))) symlinkSync(beside, resolve(tree, '../shared'));
  for (const file of new Set(mutants.map((mutant) => mutant.file))) {
    const own = mutants.filter((mutant) => mutant.file === file);
    const awake = relative(dirname(file), 'test/mutation/awake.ts');
    const head = `import { awake as __live, hit as __hit } from '${awake}'; var __awake = __live; `;
    const text = head + withMutants(readFileSync(join(project, file), 'utf8'), own);
    const { diagnostics = [] } = ts.transpileModule(text, { reportDiagnostics: true, fileName: file });
    const [fault] = diagnostics;
    if (fault !== undefined) throw new Error(`${file}: ${ts.flattenDiagnosticMessageText(fault.messageText, ' ')}`);
    writeFileSync(join(tree, file), text);
  }
}
