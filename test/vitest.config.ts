import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { runs } from './long.ts';
import { SlowestFiles } from './slowest-files.ts';

/** The heap of each worker in MB, for `npm run test:heap`; Node's own unless told. */
const heap = process.env['EVIDENCE_DIFF_HEAP_MB'];

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/**/*.test.ts'],
    // A guard against what hangs, never a measure: the machine may be busy.
    testTimeout: runs(300_000, 3_600_000),
    hookTimeout: runs(300_000, 3_600_000),
    // Tests of commands and of a database wait more than they compute; left alone, two cores would get one worker.
    maxWorkers: 2,
    // One module graph a worker, and not one a file: nearly half of the CPU time of the tests of the core went into that.
    isolate: false,
    ...(heap === undefined ? {} : { pool: 'forks' as const, execArgv: [`--max-old-space-size=${heap}`] }),
    runner: fileURLToPath(new URL('sample-runner.ts', import.meta.url)),
    globalSetup: ['test/build-once.ts'],
    reporters: [new SlowestFiles(), 'default'],
    setupFiles: ['test/seed-properties.ts'],
  },
});
