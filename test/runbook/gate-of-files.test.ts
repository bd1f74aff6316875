/** Evidence in files has a subject by its profile: a gate can proceed, and says what to do where it has none. */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { subjectOf } from '../../src/sources/postgres/identity.ts';
import { profileFrom } from '../../src/wire/profile.ts';
import { run } from '../cli/in-process.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const place = { from: { csv: '*.csv' }, stream: { value: 'rows' }, id: 'id' };
const profileOf = (system?: string): object => ({
  kind: 'evidence-profile',
  version: 2,
  name: 'rows',
  ...(system === undefined ? {} : { system }),
  items: [place],
});

let runs = 0;
/** From two files to the gate. */
async function gate(was: string | undefined, is: string | undefined, ...expected: readonly string[]) {
  const at = `${folder}/${runs++}`;
  for (const [name, system, rows] of [
    ['was', was, 'id\n1\n'],
    ['is', is, 'id\n1\n2\n'],
  ] as const) {
    writeFileSync(`${at}-${name}.csv`, rows);
    writeFileSync(`${at}-${name}.json`, JSON.stringify(profileOf(system)));
    const args = ['import', `${at}-${name}.csv`, '--profile', `${at}-${name}.json`, '--output', `${at}-${name}.ndjson`];
    expect((await run(args)).status).toBe(0);
  }
  const [report, metrics, http] = [`${at}.report.json`, `${at}.prom`, `${at}-http.prom`];
  const sides = [`${at}-was.ndjson`, `${at}-is.ndjson`];
  expect((await run([...sides, '--output', report, '--metrics', metrics, '--quiet'])).status).toBe(0);
  writeFileSync(http, 'http_requests_error_ratio 0\nhttp_request_duration_seconds{quantile="0.99"} 0.1\n');
  const digest = createHash('sha256')
    .update(readFileSync(`${at}-was.ndjson`))
    .digest('hex');
  const inputs = ['--report', report, '--metrics-file', metrics, '--metrics-file', http];
  return run(['gate', 'cutover', ...inputs, '--expect-digest', `sha256:${digest}`, ...expected]);
}

it('proceeds where the profile of both sides names the system', async () => {
  const { status, stdout } = await gate('release-store', 'release-store', '--expect-subject', 'release-store');
  expect([status, stdout.split('\n')[0]]).toEqual([
    0,
    'proceed: every input is known and within its limit; the report is believed unsigned (no signed verdict was given)',
  ]);
});

it.each([
  ['neither side names one', undefined, undefined, 'release-store'],
  ['the baseline names none', undefined, 'release-store', 'release-store'],
  ['the current side names none', 'release-store', undefined, 'release-store'],
])('is unknown, and says what to do, where %s', async (_, was, is, expected) => {
  const { status, stdout } = await gate(was, is, '--expect-subject', expected);
  expect(status).toBe(2);
  expect(stdout).toContain('state `system` in the profile by which it is read (docs/gates.md)');
});

it.each([
  ['another system', 'other', 'other'],
  ['two systems', 'release-store', 'other'],
])('is unknown for %s', async (_, was, is) => {
  expect((await gate(was, is, '--expect-subject', 'release-store')).status).toBe(2);
});

it('says what to do where any store would do as well', async () => {
  const { status, stdout } = await gate(undefined, undefined, '--accept-any-store');
  expect([
    status,
    stdout.includes('which store is meant is not known: the report does not say (state `system`'),
  ]).toEqual([2, true]);
});

it('is stated by a profile of tables as well', () => {
  const table = { from: { table: 'public.audit' }, stream: { value: 'audit' }, id: 'id', body: 'event' };
  const profile = profileFrom({ ...profileOf('prod'), items: [table] }, 'a test');
  expect(subjectOf({ source: 'postgres' }, profile, [])['system']).toBe('prod');
});
