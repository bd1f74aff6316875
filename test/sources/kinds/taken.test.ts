/** A comparison takes what is of a known kind, by the rule of that kind; whatever could be taken wrongly is no PASS. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type ComparisonOptions, type ContinuityReport, compare, importRecords, init } from '../../../src/index.ts';
import { run } from '../../cli/in-process.ts';
import { ROOT } from '../../e2e/documents.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const folder = temporaryFolder();
let count = 0;

type Content = object | string;
/** A file; a folder of files where it is a map of them. */
type Side = Content | ReadonlyMap<string, Content>;

function put(path: string, what: Content): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, typeof what === 'string' ? what : JSON.stringify(what));
  return path;
}

function write(content: Side): string {
  const top = join(folder, `${count++}`);
  if (!(content instanceof Map)) return put(join(top, 'x'), content);
  for (const [name, what] of content) put(join(top, name as string), what as Content);
  return top;
}

const sbom = (at: number): object => ({
  bomFormat: 'CycloneDX',
  specVersion: '1.6',
  serialNumber: `urn:uuid:3e671687-395b-41f5-a30f-a58921a6000${at}`,
  version: 1,
});
const nameless = { bomFormat: 'CycloneDX', specVersion: '1.6' };
const vex = (id: string): object => ({
  '@context': 'https://openvex.dev/ns/v0.2.0',
  '@id': id,
  version: 1,
  statements: [],
});
const statement = (name: string): object => ({
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name }],
  predicateType: 'https://example/p/v1',
});
const lines = (...items: readonly object[]): string => items.map((item) => `${JSON.stringify(item)}\n`).join('');

function compared(before: Side, after: Side, options: ComparisonOptions = {}): Promise<ContinuityReport> {
  return compare(write(before), write(after), options);
}

const faultsOf = ({ findings }: ContinuityReport): string => findings.map(({ message }) => message).join('\n');

const CASES = join(ROOT, '../shared/cases/files');
const [BEFORE, AFTER] = [join(CASES, 'array-before.json'), join(CASES, 'array-after.json')];

describe.skipIf(!existsSync(CASES))('an array as users have it (skipped: no ../shared/cases)', () => {
  const ended = (report: ContinuityReport): readonly unknown[] =>
    report.findings.flatMap(({ kind, path, id }) => (kind.startsWith('record-') ? [[kind, path, id]] : []));
  const FOUND = [
    ['record-modified', '/body/components/0', '["urn:uuid:3e671687-395b-41f5-a30f-a58921a60002","1"]'],
    ['record-missing', undefined, '["urn:uuid:3e671687-395b-41f5-a30f-a58921a60005","1"]'],
    ['record-added', undefined, '["urn:uuid:3e671687-395b-41f5-a30f-a58921a60006","1"]'],
  ];

  it('comes to the right FAIL in one command, without a profile', async () => {
    const { status, stdout } = await run([BEFORE, AFTER]);
    expect(status).toBe(1);
    expect(stdout).toMatch(/^FAIL: 1 missing, 1 modified of 5 baseline records in 1 tenant; 1 added\n/);
    expect(stdout.replaceAll(/\s+/g, ' ')).toContain('taken for CycloneDX SBOMs, each named by serialNumber + version');
    expect(ended(await compare(BEFORE, AFTER))).toEqual(FOUND);
  });

  it('and in two with init', async () => {
    const profile = join(folder, 'array.profile.json');
    await init(BEFORE, { output: profile });
    const report = await compare(BEFORE, AFTER, { source: { profile } });
    expect(report.verdict).toBe('FAIL');
    expect(ended(report)).toEqual(FOUND);
    expect(report.baseline.subject).not.toHaveProperty('recognised');
  });

  it('is the same evidence wrapped and in lines', async () => {
    for (const other of ['wrapped-before.json', 'jq-before.ndjson']) {
      const report = await compare(BEFORE, join(CASES, other), { mode: 'frozen' });
      expect(report).toMatchObject({ verdict: 'PASS', relation: 'identical', totals: { matched: 5 } });
    }
  });

  it('of which nobody knows the kind is named, with the command that makes a profile', async () => {
    const numbers = [join(CASES, 'numbers-1.json'), join(CASES, 'numbers-2.json')];
    const { status, stdout } = await run(numbers);
    expect(status).toBe(2);
    expect(stdout).toMatch(/it is an array of 1 item, not a snapshot, and of no one kind that is known here; /);
    expect(stdout).toMatch(/`evidence-diff init \S+numbers-1.json --output numbers-1.profile.json`/);
    const csv = join(CASES, 'before.csv');
    expect((await run([csv, csv])).stdout).toMatch(/CSV with 5 rows of the columns id, tenant, type, hash/);
    const short = ['--records', '', '--map', 'id=/serialNumber', '--map', 'tenant==t', '--mode', 'frozen'];
    const mapped = await run([...numbers, ...short]);
    expect(mapped.status).toBe(1);
    expect(mapped.stdout).toContain('/body/hashCount precision');
  });
});

