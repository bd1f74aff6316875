/** The engine in the tree is what its source gives: nobody has to believe bytes that nobody can read. */
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from 'vitest';
import { isSampled } from '../../sample.ts';
import { buildEngine, ENGINE_FILE, engineModule, SOURCE } from './build-engine.ts';

const SOURCES = readdirSync(dirname(SOURCE)).map((name) => join(dirname(SOURCE), name));

/** Whether what it is made of, or the compiler, came after it: to compile it takes seconds, and `npm test` asks each time. */
const isOlder = [...SOURCES, 'package-lock.json'].some(
  (path) => statSync(path).mtimeMs > statSync(ENGINE_FILE).mtimeMs,
);

it.skipIf(isSampled && !isOlder)(
  'the engine is what its source is compiled to, byte for byte: `npm run batch-engine`',
  { timeout: 300_000 },
  async () => {
    const built = await buildEngine();
    expect(engineModule(built)).toBe(readFileSync(ENGINE_FILE, 'utf8'));
  },
);
