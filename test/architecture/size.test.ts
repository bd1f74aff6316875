/** Budgets: a file that can be read in one sitting, a public surface that can be learned. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ROOT, typescriptFiles } from './source-files.ts';

const MAX_LINES = 400;
const MAX_VALUE_EXPORTS = 32;

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

  it(`the package exports at most ${MAX_VALUE_EXPORTS} values`, async () => {
    const names = Object.keys(await import('../../src/index.ts'));
    expect(names.length).toBeLessThanOrEqual(MAX_VALUE_EXPORTS);
    expect(names).not.toContain('default');
  });
});
