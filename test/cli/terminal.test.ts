import { describe, expect, it } from 'vitest';
import { EXIT, exitCodeOf } from '../../src/cli/terminal/exit.ts';
import { progressLine, progressMeter, progressStyle } from '../../src/cli/terminal/progress.ts';
import { wantsColor } from '../../src/cli/terminal/session.ts';

describe('exit codes', () => {
  it('G24: are whole numbers from 0 to 255, none with two meanings', () => {
    const codes = Object.values(EXIT);
    expect(new Set(codes).size).toBe(codes.length);
    expect(codes.every((code) => Number.isInteger(code) && code >= 0 && code <= 255)).toBe(true);
    expect(EXIT).toEqual({
      pass: 0,
      fail: 1,
      incomplete: 2,
      untrusted: 3,
      usage: 64,
      pause: 10,
      investigate: 11,
      migrationNeeded: 12,
      internal: 70,
      hungUp: 129,
      interrupted: 130,
      terminated: 143,
    });
  });

  it('G09: a PASS that could not be written down is INCOMPLETE, and graver verdicts keep their codes', () => {
    const verdicts = ['PASS', 'FAIL', 'INCOMPLETE', 'UNTRUSTED'] as const;
    expect(verdicts.map((verdict) => exitCodeOf(verdict, true))).toEqual([0, 1, 2, 3]);
    expect(verdicts.map((verdict) => exitCodeOf(verdict, false))).toEqual([2, 1, 2, 3]);
  });
});

describe('colour', () => {
  it.each([
    [true, {}, true, true],
    [true, {}, false, false],
    [false, { FORCE_COLOR: '1' }, true, false],
    [true, { NO_COLOR: '1' }, true, false],
    [true, { NO_COLOR: '' }, true, true],
    [true, { NO_COLOR: '1', FORCE_COLOR: '1' }, true, false],
    [true, { FORCE_COLOR: '1' }, false, true],
    [true, { FORCE_COLOR: '0' }, true, false],
    [true, { FORCE_COLOR: 'false' }, true, false],
    [true, { FORCE_COLOR: '' }, false, false],
    [true, { TERM: 'dumb' }, true, false],
    [true, { TERM: 'dumb', FORCE_COLOR: '1' }, false, true],
    [true, { CI: 'true' }, false, false],
  ])('allowed %s with %j on a terminal %s: %s', (allowed, environment, isTerminal, wanted) => {
    expect(wantsColor(allowed, environment, isTerminal)).toBe(wanted);
  });
});

describe('progress', () => {
  const wish = { asked: undefined, quiet: false, isTerminal: true };
  it.each([
    [wish, {}, 'redraw'],
    [wish, { TERM: 'dumb' }, 'lines'],
    [wish, { CI: 'true' }, 'off'],
    [wish, { CI: 'false' }, 'redraw'],
    [{ ...wish, asked: true }, { CI: 'true' }, 'lines'],
    [{ ...wish, quiet: true }, {}, 'off'],
    [{ ...wish, quiet: true, asked: true }, {}, 'redraw'],
    [{ ...wish, isTerminal: false }, {}, 'off'],
    [{ ...wish, isTerminal: false, asked: true }, {}, 'lines'],
    [{ ...wish, asked: false }, {}, 'off'],
  ] as const)('for %j with %j is %s', (wanted, environment, style) => {
    expect(progressStyle(wanted, environment)).toBe(style);
  });

  it('tells records, share, rate and time left, and leaves out what is not known', () => {
    const half = { records: 12_000, bytesRead: 5e6, bytesTotal: 10e6, recordsTotal: null };
    expect(progressLine(half, 2000)).toBe('12,000 records, 5.0 MB (50 %), 6,000 records/s, 2 s left');
    expect(progressLine({ ...half, bytesTotal: null }, 2000)).toBe('12,000 records, 5.0 MB, 6,000 records/s');
    expect(progressLine({ ...half, bytesTotal: 5e9 }, 2000)).toMatch(/34 min left$/);
    expect(progressLine({ records: 0, bytesRead: 0, bytesTotal: 0, recordsTotal: null }, 0)).toBe('0 records, 0.0 MB');
  });

  it('tells the share of the records where the bytes of a database are not known, and no more than all', () => {
    const half = { records: 12_000, bytesRead: 5e6, bytesTotal: null, recordsTotal: 24_000 };
    expect(progressLine(half, 2000)).toBe('12,000 records (50 %), 5.0 MB, 6,000 records/s, 2 s left');
    expect(progressLine({ ...half, bytesTotal: 20e6 }, 2000)).toMatch(/^12,000 records, 5\.0 MB \(25 %\)/);
    // An estimate may be too low.
    expect(progressLine({ ...half, recordsTotal: 10_000 }, 2000)).toMatch(/\(100 %\).*, 0 s left$/);
    expect(progressLine({ ...half, recordsTotal: 0 }, 2000)).toBe('12,000 records, 5.0 MB, 6,000 records/s');
  });

  /** What is written when one update comes each 10 ms for `durationMs`. */
  function written(style: 'off' | 'redraw' | 'lines', durationMs: number): readonly string[] {
    const texts: string[] = [];
    let now = 0;
    const meter = progressMeter(
      style,
      (text) => texts.push(text),
      () => now,
    );
    for (; now <= durationMs; now += 10) {
      meter.update({ records: now, bytesRead: now, bytesTotal: null, recordsTotal: null });
    }
    meter.done();
    meter.done();
    return texts;
  }

  it('is one line each ten seconds where nothing is redrawn, without a control character', () => {
    const lines = written('lines', 35_000);
    expect(lines).toHaveLength(3);
    expect(lines.every((line) => /^[0-9a-zA-Z,. /]+\n$/.test(line))).toBe(true);
    expect(written('off', 35_000)).toEqual([]);
  });

  it('is one line redrawn on a terminal, and clears it at the end, once', () => {
    const texts = written('redraw', 1000);
    expect(texts).toHaveLength(11);
    expect(texts.every((text) => text.startsWith('\r\u001b[K') && !text.includes('\n'))).toBe(true);
    expect(texts.at(-1)).toBe('\r\u001b[K');
  });
});
