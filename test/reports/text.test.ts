import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { ContinuityReport } from '../../src/core/report/report.ts';
import { renderText } from '../../src/reports/text.ts';
import { runs } from '../long.ts';
import { anyCharacter, controls } from './hostile.ts';
import * as sample from './sample-report.ts';

const plain = (report: ContinuityReport): string => renderText(report, { color: false, details: true });
const linesOf = (report: ContinuityReport): readonly string[] => plain(report).split('\n');
const VERDICTS = {
  PASS: sample.sampleReport(),
  FAIL: sample.failedReport(),
  INCOMPLETE: sample.incompleteReport(),
  UNTRUSTED: sample.untrustedReport(),
} as const;
const CODES = { PASS: 0, FAIL: 1, INCOMPLETE: 2, UNTRUSTED: 3 } as const;
const NAMES = ['PASS', 'FAIL', 'INCOMPLETE', 'UNTRUSTED'] as const;

describe('the text report', () => {
  it.each(NAMES)('G34: of a %s begins with the headline, and says verdict and exit code in words', (name) => {
    const lines = linesOf(VERDICTS[name]);
    expect(lines[0]).toBe(VERDICTS[name].headline);
    expect(lines[1]).toContain(`verdict ${name}`);
    expect(lines.at(-3)).toBe(`Exit code ${CODES[name]}`);
    expect(lines.at(-2)).toContain('compared by evidence-diff/1.0.0, ');
    expect(lines.at(-1)).toBe('');
  });

  it('names both inputs with digests, roots, depths, sizes and systems', () => {
    const text = plain(VERDICTS.PASS);
    expect(text).toContain(`  baseline baseline.json\n    sha256          ${sample.hash('e')}`);
    expect(text).toContain(`    global root     ${sample.hash('9')}`);
    expect(text).toContain('    records         5\n    depth           digest\n');
    expect(text).toContain('    captured        2027-03-01T10:00:00.000Z\n    subject system  "stella-prod"\n');
    expect(text).toContain('matched 5, added 1, missing 0, modified 0, relinked 0, moved 0');
  });

  it('says of each modified record what is known, where no place of its group is', () => {
    const group = { places: [], count: 1, examples: [] };
    const findings = sample.findings(1);
    const told = (places: readonly unknown[]): string => {
      const changes = [{ ...group, places }] as unknown as ContinuityReport['changes'];
      return renderText(sample.sampleReport({ changes, findings, findingCounts: { 'record-modified': 1 } }), {
        color: false,
        details: false,
      });
    };
    expect(told([])).toContain('  record-modified (FAIL): 1\n    - the record at seq 1 was changed');
    expect(told([{ pointer: '/body/a', change: 'added' }])).toMatch(/ {2}record-modified \(FAIL\): 1\n(?! {4}- )/);
  });

  it('shows counts and sizes before and after, with the difference', () => {
    const text = plain(VERDICTS.PASS);
    expect(text).toContain('type "sbom": 3 -> 4 (+1)');
    expect(text).toContain('types as before: "attestation" 2');
    expect(text).toContain('extended stream "findings-ledger/5f3c": ordered, 5 -> 6 (+1)');
    expect(text).toContain('root of the first 5 records now: equal to the root before');
  });

  it('abbreviates roots only where both sides have the same', () => {
    const text = plain(VERDICTS.FAIL);
    expect(text).toContain(`root, both sides: ${'c'.repeat(16)}...`);
    expect(text).toContain(`root before: ${sample.hash('a')}`);
    expect(text).toContain(`now, NOT the root before: ${sample.hash('7')}`);
  });

  it('puts what did not hold first, in capitals', () => {
    const text = plain(VERDICTS.FAIL);
    expect(text).toContain('Tenants: 2 (1 broken, 1 identical)');
    expect(text.indexOf('BROKEN "acme"')).toBeGreaterThan(0);
    expect(text.indexOf('BROKEN "acme"')).toBeLessThan(text.indexOf('identical "kept"'));
  });

  it('shows ten findings of a kind with place and values, and counts the rest', () => {
    const text = plain(VERDICTS.FAIL);
    expect(text).toContain('  record-modified (FAIL): 12\n    - the record at seq 1 was changed\n');
    expect(text).toContain('tenant "acme", stream "findings-ledger/5f3c", seq 1, id "r0", at "/body/state"');
    expect(text).toContain('      before "open"\n      after  "closed"');
    expect(text.match(/ {4}- the record at/g)).toHaveLength(10);
    expect(text).toContain('    and 2 more; all in the JSON report');
  });

  it('does not claim that the JSON report has findings that were only counted', () => {
    const few = sample.sampleReport({ findings: sample.findings(3), findingCounts: { 'record-modified': 5000 } });
    expect(plain(few)).toContain('and 4,997 more; the JSON report lists 3; --max-findings lists more');
    const none = sample.sampleReport({ findings: [], findingCounts: { 'record-modified': 5000 } });
    expect(plain(none)).toContain('  record-modified (FAIL): 5,000\n    and 5,000 more; the JSON report lists 0;');
  });

  it('says what was skipped and what was not checked', () => {
    const text = plain(VERDICTS.PASS);
    expect(text).toContain('  chain-links: made 11\n  hash-recipe: made 0, SKIPPED 11 (recipe none)');
    expect(text).toContain('Not checked\n  - baseline is not signed');
  });

  it.each([
    ['PASS', 'This does not say that the baseline itself was complete or true'],
    ['FAIL', 'Do not go on. Keep both inputs and this report'],
    ['FAIL', 'Look at these first, the rest usually follows from them: record-modified.'],
    ['INCOMPLETE', 'This is not a PASS'],
    ['INCOMPLETE', 'input-truncated: the file has no end'],
    ['UNTRUSTED', 'Get the baseline that was pinned before the upgrade'],
  ] as const)('of a %s says what to do: %s', (name, advice) => {
    expect(plain(VERDICTS[name]).replace(/\n {4}/g, ' ')).toContain(advice);
  });

  it('says records that were read and not compared', () => {
    expect(plain(VERDICTS.INCOMPLETE)).toContain(
      'not compared, of the baseline 3, not compared, of the current side 0',
    );
  });

  it('breaks prose at the width that was asked for', () => {
    const narrow = renderText(VERDICTS.FAIL, { color: false, width: 40 });
    const prose = narrow.slice(narrow.indexOf('What to do now'), narrow.indexOf('Repeat it: ')).split('\n');
    expect(Math.max(...prose.map((line) => line.length))).toBeLessThanOrEqual(40);
  });

  it('depends on the run in its last line alone', () => {
    const { run } = VERDICTS.PASS;
    const later = { ...run, startedAt: '2030-01-01T00:00:00Z', finishedAt: '2030-01-01T00:00:01Z', peakRssBytes: 1 };
    const other = linesOf({ ...VERDICTS.PASS, run: later });
    const usual = linesOf(VERDICTS.PASS);
    expect(other.slice(0, -2)).toEqual(usual.slice(0, -2));
    expect(other.at(-2)).not.toBe(usual.at(-2));
  });

  it.each(NAMES)('G34: colours of a %s add nothing but colour', (name) => {
    const coloured = renderText(VERDICTS[name], { color: true, details: true });
    expect(coloured).toContain('\u001b[1m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: it is what is looked for
    expect(coloured.replace(/\u001b\[[0-9]+m/g, '')).toBe(plain(VERDICTS[name]));
  });

  it('leaves out tenants and streams beyond what can be read, worst first, and counts them', () => {
    const held = Array.from({ length: 80 }, (_, at) => sample.tenant({ tenant: `t${at}`, relation: 'identical' }));
    const streams = Array.from({ length: 30 }, (_, at) => sample.stream({ stream: `s${at}`, relation: 'identical' }));
    const broken = sample.tenant({ tenant: 'last', relation: 'broken', streams });
    const text = plain(sample.sampleReport({ tenants: [...held, broken] }));
    expect(text).toContain('Tenants: 81 (1 broken, 80 identical)\n  BROKEN "last"');
    expect(text).toContain('and 10 more streams (10 identical); all in the JSON report');
    expect(text).toContain('and 31 more tenants (31 identical); all in the JSON report');
  });

  it('G27: whatever the evidence is called, no line is forged and nothing controls the terminal', () => {
    const usual = linesOf(hostileReport('x')).length;
    fc.assert(
      fc.property(fc.string({ unit: anyCharacter, maxLength: 30 }), (text) => {
        const lines = linesOf(hostileReport(text));
        expect(lines.some(controls)).toBe(false);
        expect(lines[0]?.startsWith('FAIL: ')).toBe(true);
        expect(lines.filter((line) => line.startsWith('PASS'))).toEqual([]);
        // Prose is broken where it is long, so a long name may add lines of prose; nothing else may.
        expect(lines.length - usual).toBeLessThanOrEqual(10);
      }),
      { numRuns: runs(400, 100_000) },
    );
  });
});

/** A report in which every text that comes from outside is `text`. */
function hostileReport(text: string): ContinuityReport {
  const base = sample.failedReport();
  const side = { name: text, capturedAt: text, subject: { system: text } };
  const place = { tenant: text, stream: text, id: text, path: text, baseline: text, current: text, message: text };
  return {
    ...base,
    headline: `FAIL: ${text}`,
    baseline: { ...base.baseline, ...side },
    current: { ...base.current, ...side },
    tenants: [
      sample.tenant({
        tenant: text,
        counts: [{ type: text, baseline: 1, current: 2 }],
        streams: [sample.stream({ stream: text })],
      }),
    ],
    findings: sample.findings(1, place),
    findingCounts: { 'record-modified': 1 },
    checks: [{ check: text, done: 1, skipped: 1, why: text }],
    demands: [{ demand: 'expect-subject', asked: text, state: 'refuted', why: text }],
    notChecked: [text],
    run: { ...base.run, tool: 'evidence-diff/1.0.0' },
  };
}
