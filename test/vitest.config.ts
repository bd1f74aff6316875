import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { runs } from './long.ts';

export default defineConfig({
  root: fileURLToPath(new URL('..', import.meta.url)),
  test: {
    include: ['test/**/*.test.ts'],
    testTimeout: runs(60_000, 3_600_000),
    hookTimeout: 120_000,
    // Tests of commands and of a database wait more than they compute; left alone, two cores would get one worker.
    maxWorkers: 2,
    // One module graph a worker, and not one a file: nearly half of the CPU time of the tests of the core went into that.
    isolate: false,
    globalSetup: ['test/build-once.ts'],
  },
});
