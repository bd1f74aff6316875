/** To add a renderer or a verb is to add a file and a line in the index.ts beside it: both. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { ROOT, typescriptFiles } from './source-files.ts';

/** Folders, and what is in them besides their members: what is drawn of a proof, a verdict, for GitHub, as metrics and by `explain` is no format. */
const REGISTRIES: readonly (readonly [folder: string, ...besides: string[]])[] = [
  ['src/reports', 'proof-lines.ts', 'verdict-lines.ts', 'annotations.ts', 'metrics-exposition.ts', 'concentration.ts'],
  ['src/cli/verbs'],
];

/** What `file` of `folder` imports by a relative specifier, as paths from `folder`. */
function importsOf(folder: string, file: string): string[] {
  const { importedFiles } = ts.preProcessFile(readFileSync(join(folder, file), 'utf8'));
  return importedFiles.map(({ fileName }) => join(dirname(file), fileName));
}

/** The files under `folder` that its index.ts reaches neither itself nor through a member that uses them. */
function unregistered(folder: string, besides: readonly string[] = []): string[] {
  const members = typescriptFiles(folder);
  if (members.length === 0) return [];
  const reached = new Set(['index.ts', ...besides]);
  for (const file of reached) {
    for (const imported of importsOf(folder, file)) if (members.includes(imported)) reached.add(imported);
  }
  return members.filter((file) => !reached.has(file));
}

describe('a registry', () => {
  it.each(REGISTRIES)('%s reaches every file in it from its index', (folder, ...besides) => {
    expect(unregistered(join(ROOT, folder), besides)).toEqual([]);
  });

  it('that forgets a file would be caught', () => {
    const folder = mkdtempSync(join(tmpdir(), 'evidence-diff-registry-'));
    try {
      const shared = `import { shared } from './shared.ts';\n`;
      writeFileSync(
        join(folder, 'index.ts'),
        `import { known } from './known.ts';\nexport { again } from './again.ts';\n`,
      );
      for (const file of ['known.ts', 'again.ts', 'forgotten.ts']) writeFileSync(join(folder, file), shared);
      writeFileSync(join(folder, 'shared.ts'), 'export {};\n');
      expect(unregistered(folder)).toEqual(['forgotten.ts']);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});
