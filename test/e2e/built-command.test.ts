/** `dist/cli/bin.js` and its chunks: what is started is what the source makes, and the same each time. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { makeCommand } from '../build-command.ts';
import { BIN, evidenceDiff } from './command.ts';
import { ROOT } from './documents.ts';
import { namingModules } from './refusing-modules.ts';

let files: ReadonlyMap<string, string>;

beforeAll(async () => {
  files = await makeCommand();
});

describe('the command that npm run build has written', () => {
  it('is what the source makes, byte by byte, and nothing besides', () => {
    const folder = dirname(BIN);
    const chunks = readdirSync(join(folder, 'chunks')).map((name) => `chunks/${name}`);
    expect(chunks.sort()).toEqual([...files.keys()].filter((path) => path !== 'bin.js').sort());
    for (const [path, code] of files) expect(readFileSync(join(folder, path), 'utf8') === code, path).toBe(true);
  });

  it('names no place of the machine that has made it', () => {
    for (const [path, code] of files) expect(code.includes(ROOT), path).toBe(false);
  });

  it('has no package of others in it', () => {
    const { dependencies, optionalDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
    const names = Object.keys({ ...dependencies, ...optionalDependencies });
    const imported = [...files.values()].flatMap((code) =>
      [...code.matchAll(/(?<![\w$])(?:from|import\(?)["`']((?:@[\w-]+\/)?[\w:./-]+)["`']/g)].map(
        ([, name = '']) => name,
      ),
    );
    const packages = new Set(imported.filter((name) => !/^(?:node:|\.)/.test(name)));
    expect([...packages].filter((name) => !names.some((one) => name === one || name.startsWith(`${one}/`)))).toEqual(
      [],
    );
    for (const name of ['@noble/hashes/sha2.js', 'pg', 'zod']) expect([...packages]).toContain(name);
  });

  it('loads for a comparison what it needs and no more: each file that is loaded takes longer than many records', () => {
    const snapshot = join(ROOT, 'fixtures/quickstart/baseline.json');
    const loadedBy = (...more: readonly string[]): readonly string[] => {
      const { status, stderr } = evidenceDiff([snapshot, snapshot, '--allow-same', ...more], { env: namingModules() });
      expect(status).toBe(0);
      const paths = [...stderr.matchAll(/^loaded file:\S*\/(?:dist\/cli|node_modules)\/(\S+)$/gm)];
      const names = paths.map(([, path = '']) => path.replace(/^chunks\/(.*)-[\w-]{8}\.js$/, '$1'));
      return [...new Set(names)].filter((name) => !name.startsWith('@noble/hashes/')).sort();
    };
    const always = ['bin.js', 'canonicalize/lib/canonicalize.js', 'command', 'compare-snapshots', 'comparison'];
    const json = [...always, 'report-json', 'rolldown-runtime', 'version'].sort();
    expect(loadedBy('--format', 'json')).toEqual(json);
    expect(loadedBy()).toEqual([...json, 'report-text'].sort());
  });

  it('says in a stack by which functions it came there', () => {
    const { status, stderr } = evidenceDiff(['a', 'b'], { engine: 'throws', env: { EVIDENCE_DIFF_DEBUG: '1' } });
    expect(status).toBe(70);
    expect(stderr).toMatch(
      /at compareSnapshots \(.*\n(?: {4}at .*\n)*? {4}at async runComparison \(.*chunks\/comparison-/,
    );
  });
});
