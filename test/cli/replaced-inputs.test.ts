/** No output replaces what another option or an argument names: whatever the verb, and whatever the option. */
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CONFIG_NAME } from '../../src/cli/options/config-file.ts';
import { type AnyVerb, flagOf } from '../../src/cli/options/define.ts';
import { loadVerbs } from '../../src/cli/verbs/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { run } from './in-process.ts';

const folder = temporaryFolder();
const WRITTEN = ['output', 'metrics', 'attest', 'draft', 'state'];
const PATHS = /file|folder|path|profile|source|report/;

/** What the profile of a config file is of. Nobody asks it, since the output is refused before. */
const DATABASE = { source: 'postgres://reader@localhost:1/none' };

/** Each option of each verb that names something to read, with each that names what is written. */
const CASES = (await loadVerbs()).flatMap((verb) => {
  const paths = Object.entries(verb.options).filter(([, { metavar }]) => PATHS.test(metavar));
  const written = paths.filter(([name]) => WRITTEN.includes(name));
  const read = paths.filter(([name]) => !WRITTEN.includes(name));
  return written.flatMap(([output]) => read.map(([name, given]) => ({ verb, output, name, given })));
});

/** The verb, and a word for each argument that must be there. */
function argumentsOf({ name, arguments: args }: AnyVerb): readonly string[] {
  const words = Object.values(args).map(({ choices }) => choices[0] ?? 'absent.json');
  return name === 'compare' ? words : [name, ...words];
}

/** Options that must be there, with a value that most of them take, but for `given`. */
function requiredOf({ options }: AnyVerb, given: readonly string[]): readonly string[] {
  const missing = Object.entries(options).filter(
    ([name, { required }]) => required !== undefined && !given.includes(name),
  );
  return missing.flatMap(([name, { choices }]) => [flagOf(name), choices[0] ?? '2027-03-01']);
}

describe('an output', () => {
  it.each(CASES.map((one) => [`${one.verb.name} ${flagOf(one.output)}`, flagOf(one.name), one] as const))(
    '%s does not replace what %s names',
    async (_, __, { verb, output, name, given }) => {
      const path = join(folder, `${verb.name}-${output}-${name}`);
      writeFileSync(path, 'kept');
      symlinkSync(path, `${path}.link`);
      for (const target of [path, `${path}.link`]) {
        const value = given.metavar.includes('=') ? `k=${target}` : target;
        const asked = [...argumentsOf(verb), ...requiredOf(verb, [name, output])];
        const { stderr } = await run([...asked, flagOf(name), value, flagOf(output), path], { cwd: folder });
        expect(stderr).toContain(`${flagOf(output)} ${path} would replace the input ${target}`);
        expect(readFileSync(path, 'utf8')).toBe('kept');
      }
    },
  );

  it('does not replace a link that leads to an input, but any other', async () => {
    const own = temporaryFolder();
    const at = (name: string): string => join(own, name);
    for (const name of ['day1.ndjson', 'day2.ndjson', 'other']) writeFileSync(at(name), 'kept');
    symlinkSync('day1.ndjson', at('baseline.ndjson'));
    symlinkSync('other', at('report.json'));
    const sides = ['day1.ndjson', 'day2.ndjson', '--output'];
    const refused = await run([...sides, 'baseline.ndjson', '--format', 'json'], { cwd: own });
    expect([refused.status, readFileSync(at('baseline.ndjson'), 'utf8')]).toEqual([64, 'kept']);
    expect(refused.stdout + refused.stderr).toContain('--output baseline.ndjson would replace the input day1.ndjson');
    expect((await run([...sides, 'report.json'], { cwd: own })).status).toBe(2);
    expect(readFileSync(at('other'), 'utf8')).toBe('kept');
    expect(readFileSync(at('report.json'), 'utf8')).toContain('evidence-continuity-report');
  });

  it('does not replace an argument, and says which', async () => {
    writeFileSync(join(folder, 'a.json'), 'kept');
    const { status, stderr } = await run(['init', 'a.json', '--output', './a.json'], { cwd: folder });
    expect([status, readFileSync(join(folder, 'a.json'), 'utf8')]).toEqual([64, 'kept']);
    expect(stderr).toContain('--output ./a.json would replace the input a.json');
  });

  it('does not replace the config file that is in use though nobody has named it', async () => {
    const own = temporaryFolder();
    writeFileSync(join(own, CONFIG_NAME), '{}');
    const { status, stderr } = await run(['stats', 'a.json', '--output', CONFIG_NAME], { cwd: own });
    expect([status, readFileSync(join(own, CONFIG_NAME), 'utf8')]).toEqual([64, '{}']);
    expect(stderr).toContain(`would replace the input ${CONFIG_NAME}`);
  });

  it.each([
    ['the profile', { profile: './own.json' }, []],
    ['the profile of a namespace', { namespaces: { blue: { ...DATABASE, profile: './own.json' } } }, ['blue']],
    ['the source', { source: './own.json' }, []],
  ])('does not replace %s that a config file names', async (_, config, namespace) => {
    const own = temporaryFolder();
    writeFileSync(join(own, 'own.json'), 'kept');
    writeFileSync(join(own, CONFIG_NAME), JSON.stringify({ ...DATABASE, ...config }));
    const chosen = namespace.flatMap((name) => ['--namespace', name]);
    for (const verb of [['verify-all'], ['stats', '--format', 'json'], ['roots-export']]) {
      const { status, stderr } = await run([...verb, ...chosen, '--output', 'own.json'], { cwd: own });
      expect([status, readFileSync(join(own, 'own.json'), 'utf8')]).toEqual([64, 'kept']);
      expect(stderr).toContain('--output own.json would replace the input own.json');
    }
  });

  it('does not replace the profile that a config file names by a checkpoint, and calls its option by its name', async () => {
    const own = temporaryFolder();
    writeFileSync(join(own, 'own.json'), 'kept');
    writeFileSync(join(own, CONFIG_NAME), JSON.stringify({ ...DATABASE, profile: './own.json' }));
    writeFileSync(join(own, 'k'), 'a key');
    const asked = ['checkpoint', '--key', 'k', '--output', 'out', '--state', 'own.json'];
    const { status, stderr } = await run(asked, { cwd: own });
    expect([status, readFileSync(join(own, 'own.json'), 'utf8')]).toEqual([64, 'kept']);
    expect(stderr).toContain('--state own.json would replace the input own.json');
    const onto = await run([...asked, 'own.json'], { cwd: own });
    expect(onto.stderr).toContain('--state own.json would replace the input own.json');
  });

  it('replaces an earlier output, and what a text is that is no path', async () => {
    writeFileSync(join(folder, 'acme'), 'an earlier report');
    const { stderr } = await run(['stats', 'a.json', '--output', 'acme', '--format', 'json'], { cwd: folder });
    expect(stderr).not.toContain('would replace');
  });
});
