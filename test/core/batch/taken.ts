/** How much the batch engine takes in a test. */
import { onTestFinished } from 'vitest';
import { BatchEngine } from '../../../src/core/batch/batch-engine.ts';

/** How many records it has taken from now on. By hand and not by a spy, which would keep every engine that was used. */
export function recordsTaken(): { readonly records: number } {
  const sum = { records: 0 };
  const { count } = BatchEngine.prototype;
  BatchEngine.prototype.count = function (this: BatchEngine, records, side): ReturnType<typeof count> {
    if (side !== 1) sum.records += records;
    return count.call(this, records, side);
  };
  onTestFinished(() => {
    BatchEngine.prototype.count = count;
  });
  return sum;
}
