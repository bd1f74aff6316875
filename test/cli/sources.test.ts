/** Which source is read, and how: command line, environment, config file, in that order, and never by accident. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { CONFIG_NAME } from '../../src/cli/options/config-file.ts';
import { parseVerb } from '../../src/cli/options/parse.ts';
import { findReading, findSource, type SourceRequest, sourceRequest } from '../../src/cli/options/source-options.ts';
import { UsageError } from '../../src/cli/terminal/exit.ts';
import { Secrets } from '../../src/cli/terminal/redaction.ts';
import type { Surroundings } from '../../src/cli/terminal/session.ts';
import { verb as compareVerb } from '../../src/cli/verbs/compare.ts';
import { verb as crossCheckVerb } from '../../src/cli/verbs/cross-check.ts';
import { verb as profileVerb } from '../../src/cli/verbs/profile.ts';
import { verb as statsVerb } from '../../src/cli/verbs/stats.ts';
import { verb as verifyAllVerb } from '../../src/cli/verbs/verify-all.ts';
import { verb as verifyContinuityVerb } from '../../src/cli/verbs/verify-continuity.ts';
import { verb as verifyRootsVerb } from '../../src/cli/verbs/verify-roots.ts';
import type { Profile1 } from '../../src/wire/profile-tables.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const home = process.cwd();
afterAll(() => process.chdir(home));

const LIVE = 'postgres://reader@127.0.0.1:5432/stella';
const GREEN = 'postgres://reader@127.0.0.1:5433/stella';

let folders = 0;
/** A working directory with this config file in it. */
function workIn(config?: unknown, name = CONFIG_NAME): string {
  const place = join(folder, String(++folders));
  mkdirSync(place);
  if (config !== undefined)
    writeFileSync(join(place, name), typeof config === 'string' ? config : JSON.stringify(config));
  process.chdir(place);
  return place;
}

beforeEach(() => {
  workIn();
});

const around = (env: Record<string, string>): Surroundings => ({ env, secrets: new Secrets(), written: [] });

async function refusal(wish: SourceRequest, environment: Record<string, string> = {}): Promise<string> {
  try {
    await findSource(wish, around(environment));
  } catch (fault) {
    if (fault instanceof UsageError) return fault.message;
    throw fault;
  }
  return 'accepted';
}

