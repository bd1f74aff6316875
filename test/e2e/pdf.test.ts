/** The comparison as PDF, as a user asks for it; and nothing of what draws it where nobody asks. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { run } from '../cli/in-process.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { type Ended, evidenceDiff, shell } from './command.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const quickstart = (name: string): string =>
  fileURLToPath(new URL(`../../fixtures/quickstart/${name}`, import.meta.url));
const [baseline, current, tampered] = ['baseline.json', 'current.json', 'tampered.json'].map(quickstart) as [
  string,
  string,
  string,
];

/** Runs the command in a process in which looking for pdfkit or fontkit throws. */
function withoutPdf(...args: readonly string[]): Ended {
  const dataUrl = (code: string): string => `data:text/javascript,${encodeURIComponent(code)}`;
  const hook = dataUrl(`export async function resolve(specifier, context, next) {
    if (/^(pdfkit|fontkit)/.test(specifier)) throw new Error('loaded ' + specifier);
    return next(specifier, context);
  }`);
  const preload = dataUrl(`import { register } from 'node:module'; register(${JSON.stringify(hook)});`);
  return evidenceDiff(args, { cwd: folder, env: { NODE_OPTIONS: `--import=${preload}` } });
}

describe('a comparison as PDF', () => {
  it('goes to a file by its ending, whole, with the headline on standard output and the exit code of the verdict', async () => {
    const ended = await run([baseline, tampered, '--output', at('Report.PDF'), '--output', at('report.json')]);
    expect(ended).toMatchObject({ status: 1, stderr: '', stdout: expect.stringMatching(/^FAIL: 1 missing[^\n]*\n$/) });
    expect(readFileSync(at('Report.PDF')).subarray(0, 8).toString()).toBe('%PDF-1.7');
    expect(JSON.parse(readFileSync(at('report.json'), 'utf8'))).toMatchObject({ verdict: 'FAIL' });
    expect(readdirSync(folder).sort()).toEqual(['Report.PDF', 'report.json']);
  });

  it('goes to standard output byte by byte', () => {
    const { status, stderr } = shell(`ed "${baseline}" "${current}" --format pdf > piped.pdf`, folder);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(readFileSync(at('piped.pdf')).subarray(-6).toString()).toMatch(/%%EOF/);
  });

  it('that cannot be written is no PASS', async () => {
    const ended = await run([baseline, current, '--output', join(folder, 'not-there/report.pdf')]);
    expect(ended).toMatchObject({ status: 2, stderr: expect.stringContaining('report-write-failed') });
  });
});

describe('what draws a PDF', () => {
  it('is not loaded for the version, for text or for JSON', () => {
    expect(withoutPdf('--version').status).toBe(0);
    expect(withoutPdf(baseline, current, '--output', 'a.txt', '--output', 'a.json')).toMatchObject({
      status: 0,
      stderr: '',
    });
    expect(withoutPdf('audit-report', current, '--since', '2027-03-01').status).toBe(0);
  });

  it('would be caught', () => {
    expect(withoutPdf(baseline, current, '--output', 'b.pdf').stderr).toMatch(/a PDF needs pdfkit/);
  });
});
