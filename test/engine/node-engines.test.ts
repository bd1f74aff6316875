/** When the batch engine is there, and what is said of it. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { newBatchEngine, type WasmHost } from '../../src/core/batch/batch-engine.ts';
import { batchEngineFor, engineWords } from '../../src/engine/node-engines.ts';

const LARGE = 512 * 1024;
const { WebAssembly: host } = globalThis as unknown as { readonly WebAssembly: WasmHost };

afterEach(() => {
  vi.unstubAllEnvs();
});

const lines = (): undefined => undefined;

function has(engine: string | undefined, bytesTotal: number | null): boolean {
  vi.stubEnv('EVIDENCE_DIFF_ENGINE', engine);
  return batchEngineFor([{ lines, bytesTotal }]) !== undefined;
}

describe('the batch engine', () => {
  it.each([undefined, '', 'on'])(
    'is there for sides that are large, or of no known size: EVIDENCE_DIFF_ENGINE=%s',
    (word) => {
      expect([has(word, LARGE), has(word, null), has(word, LARGE - 1)]).toEqual([true, true, false]);
      expect(engineWords()).toBe('WebAssembly SIMD (EVIDENCE_DIFF_ENGINE=off turns it off)');
    },
  );

  it.each(['off', 'no', '0', 'ON'])('is off with EVIDENCE_DIFF_ENGINE=%s, which is said', (word) => {
    expect([has(word, LARGE), has(word, null)]).toEqual([false, false]);
    expect(engineWords()).toBe(`off, every record by itself (EVIDENCE_DIFF_ENGINE=${word})`);
  });

  it('is for sides that are all large, and consist of lines', () => {
    vi.stubEnv('EVIDENCE_DIFF_ENGINE', 'on');
    expect(
      batchEngineFor([
        { lines, bytesTotal: LARGE },
        { lines, bytesTotal: LARGE },
      ]),
    ).toBeDefined();
    expect(
      batchEngineFor([
        { lines, bytesTotal: LARGE },
        { lines, bytesTotal: 1 },
      ]),
    ).toBe(undefined);
    expect(batchEngineFor([{ lines, bytesTotal: null }, { bytesTotal: null }])).toBe(undefined);
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
