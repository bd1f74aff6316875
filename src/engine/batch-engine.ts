/** The engine that takes records many at once, where this process has one. */
import { type BatchEngine, newBatchEngine, type WasmHost } from '../core/batch/batch-engine.ts';

/** Says `on` to have it; without it every record is taken by itself, and the reports are the same. */
const ENGINE_VARIABLE = 'EVIDENCE_DIFF_ENGINE';

const { WebAssembly: host } = globalThis as { readonly WebAssembly?: WasmHost };

/** Whether batches of any size are taken, which pays only for tests. */
export function isEager(): boolean {
  return process.env[ENGINE_VARIABLE] === 'eager';
}

function isWanted(): boolean {
  return process.env[ENGINE_VARIABLE] === 'on' || isEager();
}

/** A new one; undefined where nobody asked for it, or the machine has no WebAssembly with SIMD. */
export function batchEngine(): BatchEngine | undefined {
  return isWanted() ? newBatchEngine(host) : undefined;
}

/** What this process has, in words. */
export function engineWords(): string {
  if (!isWanted()) return `off, every record by itself (${ENGINE_VARIABLE}=on turns it on)`;
  return newBatchEngine(host) === undefined
    ? 'none, every record by itself: no WebAssembly with SIMD'
    : 'WebAssembly SIMD';
}