describe('what is taken', () => {
  it('lies in whatever way, each side in its own', async () => {
    const sides: readonly Side[] = [
      [sbom(1), sbom(2)],
      lines(sbom(2), sbom(1)),
      { evidence: [sbom(1), sbom(2)] },
      new Map([
        ['a.json', sbom(1)],
        ['b/c.json', sbom(2)],
      ]),
      new Map([['all.json', [sbom(1), sbom(2)]]]),
    ];
    for (const before of sides) {
      for (const after of sides) {
        const report = await compared(before, after, { mode: 'frozen' });
        expect(report).toMatchObject({ verdict: 'PASS', totals: { matched: 2 } });
      }
    }
  });

  it('is a document without a name of its own by its file', async () => {
    expect(await compared(nameless, nameless)).toMatchObject({ verdict: 'PASS', totals: { matched: 1 } });
    const changed = await compared(statement('a'), statement('b'));
    expect(changed).toMatchObject({ verdict: 'FAIL', findings: [{ path: '/body/subject/0/name' }, {}, {}, {}] });
    const files = (name: string): Side =>
      new Map([
        ['a.json', statement('a')],
        ['b.json', statement(name)],
      ]);
    expect(await compared(files('b'), files('b'))).toMatchObject({ verdict: 'PASS', totals: { matched: 2 } });
    const { verdict, findings } = await compared(files('b'), files('c'));
    expect([verdict, findings[0]?.id, findings[0]?.path]).toEqual(['FAIL', 'b.json', '/body/subject/0/name']);
  });

  it('has what nothing reads in its headline, and under what was not checked', async () => {
    const report = await compared({ exported: 'now', evidence: [sbom(1)] }, { exported: 'then', evidence: [sbom(1)] });
    expect(report.headline).toBe('PASS: 1 baseline record intact in 1 tenant; nothing added; nothing reads /exported');
    expect(report.notChecked.join('\n')).toMatch(/members of the baseline that nothing reads: \/exported/);
  });

  it('says by which rule', async () => {
    const { baseline, mapping, notChecked } = await compared([vex('a')], [vex('a')]);
    const rule = '@id + version (OpenVEX 0.2.0, "Document": @id names it, version rises with each change)';
    expect(baseline.subject).toMatchObject({ recognised: { what: 'OpenVEX documents', rule } });
    expect(mapping).toMatchObject({ baseline: 'openvex', current: 'openvex', declared: [] });
    expect(notChecked.join('\n')).toContain(`taken for OpenVEX documents, each named by ${rule}`);
  });

  it('has lost everything where the array is empty', async () => {
    expect(await compared([sbom(1), sbom(2)], [])).toMatchObject({ verdict: 'FAIL', totals: { missing: 2 } });
  });
});

/** Five of it are more than is looked at: 16 MB. */
const PADDING = 'x'.repeat(3_400_000);

