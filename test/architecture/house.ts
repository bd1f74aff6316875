/** The house in figures, and what it is measured by: files, functions, circles of folders, what a file leans on. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { ROOT, typescriptFiles } from './source-files.ts';

export const SRC: string = join(ROOT, 'src');

/** What a file imports by a relative name, as paths from src. */
export interface Imports {
  /** What is loaded with it. */
  readonly values: readonly string[];
  /** What it takes types alone from. */
  readonly types: readonly string[];
  /** What it loads when it is needed. */
  readonly later: readonly string[];
}

function isTypeOnly(statement: ts.ImportDeclaration | ts.ExportDeclaration): boolean {
  if (ts.isExportDeclaration(statement)) return statement.isTypeOnly;
  const clause = statement.importClause;
  if (clause === undefined) return false;
  if (clause.isTypeOnly) return true;
  const names = clause.namedBindings;
  if (clause.name !== undefined || names === undefined || !ts.isNamedImports(names)) return false;
  return names.elements.length > 0 && names.elements.every((element) => element.isTypeOnly);
}

/** The imports of `text`, which is that of `file`, a path from src. */
export function importsOf(file: string, text: string): Imports {
  const imports = { values: [] as string[], types: [] as string[], later: [] as string[] };
  const take = (into: string[], name: ts.Expression): void => {
    if (ts.isStringLiteralLike(name) && name.text.startsWith('.')) into.push(join(dirname(file), name.text));
  };
  const visit = (node: ts.Node): void => {
    if ((ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) && node.moduleSpecifier !== undefined) {
      take(isTypeOnly(node) ? imports.types : imports.values, node.moduleSpecifier);
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      for (const name of node.arguments.slice(0, 1)) take(imports.later, name);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.Latest));
  return imports;
}

/** Every file of src with what it imports. */
export function importsOfSource(): ReadonlyMap<string, Imports> {
  return new Map(
    typescriptFiles(SRC).map((file) => [file, importsOf(file, readFileSync(join(SRC, file), 'utf8'))] as const),
  );
}

/** Folders that import each other in a circle, if only for types; each circle once, sorted. */
export function folderCircles(files: ReadonlyMap<string, Imports>): readonly (readonly string[])[] {
  const edges = new Map<string, Set<string>>();
  for (const [file, { values, types, later }] of files) {
    const from = dirname(file);
    const to = edges.get(from) ?? new Set();
    edges.set(from, to);
    for (const imported of [...values, ...types, ...later]) if (dirname(imported) !== from) to.add(dirname(imported));
  }
  const reachable = (start: string): ReadonlySet<string> => {
    const seen = new Set<string>();
    const todo = [...(edges.get(start) ?? [])];
    for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
      if (seen.has(next)) continue;
      seen.add(next);
      todo.push(...(edges.get(next) ?? []));
    }
    return seen;
  };
  const reach = new Map([...edges.keys()].map((folder) => [folder, reachable(folder)] as const));
  const circles = [...reach]
    .filter(([folder, seen]) => seen.has(folder))
    .map(([folder, seen]) => [...seen].filter((other) => reach.get(other)?.has(folder) === true).sort());
  return [...new Map(circles.map((circle) => [circle.join(' '), circle])).values()];
}

/** `start` and everything that is loaded with it, sorted: what a reader may have to open to follow it. */
export function closureOf(files: ReadonlyMap<string, Imports>, ...start: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  const todo = [...start];
  for (let next = todo.pop(); next !== undefined; next = todo.pop()) {
    if (seen.has(next)) continue;
    const imports = files.get(next);
    if (imports === undefined) throw new Error(`there is no src/${next}`);
    seen.add(next);
    todo.push(...imports.values);
  }
  return [...seen].sort();
}

/** What is compiled for another machine, and unrolls its rounds: no linter of ours looks at it. */
const ASSEMBLY = 'core/batch/assembly/';

/** Lines of each function of `text` that has a body, nested ones on their own. */
function functionLengths(file: string, text: string): readonly number[] {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lengths: number[] = [];
  const lineOf = (position: number): number => source.getLineAndCharacterOfPosition(position).line;
  const visit = (node: ts.Node): void => {
    const body = ts.isFunctionLike(node) && 'body' in node ? (node.body as ts.Node | undefined) : undefined;
    if (body !== undefined) lengths.push(lineOf(node.getEnd()) - lineOf(node.getStart(source)) + 1);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return lengths;
}

export interface Spread {
  readonly median: number;
  readonly p90: number;
  readonly most: number;
}

function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
  return { median: at(0.5), p90: at(0.9), most: at(1) };
}

export interface HouseFigures {
  readonly files: number;
  readonly lines: number;
  readonly file: Spread;
  readonly function: Spread;
  readonly folderCircles: number;
  /** Files that are loaded with src/engine/compare.ts. */
  readonly comparison: number;
}

export function houseFigures(): HouseFigures {
  const texts = typescriptFiles(SRC).map((file) => [file, readFileSync(join(SRC, file), 'utf8')] as const);
  const imports = new Map(texts.map(([file, text]) => [file, importsOf(file, text)] as const));
  const lines = texts.map(([, text]) => text.trimEnd().split('\n').length);
  return {
    files: texts.length,
    lines: lines.reduce((sum, count) => sum + count, 0),
    file: spreadOf(lines),
    function: spreadOf(texts.flatMap(([file, text]) => (file.startsWith(ASSEMBLY) ? [] : functionLengths(file, text)))),
    folderCircles: folderCircles(imports).length,
    comparison: closureOf(imports, 'engine/compare.ts').length,
  };
}