describe('the source', () => {
  const config = {
    source: 'config.json',
    namespaces: { green: GREEN, blue: { source: LIVE, profile: 'stella-locker' } },
  };

  it('is the argument or --source, else the namespace, else EVIDENCE_SOURCE, else that of the config file', async () => {
    workIn(config);
    const environment = { EVIDENCE_SOURCE: 'environment.json' };
    const nameFor = async (wish: SourceRequest, given = environment as Record<string, string>): Promise<string> =>
      (await findSource(wish, around(given))).name;
    expect(await nameFor(sourceRequest('argument.json', {}))).toBe('argument.json');
    expect(await nameFor(sourceRequest(undefined, { source: 'option.json' }))).toBe('option.json');
    expect(await nameFor({ namespace: 'green' })).toBe(GREEN);
    expect(await nameFor({})).toBe('environment.json');
    expect(await nameFor({}, {})).toBe('config.json');
  });

  it('is missing with a word on every way to give it', async () => {
    const says = await refusal({});
    for (const way of ['argument', '--source', '--namespace', 'EVIDENCE_SOURCE', CONFIG_NAME])
      expect(says).toContain(way);
    workIn({ workers: 2 });
    expect(await refusal({})).toContain('there is no source');
  });

  it('cannot be given twice', () => {
    expect(() => sourceRequest('a', { source: 'a' })).toThrow(/twice/);
    expect(() => sourceRequest('a', { namespace: 'green' })).toThrow(/--namespace/);
    expect(() => sourceRequest(undefined, { source: 'a', namespace: 'green' })).toThrow(/--namespace/);
  });

  it('of a namespace is refused with what is known', async () => {
    expect(await refusal({ namespace: 'green' })).toContain(`there is no ${CONFIG_NAME} here`);
    workIn(config);
    expect(await refusal({ namespace: 'gren' })).toContain('no such namespace; it has green, blue');
    expect(await refusal({ namespace: 'toString' })).toContain('no such namespace');
    workIn({});
    expect(await refusal({ namespace: 'green' })).toContain('it has none');
  });

  it('is not nothing where EVIDENCE_SOURCE is set and empty', async () => {
    workIn(config);
    expect(await refusal({}, { EVIDENCE_SOURCE: '' })).toContain('EVIDENCE_SOURCE is set, and empty');
  });

  it('may be in a variable that the config file names', async () => {
    workIn({ source: { env: 'STORE' }, namespaces: { green: { env: 'GREEN' }, blue: { source: { env: 'BLUE' } } } });
    const environment = { STORE: 'store.json', GREEN, BLUE: '' };
    expect((await findSource({}, around(environment))).name).toBe('store.json');
    expect((await findSource({ namespace: 'green' }, around(environment))).name).toBe(GREEN);
    expect(await refusal({ namespace: 'blue' }, environment)).toContain('variable BLUE, which is not set');
    expect(await refusal({}, {})).toContain('variable STORE');
  });

  it('is found from the folder of the config file if it is a relative path there', async () => {
    const place = workIn({ source: 'a.json', namespaces: { in: '-', url: LIVE, file: 'deep/b.json' } }, 'other.json');
    workIn();
    const asked = join(place, 'other.json');
    const nameFor = async (wish: SourceRequest): Promise<string> =>
      (await findSource({ config: asked, ...wish }, around({}))).name;
    expect(await nameFor({})).toBe(join(place, 'a.json'));
    expect(await nameFor({ namespace: 'file' })).toBe(join(place, 'deep/b.json'));
    expect(await nameFor({ namespace: 'in' })).toBe('-');
    expect(await nameFor({ namespace: 'url' })).toBe(LIVE);
  });
});

describe('the config file', () => {
  it.each<readonly [string, unknown, RegExp]>([
    ['an unknown member', { sources: 'a' }, /"sources"/],
    ['an unknown member of a namespace', { namespaces: { green: { source: 'a', porfile: 'b' } } }, /green.*"porfile"/],
    ['a namespace without a source', { namespaces: { green: { profile: 'b' } } }, /green\/source/],
    ['what makes a check weaker', { allowViews: true }, /"allowViews"/],
    ['an empty source', { source: '' }, /\/source/],
    ['an empty variable', { source: { env: '' } }, /\/source/],
    ['a number of workers that is none', { workers: 0 }, /\/workers/],
    ['a list', [], /config/],
    ['a name twice', '{"source":"a","source":"b"}', /duplicate member name/],
    ['a comment', '{} // none', /evidence-diff\.config\.json/],
    ['nothing', '', /evidence-diff\.config\.json/],
  ])('is refused for %s', async (_, config, says) => {
    workIn(config);
    expect(await refusal({})).toMatch(says);
  });

  it('is refused where it was asked for and is not there, or is no file', async () => {
    expect(await refusal({ config: 'nowhere.json' })).toContain(
      '--config nowhere.json: there is no such config file; a path is taken from the folder in which the command runs',
    );
    mkdirSync('folder');
    expect(await refusal({ config: 'folder' })).toContain('not a regular file');
    expect(await refusal({ config: 'nowhere.json', source: 'a.json' })).toContain('nowhere.json');
  });

  it('is not read for a file, whatever is wrong in it', async () => {
    workIn('broken');
    expect(await findSource({ source: 'a.json' }, around({}))).toEqual({ name: 'a.json', options: {} });
    expect(await findReading({}, ['a.json', '-'], around({}))).toEqual({});
  });
});

