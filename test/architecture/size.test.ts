/** Budgets: a file that can be read in one sitting, a public surface that can be learned. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import * as deprecated from '../../src/api/deprecated.ts';
import { VERBS } from '../../src/cli/verbs/index.ts';
import { ROOT, typescriptFiles } from './source-files.ts';

const MAX_LINES = 400;
const MAX_VALUE_EXPORTS = 33;

function longFiles(folder: string): string[] {
  const lines = (file: string): number => readFileSync(join(folder, file), 'utf8').trimEnd().split('\n').length;
  return typescriptFiles(folder).filter((file) => lines(file) > MAX_LINES);
}

describe('size', () => {
  it(`no file of src has more than ${MAX_LINES} lines`, () => {
    expect(longFiles(join(ROOT, 'src'))).toEqual([]);
    expect(typescriptFiles(join(ROOT, 'src'))).toContain('index.ts');
  });

  it('a file of one line more would be refused', () => {
    const folder = mkdtempSync(join(tmpdir(), 'evidence-diff-size-'));
    try {
      writeFileSync(join(folder, 'fits.ts'), '1;\n'.repeat(MAX_LINES));
      writeFileSync(join(folder, 'long.ts'), '1;\n'.repeat(MAX_LINES + 1));
      expect(longFiles(folder)).toEqual(['long.ts']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  it(`the package exports a function for each verb, and at most ${MAX_VALUE_EXPORTS} values besides`, async () => {
    const names = Object.keys(await import('../../src/index.ts'));
    const camel = (verb: string): string => verb.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
    const own = new Set([...VERBS.map(({ name }) => camel(name)), 'compare', ...Object.keys(deprecated)]);
    const besides = names.filter((name) => !own.has(name));
    expect(besides.length).toBeLessThanOrEqual(MAX_VALUE_EXPORTS);
    expect(besides.length).toBeLessThan(names.length - VERBS.length);
    expect(names).not.toContain('default');
  });
});
