/** One signed comparison in every format: the same keys, demands and command; and the command gives the same verdict. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { repeatOf } from '../../src/reports/repeat.ts';
import { run } from '../cli/in-process.ts';
import { elementsOf, textOf as textOfNode } from '../reports/html-page.ts';
import { pagesOf, popplerAvailable, skippedWithoutPoppler } from '../reports/pdf-tools.ts';
import { readXml } from '../reports/xml-reader.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { fileOf, GROWN, RECORDS, textOf } from '../trust/signed-files.ts';
import { type Ended, evidenceDiff, shell } from './command.ts';

const folder = temporaryFolder();
/** Names that a shell, an option parser or a terminal would take for something else. */
const BASELINE = "-it's; $(echo x) \u202ebaseline.ndjson";
const CURRENT = 'root=current.ndjson';
const WRONG = `sha256:${'0'.repeat(64)}`;
const KINDS = ['txt', 'html', 'md', 'xml', ...(popplerAvailable ? ['pdf'] : [])] as const;

let digest = '';

beforeAll(async () => {
  fileOf(folder, BASELINE, textOf(RECORDS, { capturedAt: '2025-03-01T10:00:00.000Z' }));
  fileOf(folder, CURRENT, textOf(GROWN, { capturedAt: '2025-03-01T12:00:00.000Z' }));
  digest = `sha256:${createHash('sha256')
    .update(readFileSync(join(folder, BASELINE)))
    .digest('hex')}`;
  for (const name of ['alice key', 'bob'])
    expect((await run(['keygen', '--output', name], { cwd: folder })).status).toBe(0);
  const sign = ['sign', '--key', 'alice key', '--upgrade', '2027.Q2', '--', BASELINE];
  expect(await run(sign, { cwd: folder })).toMatchObject({ status: 0 });
});

const KEYS = ['--trusted-key', 'alice key.pub', '--trusted-key', 'bob.pub'];

/** Every demand of a comparison of files, held; then each kind of refusal. */
const CASES: readonly (readonly [string, number, () => readonly string[]])[] = [
  [
    'every demand held',
    0,
    () => [
      ...KEYS,
      '--threshold',
      '1',
      '--require-signature',
      '--expect-upgrade',
      '2027.Q2',
      '--expect-subject',
      'test',
      '--max-baseline-age',
      '9000d',
      '--expect-digest',
      digest,
    ],
  ],
  ['no demand', 0, () => []],
  ['frozen', 1, () => ['--mode', 'frozen', ...KEYS]],
  ['a wrong digest', 3, () => ['--expect-digest', WRONG]],
  ['a wrong digest beside a good signature', 3, () => [...KEYS, '--expect-digest', WRONG]],
  ['another key', 3, () => ['--trusted-key', 'bob.pub']],
  ['another subject', 3, () => [...KEYS, '--expect-subject', 'prod']],
  ['another upgrade', 3, () => [...KEYS, '--expect-upgrade', '2027.Q1']],
  ['too few signatures', 3, () => [...KEYS, '--threshold', '2']],
  [
    'an external root, and cannot be recomputed',
    2,
    () => ['--legacy-root', 'scheme=merkletreejs-sort', `root=${'0'.repeat(64)}`],
  ],
  ['too old', 3, () => ['--max-baseline-age', '1s']],
];

