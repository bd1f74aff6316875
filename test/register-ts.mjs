/** Lets Node 20 run the project's TypeScript as it lies: `node --import ./test/register-ts.mjs bench/main.ts`. */
import { readFile } from 'node:fs/promises';
import { register } from 'node:module';
import { fileURLToPath } from 'node:url';
import { transformSync } from 'rolldown/utils';

const HOOKS = '?hooks';

// This file is loaded twice: by --import, and by register on the thread that answers for the loader.
if (!import.meta.url.endsWith(HOOKS)) register(import.meta.url + HOOKS);

/**
 * The loader hook: the types of a .ts file are dropped, and nothing is checked. tsc, which takes half a second to load, is
 * asked only for what oxc gives helpers of its own: templates in which a script element is closed.
 */
export async function load(url, context, next) {
  if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context);
  const fileName = fileURLToPath(url);
  const text = await readFile(fileName, 'utf8');
  const source = byOxc(fileName, text);
  const isOwn = !source.includes('@oxc-project/runtime');
  return { format: 'module', source: isOwn ? source : await byTsc(fileName, text), shortCircuit: true };
}

function byOxc(fileName, text) {
  const options = { lang: 'ts', sourcemap: true, typescript: { onlyRemoveTypeImports: true } };
  const { code, map, errors } = transformSync(fileName, text, options);
  if (errors.length > 0) throw new SyntaxError(`${fileName}: ${errors[0].message}`);
  const inline = Buffer.from(JSON.stringify(map)).toString('base64');
  return `${code}\n//# sourceMappingURL=data:application/json;base64,${inline}\n`;
}

async function byTsc(fileName, text) {
  const { default: ts } = await import('typescript');
  const compilerOptions = {
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.ESNext,
    verbatimModuleSyntax: true,
    inlineSourceMap: true,
  };
  return ts.transpileModule(text, { fileName, compilerOptions }).outputText;
}
