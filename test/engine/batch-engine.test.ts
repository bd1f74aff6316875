/** When the batch engine is there, and what is said of it. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { newBatchEngine, type WasmHost } from '../../src/core/batch/batch-engine.ts';
import { batchEngine, engineWords } from '../../src/engine/batch-engine.ts';

const LARGE = 512 * 1024;
const { WebAssembly: host } = globalThis as unknown as { readonly WebAssembly: WasmHost };

afterEach(() => {
  vi.unstubAllEnvs();
});

function has(engine: string | undefined, bytes: number): boolean {
  vi.stubEnv('EVIDENCE_DIFF_ENGINE', engine);
  return batchEngine(bytes) !== undefined;
}

describe('the batch engine', () => {
  it.each([undefined, '', 'on'])(
    'is there for sides that are large, or of no known size: EVIDENCE_DIFF_ENGINE=%s',
    (word) => {
      expect([has(word, LARGE), has(word, Number.POSITIVE_INFINITY), has(word, LARGE - 1)]).toEqual([
        true,
        true,
        false,
      ]);
      expect(engineWords()).toBe('WebAssembly SIMD (EVIDENCE_DIFF_ENGINE=off turns it off)');
    },
  );

  it.each(['off', 'no', '0', 'ON'])('is off with EVIDENCE_DIFF_ENGINE=%s, which is said', (word) => {
    expect([has(word, LARGE), has(word, Number.POSITIVE_INFINITY)]).toEqual([false, false]);
    expect(engineWords()).toBe(`off, every record by itself (EVIDENCE_DIFF_ENGINE=${word})`);
  });

  it('is none where there is no memory for it, and any other fault is not hidden', () => {
    const failing = (fault: Error): WasmHost => ({
      Module: host.Module,
      validate: () => true,
      Instance: class {
        readonly exports: unknown = undefined;
        constructor() {
          throw fault;
        }
      },
    });
    expect(newBatchEngine(failing(new RangeError('could not allocate memory')))).toBe(undefined);
    expect(() => newBatchEngine(failing(new TypeError('no such import')))).toThrow('no such import');
  });
});
