/** The command where some modules cannot be loaded, or each is named: shows that it gets along without them. */

function dataUrl(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

/**
 * The environment in which a module whose URL holds one of `refused` fails to load.
 *
 * @param refused - parts of URLs, such as `/node_modules/zod/`
 */
export function refusingModules(refused: readonly string[]): Record<string, string> {
  return atEachModule(
    `if (${JSON.stringify(refused)}.some((name) => found.url.includes(name))) throw new Error('loaded ' + found.url);`,
  );
}

/** The environment in which each module that is loaded is named on standard error: `loaded URL`. */
export function namingModules(): Record<string, string> {
  return atEachModule("writeSync(2, 'loaded ' + found.url + '\\n');");
}

/** @param then - what is done with the module that was `found`, by its URL */
function atEachModule(then: string): Record<string, string> {
  const hook = dataUrl(`import { writeSync } from 'node:fs';
  export async function resolve(specifier, context, next) {
    const found = await next(specifier, context);
    ${then}
    return found;
  }`);
  const preload = dataUrl(`import { register } from 'node:module'; register(${JSON.stringify(hook)});`);
  return { NODE_OPTIONS: `--import ${preload}` };
}
