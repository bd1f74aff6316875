/** A program that imports the library, made one file by the bundlers that people use, says what it says unbundled. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { beforeAll, describe, expect, it } from 'vitest';
import { VERSION } from '../../src/core/version.ts';
import { LEGACY_SCHEMES } from '../../src/legacy-roots/schemes.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly version: string };
const folder = temporaryFolder();
/** Somebody else's package: bundles lie two folders below its package.json, as our own files lie below ours. */
const app = join(folder, 'app');
const entry = join(app, 'program.mjs');
/** Likewise, with everything installed that we need. */
const beside = join(folder, 'beside');

/** Asks for everything that is loaded when it is needed, and for every registry. */
const PROGRAM = `
import { generateKeyPairSync } from 'node:crypto';
import { copyFileSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  auditSnapshot, captureSnapshot, compareSnapshots, crossCheckSnapshot, exportBundle, formatNamed, renderPdf,
  signSnapshot, verifySnapshotSignature, writeSnapshot,
} from 'evidence-diff';

async function main() {
  const fixtures = process.argv[2];
  const out = mkdtempSync(join(tmpdir(), 'bundled-'));
  const baseline = join(fixtures, 'baseline.json');
  const report = await compareSnapshots(baseline, join(fixtures, 'current.json'));
  const said = { tool: report.run.tool, verdict: report.verdict, headline: report.headline };
  const formats = {};
  for (const name of ['text', 'json', 'ndjson', 'junit', 'html']) {
    const drawn = await formatNamed(name).render({ ...report, run: { ...report.run, startedAt: '', finishedAt: '', durationMs: 0, peakRssBytes: 0 } }, { color: false });
    formats[name] = drawn.length;
  }
  const pdf = await renderPdf(report).then((bytes) => String.fromCharCode(...bytes.subarray(0, 5)), (fault) => fault.name + ': ' + fault.message);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = join(out, 'key');
  writeFileSync(key, privateKey.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
  writeFileSync(key + '.pub', publicKey.export({ format: 'pem', type: 'spki' }));
  const signed = join(out, 'signed.json');
  copyFileSync(baseline, signed);
  await signSnapshot(signed, { keys: [key] });
  const check = await verifySnapshotSignature(signed, { trustedKeys: [key + '.pub'] });
  const written = await writeSnapshot(join(out, 'w.ndjson'), [{ tenant: 'a', stream: 's', id: 'i', type: 't', body: 1 }]);
  const captured = await captureSnapshot(baseline, join(out, 'c.ndjson'));
  const bundle = await exportBundle(baseline, join(out, 'bundle'), { includeProofs: true });
  const opinion = await crossCheckSnapshot(baseline);
  const roots = [{ scheme: 'no-such-scheme', root: '0'.repeat(64) }];
  const schemes = await compareSnapshots(baseline, baseline, { legacyRoots: roots }).catch((fault) => fault.message);
  const database = await auditSnapshot('postgres://nobody@127.0.0.1:1/none');
  console.log(JSON.stringify({
    said, formats, pdf, schemes,
    trusted: [check.findings, check.signature !== null],
    sha256: written.sha256,
    captured: [captured.verdict, captured.written.sha256 !== null],
    bundle: [bundle.verdict, (await auditSnapshot(join(out, 'bundle'))).verdict],
    agreed: opinion.agreed,
    database: [database.verdict, database.findings.map(({ kind }) => kind)],
  }));
}
main();
`;

interface Answer {
  readonly said: { readonly tool: string; readonly verdict: string };
  readonly pdf: string;
  readonly schemes: string;
  readonly agreed: boolean;
  readonly bundle: readonly string[];
  readonly trusted: readonly unknown[];
  readonly database: readonly unknown[];
}

/** What the program prints; it must print nothing else. */
function answerOf(program: string): Answer {
  const args = [program, join(ROOT, 'fixtures/quickstart')];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    timeout: PATIENCE_MS,
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return JSON.parse(stdout) as Answer;
}

/** A bundler that runs as WebAssembly takes half a minute where others want the machine too. */
const PATIENCE_MS = 300_000;

type Format = 'esm' | 'cjs';

