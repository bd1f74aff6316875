/** Lets Node 20 run the project's TypeScript as it lies: `node --import ./test/register-ts.mjs bench/main.ts`. */
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

const HOOKS = '?hooks';

// This file is loaded twice: by --import, and by register on the thread that answers for the loader.
if (!import.meta.url.endsWith(HOOKS)) register(import.meta.url + HOOKS);

/** The loader hook: the types of a .ts file are dropped, and nothing is checked. */
export async function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
  const fileName = fileURLToPath(url);
  const compilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    inlineSourceMap: true,
  };
  const { outputText } = ts.transpileModule(await readFile(fileName, 'utf8'), { fileName, compilerOptions });
  return { format: 'module', source: outputText, shortCircuit: true };
}