describe('how a database is read', () => {
  it('is as the command line says, else the namespace, else the config file', async () => {
    const green = { source: GREEN, profile: 'own/profile.json', workers: 3, stallTimeoutSeconds: 5 };
    workIn({ profile: 'stella-locker', workers: 2, batchSize: 50, lockTimeoutSeconds: 7, namespaces: { green } });
    expect((await findSource({ namespace: 'green', batchSize: 9 }, around({}))).options).toEqual({
      profile: 'own/profile.json',
      profileNamed: false,
      workers: 3,
      batchSize: 9,
      stallMs: 5000,
      lockTimeoutMs: 7000,
    });
    expect((await findSource({ source: LIVE, profile: 'x', workers: 4 }, around({}))).options).toMatchObject({
      profile: 'x',
      workers: 4,
    });
    expect(await findReading({ stallTimeout: 1 }, ['a.json', LIVE], around({}))).toMatchObject({
      profile: 'stella-locker',
      stallMs: 1000,
    });
  });

  it('takes the profile of a config file elsewhere from there, unless it is a built-in one', async () => {
    const place = workIn({
      namespaces: { a: { source: LIVE, profile: 'p.json' }, b: { source: LIVE, profile: 'stella-ledger' } },
    });
    workIn();
    const config = join(place, CONFIG_NAME);
    expect((await findSource({ config, namespace: 'a' }, around({}))).options.profile).toBe(join(place, 'p.json'));
    expect((await findSource({ config, namespace: 'b' }, around({}))).options.profile).toBe('stella-ledger');
  });

  it('knows of PG* variables only if it is told to', async () => {
    const environment = { PGUSER: 'somebody' };
    expect((await findSource({ source: LIVE }, around(environment))).options.environment).toBeUndefined();
    expect((await findSource({ source: LIVE, pgEnv: true }, around(environment))).options.environment).toEqual(
      environment,
    );
  });

  it('makes a profile of options', async () => {
    const wish = { source: LIVE, profile: 'generic', table: 's.t', map: ['id=key', 'type==note', 'attrs.state=state'] };
    const { profile } = (await findSource({ ...wish, where: 'x > 1' }, around({}))).options;
    expect((profile as Profile1).tables[0]).toMatchObject({
      schema: 's',
      table: 't',
      id: 'key',
      type: { value: 'note' },
      attrs: { state: 'state' },
      where: 'x > 1',
    });
    for (const [change, says] of [
      [{ profile: 'stella-ledger' }, /--profile generic/],
      [{ map: undefined }, /--map/],
      [{ table: undefined }, /--table/],
      [{ table: 'no-schema' }, /schema\.table/],
      [{ map: ['id'] }, /member=column/],
      [{ map: ['id='] }, /member=column/],
      [{ map: ['=a'] }, /member=column/],
      [{ map: ['id=a', 'id=b'] }, /more than once/],
      [{ map: ['id=a', 'name=b'] }, /no such member/],
      [{ map: ['id==a'] }, /fixed text/],
    ] as const) {
      const changed = Object.entries({ ...wish, ...change }).filter(([, value]) => value !== undefined);
      expect(await refusal(Object.fromEntries(changed))).toMatch(says);
    }
  });

  it('of a file is by a profile, or by records and map, and by nothing of databases', async () => {
    const optionsOf = async (request: SourceRequest): Promise<unknown> =>
      (await findSource({ source: 'a.json', ...request }, around({}))).options;
    expect(await optionsOf({})).toEqual({});
    expect(await optionsOf({ profile: 'p.json' })).toEqual({ profile: 'p.json' });
    expect(await optionsOf({ records: '', map: ['id=/a', 'tenant==t'] })).toEqual({
      records: '',
      map: { id: '/a', tenant: '=t' },
    });
    const refused = (request: SourceRequest): Promise<string> => refusal({ source: 'a.json', ...request }, {});
    expect(await refused({ profile: 'generic', table: 's.t' })).toContain('--table is about a database');
    expect(await refused({ where: 'true' })).toContain('--where is about a database');
    expect(await refused({ profile: 'generic' })).toContain('of a database');
    expect(await refused({ map: ['id=/a'] })).toContain('give --records');
    expect(await refused({ records: '', profile: 'p.json' })).toContain('give one of them');
    expect(await refusal({ source: LIVE, records: '' }, {})).toContain('is a database');
  });
});

