/** The sampler's own tests: which breaks it makes, that they sleep until woken, and that a move does not rename them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Answer, Asking } from './ask.ts';
import { type Covering, filesFor } from './cover.ts';
import { Kept } from './kept.ts';
import { mutantsOf } from './mutants.ts';
import type { Tests } from './tests.ts';
import { withMutants } from './tree.ts';

function changesOf(text: string): string[] {
  return mutantsOf('a.ts', text).map((mutant) => text.slice(0, mutant.start) + mutant.after + text.slice(mutant.end));
}

describe('the breaks of a text', () => {
  it.each([
    ['a < b', ['a <= b']],
    ['a && b', ['a || b']],
    ['a ?? b', ['(b)']],
    ['!a', ['(a)']],
    [`'text'`, [`''`]],
    [`''`, []],
    ['[a]', ['[]']],
    ['false', ['true']],
    ['a ? b : c', ['(b)', '(c)']],
    ['f(a, b)', ['f(b, a)', '']],
    ['f(a, a)', ['']],
    ['Math.min(a, b)', ['Math.max(a, b)', '']],
    ['throw a;', ['']],
    [
      'function f(): boolean { return g(); }',
      [true, false].map((is) => `function f(): boolean {return ${is}; return g(); }`),
    ],
    [
      'function f(): void { if (a) b = c; }',
      ['function f(): void {return; if (a) b = c; }', 'function f(): void { if (a)  }'],
    ],
    ['type A = "b" | 1;', []],
    [`import { a } from 'b';`, []],
  ])('of %s', (text, changes) => {
    expect(changesOf(text).sort()).toEqual([...changes].sort());
  });

  it('keep their keys where the code is moved to another line of another file', () => {
    const text = 'export function least(a: number, b: number): number {\n  return a < b ? a : b;\n}\n';
    const keys = (file: string, moved: string): string[] => mutantsOf(file, moved).map(({ key }) => key);
    expect(keys('b/c.ts', `// moved\n\n${text}`)).toEqual(keys('a.ts', text));
    expect(new Set(keys('a.ts', text)).size).toBe(3);
    expect(keys('a.ts', text.replace('least', 'other'))).not.toEqual(keys('a.ts', text));
  });
});

describe('a text with its mutants in it', () => {
  const text = 'function f(a: number): boolean { if (a === 1 && a < 3) { a++; } return a > 1; }';
  const mutants = mutantsOf('a.ts', text).map((mutant, nth) => ({ ...mutant, id: nth + 1 }));
  const resultOf = (code: string, awake: number, hit: (id: number) => boolean): unknown => {
    const { outputText } = ts.transpileModule(code, { compilerOptions: { target: ts.ScriptTarget.ES2023 } });
    return new Function('__awake', '__hit', `${outputText}; return f(1);`)(awake, hit);
  };
  const never = (): never => {
    throw new Error('nobody asked');
  };

  it('does what each break does when that one is awake, and what it did when none is', () => {
    const schema = withMutants(text, mutants);
    expect(resultOf(schema, 0, never)).toBe(true);
    for (const { id, start, end, after } of mutants) {
      const broken = text.slice(0, start) + after + text.slice(end);
      expect(resultOf(schema, id, never), after).toBe(resultOf(broken, 0, never));
    }
    expect(mutants.some(({ id }) => resultOf(schema, id, never) === false)).toBe(true);
  });

  it('says which breaks were come by', () => {
    const hits = new Set<number>();
    const hit = (id: number): boolean => {
      hits.add(id);
      return false;
    };
    expect(resultOf(withMutants(text, mutants), -1, hit)).toBe(true);
    expect(hits.size).toBeGreaterThan(mutants.length / 2);
  });
});

describe('the tests that are asked', () => {
  const [mutant] = mutantsOf('a.ts', 'a < b').map((one) => ({ ...one, id: 1, folder: 'f' }));
  if (mutant === undefined) throw new Error('there is such a break');
  const asleep = new Map(
    [mutant, { ...mutant, id: 2, folder: 'g', file: 'b.ts' }, { ...mutant, id: 3, file: 'c.ts' }].map((one) => [
      one.id,
      one,
    ]),
  );
  const one = (file: string, cost: number, hits: readonly number[], milliseconds: number): Covering => {
    return { file, cost, hits, milliseconds };
  };
  const of = (clock: (nth: number) => number): readonly string[] =>
    filesFor(
      mutant,
      [
        one('passes by', 10, [1, 2, 2], clock(0)),
        one('about another source as well', 900, [1, 3], clock(5)),
        one('dear', 50_000, [1], clock(1)),
        one('cheap', 1000, [1], clock(2)),
        one('middling', 15_000, [1], clock(3)),
        one('about others', 5, [2], clock(4)),
      ],
      asleep,
    ).map(({ file }) => file);

  it('are those about the folder, the cheap ones about the source first, as many as the budget bears, and the clock has no say', () => {
    expect(of(() => 0)).toEqual(['cheap', 'about another source as well', 'middling', 'passes by']);
    expect(of((nth) => 1e6 * nth)).toEqual(of((nth) => 1e6 / (nth + 1)));
  });
});

describe('what is kept', () => {
  const folder = temporaryFolder();
  const [mutant] = mutantsOf('a.ts', 'a < b').map((one) => ({ ...one, id: 1, folder: 'f' }));
  if (mutant === undefined) throw new Error('there is such a break');
  const covering = ['a', 'b'].map((file) => ({ file, cost: 1, milliseconds: 1, hits: [1] }));

  /** Asks anew, as another run does, with test files of these digests of which `sees` sees the mutant. */
  const ask = async (path: string, digests: Readonly<Record<string, string>>, sees?: string) => {
    const asked: string[] = [];
    const run = async ({ files }: { readonly files: readonly string[] }) => {
      asked.push(...files);
      const isSeen = files.some((file) => file === sees);
      return isSeen
        ? { state: 'failed', by: `${sees}: a law`, milliseconds: 1 }
        : { state: 'passed', by: undefined, milliseconds: 1 };
    };
    const asking = new Asking('ground', new Map(Object.entries(digests)), new Kept<Answer>(path));
    const { state } = await asking.resultOf({ run } as unknown as Tests, mutant, covering, new Map([[1, mutant]]));
    return { state, asked };
  };

  it('is not asked again, but for a test that was changed', async () => {
    const path = join(folder, 'answers.jsonl');
    expect(await ask(path, { a: 'a1', b: 'b1' })).toEqual({ state: 'survived', asked: ['a', 'b'] });
    expect(await ask(path, { a: 'a1', b: 'b1' })).toEqual({ state: 'survived', asked: [] });
    expect(await ask(path, { a: 'a1', b: 'b2' }, 'b')).toEqual({ state: 'killed', asked: ['b'] });
    expect(await ask(path, { a: 'a2', b: 'b2' })).toEqual({ state: 'killed', asked: [] });
    expect(await ask(path, { a: 'a2', b: 'b3' })).toEqual({ state: 'survived', asked: ['a', 'b'] });
  });

  it('of a run that was stopped while it wrote is all but the last', () => {
    const path = join(folder, 'kept.jsonl');
    const kept = new Kept<number>(path);
    kept.put('one', 1);
    kept.put('two', 2);
    writeFileSync(path, readFileSync(path, 'utf8').slice(0, -2));
    const again = new Kept<number>(path);
    expect([again.get('one'), again.get('two')]).toEqual([1, undefined]);
    again.put('three', 3);
    expect(['one', 'two', 'three'].map((question) => new Kept<number>(path).get(question))).toEqual([1, undefined, 3]);
  });
});
