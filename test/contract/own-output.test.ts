/** Nothing that writes replaces what it reads: no evidence, no bundle, no private key is lost to a name given twice. */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { captureSnapshot, digestIndex, exportBundle, init, keygen, prove, verifyAll } from '../../src/index.ts';
import { run } from '../cli/in-process.ts';
import { ROOT } from '../e2e/documents.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const QUICK_START = join(ROOT, 'fixtures/quickstart');
const RECORD = { tenant: 'acme', stream: 'findings-ledger/main', id: 'acme-event-1' };

async function prepared(name: string) {
  const at = join(folder, name);
  mkdirSync(at, { recursive: true });
  for (const file of ['baseline.json', 'current.json']) copyFileSync(join(QUICK_START, file), join(at, file));
  symlinkSync('baseline.json', join(at, 'link.json'));
  await keygen({ output: join(at, 'own.key') });
  await exportBundle(join(at, 'current.json'), join(at, 'bundle'));
  return { at, baseline: join(at, 'baseline.json'), current: join(at, 'current.json'), key: join(at, 'own.key') };
}

const contents = (at: string): ReadonlyMap<string, string> =>
  new Map(
    readdirSync(at, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      .map((file) => [file, readFileSync(file, 'utf8')]),
  );

type Store = Awaited<ReturnType<typeof prepared>>;

const CALLS: readonly (readonly [what: string, call: (store: Store) => Promise<unknown>])[] = [
  ['prove: the snapshot', ({ baseline }) => prove({ snapshot: baseline, ...RECORD, output: baseline })],
  [
    'prove: a link to it',
    ({ at, baseline }) => prove({ snapshot: join(at, 'link.json'), ...RECORD, output: baseline }),
  ],
  ['prove: the first of two', ({ baseline, current }) => prove({ from: baseline, to: current, output: baseline })],
  ['prove: the second of two', ({ baseline, current }) => prove({ from: baseline, to: current, output: current })],
  ['prove: the private key', ({ baseline, key }) => prove({ snapshot: baseline, ...RECORD, key, output: key })],
  ['digestIndex', ({ baseline }) => digestIndex(baseline, { output: baseline })],
  ['init', ({ baseline }) => init(baseline, { output: baseline })],
  ['verifyAll', ({ baseline }) => verifyAll(baseline, { output: baseline, includeMerkleRoots: true })],
  ['captureSnapshot', ({ baseline }) => captureSnapshot(baseline, baseline)],
  [
    'captureSnapshot: into a bundle',
    ({ at }) => captureSnapshot(join(at, 'bundle'), join(at, 'bundle', 'again.ndjson')),
  ],
];

describe('an output that is an input', () => {
  it.each(CALLS)('%s: is a TypeError, and nothing is lost', async (what, call) => {
    const store = await prepared(what.replace(/\W+/g, '-'));
    const before = contents(store.at);
    await expect(call(store)).rejects.toThrow(/would (replace|be written into) the input/);
    await expect(call(store)).rejects.toBeInstanceOf(TypeError);
    expect(contents(store.at)).toEqual(before);
  });

  it('is told from another file', async () => {
    const { at, baseline } = await prepared('honest');
    const output = join(at, 'proof.json');
    await prove({ snapshot: baseline, ...RECORD, output });
    expect(existsSync(output)).toBe(true);
  });
});

describe('a database where a file is wanted', () => {
  const URL = 'postgres://dba:canary7@127.0.0.1:1/store';

  it.each([
    ['sign', URL, '--key', 'own.key'],
    ['sign', 'baseline.json', '--key', URL],
    ['verify-signature', URL, '--trusted-key', 'own.pub'],
    ['verify-signature', 'baseline.json', '--trusted-key', URL],
    ['verify-proof', URL, '--trusted-key', 'own.pub'],
    ['verify-bundle', URL],
    ['verify-roots', '--baseline', URL, '--source', 'current.json'],
    ['baseline.json', 'current.json', '--trusted-key', URL],
    ['baseline.json', 'current.json', '--signature', URL, '--trusted-key', 'own.pub'],
    ['baseline.json', 'current.json', '--consistency-proof', URL],
  ])('%s %s %s %s: is a usage error without its password', async (...args) => {
    const { at } = await prepared(args.join('-').replace(/\W+/g, '-').slice(0, 80));
    for (const given of [args, [...args, '--format', 'json']]) {
      const { status, stdout, stderr } = await run(given, { cwd: at });
      expect({ status, stdout }).toEqual({ status: 64, stdout: '' });
      expect(stderr).toContain('give a file');
      expect(stderr).not.toContain('canary7');
    }
  });
});