const unmarked = (text: string): string =>
  text.replace(/&#(\d+);/g, (_, code) => String.fromCharCode(Number(code))).replace(/\\([!-/:-@[-`{-~])/g, '$1');

interface Shown {
  readonly all: string;
  readonly command: string;
}

/** What a reader of the file sees, and the command as it would be copied from it. */
function shown(kind: string): Shown {
  const bytes = readFileSync(join(folder, `r.${kind}`));
  const text = bytes.toString('utf8');
  const line = (of: string): string =>
    of
      .split('\n')
      .map((one) => one.trim().replace(/^Repeat it: /, ''))
      .find((one) => one.startsWith('evidence-diff ')) ?? '';
  switch (kind) {
    case 'html': {
      const elements = elementsOf(text);
      return {
        all: elements.map(textOfNode).join('\n'),
        command: line(
          elements
            .filter(({ tagName }) => tagName === 'pre')
            .map(textOfNode)
            .join('\n'),
        ),
      };
    }
    case 'xml': {
      const properties = readXml(text).children[0]?.children[0]?.children ?? [];
      const value = (name: string): string =>
        properties.find((one) => one.attributes.get('name') === name)?.attributes.get('value') ?? '';
      return { all: properties.map((one) => one.attributes.get('value')).join('\n'), command: value('repeat') };
    }
    case 'pdf': {
      const all = pagesOf(bytes).join('\n');
      const at = all.indexOf('\n  evidence-diff ');
      const end = all.indexOf('•', at);
      return { all, command: all.slice(at, end) };
    }
    default:
      return { all: kind === 'md' ? unmarked(text) : text, command: line(text) };
  }
}

const tight = (text: string): string => text.replace(/\s+/g, '').toLowerCase();

/** The words that bash makes of `line`. */
function wordsOf(line: string): readonly string[] {
  const { status, stdout, stderr } = shell(`ed() { printf '%s\\0' "$@"; }; ${line}`, folder);
  expect([status, stderr]).toEqual([0, '']);
  return stdout.split('\0').slice(0, -1);
}

/** A command that passes, and one that fails, as whoever copies it runs it. */
const SPAWNED_TOO: ReadonlySet<string> = new Set(['every demand held', 'frozen']);

describe(`the formats of one comparison${skippedWithoutPoppler}`, { timeout: 300_000 }, () => {
  it.each(CASES)(
    '%s: state the same keys and demands, and a command that gives the same verdict',
    async (name, code, demands) => {
      const outputs = ['json', ...KINDS].flatMap((kind) => ['--output', `r.${kind}`]);
      const ended = await run([...demands(), '--details', ...outputs, '--', BASELINE, CURRENT], { cwd: folder });
      expect([ended.status, ended.stderr]).toEqual([code, '']);
      const report = JSON.parse(readFileSync(join(folder, 'r.json'), 'utf8')) as ContinuityReport;
      const { command } = repeatOf(report);
      for (const kind of KINDS) {
        const seen = shown(kind);
        const all = tight(seen.all);
        for (const { demand, asked, state, why } of report.demands) {
          expect(all).toContain(tight(`${demand} ${asked}`));
          expect(all).toContain(state);
          if (why !== undefined) expect(all).toContain(tight(why).slice(0, 300));
        }
        for (const { sha256 } of report.baseline.signature?.keys ?? []) expect(all).toContain(sha256);
        // The one of the PDF is copied over several lines, as a shell reads it.
        if (kind === 'pdf') expect(tight(seen.command.replaceAll(' \\\n', ' '))).toBe(tight(command));
        else expect(seen.command).toBe(command);
        if (kind !== 'pdf' && kind !== 'txt') continue;
        const line = seen.command.replace('evidence-diff ', 'ed --format json ');
        const again = SPAWNED_TOO.has(name) ? shell(line, folder) : await run(wordsOf(line), { cwd: folder });
        expect([again.status, again.stderr]).toEqual([code, '']);
        const repeated = JSON.parse(again.stdout) as ContinuityReport;
        expect([repeated.verdict, repeated.headline]).toEqual([report.verdict, report.headline]);
        expect(repeated.findings).toEqual(report.findings);
        const asked = ({ demands: all }: ContinuityReport): ContinuityReport['demands'] =>
          all.filter(({ demand }) => demand !== 'output');
        expect(asked(repeated)).toEqual(expect.arrayContaining([...asked(report)]));
      }
    },
  );

  it('of a file of roots the command is the verb that reads it', async () => {
    const ed = (...args: readonly string[]): Promise<Ended> => run(args, { cwd: folder });
    expect((await ed('roots-export', `./${BASELINE}`, '--output', 'roots.json')).status).toBe(0);
    expect((await ed('sign', 'roots.json', '--key', 'alice key')).status).toBe(0);
    const args = ['verify-roots', '--baseline', 'roots.json', '--trusted-key', 'alice key.pub', '--output', 'r.txt'];
    expect((await ed(...args, '--', CURRENT)).status).toBe(0);
    const { command } = shown('txt');
    expect(command).toMatch(/^evidence-diff verify-roots --baseline roots\.json .*--trusted-key 'alice key\.pub'/);
    expect(shell(command.replace('evidence-diff ', 'ed '), folder)).toMatchObject({ status: 0, stderr: '' });
  });

  it('a digest that was refused is pinned by none of them', () => {
    evidenceDiff(['--expect-digest', WRONG, '--output', 'r.txt', '--output', 'r.md', '--', BASELINE, CURRENT], {
      cwd: folder,
    });
    for (const kind of ['txt', 'md']) {
      expect(shown(kind).command).toContain(WRONG);
      expect(shown(kind).command).not.toContain(digest);
    }
  });
});