describe('the options of a source', () => {
  const parsers: readonly (readonly [string, (argv: readonly string[]) => unknown])[] = [
    ['the comparison', (argv) => parseVerb(compareVerb, ['a', 'b', ...argv])],
    ['stats', (argv) => parseVerb(statsVerb, argv)],
    ['cross-check', (argv) => parseVerb(crossCheckVerb, argv)],
    ['verify-all', (argv) => parseVerb(verifyAllVerb, argv)],
    ['verify-continuity', (argv) => parseVerb(verifyContinuityVerb, ['--baseline', 'b', ...argv])],
    ['verify-roots', (argv) => parseVerb(verifyRootsVerb, ['--baseline', 'b', ...argv])],
    ['profile check', (argv) => parseVerb(profileVerb, ['check', ...argv])],
  ];
  const valued = ['--profile', '--table', '--where', '--schema', '--config'];
  const counted = ['--workers', '--batch-size', '--stall-timeout', '--lock-timeout'];
  const flags = ['--pg-env', '--allow-views', '--allow-replica', '--allow-plaintext'];

  it.each(parsers)('are those of %s', (_, parse) => {
    const all = [...valued.flatMap((name) => [name, 'x']), ...counted.flatMap((name) => [name, '3']), ...flags];
    expect(parse([...all, '--map', 'a=b', '--map', 'c==d'])).toHaveProperty('run');
    for (const name of [...valued, ...counted, '--map']) expect(() => parse([name, '']), name).toThrow(/empty/);
    for (const name of [...valued, ...counted])
      expect(() => parse([name, '1', name, '2']), name).toThrow(/more than once/);
    for (const name of counted)
      for (const value of ['0', '-1', '1.5', 'many']) expect(() => parse([name, value])).toThrow(UsageError);
  });

  it.each(parsers.slice(1))('--source and --namespace are those of %s', (_, parse) => {
    expect(parse(['--source', LIVE])).toHaveProperty('run.source.source', LIVE);
    expect(parse(['--namespace', 'green'])).toHaveProperty('run.source.namespace', 'green');
    for (const name of ['--source', '--namespace']) expect(() => parse([name, ''])).toThrow(/empty/);
    expect(() => parse(['--source', 'a', '--namespace', 'b'])).toThrow(UsageError);
  });

  it('are not all those of the comparison, which names its two sources', () => {
    expect(() => parseVerb(compareVerb, ['a', 'b', '--source', 'c'])).toThrow(/unknown option/);
    expect(() => parseVerb(compareVerb, ['a', 'b', '--namespace', 'c'])).toThrow(/unknown option/);
  });
});

describe('a source that would show a password as a file name', () => {
  const refused = [
    'postgers://u:canary@h/db',
    'mysql://u:canary@h/db',
    'jdbc:postgresql://u:canary@h/db',
    'postgresql+asyncpg://u:canary@h/db',
    'postgres:/u:canary@h/db',
    'postgres:u:canary@h/db',
    'postgres//u:canary@h/db',
    ' postgres://u:canary@h/db',
    'host=h user=u password=canary',
    "host=h password = 'canary'",
  ];

  it.each(refused)('is refused: %s', async (name) => {
    expect(() => parseVerb(compareVerb, [name, 'b'])).toThrow(/no connection URL/);
    expect(() => parseVerb(statsVerb, [name])).toThrow(/no connection URL/);
    expect(() => parseVerb(statsVerb, ['--source', name])).toThrow(/no connection URL/);
    expect(await refusal({}, { EVIDENCE_SOURCE: name })).toMatch(/no connection URL/);
  });

  it.each(['postgres.json', 'backup/postgres/a:b@c.json', 'C:\\store.json', 'a@b.json', 'a:b.json', LIVE, '-'])(
    'is not %s',
    (name) => {
      expect(parseVerb(statsVerb, [name])).toHaveProperty('run.source.source', name);
    },
  );
});

