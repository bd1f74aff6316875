/**
 * Files that others have published are read whole and exactly, and a byte that is changed is named.
 *
 * The bundles of ../shared/vectors are read in place. All others are read out of clones: where EVIDENCE_DIFF_PUBLIC names
 * the folder with them, made by
 *
 *     git clone --bare https://github.com/OWNER/NAME $EVIDENCE_DIFF_PUBLIC/OWNER+NAME/repo
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import canonicalize from 'canonicalize';
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../src/core/json/canonical.ts';
import { type Json, JsonNumber } from '../../src/core/json/value.ts';
import { compare, importRecords, init, type ProfileInput2, recordsOf } from '../../src/index.ts';
import { ROOT } from '../e2e/documents.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { PUBLIC_FILES } from './files.ts';

interface Found {
  readonly name: string;
  readonly kind: string;
  readonly items: number;
  readonly bytes: () => Buffer;
}

const CLONES = process.env['EVIDENCE_DIFF_PUBLIC'] ?? '';
const BUNDLES = join(ROOT, '../shared/vectors/sigstore-conformance/test/assets');

function blob(repository: string, id: string): Buffer {
  const folder = join(CLONES, repository.replace('/', '+'), 'repo');
  const { status, stdout } = spawnSync('git', ['--git-dir', folder, 'cat-file', 'blob', id], { maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`${repository} has no blob ${id}: clone it anew, with its history`);
  return stdout;
}

const isCloned = ([repository]: readonly [string, ...unknown[]]): boolean =>
  CLONES !== '' && existsSync(join(CLONES, repository.replace('/', '+'), 'repo'));

const cloned: readonly Found[] = PUBLIC_FILES.filter(isCloned).map(([repository, path, id, kind, items]) => ({
  name: `${repository}: ${path}`,
  kind,
  items,
  bytes: () => blob(repository, id),
}));

/** Those that must be accepted: what is in the others is broken on purpose, or is no bundle at all. */
const bundles: readonly Found[] = !existsSync(BUNDLES)
  ? []
  : readdirSync(BUNDLES, { recursive: true, encoding: 'utf8' })
      .filter((path) => /bundle[^/]*\.json$/.test(path) && !path.includes('_fail'))
      .sort()
      .map((path) => ({
        name: path,
        kind: 'sigstore-bundle',
        items: 1,
        bytes: () => readFileSync(join(BUNDLES, path)),
      }));

const folder = temporaryFolder();
let count = 0;

function put(bytes: Uint8Array): string {
  const path = join(folder, `${count++}.json`);
  writeFileSync(path, bytes);
  return path;
}

/** Whether a double would lose a digit of a number in it. */
function losesDigits(value: Json): boolean {
  if (value instanceof JsonNumber) return canonicalText(value) !== JSON.stringify(Number(canonicalText(value)));
  const inside = value instanceof Map ? [...value.values()] : Array.isArray(value) ? (value as readonly Json[]) : [];
  return inside.some((one) => losesDigits(one as Json));
}

interface Leaf {
  readonly pointer: string;
  readonly text: string;
}

/** Texts in an item, with their pointers. */
function textsIn(value: Json, pointer = ''): readonly Leaf[] {
  if (typeof value === 'string') return [{ pointer, text: value }];
  const named: readonly (readonly [string, Json])[] =
    value instanceof Map
      ? [...(value as ReadonlyMap<string, Json>)]
      : Array.isArray(value)
        ? (value as readonly Json[]).map((one, at) => [`${at}`, one] as const)
        : [];
  return named.flatMap(([name, one]) => textsIn(one, `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`));
}

