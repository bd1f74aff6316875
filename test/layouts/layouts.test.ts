/**
 * Every layout: an honest sample passes as folder, tar, packed tar and zip, and against a copy of itself; whatever is done
 * to it is found, named with the file, and never passes.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { verifyBundle } from '../../src/api/bundles.ts';
import { compareSnapshots } from '../../src/api/compare-snapshots.ts';
import { LAYOUTS } from '../../src/layouts/registry.ts';
import { sharedFolder, skippedWithout } from '../shared.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { SAMPLES } from './cases.ts';
import { mutationsOf, type Sample } from './mutations.ts';
import { tarOf, writeFolder, zipFiles, zipOf } from './pack.ts';
import { hash, oci } from './samples.ts';

const folder = temporaryFolder();
let made = 0;
const free = (): string => join(folder, `input-${++made}`);

const told = ({ findings }: { readonly findings: readonly { kind: string; message: string }[] }): string =>
  findings.map(({ kind, message }) => `${kind}: ${message}`).join('\n');

/** The sample in every container. */
function containers({ files }: Sample): readonly string[] {
  const below = new Map([...files].map(([path, bytes]) => [`a-bundle/${path}`, bytes]));
  const put = (ending: string, bytes: Buffer): string => {
    const path = `${free()}${ending}`;
    writeFileSync(path, bytes);
    return path;
  };
  return [
    writeFolder(free(), files),
    writeFolder(free(), below),
    put('.tar', tarOf(files)),
    put('.tgz', gzipSync(tarOf(files))),
    put('.tar', tarOf(new Map([...below].reverse()))),
    put('.zip', zipOf(zipFiles(files))),
    put('.zip', zipOf(zipFiles(below).map((file) => ({ ...file, stored: true, streamed: true })))),
  ];
}

it('has a sample of every layout', () => {
  expect(SAMPLES.map(({ name }) => name).sort()).toEqual(LAYOUTS.map(({ id }) => id).sort());
});

describe.each(SAMPLES.map((sample) => [sample.name, sample] as const))('%s', (name, sample) => {
  const honest = writeFolder(free(), sample.files);

  it('passes in every container, with the same root, and says what it is', async () => {
    const audits = [];
    for (const path of containers(sample)) audits.push(await verifyBundle(path));
    for (const audit of audits) {
      expect([audit.verdict, told(audit)]).toEqual(['PASS', '']);
      expect(audit.header?.subject).toMatchObject({ layout: name, files: sample.files.size });
      expect(audit.summary?.globalRoot).toBe(audits[0]?.summary?.globalRoot);
    }
    expect(audits[0]?.summary?.records).toBeGreaterThan(1);
  });

  it('is identical to a copy of itself in another container', async () => {
    for (const path of containers(sample).slice(2)) {
      const { verdict, findings, notChecked } = await compareSnapshots(honest, path, { mode: 'frozen' });
      expect([verdict, findings]).toEqual(['PASS', []]);
      expect(notChecked.join()).toContain('body digests only');
    }
  });

  const mutations = mutationsOf(sample);

  it('is tried in 25 ways and more', () => {
    expect(new Set(mutations.map(({ what }) => what)).size).toBe(mutations.length);
    expect(mutations.length).toBeGreaterThan(25);
  });

  it.each(mutations.map((mutation) => [mutation.what, mutation] as const))('%s', async (_, mutation) => {
    const { make, kinds, names, most = 1 } = mutation;
    const path = make(free());
    const audit = await verifyBundle(path);
    const report = await compareSnapshots(honest, path, { mode: 'frozen' });
    expect(report.verdict, told(audit)).not.toBe('PASS');
    // What a layout states nothing of, a comparison alone can find.
    if (kinds.length === 0) return expect(report.findings.length, told(report)).toBeGreaterThan(0);
    expect(audit.verdict).not.toBe('PASS');
    expect(audit.findings.length, told(audit)).toBeLessThanOrEqual(most);
    expect(kinds, told(audit)).toContain(audit.findings[0]?.kind);
    expect(told(audit)).toContain(names);
    return expect(told(audit)).toContain(path);
  });
});

describe('a referrer of an OCI layout', () => {
  it('that belongs to another image is re-linked, and nothing else', async () => {
    const was = writeFolder(free(), oci());
    const is = writeFolder(free(), oci({ subject: (_, other) => other }));
    expect((await verifyBundle(is)).verdict).toBe('PASS');
    const { verdict, findings } = await compareSnapshots(was, is);
    expect(verdict).toBe('FAIL');
    const [link, ...others] = findings.filter(
      (finding) => finding.class === 'FAIL' && !finding.kind.endsWith('root-mismatch'),
    );
    expect(link).toMatchObject({ kind: 'record-relinked', stream: 'referrers', path: '/hash' });
    expect(others).toEqual([]);
  });
});

const FOLDER = 'cases/layouts';
const shared = sharedFolder(FOLDER);
describe.skipIf(shared === undefined)(`samples of others${skippedWithout(FOLDER)}`, () => {
  const names = shared === undefined ? [] : readdirSync(shared).filter((name) => !name.startsWith('8-'));
  it.each(names)('%s passes', async (name) => {
    const audit = await verifyBundle(join(shared ?? '', name));
    expect([audit.verdict, told(audit)]).toEqual(['PASS', '']);
  });
});

describe.skipIf(!existsSync('/usr/bin/tar') && !existsSync('/bin/tar'))('what the tar of the system packs', () => {
  it.each(['ustar', 'gnu', 'pax', 'v7'])('is read as it is: %s', async (format) => {
    const [sample] = SAMPLES;
    if (sample === undefined) throw new RangeError('no sample');
    const at = writeFolder(free(), sample.files);
    const path = `${free()}.tar`;
    // Names of over 100 bytes are kept in another way by each format.
    execFileSync('tar', [`--format=${format}`, '-cf', path, '-C', at, '.']);
    const audit = await verifyBundle(path);
    expect([audit.verdict, told(audit)]).toEqual(['PASS', '']);
    expect(audit.sha256).toBe(hash(Buffer.from(execFileSync('cat', [path]))));
  });
});
