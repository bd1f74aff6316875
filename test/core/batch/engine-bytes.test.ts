/** The engine in the tree is what its source gives: nobody has to believe bytes that nobody can read. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { buildEngine, ENGINE_FILE, engineModule } from './build-engine.ts';

it('the engine is what its source is compiled to, byte for byte: `npm run batch-engine`', {
  timeout: 300_000,
}, async () => {
  const built = await buildEngine();
  expect(engineModule(built)).toBe(readFileSync(ENGINE_FILE, 'utf8'));
});
