/** The examples in README.md and docs/, taken out so that they can be run. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '../cli/in-process.ts';
import { BIN } from './command.ts';

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

/** README.md and every page of docs/, by their paths from the root of the project. */
export function documents(): readonly string[] {
  const pages = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' });
  return ['README.md', ...pages.filter((page) => page.endsWith('.md')).map((page) => join('docs', page))].sort();
}

export function textOf(document: string): string {
  return readFileSync(join(ROOT, document), 'utf8');
}

export interface Block {
  readonly document: string;
  /** Line of the opening fence, from 1. */
  readonly line: number;
  readonly lines: readonly string[];
}

/** The fenced blocks whose fence says exactly `info`. */
export function blocks(document: string, info: string): readonly Block[] {
  const found: Block[] = [];
  let open: { info: string; line: number; lines: string[] } | undefined;
  for (const [at, line] of textOf(document).split('\n').entries()) {
    if (!line.startsWith('```')) open?.lines.push(line);
    else if (open === undefined) open = { info: line.slice(3), line: at + 1, lines: [] };
    else {
      if (open.info === info) found.push({ document, line: open.line, lines: open.lines });
      open = undefined;
    }
  }
  return found;
}

export interface Example {
  readonly command: string;
  readonly shown: readonly string[];
}

/** The commands of a block, each with what it shows; a command may go on behind `> `. */
export function examplesOf(block: Block): readonly Example[] {
  const examples: { command: string; shown: string[] }[] = [];
  for (const line of block.lines) {
    const last = examples.at(-1);
    if (line.startsWith('$ ')) examples.push({ command: line.slice(2), shown: [] });
    else if (line.startsWith('> ') && last?.shown.length === 0) last.command += `\n${line.slice(2)}`;
    else examples.at(-1)?.shown.push(line);
  }
  return examples;
}

/** What a terminal would show of a line of bash: standard output and standard error in one. */
function terminalOutput(
  command: string,
  folder: string,
  environment: Readonly<Record<string, string>> = {},
  input = '',
): string {
  const script = `exec 2>&1; npx() { shift; "${process.execPath}" "${BIN}" "$@"; }; ${command}`;
  const env = { PATH: process.env['PATH'] ?? '', HOME: process.env['HOME'] ?? '', ...environment };
  return spawnSync('bash', ['--norc', '-c', script], { cwd: folder, env, input, encoding: 'utf8', timeout: 300_000 })
    .stdout;
}

/**
 * The words of a line of bash that does nothing but start the command, if it is one: no pipe, quote, variable, pattern,
 * redirection or second command.
 */
function plainArguments(command: string): readonly string[] | undefined {
  return /^npx evidence-diff(?: [\w./:=@,+-]+)*$/.test(command) ? command.split(' ').slice(2) : undefined;
}

/** What stands behind the command in such a line: something that reads what it prints, or a word on how it ended. */
const READER = / \| (?!.*\bnpx )(.*)$/s;
const EXIT_CODE = /; echo "([\w ]*)\$\?"$/;

/** What stands before it: a variable for it alone, or something else that is done first and shows in files. */
const VARIABLE = /^([A-Z_]+)=([\w./-]+) (?=npx )/;
const DONE_FIRST = /^((?:cp|echo|printf|sed|sh|\(cd) (?:(?!\bnpx ).)*?)(?:;| &&) (?=npx (?!.*\bnpx ))/s;

/**
 * Likewise, without a process of its own for the command where the line does nothing but start it, and at most does something
 * else first, lets something read what it prints, or says how it ended.
 */
export async function outputOf(
  line: string,
  folder: string,
  given: Readonly<Record<string, string>> = {},
): Promise<string> {
  const [before = '', first] = DONE_FIRST.exec(line) ?? [];
  const [assigned = '', name = '', value = ''] = VARIABLE.exec(line.slice(before.length)) ?? [];
  const env = assigned === '' ? given : { ...given, [name]: value };
  const command = line.slice(before.length + assigned.length);
  const [pipe = '', reader] = READER.exec(command) ?? [];
  const [echo = '', words = ''] = EXIT_CODE.exec(command) ?? [];
  const args = plainArguments(command.slice(0, command.length - Math.max(pipe.length, echo.length)));
  if (args === undefined) return terminalOutput(line, folder, given);
  const done = first === undefined ? '' : terminalOutput(first, folder, given);
  const heard: Uint8Array[] = [];
  const { status, stdout, stderr } = await run(args, { cwd: folder, env, heard: (bytes) => void heard.push(bytes) });
  if (reader !== undefined) return done + stderr + terminalOutput(reader, folder, env, stdout);
  return done + Buffer.concat(heard).toString('utf8') + (echo === '' ? '' : `${words}${status}\n`);
}

/** A new folder that looks like the root of the project to an example, and takes what the example writes. */
export function folderForExamples(): string {
  const folder = mkdtempSync(join(tmpdir(), 'evidence-diff-docs-'));
  for (const name of ['dist', 'fixtures', 'node_modules', 'package.json']) {
    symlinkSync(join(ROOT, name), join(folder, name));
  }
  return folder;
}

/** What is shown, as a pattern: `…` is anything within a line, a line of nothing else is any number of lines. */
export function patternOf(lines: readonly string[]): RegExp {
  const escaped = (text: string): string => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  const patterns = lines.map((line) =>
    line.trim() === '…' ? '(?:.*\\n)*?' : `${line.trimEnd().split('…').map(escaped).join('.*')}\\n`,
  );
  return new RegExp(`^${patterns.join('')}$`);
}
