import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { afterAll, describe, expect, it } from 'vitest';
import * as deprecated from '../../src/api/deprecated.ts';
import { compareVerb, VERBS } from '../../src/cli/verbs/index.ts';
import { type Block, blocks, documents, patternOf, ROOT, textOf } from './documents.ts';

const RUNNER = fileURLToPath(new URL('example-runner.mjs', import.meta.url));

/** What is kept for one release. */
const OLD: ReadonlySet<string> = new Set(Object.keys(deprecated));

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

interface Printed {
  readonly printed: string;
  readonly thrown?: string;
}

/** One process runs all examples but the first, which has one of its own. Where one leaves something open, it does not end. */
let runner: ChildProcess | undefined;
let runnerEnded: Promise<never> | undefined;

function startRunner(): ChildProcess {
  const child = fork(RUNNER, [], { cwd: project, execArgv: [] });
  runnerEnded = once(child, 'exit').then(([status]) => Promise.reject(new Error(`an example ended all: ${status}`)));
  runnerEnded.catch(() => undefined);
  return child;
}

afterAll(async () => {
  if (runner?.connected !== true) return;
  runner.disconnect();
  await once(runner, 'exit');
});

async function run(block: Block): Promise<Printed> {
  const module = fileOf(block).replace(/\.ts$/, '.mjs');
  const compilerOptions = { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext };
  writeFileSync(module, ts.transpileModule(block.lines.join('\n'), { compilerOptions }).outputText);
  if (block === examples[0]) {
    const { status, stdout, stderr } = spawnSync(process.execPath, [module], { cwd: project, encoding: 'utf8' });
    return { printed: stdout, ...(status === 0 && stderr === '' ? {} : { thrown: `${status}: ${stderr}` }) };
  }
  runner ??= startRunner();
  const answered = once(runner, 'message') as Promise<[Printed]>;
  runner.send(module);
  const [answer] = await (runnerEnded === undefined ? answered : Promise.race([answered, runnerEnded]));
  return answer;
}

describe('the library examples in README.md and docs', () => {
  for (const block of examples) writeFileSync(fileOf(block), block.lines.join('\n'));

  it('have the types that they say, and a wrong one would be refused', () => {
    const wrong = join(project, 'wrong.ts');
    writeFileSync(wrong, "import { rootOf } from 'evidence-diff';\nrootOf(1, []);\n");
    // In one program: most of what it takes are the types of the library and of node.
    const errors = errorsIn([...examples.map(fileOf), wrong]);
    expect(errors.filter((error) => !error.startsWith(`${wrong}: `))).toEqual([]);
    expect(errors).toHaveLength(1);
  });

  it.each(examples.map((block) => ({ where: `${block.document}:${block.line}`, block })))(
    '$where prints what it shows',
    async ({ block }) => {
      const { printed, thrown } = await run(block);
      expect(thrown).toBeUndefined();
      const shown = shownIn(block);
      expect(shown.length).toBeGreaterThan(0);
      if (!patternOf(shown).test(printed)) expect(printed).toBe(`${shown.join('\n')}\n`);
    },
  );

  it('use every value that the package exports, but for what goes with the next release', async () => {
    const code = blocks('docs/library.md', 'ts runnable').flatMap(({ lines }) => lines);
    const words = new Set(code.join('\n').match(/\w+/g));
    const names = Object.keys(await import('../../src/index.ts'));
    expect(names.filter((name) => !words.has(name) && !OLD.has(name))).toEqual([]);
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

/** The function of a verb: its name in camelCase. No function can be called `export` or `import`. */
function functionOf(verb: string): string {
  if (verb === 'export') return 'exportBundle';
  if (verb === 'import') return 'importRecords';
  return verb.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());
}

/** What the table of functions says: each function, and its verb if it has one. */
function functionsSaid(): readonly (readonly [name: string, verb: string])[] {
  const [, table = ''] = textOf('docs/library.md').split('| function | verb | gives |\n|---|---|---|\n');
  const rows = table.slice(0, table.indexOf('\n\n')).split('\n');
  return rows.flatMap((row) => {
    const [, names = '', verb = ''] = row.split('|');
    return [...names.matchAll(/`(\w+)`/g)].map(([, name = '']) => [name, verb.trim()] as const);
  });
}

describe('the table of functions in library.md', () => {
  it('has every function that the package exports, and none besides', async () => {
    const exported = Object.entries(await import('../../src/index.ts')).filter(
      ([, value]) => typeof value === 'function' && !/^class\b/.test(Function.prototype.toString.call(value)),
    );
    const said = functionsSaid().map(([name]) => name);
    expect([...said].sort()).toEqual(exported.map(([name]) => name).sort());
  });

  /** Verbs of which the page says that they have none. */
  function withoutFunction(): readonly string[] {
    const [, said = ''] = /^There is none for (.*?):/m.exec(textOf('docs/library.md')) ?? [];
    return [...said.matchAll(/`([a-z-]+)`/g)].map(([, name = '']) => name);
  }

  it('has a function of its name for each verb but two, and a verb for each function but those that say they have none', () => {
    expect(withoutFunction()).toEqual(['completion', 'man']);
    const verbs = VERBS.map(({ name }) => name).filter((name) => !withoutFunction().includes(name));
    const said = functionsSaid().filter(([, verb]) => verb.startsWith('`'));
    expect(Object.fromEntries(said)).toEqual(
      Object.fromEntries(verbs.map((verb) => [functionOf(verb), `\`${verb}\``])),
    );
    const others = functionsSaid().filter(([, verb]) => !verb.startsWith('`'));
    for (const [name, verb] of others) {
      if (name === compareVerb.name) expect(verb).toBe('none: the command itself');
      else expect(verb, name).toMatch(OLD.has(name) ? /^deprecated$/ : /^none(: `--[a-z]+`)?$/);
    }
  });
});
