/** What every test of faulty files needs: a folder of its own, and the outcome of an audit as kind and place. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { auditSnapshot } from '../../src/index.ts';
import type { Input } from '../in-memory.ts';

/** Writes `content` and gives the path back. */
export function put(folder: string, name: string, content: Input): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

export interface Outcome {
  readonly verdict: string;
  readonly kinds: readonly string[];
  readonly message: string;
}

/** Verdict, kinds and first message of an audit of `path`; a reader that waits for ever is told of. */
export async function outcomeOf(path: string): Promise<Outcome> {
  const audit = await within(auditSnapshot(path));
  return { verdict: audit.verdict, kinds: Object.keys(audit.findingCounts), message: audit.findings[0]?.message ?? '' };
}

/** `work`, or an error if it takes longer than any of these small inputs may, however busy the machine is. */
export async function within<T>(work: Promise<T>, ms = 120_000): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`still waiting after ${ms} ms`)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
