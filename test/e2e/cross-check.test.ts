import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Json, JsonNumber, type RecordInput, writeSnapshot } from '../../src/index.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { evidenceDiff } from './command.ts';

const folder = temporaryFolder();
const path = (name: string): string => join(folder, name);

/** 300 records in two streams, one of them ordered, with text and numbers of all sorts. */
function* records(exact: boolean): Generator<RecordInput> {
  for (let at = 0; at < 150; at++) {
    const score: Json = exact ? new JsonNumber('10.5000000000000000001') : new JsonNumber('10.5');
    yield { tenant: 'acme', stream: 'a', id: `é-${String(at).padStart(4, '0')}`, type: 'sbom', body: { at, score } };
  }
  for (let at = 0; at < 150; at++)
    yield { tenant: 'acme', stream: 'b', id: `x${at}`, seq: at + 1, type: 'vex', body: [at] };
}

describe('cross-check', () => {
  it('A01: finds the same stream roots by canonicalize, @noble/hashes and merkletreejs', async () => {
    await writeSnapshot(path('plain.ndjson'), records(false));
    const { status, stdout } = evidenceDiff(['cross-check', path('plain.ndjson')]);
    expect(stdout.split('\n')[0]).toBe('PASS: all stream roots are the same');
    expect(stdout).toContain('tenant "acme" stream "b" records 150 same ');
    expect(status).toBe(0);
  });

  it('runs no line of crypto-js, which nobody maintains', async () => {
    await writeSnapshot(path('plain.ndjson'), records(false));
    writeFileSync(
      path('refuse.cjs'),
      `const { Module } = require('node:module');
      const load = Module._extensions['.js'];
      Module._extensions['.js'] = (module, name) => {
        if (name.includes('/node_modules/' + process.env.REFUSED + '/')) throw new Error('ran ' + name);
        load(module, name);
      };`,
    );
    const env = { NODE_OPTIONS: `--require ${path('refuse.cjs')}` };
    const lean = evidenceDiff(['cross-check', path('plain.ndjson')], { env: { ...env, REFUSED: 'crypto-js' } });
    expect(lean).toMatchObject({ status: 0, stderr: '' });
    const caught = evidenceDiff(['cross-check', path('plain.ndjson')], { env: { ...env, REFUSED: 'treeify' } });
    expect(caught.stderr).toContain('ran ');
  });

  it('D08: says where a number is beyond what RFC 8785 can write', async () => {
    await writeSnapshot(path('exact.ndjson'), records(true));
    const { status, stdout } = evidenceDiff(['cross-check', path('exact.ndjson')]);
    expect(stdout).toContain('150 texts hold a number that plain RFC 8785 would round');
    expect(status).toBe(0);
  });

  it('is no PASS for what cannot be read, or has no records', async () => {
    writeFileSync(path('cut.ndjson'), '{"kind":"evidence-snapshot"');
    expect(evidenceDiff(['cross-check', path('cut.ndjson')])).toMatchObject({ status: 2, stdout: '' });
    await writeSnapshot(path('empty.ndjson'), []);
    await writeSnapshot(path('summary.ndjson'), records(false), { depth: 'summary' });
    const none =
      'it has no records to compute a root of a second time; give a snapshot with records, or the store itself\n';
    for (const [name, stderr] of [
      ['empty.ndjson', 'there is not one record in it\n'],
      ['summary.ndjson', none],
    ] as const) {
      expect(evidenceDiff(['cross-check', path(name)])).toMatchObject({ status: 2, stdout: '', stderr });
    }
  });
});
