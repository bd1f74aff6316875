/** Many calls of the command in one process: none leaves anything behind for the next. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { StopSignal } from '../../src/cli/terminal/session.ts';
import { ROOT } from '../e2e/documents.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { run } from './in-process.ts';

const folder = temporaryFolder();
const at = (name: string): string => join(ROOT, 'fixtures/quickstart', name);
const SIDES = [at('baseline.json'), at('current.json')];

function listeners(): readonly number[] {
  const events = ['SIGINT', 'SIGTERM', 'uncaughtException', 'unhandledRejection', 'beforeExit', 'exit'];
  return [
    ...events.map((name) => process.listenerCount(name)),
    ...[process.stdout, process.stderr].map((stream) => stream.listenerCount('error')),
  ];
}

describe('a call of the command', () => {
  it.each([[SIDES], [[...SIDES, '--mode', 'frozen']], [['--nonsense']], [['verify-all', 'nowhere.json']], [['help']]])(
    '%j sets no exit code of the process, and leaves no listener',
    async (args) => {
      const before = [process.exitCode, process.cwd(), ...listeners()];
      await run(args);
      expect([process.exitCode, process.cwd(), ...listeners()]).toEqual(before);
    },
  );

  it('has its secrets for itself', async () => {
    const words = 'current.json';
    const wrong = ['stats', join(folder, words), '--format', 'xml'];
    const known = await run(['stats', words, '--nonsense', words], { env: { PGPASSWORD: 'nonsense' } });
    expect(known.stderr).toContain("unknown option '--***'");
    expect((await run([...wrong, '--nonsense'])).stderr).not.toContain('***');
    expect((await run(['--nonsense'])).stderr).toContain("'--nonsense'");
  });

  it('has its colours from its own environment', async () => {
    const colour = '\u001b[';
    const [coloured, plain] = await Promise.all([run(SIDES, { env: { FORCE_COLOR: '1' } }), run(SIDES)]);
    expect([coloured.stdout.includes(colour), plain.stdout.includes(colour)]).toEqual([true, false]);
  });

  it('gives what one in a process of its own gives, in its working directory and from its standard input', async () => {
    const cwd = join(ROOT, 'fixtures/quickstart');
    const beside = await run(['baseline.json', 'current.json'], { cwd });
    expect(beside).toMatchObject({ status: 0, stderr: '' });
    expect(beside.stdout).toMatch(/^PASS: .*\n[\s\S]*\nExit code 0\n/);
    expect((await run(['baseline.json', '-'], { cwd, input: '' })).status).toBe(2);
  });

  it('stops for a signal, listens until it ends, and its exit code is that of the signal', async () => {
    let listening = 0;
    const signals = (stop: (name: StopSignal) => void): (() => void) => {
      listening++;
      stop('SIGTERM');
      return () => {
        listening--;
      };
    };
    const { status, stdout, stderr } = await run(SIDES, { signals });
    expect({ status, listening }).toEqual({ status: 143, listening: 0 });
    expect(stdout).toMatch(/^INCOMPLETE: /);
    expect(stderr).toBe('SIGTERM: stopping, the report will say INCOMPLETE; once more to stop at once\n');
  });
});