describe('the command lines of the verbs', () => {
  it('verify-all writes digests without roots, unless it is told otherwise', () => {
    const run = (...argv: readonly string[]): unknown =>
      (parseVerb(verifyAllVerb, argv) as { readonly run: unknown }).run;
    expect(run('a', '--output', 'b')).toMatchObject({ output: 'b', depth: 'digest', roots: false });
    expect(run('a', '--output', 'b', '--depth', 'full', '--include-merkle-roots')).toMatchObject({
      depth: 'full',
      roots: true,
    });
    expect(run()).toMatchObject({ source: {}, output: undefined });
    expect(run('--include-merkle-roots')).toMatchObject({ output: undefined });
  });

  it.each<readonly [string, readonly string[], RegExp]>([
    ['standard output', ['--output', '-'], /written to a file/],
    ['a depth without a file', ['--depth', 'full'], /give --output/],
    ['a summary without roots', ['--output', 'b', '--depth', 'summary'], /--include-merkle-roots/],
    ['a depth that is none', ['--output', 'b', '--depth', 'deep'], /digest, full, summary/],
    ['two files', ['--output', 'b', '--output', 'c'], /more than once/],
    ['two sources', ['a', 'b'], /too many arguments/],
    ['another format', ['--format', 'xml'], /Allowed are: text, json/],
  ])('verify-all refuses %s', (_, argv, says) => {
    expect(() => parseVerb(verifyAllVerb, argv)).toThrow(says);
  });

  it.each([verifyContinuityVerb, verifyRootsVerb])(
    '$name needs a baseline, and takes what the comparison takes',
    (verb) => {
      expect(() => parseVerb(verb, [])).toThrow(/--baseline/);
      expect(() => parseVerb(verb, ['--baseline', ''])).toThrow(/empty/);
      expect(() => parseVerb(verb, ['--baseline', 'a', '--output', 'r.docx'])).toThrow(/ending names no format/);
      const argv = [
        '--baseline',
        'a',
        '--namespace',
        'green',
        '--mode',
        'frozen',
        '--output',
        'r.json',
        '--max-findings',
        '3',
      ];
      expect(parseVerb(verb, argv)).toMatchObject({
        run: { baseline: 'a', mode: 'frozen', maxFindings: 3, source: { namespace: 'green' } },
      });
    },
  );

  it('profile lists, shows or checks', () => {
    expect(parseVerb(profileVerb, ['list'])).toMatchObject({ run: { action: 'list' } });
    expect(parseVerb(profileVerb, ['show', 'stella-ledger'])).toMatchObject({
      run: { source: { profile: 'stella-ledger' } },
    });
    expect(parseVerb(profileVerb, ['check', 'p.json', '--source', LIVE])).toMatchObject({
      run: { source: { profile: 'p.json', source: LIVE } },
    });
    for (const argv of [
      [],
      ['look'],
      ['list', 'a'],
      ['show'],
      ['show', 'a', '--profile', 'b'],
      ['check', 'a', '--profile', 'b'],
    ]) {
      expect(() => parseVerb(profileVerb, argv)).toThrow(UsageError);
    }
  });

  const helps: readonly (readonly [string, (argv: readonly string[]) => unknown])[] = [
    ['verify-all', (argv) => parseVerb(verifyAllVerb, argv)],
    ['verify-continuity', (argv) => parseVerb(verifyContinuityVerb, argv)],
    ['verify-roots', (argv) => parseVerb(verifyRootsVerb, argv)],
    ['profile', (argv) => parseVerb(profileVerb, argv)],
    ['cross-check', (argv) => parseVerb(crossCheckVerb, argv)],
  ];

  it.each(helps)('%s has a help with an example that parses, and lines that fit', (_, parse) => {
    const { help } = parse(['--help']) as { readonly help: string };
    const example = /Example:\n {2}evidence-diff \S+ (.*)/.exec(help)?.[1]?.split(' ') ?? [];
    expect(parse(example)).toHaveProperty('run');
    expect(Math.max(...help.split('\n').map((line) => line.length))).toBeLessThanOrEqual(120);
  });
});
