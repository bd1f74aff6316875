/** Core is portable, synchronous, and the same on every machine: told by its syntax. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ROOT, typescriptFiles } from './source-files.ts';

const CORE = join(ROOT, 'src/core');

const FORBIDDEN_NAMES: ReadonlySet<string> = new Set([
  ...['Promise', 'queueMicrotask', 'setInterval', 'setTimeout'],
  ...['Date', 'performance', 'random', 'crypto'],
  ...['Buffer', 'console', 'fetch', 'globalThis', 'process', 'require'],
  // What these answer depends on the locale data of the machine.
  ...['Intl', 'localeCompare', 'toLocaleLowerCase', 'toLocaleString', 'toLocaleUpperCase'],
]);

function forbiddenAt(node: ts.Node): string | undefined {
  if (node.kind === ts.SyntaxKind.AsyncKeyword) return 'async';
  if (node.kind === ts.SyntaxKind.AwaitKeyword || ts.isAwaitExpression(node)) return 'await';
  if (node.kind === ts.SyntaxKind.ImportKeyword) return 'import()';
  if (!ts.isIdentifier(node) && !ts.isStringLiteralLike(node)) return undefined;
  // A text is only a way to a name as a computed member: Math['random'].
  if (ts.isStringLiteralLike(node) && !ts.isElementAccessExpression(node.parent)) return undefined;
  return FORBIDDEN_NAMES.has(node.text) ? node.text : undefined;
}

/** What `text` holds that core must not, as `name at line`. */
function forbiddenIn(text: string): string[] {
  const file = ts.createSourceFile('core.ts', text, ts.ScriptTarget.ES2023, true);
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    const name = forbiddenAt(node);
    if (name !== undefined) found.push(`${name} at ${file.getLineAndCharacterOfPosition(node.getStart()).line + 1}`);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

/** The seam is a type alone: what implements it waits, outside of core. */
const SEAM = 'audit/evidence-source.ts';

/** Local times are made instants by the IANA rules that the platform brings; there is no other place for them. */
const ZONES = 'mapping/zone.ts';

describe('the text of core', () => {
  it('knows the time zones of the platform in one file, and nothing else of it there', () => {
    const found = forbiddenIn(readFileSync(join(CORE, ZONES), 'utf8')).map((one) => one.split(' ')[0]);
    expect([...new Set(found)]).toEqual(['Intl']);
  });

  it.each(typescriptFiles(CORE).filter((file) => file !== SEAM && file !== ZONES))(
    'src/core/%s waits for nothing and knows no clock, chance, locale or platform',
    (file) => {
      expect(forbiddenIn(readFileSync(join(CORE, file), 'utf8'))).toEqual([]);
    },
  );

  it('waits at its seam in words only: there is nothing to run', () => {
    expect(forbiddenIn(readFileSync(join(CORE, SEAM), 'utf8')).map((found) => found.split(' ')[0])).toEqual(
      Array<string>(4).fill('Promise'),
    );
    const { outputText } = ts.transpileModule(readFileSync(join(CORE, SEAM), 'utf8'), {
      compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext, removeComments: true },
    });
    expect(outputText.trim()).toBe('export {};');
  });

  it('is looked at', () => {
    expect(typescriptFiles(CORE)).toContain('platform.ts');
  });

  it.each([
    ['async', 'export async function f() {}'],
    ['async', 'export const f = async () => 1;'],
    ['await', 'await 1;'],
    ['await', 'for await (const x of y) {}'],
    ['Promise', 'export type T = Promise<string>;'],
    ['Date', 'export const now = new Date();'],
    ['random', 'export const x = Math.random();'],
    ['random', `export const x = Math['random']();`],
    ['random', 'const { random: x } = Math;'],
    ['process', 'export const x = process.pid;'],
    ['Buffer', 'export const x = Buffer.from([]);'],
    ['globalThis', 'export const x = globalThis;'],
    ['import()', `export const x = import('./x.ts');`],
    ['localeCompare', `export const x = 'a'.localeCompare('b');`],
  ])('would be refused for %s in: %s', (name, text) => {
    expect(forbiddenIn(text)).toContain(`${name} at 1`);
  });

  it('may speak of these in comments and texts', () => {
    expect(forbiddenIn(`// a Date, a Promise\nexport const x = 'process';`)).toEqual([]);
  });
});
