/** Programs that read PDF and share nothing with what wrote it: poppler's, and qpdf. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

function has(program: string, ...args: readonly string[]): boolean {
  return spawnSync(program, args, { encoding: 'utf8' }).error === undefined;
}

export const popplerAvailable: boolean = ['pdftotext', 'pdfinfo', 'pdffonts'].every((program) => has(program, '-v'));
export const skippedWithoutPoppler: string = popplerAvailable ? '' : ' (skipped: no poppler-utils)';
export const qpdfAvailable: boolean = has('qpdf', '--version');
export const skippedWithoutQpdf: string = qpdfAvailable ? '' : ' (skipped: no qpdf)';

/** What `program` prints of `bytes`; `FILE` among `args` stands for them. */
export function printed(bytes: Uint8Array, program: string, ...args: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'evidence-diff-pdf-'));
  try {
    const file = join(folder, 'report.pdf');
    writeFileSync(file, bytes);
    const given = args.map((arg) => (arg === 'FILE' ? file : arg));
    const { status, stdout, stderr } = spawnSync(program, given, { encoding: 'utf8', maxBuffer: 1 << 28 });
    if (status !== 0) throw new Error(`${program} ended with ${status}: ${stderr}`);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The text of each page. */
export function pagesOf(bytes: Uint8Array): readonly string[] {
  return printed(bytes, 'pdftotext', '-layout', 'FILE', '-').split('\f').slice(0, -1);
}

/** The text without white space, so that it does not matter where lines were broken. */
export function closeSet(text: string): string {
  return text.replace(/\s+/g, '');
}
