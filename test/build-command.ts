/**
 * The command as it is started: `dist/cli/bin.js` and its chunks, made of `src/cli/bin.ts` and all that it loads. A
 * process that compares reads a dozen files in place of 200. Packages stay outside, and so do all names: a stack trace says
 * in which function something went wrong. The same source gives the same bytes.
 *
 * `npm run build` writes them, after tsc has written the library, which stays one module a file.
 */
import { chmodSync, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type OutputChunk, type Plugin, rolldown } from 'rolldown';

const SRC = fileURLToPath(new URL('../src/', import.meta.url));
const DIST = fileURLToPath(new URL('../dist/', import.meta.url));
const OUT = join(DIST, 'cli');
const ENTRY = join(SRC, 'cli/bin.ts');
const CHUNKS = 'chunks';

/** What every verb loads, and what nothing else than reading arguments and writing outputs needs. */
const OF_EVERY_VERB = [
  'cli/main.ts',
  'cli/terminal/redaction.ts',
  'cli/terminal/guard.ts',
  'cli/terminal/process-io.ts',
  'cli/terminal/exit.ts',
];

/** What two snapshot files are compared with: where the code imports when it runs, it imports these. */
const OF_COMPARISON = [
  'cli/verbs/compare.ts',
  'api/compare-snapshots.ts',
  'api/open-source.ts',
  'api/open-trust.ts',
  'api/layouts.ts',
  'sources/snapshot-source.ts',
  'sources/items/ours.ts',
  'bundle/layout.ts',
];

/** What draws the two that are asked for most, JSON and text: the digest of the one stands in the other. */
const OF_JSON = ['reports/json.ts'];
const OF_TEXT = ['reports/text.ts'];

/** Which believes what it is given, not what compares: what both need is apart from the comparison. */
const OF_PROOF = ['cli/verbs/verify-proof.ts', 'api/verify-proof.ts'];

/** Chunks of their own: the version is asked for without the rest, and tests put another comparison in its place. */
const ALONE = ['core/version.ts', 'api/compare-snapshots.ts'];

const inSrc = (paths: readonly string[]): readonly string[] => paths.map((path) => join(SRC, path));

/** A package, or a module of Node. */
const external = (id: string): boolean => !/^(?:[./]|\0)/.test(id) && !id.startsWith(SRC);

/** The modules that are loaded with `roots`. */
function loadedWith(roots: readonly string[], imports: ReadonlyMap<string, readonly string[]>): ReadonlySet<string> {
  const found = new Set<string>();
  const waiting = [...roots];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (found.has(id)) continue;
    const imported = imports.get(id);
    if (imported === undefined) throw new Error(`${id} is not loaded by the command: see ${import.meta.filename}`);
    found.add(id);
    waiting.push(...imported);
  }
  return found;
}

/** What each module imports when it is loaded. */
async function importsOfAll(): Promise<ReadonlyMap<string, readonly string[]>> {
  const imports = new Map<string, readonly string[]>();
  const collect: Plugin = {
    name: 'imports',
    moduleParsed: ({ id, importedIds }) => {
      imports.set(
        id,
        importedIds.filter((imported) => imported.startsWith(SRC)),
      );
    },
  };
  const bundle = await rolldown({ input: ENTRY, external, plugins: [collect], logLevel: 'silent' });
  await bundle.generate();
  await bundle.close();
  return imports;
}

/** A module finds what lies beside it, a worker or a package, where it lies itself in the library. */
const placesOfModules: Plugin = {
  name: 'places-of-modules',
  transform(code, id) {
    if (!code.includes('import.meta.url')) return null;
    const own = relative(join(SRC, 'cli', CHUNKS), id)
      .replace(/\.ts$/, '.js')
      .replaceAll('\\', '/');
    return code.replaceAll('import.meta.url', `new URL('${own}', import.meta.url).href`);
  },
};

/** In ASCII alone: such a text is held in half the memory and read in less time. */
function inAscii(code: string): string {
  return code.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
}

/** The files by their paths in `dist/cli`, and their text. */
export async function makeCommand(): Promise<ReadonlyMap<string, string>> {
  const imports = await importsOfAll();
  const everyVerb = loadedWith(inSrc(OF_EVERY_VERB), imports);
  const comparison = loadedWith(inSrc(OF_COMPARISON), imports);
  const proof = loadedWith(inSrc(OF_PROOF), imports);
  const json = loadedWith(inSrc(OF_JSON), imports);
  const text = loadedWith(inSrc(OF_TEXT), imports);
  const alone = new Set(inSrc(ALONE));
  const isCommon = (id: string): boolean => everyVerb.has(id) || (comparison.has(id) && proof.has(id));
  const bundle = await rolldown({
    input: { bin: ENTRY },
    external,
    platform: 'node',
    plugins: [placesOfModules],
    logLevel: 'silent',
  });
  const { output } = await bundle.generate({
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: `${CHUNKS}/[name]-[hash].js`,
    minify: { mangle: false, compress: true, codegen: { removeWhitespace: true } },
    codeSplitting: {
      groups: [
        { name: 'version', test: (id) => id === join(SRC, 'core/version.ts'), priority: 5 },
        { name: 'command', test: (id) => isCommon(id) && !alone.has(id), priority: 4 },
        { name: 'comparison', test: (id) => comparison.has(id) && !alone.has(id), priority: 3 },
        { name: 'report-json', test: (id) => json.has(id), priority: 2 },
        { name: 'report-text', test: (id) => text.has(id), priority: 1 },
      ],
    },
  });
  await bundle.close();
  const chunks = output.filter((file): file is OutputChunk => file.type === 'chunk');
  return new Map(chunks.map(({ fileName, code }) => [fileName, inAscii(code)]));
}

/** tsc leaves what it has written of a source that is gone, or has another name now: it would be shipped. */
function removeStale(): void {
  for (const path of readdirSync(DIST, { recursive: true, encoding: 'utf8' })) {
    const source = path.replace(/(?:\.d\.ts|\.js)$/, '.ts');
    const isOfCommand = path.startsWith(join('cli', CHUNKS));
    if (source !== path && !isOfCommand && !existsSync(join(SRC, source))) rmSync(join(DIST, path));
  }
}

async function write(): Promise<void> {
  removeStale();
  const files = await makeCommand();
  mkdirSync(join(OUT, CHUNKS), { recursive: true });
  for (const [path, code] of files) writeFileSync(join(OUT, path), code);
  // Last, and only what no chunk names any longer: a command may be running.
  for (const name of readdirSync(join(OUT, CHUNKS))) {
    if (!files.has(`${CHUNKS}/${name}`)) rmSync(join(OUT, CHUNKS, name));
  }
  chmodSync(join(OUT, 'bin.js'), 0o755);
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) await write();
