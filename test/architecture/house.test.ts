/** The house is as docs/ARCHITECTURE.md says: rooms without circles, and what PASS rests on by name. */
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { closureOf, folderCircles, houseFigures, type Imports, importsOf, importsOfSource, SRC } from './house.ts';
import { ROOT } from './source-files.ts';

const PAGE = readFileSync(join(ROOT, 'docs/ARCHITECTURE.md'), 'utf8');
const imports = importsOfSource();
const figures = houseFigures();

/** Where the verdict of a comparison is made. */
const COMPARISON = 'engine/compare.ts';

/** A value that is PASS, and neither a type nor what one is compared with. */
const SAYS_PASS = /(?:return|=>|[^=!]=|\?\??|:) 'PASS'(?! \|)/;

/** Files that are loaded with the comparison: what somebody opens who follows a record through it. */
const MOST_LOADED = 60;

function section(title: string): string {
  const at = PAGE.indexOf(`\n## ${title}\n`);
  expect(at, title).toBeGreaterThan(-1);
  const end = PAGE.indexOf('\n## ', at + 1);
  return PAGE.slice(at, end === -1 ? undefined : end);
}

const filesIn = (text: string): readonly string[] =>
  [...text.matchAll(/`([a-z0-9/-]+\.ts)`/g)].map(([, file = '']) => file);

const withImports = (files: Readonly<Record<string, string>>): ReadonlyMap<string, Imports> =>
  new Map(Object.entries(files).map(([file, text]) => [file, importsOf(file, text)]));

describe('the rooms', () => {
  it('import each other in no circle, not even for types', () => {
    expect(folderCircles(imports)).toEqual([]);
  });

  it('that did would be named', () => {
    const circle = withImports({
      'a/one.ts': `import type { B } from '../b/one.ts';`,
      'b/one.ts': `import { c } from '../c/one.ts';\nexport type B = 1;`,
      'c/one.ts': `export const later = () => import('../a/one.ts');\nimport './own.ts';`,
      'c/own.ts': `import { d } from '../d/one.ts';`,
      'd/one.ts': 'export const d = 1;',
    });
    expect(folderCircles(circle)).toEqual([['a', 'b', 'c']]);
  });

  it('all have their line, and no other has', () => {
    const named = [...section('Rooms').matchAll(/^\| `([a-z/-]+)\/` \|/gm)].map(([, room]) => room);
    const rooms = new Set([...imports.keys()].map(dirname).filter((room) => room !== '.'));
    rooms.delete('runbook');
    expect([...named].sort()).toEqual([...rooms].sort());
  });
});

describe('a function', () => {
  it('has at most 50 lines, its head and what is empty among them', () => {
    expect(figures.function.most).toBeLessThanOrEqual(50);
    expect(figures.function.most).toBeGreaterThan(30);
  });
});

describe('the comparison', () => {
  it(`loads at most ${MOST_LOADED} files`, () => {
    expect(figures).toMatchObject({ folderCircles: 0 });
    expect(closureOf(imports, COMPARISON).length).toBeLessThanOrEqual(MOST_LOADED);
  });

  it('loads nothing of what not every comparison demands: whoever is asked for it hands it in', () => {
    const demanded = /^(core\/(migration|mapping|proof)|legacy-roots|sorting)\/|^engine\/(migrat|run-migration)/;
    expect([...imports.keys()].filter((file) => demanded.test(file)).length).toBeGreaterThan(20);
    expect(closureOf(imports, COMPARISON).filter((file) => demanded.test(file))).toEqual([]);
  });

  it('of two snapshots by name loads nothing that reads evidence of others', () => {
    const way = ['api/compare-snapshots.ts', 'api/layouts.ts', 'api/open-trust.ts'];
    const others = /^(core\/(migration|mapping)|sources\/(kinds|postgres|shards)|sorting|legacy-roots)\/|-items\.ts$/;
    expect([...imports.keys()].filter((file) => others.test(file)).length).toBeGreaterThan(50);
    const allowed = new Set(['sources/postgres/held-name.ts']);
    const loaded = closureOf(imports, ...way).filter((file) => others.test(file) && !allowed.has(file));
    expect(loaded).toEqual([]);
  });

  it('rests on the files that the page names, and on no other', () => {
    expect(filesIn(section('What PASS rests on').split(/<!-- \w+ -->/)[1] ?? '')).toEqual(
      closureOf(imports, COMPARISON),
    );
  });

  it('rests on core, and on what reads and runs', () => {
    expect(closureOf(imports, COMPARISON).filter((file) => !/^(core|engine)\//.test(file))).toEqual([]);
  });

  it('is not the only one that says PASS: the page names whatever else does', () => {
    const compared = new Set(closureOf(imports, COMPARISON));
    const others = [...imports.keys()].filter(
      (file) => !compared.has(file) && SAYS_PASS.test(readFileSync(join(SRC, file), 'utf8')),
    );
    expect(filesIn(section('What PASS rests on').split('<!-- others -->')[1] ?? '')).toEqual(others.sort());
  });
});

describe('the page', () => {
  it.each(['ARCHITECTURE.md', 'CONTRIBUTING.md'])('%s names no file that is not there', (name) => {
    const page = readFileSync(join(ROOT, 'docs', name), 'utf8');
    const files = filesIn(page).filter((file) => !/^(src|test|fixtures|bench)\//.test(file) && file.includes('/'));
    expect(files.filter((file) => !existsSync(join(SRC, file)))).toEqual([]);
    const whole = [...page.matchAll(/`((?:src|test|fixtures|docs)\/[\w./-]*)`/g)].map(([, path = '']) => path);
    expect(whole.filter((path) => !existsSync(join(ROOT, path)))).toEqual([]);
    expect(files.length + whole.length).toBeGreaterThan(5);
  });

  it('CONTRIBUTING.md names commands that there are', () => {
    const page = readFileSync(join(ROOT, 'docs/CONTRIBUTING.md'), 'utf8');
    const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { scripts: object };
    const named = [...page.matchAll(/^\| `npm (?:run )?([a-z:-]+)` \|/gm)].map(([, script = '']) => script);
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((script) => !Object.hasOwn(scripts, script))).toEqual([]);
  });
});
