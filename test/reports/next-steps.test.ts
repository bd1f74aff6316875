import { describe, expect, it } from 'vitest';
import { migrationFacts } from '../../src/reports/migration-facts.ts';
import { heldSentence, nextSteps } from '../../src/reports/next-steps.ts';
import * as sample from './sample-report.ts';

const rules = (...records: readonly number[]) => records.map((count, at) => ({ name: `rule ${at}`, records: count }));
const nothing = { records: 0, hashesNotRecomputed: 0 };

describe('what a PASS says of the records of the baseline', () => {
  it('is that they are unchanged, where no migration was applied', () => {
    const [first] = nextSteps(sample.sampleReport());
    expect(first).toBe(
      'Go on. Every record of the baseline is in the current side, unchanged and in its place. What was added is counted above.',
    );
  });

  it('sends to what was not checked only where there is such', () => {
    const last = (notChecked: readonly string[]) => nextSteps(sample.sampleReport({ notChecked })).at(-1);
    expect(last(['baseline is not signed'])).toMatch(/: see "Not checked"\.$/);
    expect(last([])).toMatch(/ nor anything of evidence that neither side holds\.$/);
  });

  it('is what a migration did to how many of them, and nothing of what it did not do', () => {
    const whole = {
      ...sample.migration(),
      rules: rules(1000, 12),
      retired: 7,
      stubs: 2,
      erased: { ...nothing, records: 3 },
    };
    const [first] = nextSteps(sample.sampleReport({ relation: 'migrated', migration: whole }));
    expect(first).toBe(
      'Go on. The current side holds exactly what the migration makes of the baseline: 1,000 records rewritten, 7 retired, ' +
        '2 retired to a stub, 3 erased in part; everything else of it is unchanged. What was added is counted above.',
    );
    const one = { ...whole, rules: rules(0, 1), retired: 1, stubs: 0, erased: nothing };
    expect(heldSentence({ migration: one }, 'the source')).toBe(
      'The source holds exactly what the migration makes of the baseline: 1 record retired; everything else of it is unchanged.',
    );
    const none = { ...one, rules: rules(0), retired: 0 };
    expect(heldSentence({ migration: none }, 'the source')).toMatch(
      /: no record was for it to change; everything else/,
    );
  });
});

describe('what a report says of a migration', () => {
  const said = (over: object) =>
    migrationFacts({ ...sample.migration(), ...over }).map(({ label, value }) => `${label}: ${value}`);

  it('has no count that is zero', () => {
    expect(said({ retired: 7 })).toContain('retired: 7');
    expect(said({ retired: 0, stubs: 0 }).filter((line) => line.startsWith('retired'))).toEqual([]);
  });

  it('says of a whole record once that it was retired', () => {
    const dropped = [
      { rule: 'purge', path: '', loss: 'retired', count: 1 },
      { rule: 'r', path: '/body/x', loss: 'merged', count: 2 },
    ];
    expect(said({ dropped }).slice(-2)).toEqual([
      'dropped: 1 record, retired, rule purge',
      'dropped: /body/x of 2 records, merged (made one with another value), rule r',
    ]);
  });
});
