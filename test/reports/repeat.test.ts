/** What a report says to type must do what it says. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Demand } from '../../src/core/report/demands.ts';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { repeatOf, shellWord } from '../../src/reports/repeat.ts';
import { anyCharacter, controls } from './hostile.ts';
import * as sample from './sample-report.ts';

const PINNED = `--expect-digest sha256:${sample.hash('e')}`;
const NOT_SAME: Demand = { demand: 'not-same-input', asked: '', state: 'held' };

function named(baseline: string, current: string, sha256: string | null = sample.hash('e')): ContinuityReport {
  const base = sample.sampleReport({ demands: [NOT_SAME] });
  return {
    ...base,
    baseline: { ...base.baseline, name: baseline, sha256 },
    current: { ...base.current, name: current },
  };
}

function demanding(...demands: readonly Demand[]): string {
  return repeatOf({ ...named('a.json', 'b.json'), demands: [...demands, NOT_SAME] }).command;
}

describe('the command that repeats a comparison', () => {
  it('pins the baseline to the digest that was read, where nothing was demanded of it', () => {
    expect(repeatOf(named('a.json', 'b.json')).command).toBe(`evidence-diff --mode append ${PINNED} a.json b.json`);
    expect(repeatOf({ ...named('a', 'b'), mode: 'frozen' }).command).toContain('--mode frozen');
    expect(repeatOf(named('postgres://reader@db/stella', 'b.json', null)).command).not.toContain('--expect-digest');
  });

  it('pins the digest that was asked for, and no other', () => {
    const asked = `sha256:${sample.hash('8')}`;
    for (const state of ['held', 'refuted', 'impossible'] as const) {
      const command = demanding({ demand: 'expect-digest', asked, state });
      expect(command).toBe(`evidence-diff --mode append --expect-digest ${asked} a.json b.json`);
    }
  });

  it.each(['trusted-key', 'expect-subject', 'max-baseline-age'] as const)(
    'pins nothing that was read where %s was not held',
    (demand) => {
      expect(demanding({ demand, asked: 'x', state: 'held' })).toContain(`--${demand} x ${PINNED}`);
      for (const state of ['refuted', 'impossible'] as const) {
        const command = demanding({ demand, asked: 'x', state });
        expect(command).toContain(`--${demand} x`);
        expect(command).not.toContain('--expect-digest');
      }
    },
  );

  it('has every demand but outputs, which it would replace', () => {
    const state = 'held';
    const command = demanding(
      { demand: 'trusted-key', asked: 'my keys/k 1.pub', state },
      { demand: 'threshold', asked: '2', state },
      { demand: 'require-signature', asked: '', state },
      { demand: 'legacy-root', asked: 'scheme=x root=00', state },
      { demand: 'output', asked: 'report.pdf', state },
      { demand: 'metrics', asked: 'm.prom', state },
    );
    expect(command).toBe(
      "evidence-diff --mode append --trusted-key 'my keys/k 1.pub' --threshold 2 --require-signature " +
        `--legacy-root 'scheme=x root=00' ${PINNED} a.json b.json`,
    );
  });

  it('says that both sides may be one where that was allowed', () => {
    expect(repeatOf({ ...named('a', 'b'), demands: [] }).command).toContain(' --allow-same ');
  });

  it('calls the verb for a file of roots, which says neither what it is of nor when it was made', () => {
    const base = named('roots.json', 'b.json');
    const baseline = { ...base.baseline, depth: 'summary', capturedAt: null, subject: {} } as const;
    expect(repeatOf({ ...base, baseline, demands: [] }).command).toBe(
      `evidence-diff verify-roots --baseline roots.json --mode append ${PINNED} b.json`,
    );
  });

  it('takes no name for an option, or for a part of one', () => {
    expect(repeatOf(named('-a.json', '-')).command).toBe(`evidence-diff --mode append ${PINNED} -- -a.json -`);
    expect(repeatOf(named('-', 'b.json')).command).toBe(`evidence-diff --mode append ${PINNED} - b.json`);
    expect(repeatOf(named('root=x', 'b.json')).command).toBe(`evidence-diff --mode append ${PINNED} -- root=x b.json`);
  });

  it('checks the digests of what are files', () => {
    expect(repeatOf(named('a b.json', '-')).digests).toEqual([`sha256sum -- 'a b.json'`, `# ${sample.hash('e')}`]);
    expect(repeatOf(named('postgres://reader@db/stella', '-', null)).digests).toEqual([]);
  });

  it('is read back by a shell as it was meant, whatever the names are', () => {
    const well = fc.string({ unit: anyCharacter, minLength: 1, maxLength: 20 }).map((text) => text.toWellFormed());
    const words = fc.sample(
      well.filter((text) => !text.includes('\0')),
      { numRuns: 2000, seed: 7 },
    );
    const quotes = words.map(shellWord);
    expect(quotes.filter(controls)).toEqual([]);
    expect(quotes.filter((word) => /##\[/.test(word))).toEqual([]);
    const script = `printf '%s\\0' ${quotes.join(' ')}`;
    const { stdout } = spawnSync('bash', ['-s'], { input: script, encoding: 'utf8', maxBuffer: 1 << 24 });
    expect(stdout.split('\0').slice(0, -1)).toEqual(words);
  });
});