describe('what could be taken wrongly is never PASS', () => {
  const two = [sbom(1), sbom(2)];
  const files = (...more: readonly (readonly [string, Content])[]): Side =>
    new Map([['a.json', sbom(1)], ['b.json', sbom(2)], ...more]);

  it.each<readonly [what: string, before: Side, after: Side, message: RegExp]>([
    ['sides of different kinds', two, [vex('a')], /the baseline is an array of 2 CycloneDX SBOMs: its items are not/],
    ['two documents of different kinds', sbom(1), vex('a'), /it is an OpenVEX document, not a snapshot/],
    [
      'an array of several kinds',
      [sbom(1), vex('a')],
      [sbom(1), vex('a')],
      /2 items \(1 CycloneDX SBOM, 1 OpenVEX doc/,
    ],
    ['one of another kind on the current side', two, [...two, vex('a')], /the item has no id: \/serialNumber/],
    ['one of no kind', [...two, {}], [...two, {}], /of no one kind that is known/],
    ['one that is no object', [...two, 1], [...two, 1], /of no one kind/],
    ['an item without id', [sbom(1), nameless], [sbom(1), nameless], /no id that the kind has is there in every item/],
    ['an item that has lost its id', two, [sbom(1), nameless], /the item has no id: \/serialNumber/],
    [
      'an id twice',
      [sbom(1), sbom(1)],
      [sbom(1), sbom(1)],
      /no id that the kind has .* another in each \(serialNumber/,
    ],
    ['an id twice on the current side', two, [...two, sbom(2)], /two items have one tenant, stream and id/],
    ['a folder of several kinds', files(['c.json', vex('a')]), files(['c.json', vex('a')]), /of no one kind/],
    [
      'a folder with other files',
      files(['README', 'a']),
      files(['README', 'a']),
      /there are other files in it: README/,
    ],
    [
      'a folder with a damaged file',
      files(['c.json', '{"a":']),
      files(['c.json', '{"a":']),
      /other files in it: c.json/,
    ],
    ['another file on the current side', files(), files(['c.txt', 'a']), /files besides the CycloneDX SBOMs.*: c\.txt/],
    ['another document on the current side', files(), files(['c.json', {}]), /the item has no id: \/serialNumber/],
    ['a damaged file on the current side', files(), files(['c.json', '{"a":']), /unexpected end/],
    ['a damaged array on the current side', two, JSON.stringify(two).slice(0, -1), /./],
    ['a document beside an array, where its place names it', nameless, [nameless], /named by where they lie/],
    ['lines of no known kind', lines({ id: 1 }, { id: 2 }), lines({ id: 1 }, { id: 2 }), /lines of JSON: 2 items/],
    ['a document of no known kind', { a: 1 }, { a: 1 }, /a JSON document of no known kind/],
    ['an empty array as the baseline', [], [], /./],
  ])('%s', async (_, before, after, message) => {
    const report = await compared(before, after);
    expect(report.verdict).toBe('INCOMPLETE');
    expect(faultsOf(report)).toMatch(message);
  });

  it('an archive beside a folder or an array: what it is, and not what its first bytes would be as JSON', async () => {
    const packed = write(files(['[1].json', sbom(3)]));
    for (const [flag, first] of [
      ['-cf', 'a.json'],
      ['-czf', 'a.json'],
      ['-cf', '[1].json'],
    ] as const) {
      const archive = join(folder, `${count++}.archive`);
      execFileSync('tar', [flag, archive, '-C', packed, first, 'b.json']);
      for (const before of [write(files()), write(two)]) {
        const report = await compare(before, archive);
        expect(report.verdict).toBe('INCOMPLETE');
        expect(faultsOf(report)).toMatch(/holds 2 files that are in no layout .*`evidence-diff init/);
      }
    }
  });

  it('what is of another kind further on than was looked at', async () => {
    const many = Array.from({ length: 5 }, (_, at) => ({ ...sbom(at), padding: PADDING }));
    const other = { serialNumber: 'urn:uuid:1', version: 1 };
    const report = await compared([...many, other], [...many, other]);
    expect(report.verdict).toBe('INCOMPLETE');
    expect(faultsOf(report)).toMatch(/item 5.*it is no CycloneDX SBOM, which the input was taken for/);
  });

  it('evidence beside the array, wherever it lies and on whichever side', async () => {
    for (const beside of [{ more: [sbom(9)] }, { more: { deep: [sbom(9)] } }]) {
      const [alone, both] = [{ items: two }, { items: two, ...beside }];
      for (const [was, is] of [
        [both, alone],
        [alone, both],
        [both, both],
      ] as const) {
        expect(await compared(was, is)).toMatchObject({ verdict: 'INCOMPLETE' });
      }
    }
    // Behind so many bytes it is seen only when it is read, not when the place is looked for.
    const items = Array.from({ length: 5 }, (_, at) => ({ ...sbom(at), padding: PADDING }));
    const report = await compared({ items, more: [sbom(9)] }, { items: items.slice(0, 1) });
    expect(report.verdict).toBe('INCOMPLETE');
    expect(faultsOf(report)).toMatch(/more besides the CycloneDX SBOMs, which nothing would read: \/more/);
    expect(await compared({ items: two, day: 'a' }, { day: 'b', items: two })).toMatchObject({ verdict: 'PASS' });
  });

  it('what is no more of its kind is compared, and is no growth', async () => {
    const other = { ...sbom(2), bomFormat: 'CycloneDY' };
    const changed = await compared(two, [sbom(1), other]);
    expect(changed).toMatchObject({ verdict: 'FAIL', totals: { modified: 1 } });
    expect(changed.findings.map(({ path }) => path)).toContain('/body/bomFormat');
    expect(faultsOf(changed)).toMatch(
      /item 1.*: it is no CycloneDX SBOM, which the input was taken for; `evidence-diff init/,
    );
    expect(await compared(sbom(2), other)).toMatchObject({ verdict: 'FAIL', totals: { modified: 1 } });
    const grown = await compared(two, [...two, { ...sbom(3), bomFormat: 'CycloneDY' }]);
    expect(grown).toMatchObject({ verdict: 'INCOMPLETE', totals: { matched: 2, added: 1 } });
  });

  it('a snapshot beside what was recognised, until somebody says how that is read', async () => {
    const [source, snapshot, profile] = [write(two), join(folder, 'two.ndjson'), join(folder, 'two.profile.json')];
    await init(source, { output: profile });
    await importRecords(source, profile, { output: snapshot });
    for (const [before, after] of [
      [source, snapshot],
      [snapshot, source],
    ] as const) {
      expect(faultsOf(await compare(before, after))).toMatch(/the other side was not recognised/);
    }
    expect(await compare(snapshot, source, { currentProfile: profile })).toMatchObject({ verdict: 'PASS' });
  });

  it('a snapshot of ours that has lost its header stays an error of a snapshot', async () => {
    const whole = readFileSync(join(ROOT, 'fixtures/quickstart/baseline.json'), 'utf8');
    const { records } = JSON.parse(whole) as { readonly records: readonly object[] };
    for (const broken of [records, { records }, lines(...records)]) {
      const report = await compared(broken, broken);
      expect(report.verdict).toBe('INCOMPLETE');
      expect(faultsOf(report)).not.toMatch(/init/);
    }
  });
});
