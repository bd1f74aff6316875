/**
 * What a test file costs, in CPU time: a busy machine makes tests later and not dearer, so what is chosen by cost is the
 * same on any. A setup file of the sampler, whose workers run one file each where they are asked what it comes by.
 */
import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import { afterAll } from 'vitest';

/** Hundredths of a second that ended children took, where the system tells it: proc(5), cutime and cstime. */
function ticksOfChildren(): number {
  if (!existsSync('/proc/self/stat')) return 0;
  const [, after = ''] = readFileSync('/proc/self/stat', 'latin1').split(') ');
  const [user = '0', system = '0'] = after.split(' ').slice(13, 15);
  return Number(user) + Number(system);
}

/** Milliseconds of CPU time of this process and of those that it started and that have ended. */
function spent(): number {
  const { user, system } = process.cpuUsage();
  return Math.round((user + system) / 1000) + 10 * ticksOfChildren();
}

if (process.env['MUTANT'] === '-1') {
  afterAll(() => appendFileSync(process.env['MUTANT_HITS'] ?? '/dev/null', `cost ${spent()}\n`));
}
