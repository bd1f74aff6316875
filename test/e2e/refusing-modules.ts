/** The command where some modules cannot be loaded: shows that it gets along without them. */

function dataUrl(code: string): string {
  return `data:text/javascript,${encodeURIComponent(code)}`;
}

/**
 * The environment in which a module whose URL holds one of `refused` fails to load.
 *
 * @param refused - parts of URLs, such as `/node_modules/zod/`
 */
export function refusingModules(refused: readonly string[]): Record<string, string> {
  const hook = dataUrl(`export async function resolve(specifier, context, next) {
    const found = await next(specifier, context);
    if (${JSON.stringify(refused)}.some((name) => found.url.includes(name))) throw new Error('loaded ' + found.url);
    return found;
  }`);
  const preload = dataUrl(`import { register } from 'node:module'; register(${JSON.stringify(hook)});`);
  return { NODE_OPTIONS: `--import ${preload}` };
}
