/**
 * What a comparison reports to GitHub Actions: annotations on standard error, a summary in the file that the runner names.
 * Neither changes a verdict.
 */
import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, stat } from 'node:fs/promises';
import { codeOf } from '../../core/errors.ts';
import type { ContinuityReport } from '../../core/report/report.ts';
import { printable } from '../../reports/printable.ts';
import type { Session } from './session.ts';

/** The runner may not append to what these name: evidence, or a report. */
export type Guarded = readonly string[];

async function identityOf(look: (path: string) => Promise<Stats>, path: string): Promise<string | undefined> {
  // A name that cannot be looked at names no file that could be harmed.
  const stats = await look(path).catch(() => undefined);
  return stats === undefined ? undefined : `${stats.dev}:${stats.ino}`;
}

async function isGuarded(file: Stats, guarded: Guarded): Promise<boolean> {
  const own = `${file.dev}:${file.ino}`;
  const looks = guarded.flatMap((path) => [identityOf(lstat, path), identityOf(stat, path)]);
  return (await Promise.all(looks)).includes(own);
}

async function append(file: FileHandle, text: string, guarded: Guarded): Promise<string | undefined> {
  const stats = await file.stat();
  if (!stats.isFile()) return 'it is no file';
  if (await isGuarded(stats, guarded)) return 'it is an input or an output of this comparison';
  await file.appendFile(text);
  return undefined;
}

/** @returns why it could not be appended, if so */
async function appendTo(path: string, text: string, guarded: Guarded): Promise<string | undefined> {
  try {
    // Without O_NONBLOCK, to open a pipe that nobody reads would wait for ever.
    const flags = constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT | constants.O_NONBLOCK;
    const file = await open(path, flags, 0o644);
    try {
      return await append(file, text, guarded);
    } finally {
      await file.close();
    }
  } catch (fault) {
    return codeOf(fault);
  }
}

/**
 * Writes annotations if `GITHUB_ACTIONS` is `true`, and appends a summary to the file of `GITHUB_STEP_SUMMARY` if that is
 * set. A summary that cannot be written is a warning.
 *
 * @param guarded - names of inputs and outputs, which are never appended to
 */
export async function annotateOnGithub(report: ContinuityReport, session: Session, guarded: Guarded): Promise<void> {
  if (session.env['GITHUB_ACTIONS'] === 'true') {
    const { annotationsOf, workflowCommand } = await import('../../reports/annotations.ts');
    for (const annotation of annotationsOf(report)) {
      session.announce(workflowCommand(annotation));
    }
  }
  const path = session.env['GITHUB_STEP_SUMMARY'];
  if (path === undefined || path === '') return;
  const { renderMarkdown } = await import('../../reports/markdown.ts');
  const reason = await appendTo(path, renderMarkdown(report), guarded);
  if (reason !== undefined) {
    session.complain(
      `warning: no summary was appended to GITHUB_STEP_SUMMARY, ${printable(path)}: ${printable(reason)}`,
    );
  }
}
