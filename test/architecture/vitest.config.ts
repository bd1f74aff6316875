/** What `npm run check` tries with the tools themselves: that their rules bite. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  root: fileURLToPath(new URL('../..', import.meta.url)),
  test: { include: ['test/architecture/*.check.ts'], testTimeout: 300_000, hookTimeout: 300_000 },
});
