/** The tables of options in command-line.md are made from the definitions, and these say what is so. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { flagOf } from '../../src/cli/options/define.ts';
import { compareVerb, loadVerbs } from '../../src/cli/verbs/index.ts';
import { PAGE, withOptionTables } from './option-tables.ts';

const page = readFileSync(PAGE, 'utf8');
const verbs = [(await compareVerb.load()).verb, ...(await loadVerbs())];

describe('the tables of options in command-line.md', () => {
  it('are what the definitions make (npm run option-tables writes them anew)', async () => {
    expect(await withOptionTables(page), 'older than the definitions of the verbs: npm run option-tables').toBe(page);
  });

  it('are marked for each verb, once', async () => {
    const mark = '<!-- options of stats -->\n';
    await expect(withOptionTables(page.replace(mark, ''))).rejects.toThrow(/no mark for the options of stats/);
    await expect(withOptionTables(`${page}${mark}<!-- end of options -->\n`)).rejects.toThrow(/stats.*twice/);
    await expect(withOptionTables(page.replace(mark, mark.replace('stats', 'stat')))).rejects.toThrow(
      /options of stat:/,
    );
    await expect(withOptionTables(page.replace('<!-- formats -->', ''))).rejects.toThrow(/no mark for the formats/);
  });
});

describe('what a definition says of an option', () => {
  const given = verbs.flatMap((verb) =>
    Object.entries(verb.options).map(([name, option]) => ({ verb: verb.name, flag: flagOf(name), ...option })),
  );

  it('names each of its choices', () => {
    const silent = given.filter(
      ({ kind, choices, help }) => kind !== 'toggle' && choices.some((one) => !help.includes(one)),
    );
    expect(silent.map(({ verb, flag }) => `${verb} ${flag}`)).toEqual([]);
  });

  it('has the default that is taken', () => {
    const numbers = given.filter(({ fallback }) => typeof fallback === 'number');
    expect(numbers.length).toBeGreaterThan(5);
    for (const { verb, flag, fallback, help } of numbers) {
      expect(help, `${verb} ${flag}`).toMatch(new RegExp(`default ${String(fallback)}\\b`));
    }
  });
});