async function byRolldown(format: Format, file: string, external: readonly string[]): Promise<void> {
  const build = await rolldown({
    input: entry,
    platform: 'node',
    logLevel: 'silent',
    external: ['pg-native', ...external],
  });
  await build.write({ file, format, codeSplitting: false });
  await build.close();
}

/** As much of it as is used: types are checked also where it is not installed. */
interface Esbuild {
  readonly build: (options: Readonly<Record<string, unknown>>) => Promise<unknown>;
}

const esbuild = ((): Esbuild | undefined => {
  try {
    return createRequire(import.meta.url)('esbuild-wasm') as Esbuild;
  } catch {
    return undefined;
  }
})();

async function byEsbuild(format: Format, outfile: string, external: readonly string[]): Promise<void> {
  // The require that packages of the other kind call: esbuild's own documentation gives this banner.
  const banner = `import { createRequire as ownRequire } from 'node:module'; const require = ownRequire(import.meta.url);`;
  await esbuild?.build({
    entryPoints: [entry],
    bundle: true,
    platform: 'node',
    format,
    outfile,
    logLevel: 'silent',
    external: ['pg-native', ...external],
    ...(format === 'esm' ? { banner: { js: banner } } : {}),
  });
}

describe('a bundle of a program that imports the library', { timeout: PATIENCE_MS }, () => {
  let unbundled: Answer;

  beforeAll(() => {
    mkdirSync(join(app, 'node_modules'), { recursive: true });
    mkdirSync(join(app, 'out', 'deep'), { recursive: true });
    mkdirSync(join(beside, 'out', 'deep'), { recursive: true });
    for (const other of [app, beside]) {
      writeFileSync(join(other, 'package.json'), '{ "name": "somebody-else", "version": "9.9.9" }\n');
    }
    symlinkSync(ROOT, join(app, 'node_modules', 'evidence-diff'));
    symlinkSync(join(ROOT, 'node_modules'), join(beside, 'node_modules'));
    writeFileSync(entry, PROGRAM);
    unbundled = answerOf(entry);
  });

  it('would be held against one that does everything', () => {
    expect(unbundled).toMatchObject({
      said: { tool: `evidence-diff/${VERSION}`, verdict: 'PASS' },
      pdf: '%PDF-',
      agreed: true,
    });
    expect(unbundled.bundle).toEqual(['PASS', 'PASS']);
    expect(unbundled.trusted).toEqual([[], true]);
    expect(unbundled.database[0]).toBe('INCOMPLETE');
    for (const scheme of LEGACY_SCHEMES.keys()) expect(unbundled.schemes).toContain(scheme);
  });

  it('has the version of package.json, which is a constant of the build', () => {
    expect(VERSION).toBe(manifest.version);
  });

  const skipped = esbuild === undefined ? ' (skipped: esbuild-wasm is not installed)' : '';
  const bundlers = [
    { name: 'rolldown', make: byRolldown, isThere: true },
    { name: `esbuild${skipped}`, make: byEsbuild, isThere: esbuild !== undefined },
  ];
  const cases = bundlers.flatMap((bundler) => (['esm', 'cjs'] as const).map((format) => ({ ...bundler, format })));

  it.each(cases)('by $name, $format, with pdfkit installed beside it: says the same', async (bundler) => {
    const { make, format, isThere } = bundler;
    if (!isThere) return;
    const file = join(beside, 'out', 'deep', `program.${format === 'esm' ? 'mjs' : 'cjs'}`);
    await make(format, file, ['pdfkit']);
    expect(answerOf(file)).toEqual(unbundled);
  });

  it.each(['esm', 'cjs'] as const)(
    'by rolldown, %s, alone: says the same, and of a PDF what it needs',
    async (format) => {
      const file = join(app, 'out', 'deep', `alone.${format === 'esm' ? 'mjs' : 'cjs'}`);
      await byRolldown(format, file, []);
      const { pdf, ...rest } = answerOf(file);
      const { pdf: _, ...expected } = unbundled;
      expect(rest).toEqual(expected);
      expect(pdf).toMatch(/^EvidenceError: a PDF needs pdfkit, .*leave pdfkit external/);
    },
  );
});
