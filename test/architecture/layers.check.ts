/** The rules of the layers, which `npm run architecture` holds src to, bite: a planted violation of each is caught. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from './source-files.ts';

const CONFIG = join(ROOT, 'test/architecture/dependency-cruiser.cjs');

interface Violation {
  readonly from: string;
  readonly to: string;
  readonly rule: { readonly name: string };
}

function cruise(folder: string): readonly Violation[] {
  const command = join(ROOT, 'node_modules/.bin/depcruise');
  const args = ['--config', CONFIG, '--output-type', 'json', 'src'];
  const { stdout, stderr, error } = spawnSync(command, args, { cwd: folder, encoding: 'utf8', maxBuffer: 2 ** 28 });
  if (error !== undefined) throw error;
  if (stdout === '') throw new Error(`depcruise printed no report: ${stderr}`);
  return (JSON.parse(stdout) as { readonly summary: { readonly violations: readonly Violation[] } }).summary.violations;
}

/** One file a rule, with what it imports: from `src/`, relative to it, or a package. */
const PLANTED: readonly (readonly [rule: string, file: string, imported: string])[] = [
  ['no-circular', 'core/a-ring.ts', './ring.ts'],
  ['no-unresolvable', 'core/nothing.ts', './not-there.ts'],
  ['known-layers', 'index.ts', './stray/anchor.ts'],
  ['core-layer', 'core/up.ts', '../wire/anchor.ts'],
  ['wire-layer', 'wire/up.ts', '../sources/anchor.ts'],
  ['sorting-layer', 'sorting/up.ts', '../engine/anchor.ts'],
  ['engine-layer', 'engine/aside.ts', '../sources/anchor.ts'],
  ['sources-layer', 'sources/aside.ts', '../trust/anchor.ts'],
  ['sources-layer', 'sources/up.ts', '../engine/anchor.ts'],
  ['trust-layer', 'trust/aside.ts', '../reports/anchor.ts'],
  ['reports-layer', 'reports/aside.ts', '../sources/anchor.ts'],
  ['runbook-layer', 'runbook/aside.ts', '../reports/anchor.ts'],
  ['api-layer', 'api/up.ts', '../cli/anchor.ts'],
  ['files-layer', 'files/aside.ts', '../engine/anchor.ts'],
  ['legacy-roots-layer', 'legacy-roots/up.ts', '../engine/anchor.ts'],
  ['bundle-layer', 'bundle/aside.ts', '../trust/anchor.ts'],
  ['audit-report-layer', 'audit-report/aside.ts', '../sources/anchor.ts'],
  ['layouts-layer', 'layouts/aside.ts', '../engine/anchor.ts'],
  ['core-is-portable', 'core/node.ts', 'node:fs'],
  ['core-packages', 'core/package.ts', 'anything'],
  ['nobody-imports-cli', 'runbook/command.ts', '../cli/anchor.ts'],
  ['page-layer', 'page/aside.ts', '../engine/anchor.ts'],
  ['nobody-imports-page', 'cli/page.ts', '../page/anchor.ts'],
  ['page-is-portable', 'page/node.ts', 'node:fs'],
  ['page-is-portable', 'page/by-way.ts', '../trust/node-keys.ts'],
  ['zod-only-in-wire', 'engine/zod.ts', 'zod'],
  ['@noble/curves-only-in-page', 'trust/curves.ts', '@noble/curves'],
  ['pg-only-in-sources-postgres', 'sources/pg.ts', 'pg'],
  ['pg-only-in-sources-postgres', 'engine/stream.ts', 'pg-query-stream'],
  ['csv-parse-only-in-sources-items', 'sources/rows.ts', 'csv-parse'],
  ['pdfkit-only-in-reports-pdf', 'reports/drawing.ts', 'pdfkit'],
  ['pdfkit-only-in-reports-pdf', 'cli/glyphs.ts', 'fontkit'],
  ['yauzl-only-in-sources-tree', 'layouts/zip.ts', 'yauzl'],
  ['yauzl-only-in-sources-tree', 'sources/zstd.ts', 'fzstd'],
  ['only-shipped-code', 'engine/test-code.ts', '../../test/anchor.ts'],
  ['only-shipped-packages', 'engine/dev-package.ts', 'dev-package'],
];

