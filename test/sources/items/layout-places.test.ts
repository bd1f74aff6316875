/** Published layouts as places of a profile, beside other places: their readers check them, their records join the others. */
import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ContinuityReport, compare, verifyAll } from '../../../src/index.ts';
import { type Files, tarOf, writeFolder } from '../../layouts/pack.ts';
import { bagit, inToto, oci } from '../../layouts/samples.ts';
import { temporaryFolder } from '../../temporary-folder.ts';
import { putFiles } from './items.ts';

const folder = temporaryFolder();
let made = 0;

const sbom = (at: number): object => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  serialNumber: `urn:uuid:3e671687-395b-41f5-a30f-a58921a6000${at}`,
  version: 1,
});
const under = (top: string, files: Files): Files =>
  new Map([...files].map(([path, content]) => [`${top}/${path}`, content]));

const profileOf = (...items: object[]): never =>
  ({ kind: 'evidence-profile', version: 2, name: 'store', items }) as never;
const LOG = { from: { ndjson: '*.ndjson' }, id: '/id', stream: { value: 'log' } };
const IMAGE = { from: { layout: 'oci' }, path: 'image' };
const BAG = { from: { layout: 'bagit' }, path: 'bag' };
const BOMS = { from: { layout: 'cyclonedx' }, path: 'sboms' };
const STORE: Files = new Map([
  ...under('image', oci()),
  ...under('bag', bagit()),
  ['sboms/a.json', Buffer.from(JSON.stringify(sbom(1)))],
  ['sboms/b.json', Buffer.from(JSON.stringify(sbom(2)))],
  ['log.ndjson', Buffer.from('{"id":"1"}\n{"id":"2"}\n')],
  ['README', Buffer.from('no evidence')],
]);
const PROFILE = profileOf(LOG, IMAGE, BAG, BOMS);

function asFolder(files: Files): string {
  return writeFolder(join(folder, `${++made}`), files);
}

function asTar(files: Files): string {
  const at = join(folder, `${++made}.tar`);
  writeFileSync(at, tarOf(files));
  return at;
}

const against = (current: string, profile: never = PROFILE): Promise<ContinuityReport> =>
  compare(asFolder(STORE), current, { mode: 'frozen', source: { profile } });

