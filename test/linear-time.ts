/** Whether ten times the input costs about ten times the work, by CPU time: the clock also counts the work of others. */
import { expect } from 'vitest';

/** Of linear work it is 10 and what caches and collecting garbage add, of quadratic work 100. */
const MOST = 50;
const LEAST_ROUNDS = 3;
const MOST_ROUNDS = 35;

/** What `act` takes once, of as many times as are needed to tell it from nothing. */
function millisecondsOf(act: () => void): number {
  const from = process.cpuUsage();
  for (let times = 1; ; times++) {
    act();
    const { user, system } = process.cpuUsage(from);
    const spent = (user + system) / 1000;
    if (spent >= 20 || times === 10) return spent / times;
  }
}

/**
 * Expects that `large` takes about ten times as long as `small`. Each is timed by the best of some rounds, since noise only
 * ever adds: a busy machine gets more of them, of which quadratic work passes none.
 *
 * @param small takes a task of some size
 * @param large takes one of ten times that size
 */
export function expectLinear(small: () => void, large: () => void): void {
  // What is not compiled yet is slow, and would excuse the larger one.
  for (let turn = 0; turn < 3; turn++) millisecondsOf(small);
  let bestSmall = Number.POSITIVE_INFINITY;
  let bestLarge = Number.POSITIVE_INFINITY;
  for (let round = 1; round <= MOST_ROUNDS; round++) {
    bestSmall = Math.min(bestSmall, millisecondsOf(small));
    bestLarge = Math.min(bestLarge, millisecondsOf(large));
    if (round >= LEAST_ROUNDS && bestLarge <= MOST * bestSmall) return;
  }
  expect(bestLarge / bestSmall).toBeLessThanOrEqual(MOST);
}