/** The last letter or digit of a text, and where: another one there is another text, and JSON still. */
function changedAt(bytes: Buffer, text: string): Buffer | undefined {
  const token = Buffer.from(JSON.stringify(text));
  const at = bytes.indexOf(token);
  if (at < 0 || bytes.indexOf(token, at + 1) >= 0) return undefined;
  const last = /[A-Za-z0-9](?=[^A-Za-z0-9\\]*$)/.exec(text);
  if (last === null || text.includes('\\') || JSON.stringify(text).length !== text.length + 2) return undefined;
  const changed = Buffer.from(bytes);
  const byteAt = at + 1 + Buffer.byteLength(text.slice(0, last.index));
  changed[byteAt] = (changed[byteAt] ?? 0) === 0x61 ? 0x62 : 0x61;
  return changed;
}

function findPlace(bytes: Buffer, items: readonly { readonly id: string; readonly body: Json }[], named: Set<string>) {
  for (const { id, body } of [...items].reverse()) {
    for (const { pointer, text } of [...textsIn(body)].reverse()) {
      if (named.has(pointer)) continue;
      const changed = changedAt(bytes, text);
      if (changed !== undefined) return { id, pointer, changed };
    }
  }
  throw new Error('no text stands there once');
}

/** The items of a file that is one of these: an array, an object around `Records`, a document. */
function itemsOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value;
  const { Records: records } = value as { readonly Records?: unknown };
  return Array.isArray(records) ? records : [value];
}

/** What names an item: to change that is to lose one item and to find another. */
function idPointers(id: ProfileInput2['items'][number]['id']): readonly string[] {
  return [id ?? []].flat().flatMap((field) => {
    if (typeof field === 'string') return [field];
    if (field !== null && typeof field === 'object' && 'digest' in field) return [String(field.digest)];
    return field !== null && typeof field === 'object' && 'field' in field ? [String(field.field)] : [];
  });
}

async function check({ kind, items, bytes }: Found): Promise<void> {
  const original = bytes();
  const path = put(original);
  const { profile, undecided } = await init(path);
  expect(undecided).toEqual([]);
  expect(await importRecords(path, profile)).toMatchObject({ verdict: 'PASS', summary: { records: items } });

  const read: { readonly id: string; readonly body: Json }[] = [];
  for await (const record of recordsOf(path, profile)) {
    const exact = (record.json as ReadonlyMap<string, Json>).get('body');
    if (exact === undefined) throw new Error('a record without its body');
    expect(record.stream).toBe(kind);
    read.push({ id: record.id, body: exact });
  }
  expect(read).toHaveLength(items);
  // By another parser and another canonicalization, wherever these lose no digit.
  if (!read.some(({ body }) => losesDigits(body))) {
    const expected = itemsOf(JSON.parse(original.toString('utf8'))).map((item) => canonicalize(item));
    expect(read.map(({ body }) => canonicalText(body)).sort()).toEqual(expected.sort());
  }

  const named = new Set(idPointers(profile.items[0]?.id));
  const { id, pointer, changed } = findPlace(original, read, named);
  const after = put(changed);
  const report = await compare(path, after);
  expect(report).toMatchObject({ verdict: 'FAIL', current: { name: after }, totals: { modified: 1, missing: 0 } });
  const finding = report.findings.find((one) => one.kind === 'record-modified');
  expect([finding?.id, finding?.path]).toEqual([id, `/body${pointer}`]);
  expect((await compare(path, put(original), { mode: 'frozen' })).verdict).toBe('PASS');
}

describe.skipIf(bundles.length === 0)('bundles of sigstore-conformance (skipped: no ../shared/vectors)', () => {
  it('are there', () => {
    expect(bundles.length).toBeGreaterThanOrEqual(20);
  });

  it.each(bundles.map((found) => [found.name, found] as const))('%s', (_, found) => check(found));
});

describe.skipIf(cloned.length === 0)('files of others (skipped: EVIDENCE_DIFF_PUBLIC names no clones)', () => {
  it('are of many kinds', () => {
    expect(cloned.length).toBeGreaterThanOrEqual(40);
    expect(new Set(cloned.map(({ kind }) => kind)).size).toBeGreaterThanOrEqual(14);
  });

  it.each(cloned.map((found) => [found.name, found] as const))('%s', (_, found) => check(found));
});
