import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import { type Block, blocks, documents, patternOf, ROOT, textOf } from './documents.ts';

const examples = documents().flatMap((document) => blocks(document, 'ts runnable'));

/** A project that has this package installed, so that the examples import it by its name. */
function userProject(): string {
  const project = mkdtempSync(join(tmpdir(), 'evidence-diff-library-'));
  mkdirSync(join(project, 'node_modules'));
  symlinkSync(ROOT, join(project, 'node_modules/evidence-diff'));
  symlinkSync(join(ROOT, 'node_modules/@types'), join(project, 'node_modules/@types'));
  symlinkSync(join(ROOT, 'fixtures'), join(project, 'fixtures'));
  writeFileSync(join(project, 'package.json'), '{ "private": true, "type": "module" }\n');
  return project;
}

const project = userProject();
afterAll(() => rmSync(project, { recursive: true, force: true }));

function fileOf({ document, line }: Block): string {
  return join(project, `${document.replace(/\W/g, '-')}-${line}.ts`);
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  module: ts.ModuleKind.NodeNext,
  strict: true,
  noEmit: true,
  noUncheckedIndexedAccess: true,
  skipLibCheck: true,
  types: ['node'],
};

function errorsIn(files: readonly string[]): readonly string[] {
  const program = ts.createProgram(files, OPTIONS);
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ file, messageText }) => `${file?.fileName ?? ''}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`);
}

/** What follows `// =>`, in the order of the lines: what the example says that it prints. */
function shownIn(block: Block): readonly string[] {
  return block.lines.flatMap((line) => {
    const at = line.indexOf('// => ');
    return at < 0 ? [] : [line.slice(at + '// => '.length)];
  });
}

function run(block: Block): { readonly status: number | null; readonly stdout: string; readonly stderr: string } {
  const module = fileOf(block).replace(/\.ts$/, '.mjs');
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext };
  writeFileSync(module, ts.transpileModule(block.lines.join('\n'), { compilerOptions }).outputText);
  const { status, stdout, stderr } = spawnSync(process.execPath, [module], { cwd: project, encoding: 'utf8' });
  return { status, stdout, stderr };
}

describe('the library examples in README.md and docs', () => {
  for (const block of examples) writeFileSync(fileOf(block), block.lines.join('\n'));

  it('have the types that they say, and a wrong one would be refused', () => {
    const wrong = join(project, 'wrong.ts');
    writeFileSync(wrong, "import { rootOf } from 'evidence-diff';\nrootOf(1, []);\n");
    expect(errorsIn(examples.map(fileOf))).toEqual([]);
    expect(errorsIn([wrong])).toHaveLength(1);
  });

  it.each(examples.map((block) => ({ where: `${block.document}:${block.line}`, block })))(
    '$where prints what it shows',
    ({ block }) => {
      const { status, stdout, stderr } = run(block);
      expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
      const shown = shownIn(block);
      expect(shown.length).toBeGreaterThan(0);
      if (!patternOf(shown).test(stdout)) expect(stdout).toBe(`${shown.join('\n')}\n`);
    },
  );

  it('use every value that the package exports', async () => {
    const code = blocks('docs/library.md', 'ts runnable').flatMap(({ lines }) => lines);
    const words = new Set(code.join('\n').match(/\w+/g));
    const names = Object.keys(await import('../../src/index.ts'));
    expect(names.filter((name) => !words.has(name))).toEqual([]);
  });

  it('library.md names every type that the package exports', () => {
    const index = readFileSync(join(ROOT, 'src/index.ts'), 'utf8');
    const text = textOf('docs/library.md');
    const lists = [...index.matchAll(/export (?:type )?\{([^}]*)\}/g)].map(([, list = '']) => list);
    const names = lists.flatMap((list) => list.replace(/\w+ as /g, '').match(/\w+/g) ?? []);
    const missing = names.filter((name) => name !== 'type' && !text.includes(`\`${name}\``));
    const inCode = new Set(
      blocks('docs/library.md', 'ts runnable').flatMap(({ lines }) => lines.join('\n').match(/\w+/g)),
    );
    expect(missing.filter((name) => !inCode.has(name))).toEqual([]);
  });
});
