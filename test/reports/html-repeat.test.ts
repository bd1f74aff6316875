/** What the HTML report says to type must do what it says. */
import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { commandOf, digestLinesOf, shellWord } from '../../src/reports/html/repeat.ts';
import { anyCharacter, controls } from './hostile.ts';
import * as sample from './sample-report.ts';

const PINNED = `--expect-digest sha256:${sample.hash('e')}`;

function named(baseline: string, current: string, sha256: string | null = sample.hash('e')) {
  const base = sample.sampleReport();
  return sample.sampleReport({
    baseline: { ...base.baseline, name: baseline, sha256 },
    current: { ...base.current, name: current },
  });
}

describe('the command that repeats a comparison', () => {
  it('pins the baseline to the digest that was read', () => {
    expect(commandOf(named('a.json', 'b.json'))).toBe(`evidence-diff --mode append ${PINNED} a.json b.json`);
    expect(commandOf(sample.sampleReport({ mode: 'frozen' }))).toContain('--mode frozen');
  });

  it('does not pin a baseline that was refused for its digest, or that has none', () => {
    const command = commandOf(sample.untrustedReport());
    expect(command).not.toContain(sample.hash('e'));
    expect(command).toContain('"sha256:$BASELINE_DIGEST"');
    expect(commandOf(named('postgres://reader@db/stella', 'b.json', null))).not.toContain('--expect-digest');
  });

  it('takes no name for an option', () => {
    expect(commandOf(named('-a.json', '-'))).toBe(`evidence-diff --mode append ${PINNED} -- -a.json -`);
    expect(commandOf(named('-', 'b.json'))).toBe(`evidence-diff --mode append ${PINNED} - b.json`);
  });

  it('checks the digests of what are files', () => {
    expect(digestLinesOf(named('a b.json', '-'))).toEqual([`sha256sum -- 'a b.json'`, `# ${sample.hash('e')}`]);
    expect(digestLinesOf(named('postgres://reader@db/stella', '-', null))).toEqual([]);
  });

  it('is read back by a shell as it was meant, whatever the names are', () => {
    const well = fc.string({ unit: anyCharacter, minLength: 1, maxLength: 20 }).map((text) => text.toWellFormed());
    const words = fc.sample(
      well.filter((text) => !text.includes('\0')),
      { numRuns: 2000, seed: 7 },
    );
    const quotes = words.map(shellWord);
    expect(quotes.filter(controls)).toEqual([]);
    const script = `printf '%s\\0' ${quotes.join(' ')}`;
    const { stdout } = spawnSync('bash', ['-s'], { input: script, encoding: 'utf8', maxBuffer: 1 << 24 });
    expect(stdout.split('\0').slice(0, -1)).toEqual(words);
  });
});
