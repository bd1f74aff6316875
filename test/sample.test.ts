import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DEAR, isInSample, QUICK, SAMPLED, WHOLE } from './sample.ts';

const NAMES = Array.from({ length: 4000 }, (_, at) => `a matrix > case ${at}`);
const FILE = 'test/tamper/tamper.test.ts';

describe('the sample of npm test', () => {
  it('leaves out what stands in folders and files that are there', () => {
    expect([...SAMPLED, ...DEAR, ...WHOLE, ...QUICK].filter((path) => !existsSync(path))).toEqual([]);
  });

  it('is one of so many, the same ones each time, others in another file', () => {
    const inSample = NAMES.filter((name) => isInSample(FILE, name, 4));
    expect(Math.abs(inSample.length - 1000)).toBeLessThan(100);
    expect(NAMES.filter((name) => isInSample(FILE, name, 4))).toEqual(inSample);
    expect(NAMES.filter((name) => isInSample('test/e2e/gate.test.ts', name, 4))).not.toEqual(inSample);
  });

  it('is smaller where one test takes seconds, and all of it is in the larger one', () => {
    const file = 'test/e2e/trust.test.ts';
    const inSample = NAMES.filter((name) => isInSample(file, name, 4));
    expect(Math.abs(inSample.length - 250)).toBeLessThan(50);
    expect(inSample.every((name) => isInSample(file, name, 2))).toBe(true);
    expect(DEAR.filter((path) => !SAMPLED.some((sampled) => path.startsWith(sampled)))).toEqual([]);
  });

  it('is all of it where all is wanted, of what computes alone, or quickly, and of what goes on from test to test', () => {
    expect(NAMES.every((name) => isInSample(FILE, name, 1))).toBe(true);
    expect(NAMES.every((name) => isInSample('test/core/merkle/proof.test.ts', name, 4))).toBe(true);
    expect([...WHOLE, ...QUICK].every((file) => NAMES.every((name) => isInSample(file, name, 4)))).toBe(true);
  });
});
