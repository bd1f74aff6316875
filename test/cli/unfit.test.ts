import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { unfitWords } from '../../src/cli/verbs/audit-text.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { run } from './in-process.ts';

const cwd = temporaryFolder();
const ed = (...args: readonly string[]) => run(args, { cwd });
writeFileSync(join(cwd, 'x.csv'), 'a,b\n1,2\n');

const RECORD = ['--tenant', 'a', '--stream', 's', '--id', '1', '--output', 'x.proof.json'];
const ASKED: readonly (readonly string[])[] = [
  ['sign', 'x.csv', '--key', 'k'],
  ['prove', '--snapshot', 'x.csv', ...RECORD],
  ['checkpoint', 'x.csv', '--key', 'k', '--state', 'state', '--output', 'checkpoints'],
  ['digest-index', 'x.csv', '--output', 'x.index'],
  ['stats', 'x.csv'],
];

describe('a file that could not be read', () => {
  it.each(ASKED)('is not called unsound by %s', async (...args) => {
    await ed('keygen', '--output', 'k');
    for (const file of ['x.csv', 'nowhere.ndjson']) {
      const { status, stderr } = await ed(...args.map((arg) => (arg === 'x.csv' ? file : arg)));
      expect(status).toBe(2);
      expect(stderr).toMatch(new RegExp(`^INCOMPLETE: .*${file} could not be read`));
      expect(stderr).not.toContain('is not sound');
    }
  });

  it('is told from one that was read and is unsound, and from one that was not checked', () => {
    expect(unfitWords({ verdict: 'FAIL', findings: [{ kind: 'chain-break' }, { kind: 'input-truncated' }] })).toBe(
      'is not sound',
    );
    expect(unfitWords({ verdict: 'INCOMPLETE', findings: [{ kind: 'interrupted' }] })).toBe('could not be checked');
  });
});
