/**
 * Every option of every verb changes what is asked for, and what it changes is read by what then runs: an option that is
 * declared and never read would be a demand that is passed over.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { type AnyVerb, flagOf, type Given } from '../../src/cli/options/define.ts';
import { parseVerb } from '../../src/cli/options/parse.ts';
import { KEY_OPTIONS, TRUST_OPTIONS } from '../../src/cli/options/trust-options.ts';
import { UsageError } from '../../src/cli/terminal/exit.ts';
import { compareVerb, VERBS } from '../../src/cli/verbs/index.ts';

const CLI = fileURLToPath(new URL('../../src/cli/', import.meta.url));
const HEX = 'ab'.repeat(32);
const SAMPLES = [
  ...[
    'a',
    '1',
    '7',
    '0.5',
    '7d',
    '2026-03-01T10:00:00Z',
    'b=c',
    HEX,
    `sha256:${HEX}`,
    '2026-03-01',
    'a.json',
    'b.ndjson',
    '/a',
    '1/2',
    'https://tsa.example/',
    '00000003-0000001B-1@2027-03-01T10:00:00.000Z@0/16B3748@0123456789abcdef',
  ],
  `scheme=merkletreejs-sort root=${HEX}`,
  `b=sha256:${HEX}`,
];

/** What asks a comparison to sign its verdict. */
const ATTESTED = ['--attest', 'v.json', '--key', 'k'];

/** What asks for a report as NDJSON. */
const LINES = ['--output', 'r.ndjson'];

/** What is needed besides, where the verb does not run with its required options alone: one way is enough. */
const BASES: Readonly<Record<string, readonly (readonly string[])[]>> = {
  compare: [
    ['x', 'y', '--metrics', 'm.prom'],
    ['x', 'y', ...ATTESTED],
    ['x', 'y', ...LINES],
    ['x', 'y'],
  ],
  'verify-all': [
    ['--output', 's.ndjson', '--include-merkle-roots', '--metrics', 'm.prom'],
    ['--output', 's.ndjson'],
  ],
  merge: [['a', 'b', '--output', 's.ndjson', '--metrics', 'm.prom']],
  'verify-continuity': [
    ['--baseline', 'z.json', '--metrics', 'm.prom'],
    ['--baseline', 'z.json', ...ATTESTED],
    ['--baseline', 'z.json', ...LINES],
    ['--baseline', 'z.json'],
  ],
  'verify-roots': [
    ['--baseline', 'z.json', '--metrics', 'm.prom'],
    ['--baseline', 'z.json', ...ATTESTED],
    ['--baseline', 'z.json', ...LINES],
  ],
  explain: [['x', 'y']],
  'audit-report': [
    ['--since', '2026-01-01', '--baseline', 'z.json'],
    ['--since', '2026-01-01', '--verdict', 'v.json', '--verdict-key', 'k.pub'],
  ],
  migrate: [
    ['--dry-run', '--baseline', 'b.json'],
    ['--baseline', 'b.json', '--migration', 'm.json', '--output', 's.ndjson'],
  ],
  export: [
    ['--output', 'o'],
    ['--output', 'o', '--tiles', '--checkpoint', 'c'],
  ],
  checkpoint: [['--key', 'k', '--output', 'o', '--state', 's', '--origin', 'w']],
  prove: [
    ['--from', 'x', '--to', 'y', '--output', 'p.json', '--key', 'k'],
    ['--snapshot', 'x', '--tenant', 't', '--stream', 's', '--id', 'i', '--output', 'p.json'],
  ],
  timestamp: [
    ['f', '--timestamp-url', 'https://x/', '--tsa-certificate', 'c'],
    ['f', '--reply', 'r', '--tsa-certificate', 'c'],
    ['f', '--tsa-certificate', 'c'],
  ],
  witness: [
    ['add-checkpoint', 'c', '--witness-policy', 'p', '--snapshot', 's.json'],
    ['add-checkpoint', 'c', '--witness-policy', 'p', '--journal', 'j'],
  ],
  profile: [['check'], ['show', '--profile', 'p']],
  journal: [['append', 'j', '--step', '9', '--type', 'hand-off']],
};

/** What is handed to the library as a whole, which refuses what it does not know (test/contract/options.test.ts). */
const HANDED_ON: ReadonlySet<string> = new Set(['signing', 'what']);

/** All options may be given to what looks for trust; these it looks at. */
const TRUST_NAMES = { ...TRUST_OPTIONS, ...KEY_OPTIONS };

/** Options that are there for the runbook's words, and say in the help that they change nothing. */
const CHANGES_NOTHING = /changes nothing|as without it|there is no other/;

function readable({ choices, read }: Given<unknown>): readonly string[] {
  return (choices.length > 0 ? choices : SAMPLES).filter((sample) => {
    try {
      read(sample, []);
      return true;
    } catch {
      return false;
    }
  });
}

function basesOf({ name, arguments: args, options }: AnyVerb): readonly (readonly string[])[] {
  const own = BASES[name];
  if (own !== undefined) return own;
  const positional = Object.values(args).flatMap((given) => (given.always ? [readable(given)[0] ?? ''] : []));
  const needed = Object.entries(options).flatMap(([option, given]) =>
    given.required === undefined ? [] : [flagOf(option), readable(given)[0] ?? ''],
  );
  return [[...positional.map((word, at) => (word === 'a' ? `a${at}` : word)), ...needed]];
}

