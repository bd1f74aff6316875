/** Pages with a database against a real server: their SQL and their commands, in the order of the page, print what they show. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { profileFrom } from '../../src/wire/profile.ts';
import { profileSchema } from '../../src/wire/profile-tables.ts';
import { postgresAvailable, skippedWithoutPostgres } from '../postgres/binaries.ts';
import { createLedger } from '../postgres/ledger-store.ts';
import { serverOfFile } from '../postgres/server-of-file.ts';
import { type Block, blocks, examplesOf, folderForExamples, outputOf, patternOf, textOf } from './documents.ts';

const PAGE = 'docs/postgres.md';
const DATABASE = 'stellaops';
const SQL = 'sql postgres';
const CONSOLE = 'console postgres';
const PROFILE = 'json notes.json';

interface Schema {
  readonly properties: Readonly<Record<string, { readonly items?: Schema }>>;
}

interface Step {
  readonly info: string;
  readonly block: Block;
}

/** In this order: the second reads by the role that the first one makes. */
const PAGES = [PAGE, 'docs/your-evidence.md'];

const steps: readonly Step[] = PAGES.flatMap((page) =>
  [SQL, CONSOLE, PROFILE]
    .flatMap((info) => blocks(page, info).map((block) => ({ info, block })))
    .sort((a, b) => a.block.line - b.block.line),
);

describe.runIf(postgresAvailable)(`${PAGES.join(' and ')} on a real server${skippedWithoutPostgres}`, () => {
  const folder = folderForExamples();
  const server = serverOfFile();
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  beforeAll(async () => {
    await server().createDatabase(DATABASE);
    const client = await server().connect(DATABASE);
    await createLedger(client, { rows: 3000 });
    await client.end();
  });

  function printed(command: string): Promise<string> {
    const EVIDENCE_SOURCE = server().url(DATABASE, 'evidence_reader', 'change-me');
    return outputOf(command, folder, { EVIDENCE_SOURCE });
  }

  it('has SQL, commands and a profile', () => {
    for (const info of [SQL, CONSOLE, PROFILE]) expect(steps.some((step) => step.info === info)).toBe(true);
    expect(PAGES.map((page) => blocks(page, CONSOLE).length > 0)).toEqual([true, true]);
    const consoles = PAGES.flatMap((page) => blocks(page, CONSOLE));
    expect(consoles.filter(({ lines }) => !lines[0]?.startsWith('$ '))).toEqual([]);
  });

  for (const { info, block } of steps) {
    const where = `${block.document}:${block.line}`;
    const text = block.lines.join('\n');
    if (info === SQL) {
      it(`${where}: the SQL can be run`, async () => {
        await server().sql(DATABASE, text);
      });
    } else if (info === PROFILE) {
      it(`${where}: is a profile`, () => {
        expect(profileFrom(JSON.parse(text), where).name).toBe('notes');
        writeFileSync(join(folder, 'notes.json'), text);
      });
    } else {
      it.each(examplesOf(block))(`${where}: \`$command\` prints what is shown`, async ({ command, shown }) => {
        const output = await printed(command);
        if (!patternOf(shown).test(output)) expect(output).toBe(`${shown.join('\n')}\n`);
      });
    }
  }

  it('another output would be refused', async () => {
    expect(patternOf(['PASS: …']).test(await printed('npx evidence-diff profile check --schema nowhere'))).toBe(false);
  });
});

describe(PAGE, () => {
  it('tells of every member of a profile, and of no other', () => {
    const section = textOf(PAGE)
      .split(/^## /m)
      .find((part) => part.startsWith('Profiles\n'));
    const rows = [...(section ?? '').matchAll(/^\| (`[^|]*`) \|/gm)];
    const told = rows.flatMap(([, names = '']) => names.match(/\w+/g) ?? []);
    const { properties } = z.toJSONSchema(profileSchema, { io: 'input' }) as { properties: Schema['properties'] };
    expect(told.sort()).toEqual(Object.keys(properties['tables']?.items?.properties ?? {}).sort());
  });
});
