/** docs/verify.html, made from src/page: one file, the same bytes each time. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { verifierPage } from '../../src/page/document.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where the page is checked in. */
export const PAGE: string = `${ROOT}docs/verify.html`;

async function script(): Promise<string> {
  const build = await rolldown({
    input: `${ROOT}src/page/main.ts`,
    cwd: ROOT,
    platform: 'browser',
    logLevel: 'warn',
    transform: { target: 'es2023' },
    tsconfig: false,
    onLog: (_, log) => {
      throw new Error(`rolldown: ${log.message}`);
    },
  });
  try {
    // Not minified: the page can be read.
    const { output } = await build.generate({ format: 'iife', comments: false, minify: false, sourcemap: false });
    const [chunk, ...others] = output;
    if (others.length > 0) throw new Error('the page is one file');
    return chunk.code;
  } finally {
    await build.close();
  }
}

/** The page, as the source at hand makes it. */
export async function makePage(): Promise<string> {
  const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8')) as { readonly version: string };
  return verifierPage(await script(), version);
}