describe('layouts in a profile', () => {
  it('stand beside other places, and are checked by their readers', async () => {
    const report = await against(asFolder(STORE));
    expect(report).toMatchObject({ verdict: 'PASS', mapping: { declared: [] } });
    const { subject } = report.current;
    expect(subject).toMatchObject({
      mapping: { 'layout:oci:image': { layout: 'oci' }, 'ndjson:*.ndjson': { id: '/id' } },
      unmatched: { files: 1, first: ['README'] },
    });
    const streams = report.tenants.flatMap((tenant) => tenant.streams.map(({ stream }) => stream));
    expect(streams).toEqual(expect.arrayContaining(['blobs', 'cyclonedx', 'log', 'payload']));
    expect(report.notChecked.join('\n')).toMatch(/blobs/);
    // The digest of a folder would not be that of all that was read.
    expect(report.baseline.sha256).toBeNull();
  });

  const last = (files: Files, within: string): string =>
    [...files.keys()].filter((one) => one.includes(within)).at(-1) ?? '';
  const blob = last(STORE, 'image/blobs/');
  it.each<readonly [string, (files: Map<string, Buffer>) => void]>([
    ['a blob that is another one', (files) => files.set(blob, Buffer.from('{}'))],
    ['a blob that is gone', (files) => files.delete(blob)],
    ['a payload that is another one', (files) => files.set(last(STORE, 'bag/data/'), Buffer.from('x'))],
    ['a document that is another one', (files) => files.set('sboms/a.json', Buffer.from(JSON.stringify(sbom(3))))],
    ['a document that is gone', (files) => files.delete('sboms/b.json')],
    ['a line that is gone', (files) => files.set('log.ndjson', Buffer.from('{"id":"1"}\n'))],
  ])('are no PASS with %s', async (_, change) => {
    const files = new Map(STORE);
    change(files);
    const report = await against(asFolder(files));
    expect(report.verdict).toBe('FAIL');
    expect(report.findings.length).toBeGreaterThan(0);
  });

  it('are read in an archive as in the folder, where they are no kind of documents', async () => {
    const profile = profileOf(LOG, IMAGE, BAG);
    expect(await against(asTar(STORE), profile)).toMatchObject({ verdict: 'PASS' });
    const less = new Map(STORE);
    less.delete(blob);
    expect(await against(asTar(less), profile)).toMatchObject({ verdict: 'FAIL' });
    expect(await against(asTar(STORE), profileOf(BOMS))).toMatchObject({ verdict: 'INCOMPLETE' });
  });

  it('may lie in an archive of the folder, or be all that there is', async () => {
    const top = putFiles(join(folder, `${++made}`), { 'log.ndjson': '{"id":"1"}\n' });
    cpSync(asTar(oci()), join(top, 'image.tar'));
    const at = { from: { layout: 'oci' }, path: 'image.tar' };
    expect(await verifyAll(top, { source: { profile: profileOf(LOG, at) } })).toMatchObject({ verdict: 'PASS' });
    const alone = profileOf({ from: { layout: 'bagit' } });
    const bag = asTar(bagit());
    const report = await compare(bag, asFolder(bagit()), { mode: 'frozen', source: { profile: alone } });
    expect(report).toMatchObject({ verdict: 'PASS' });
    expect(report.baseline.sha256).toMatch(/^[0-9a-f]{64}$/);
    const lines = [...inToto().values()][0] ?? Buffer.alloc(0);
    const file = join(folder, 'one.intoto.jsonl');
    writeFileSync(file, lines);
    const one = await verifyAll(file, { source: { profile: profileOf({ from: { layout: 'in-toto' } }) } });
    expect(one).toMatchObject({ verdict: 'PASS' });
  });

  it('of one kind are told apart by a tenant each, or both say that they share their streams', async () => {
    const files = new Map([...under('a', oci()), ...under('b', oci())]);
    const places = (more: (at: string) => object): object[] =>
      ['a', 'b'].map((path) => ({ from: { layout: 'oci' }, path, ...more(path) }));
    const top = asFolder(files);
    const named = await verifyAll(top, {
      source: { profile: profileOf(...places((value) => ({ tenant: { value } }))) },
    });
    expect(named.verdict).toBe('PASS');
    expect(named.summary?.tenants.map(({ tenant }) => tenant)).toEqual(['a', 'b']);
    const mixed = await verifyAll(top, { source: { profile: profileOf(...places(() => ({}))) } });
    expect(mixed.verdict).toBe('INCOMPLETE');
    expect(JSON.stringify(mixed.findings)).toMatch(/two places of the profile feed one stream/);
  });

  it.each([
    ['a path where nothing is', { ...IMAGE, path: 'none' }, /no such file or folder/],
    ['what is of another kind', { from: { layout: 'spdx' }, path: 'sboms' }, /no layout:spdx:sboms.*CycloneDX SBOMs/],
  ])('are refused with %s', async (_, place, says) => {
    const run = await verifyAll(asFolder(STORE), { source: { profile: profileOf(place) } });
    expect(run.verdict).toBe('INCOMPLETE');
    expect(JSON.stringify(run.findings)).toMatch(says);
  });

  it.each([
    ['a member that the layout decides', { ...IMAGE, id: '/id' }, /states id/],
    ['a tenant that items have', { ...IMAGE, tenant: '/tenant' }, /reads its tenant from items/],
    ['a path that leads out', { ...IMAGE, path: '../image' }, /leads out of the source/],
  ])('make no profile with %s', async (_, place, says) => {
    const run = verifyAll(asFolder(STORE), { source: { profile: profileOf(place) } });
    await expect(run).rejects.toMatchObject({
      kind: 'schema-violation',
      message: expect.stringMatching(says) as string,
    });
  });
});