const ALLOWED: readonly (readonly [file: string, imported: string])[] = [
  ['core/noble.ts', '@noble/hashes/sha2.js'],
  ['core/jcs.ts', 'canonicalize'],
  ['core/tree.ts', 'merkletreejs'],
  ['wire/schema.ts', 'zod'],
  ['engine/down.ts', '../core/anchor.ts'],
  ['sources/down.ts', '../wire/anchor.ts'],
  ['sources/postgres/pool.ts', 'pg'],
  ['sources/items/rows.ts', 'csv-parse'],
  ['sources/postgres/cursor.ts', 'pg-query-stream'],
  ['trust/node-keys.ts', 'node:crypto'],
  ['reports/pdf-pages.ts', 'pdfkit'],
  ['reports/pdf.ts', 'fontkit'],
  ['sources/tree/zip.ts', 'yauzl'],
  ['layouts/down.ts', '../trust/anchor.ts'],
  ['bundle/document.ts', 'zod'],
  ['bundle/down.ts', '../engine/anchor.ts'],
  ['audit-report/down.ts', '../reports/anchor.ts'],
  ['runbook/down.ts', '../engine/anchor.ts'],
  ['page/down.ts', '../reports/anchor.ts'],
  ['page/curves.ts', '@noble/curves'],
  ['api/report.ts', '../reports/anchor.ts'],
  ['api/gate.ts', '../runbook/anchor.ts'],
  ['cli/render.ts', '../reports/anchor.ts'],
  ['cli/api.ts', '../index.ts'],
];

function write(folder: string, file: string, text: string): void {
  mkdirSync(dirname(join(folder, file)), { recursive: true });
  writeFileSync(join(folder, file), text);
}

function plant(folder: string): void {
  const shipped = [
    '@noble/hashes',
    'canonicalize',
    'merkletreejs',
    'zod',
    'csv-parse',
    'pdfkit',
    'fontkit',
    'yauzl',
    'fzstd',
    'anything',
  ];
  const names = (all: readonly string[]): object => Object.fromEntries(all.map((name) => [name, '1.0.0']));
  const manifest = { dependencies: names(shipped), peerDependencies: names(['pg', 'pg-query-stream']) };
  write(
    folder,
    'package.json',
    JSON.stringify({ ...manifest, devDependencies: names(['dev-package', '@noble/curves']) }),
  );
  for (const name of [...shipped, 'pg', 'pg-query-stream', 'dev-package', '@noble/curves']) {
    write(folder, `node_modules/${name}/package.json`, JSON.stringify({ name, main: 'index.js' }));
    write(folder, `node_modules/${name}/index.js`, 'exports.value = 1;\n');
  }
  write(folder, 'node_modules/@noble/hashes/sha2.js', 'exports.value = 1;\n');
  copyFileSync(join(ROOT, 'tsconfig.json'), join(folder, 'tsconfig.json'));
  for (const layer of [
    'core',
    'files',
    'wire',
    'legacy-roots',
    'bundle',
    'audit-report',
    'sorting',
    'engine',
    'sources',
    'trust',
    'reports',
    'runbook',
    'api',
    'page',
    'cli',
    'stray',
  ]) {
    write(folder, `src/${layer}/anchor.ts`, 'export const value = 1;\n');
  }
  write(folder, 'test/anchor.ts', 'export const value = 1;\n');
  write(folder, 'src/core/ring.ts', `export { value } from './a-ring.ts';\n`);
  for (const [file, imported] of [...PLANTED.map(([, ...rest]) => rest), ...ALLOWED]) {
    write(folder, `src/${file}`, `export { value } from '${imported}';\n`);
  }
}

describe('the layer rules', () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'evidence-diff-layers-')));
  let violations: readonly Violation[] = [];
  const caught = (file: string): string[] =>
    violations.filter(({ from }) => from === `src/${file}`).map(({ rule }) => rule.name);

  beforeAll(() => {
    plant(folder);
    violations = cruise(folder);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are each proved by a planted violation', () => {
    const config = createRequire(import.meta.url)(CONFIG) as {
      readonly forbidden: readonly { readonly name: string }[];
    };
    expect([...new Set(PLANTED.map(([rule]) => rule))].sort()).toEqual(config.forbidden.map(({ name }) => name).sort());
  });

  it.each(PLANTED)('%s catches %s importing %s', (rule, file) => {
    expect(caught(file)).toContain(rule);
  });

  it.each(ALLOWED)('let %s import %s', (file) => {
    expect(caught(file)).toEqual([]);
  });
});
