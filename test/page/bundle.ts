/** docs/verify.html, made from src/page: one file, the same bytes each time. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { VERSION } from '../../src/core/version.ts';
import { type Licence, verifierPage } from '../../src/page/document.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Where the page is checked in. */
export const PAGE: string = `${ROOT}docs/verify.html`;

function licenceOf(name: string): Licence {
  const folder = `${ROOT}node_modules/${name}`;
  const { version, license } = JSON.parse(readFileSync(`${folder}/package.json`, 'utf8')) as Readonly<
    Record<string, string>
  >;
  return { name: `${name} ${version} (${license})`, text: readFileSync(`${folder}/LICENSE`, 'utf8').trim() };
}

interface Script {
  readonly code: string;
  /** The packages of others that it is made of. */
  readonly packages: readonly string[];
}

function packagesOf(moduleIds: readonly string[]): readonly string[] {
  const names = moduleIds.flatMap((id) => /node_modules\/((?:@[^/]+\/)?[^/]+)\/[^@]*$/.exec(id)?.[1] ?? []);
  return [...new Set(names)].sort();
}

async function script(): Promise<Script> {
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
    // Where a function stands in src is no matter of the page: a file that moves must not make it another one.
    const code = chunk.code.replace(/^\s*\/\/#(?:end)?region.*\n/gm, '');
    return { code, packages: packagesOf(chunk.moduleIds) };
  } finally {
    await build.close();
  }
}

/** The page, as the source at hand makes it. */
export async function makePage(): Promise<string> {
  const { code, packages } = await script();
  return verifierPage(code, VERSION, packages.map(licenceOf));
}