/** Command lines that are `base` with the option in it, or with another value of it. */
function waysOf(base: readonly string[], name: string, given: Given<unknown>): readonly (readonly string[])[] {
  const flag = flagOf(name);
  const no = flag.replace('--', '--no-');
  const at = base.indexOf(flag);
  const rest = at < 0 ? base : base.filter((_, index) => index !== at && (given.kind === 'flag' || index !== at + 1));
  if (given.kind === 'flag') return at < 0 ? [[...rest, flag]] : [rest];
  if (given.kind === 'negation') return [[...rest, no]];
  if (given.kind === 'toggle')
    return [
      [...rest, flag],
      [...rest, no],
    ];
  return readable(given).map((sample) => [...rest, flag, sample]);
}

/** What is asked for, or why it is refused. */
function requestOf(verb: AnyVerb, argv: readonly string[]): { readonly run: unknown } | UsageError {
  try {
    const parsed = parseVerb(verb, argv);
    if ('run' in parsed) return parsed;
    throw new Error(parsed.help);
  } catch (fault) {
    if (fault instanceof UsageError) return fault;
    throw fault;
  }
}

/** The names of the innermost members in which two requests differ, and of those that are handed on whole. */
function differing(a: unknown, b: unknown, name: string): readonly string[] {
  if (isDeepStrictEqual(a, b)) return [];
  const isObject = (value: unknown): value is Record<string, unknown> =>
    typeof value === 'object' && value !== null && Object.getPrototypeOf(value) === Object.prototype;
  if (!isObject(a) || !isObject(b)) return [name];
  const names = Object.keys({ ...a, ...b }).filter((member) => name !== 'trust' || Object.hasOwn(TRUST_NAMES, member));
  const members = names.flatMap((member) => differing(a[member], b[member], member));
  return HANDED_ON.has(name) ? [name, ...members] : members;
}

/** Where a request is made of options, and where options are declared: to name them there is not to heed them. */
const NOT_HEEDING = /(?:^r|R)equest$|^conflicts$/;

/** Names of members that are read in `path`, but for where a request is made of options. */
function readsIn(path: string): { readonly reads: readonly string[]; readonly imports: readonly string[] } {
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  const reads: string[] = [];
  const imports: string[] = [];
  const visit = (node: ts.Node): void => {
    const named = ts.isFunctionDeclaration(node) || ts.isPropertyAssignment(node) ? node.name?.getText() : undefined;
    if (named !== undefined && NOT_HEEDING.test(named)) return;
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier))
      imports.push(node.moduleSpecifier.text);
    if (ts.isPropertyAccessExpression(node)) reads.push(node.name.text);
    if (ts.isBindingElement(node)) reads.push((node.propertyName ?? node.name).getText());
    // By an index, in a file of verbs: `FOR_A_SERVER.find((option) => request[option])`.
    const isName = ts.isStringLiteral(node) && ts.isArrayLiteralExpression(node.parent);
    if (isName && path.startsWith(join(CLI, 'verbs'))) reads.push(node.text);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return { reads, imports };
}

/** Of the verb's file, and of all of the command that it imports. */
function readsOf(path: string, seen: Set<string> = new Set()): ReadonlySet<string> {
  if (seen.has(path)) return new Set();
  seen.add(path);
  const { reads, imports } = readsIn(path);
  const found = new Set(reads);
  for (const specifier of imports) {
    const target = join(dirname(path), specifier);
    if (target.startsWith(CLI) && specifier.startsWith('.')) for (const name of readsOf(target, seen)) found.add(name);
  }
  return found;
}

describe.each([compareVerb, ...VERBS].map(({ name, load }) => [name, load] as const))('%s', async (name, load) => {
  const verb = (await load()).verb as unknown as AnyVerb;
  const bases = basesOf(verb);
  const reads = readsOf(join(CLI, 'verbs', `${name}.ts`));

  it('can be asked without more', () => {
    for (const base of bases) expect(requestOf(verb, base), base.join(' ')).not.toBeInstanceOf(Error);
  });

  it.each(Object.entries(verb.options))('heeds %s', (option, given) => {
    if (CHANGES_NOTHING.test(given.help)) return;
    const heeded: string[] = [];
    const refusals: string[] = [];
    for (const base of bases) {
      const asked = requestOf(verb, base);
      for (const way of waysOf(base, option, given)) {
        const one = requestOf(verb, way);
        if (one instanceof UsageError) refusals.push(one.message);
        else if (!(asked instanceof UsageError)) heeded.push(...differing(asked.run, one.run, option));
      }
    }
    // One that has no meaning with this verb is refused by name.
    if (heeded.length === 0)
      expect(refusals.join('\n'), 'no way to give it changes anything').toMatch(/no meaning|itself/);
    else
      expect(
        heeded.filter((member) => reads.has(member)),
        `nothing that runs reads ${heeded.join()}`,
      ).not.toEqual([]);
  });
});
