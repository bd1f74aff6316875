/** The types of core, which `npm run types` checks by its own tsconfig, know none of Node's: a planted one is refused. */
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { ROOT } from './source-files.ts';

function typeErrors(root: string): string {
  const tsc = join(ROOT, 'node_modules/.bin/tsc');
  return spawnSync(tsc, ['-p', 'src/core/tsconfig.json', '--noEmit'], { cwd: root, encoding: 'utf8' }).stdout;
}

it('core would not check with a name of Node in it', () => {
  const root = mkdtempSync(join(tmpdir(), 'evidence-diff-core-'));
  try {
    mkdirSync(join(root, 'src/core'), { recursive: true });
    for (const file of ['tsconfig.json', 'src/core/tsconfig.json']) copyFileSync(join(ROOT, file), join(root, file));
    const planted = `import 'node:fs';\nexport const a = Buffer;\nexport const b = process;\nexport const c = setTimeout;\n`;
    writeFileSync(join(root, 'src/core/planted.ts'), planted);
    const lines = [...typeErrors(root).matchAll(/planted\.ts\((\d+),/g)].map(([, line]) => Number(line));
    expect([...new Set(lines)]).toEqual([1, 2, 3, 4]);
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
