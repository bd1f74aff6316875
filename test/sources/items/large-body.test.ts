/** A body of 200 MB in a file goes by as a stream: in the memory of any other, with the digest of its bytes. */
import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { shell } from '../../e2e/command.ts';
import { runs } from '../../long.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const MIB = 1024 * 1024;
/** Over the 32 MiB that are held; in the long campaigns 200. */
const large = runs(48, 200);
const folder = temporaryFolder();

it.each([
  ['bytes', '', ''],
  ['text', '', ''],
  ['json', '{"a":"', '","b":1}'],
] as const)(`of ${large} MiB as %s has the digest that sha256sum gives`, { timeout: 300_000 }, (as, begin, end) => {
  const file = join(folder, `${as}.dat`);
  writeFileSync(file, begin);
  const part = 'evidence '.repeat(MIB).slice(0, MIB);
  for (let done = 0; done < large; done++) appendFileSync(file, part);
  appendFileSync(file, end);
  const items = [{ from: { files: '*.dat', as }, id: { path: true } }];
  writeFileSync(join(folder, 'p.json'), JSON.stringify({ kind: 'evidence-profile', version: 2, name: 'large', items }));
  expect(shell(`ed import ${as}.dat --profile p.json --output ${as}.ndjson`, folder).status).toBe(0);
  // By a shell: Linux counts the memory of whoever starts a process as its own, and this one has more.
  const line = `ed ${as}.dat ${as}.ndjson --baseline-profile p.json --mode frozen --format json; exit $?`;
  const { status, stdout } = shell(line, folder);
  const { verdict, run } = JSON.parse(stdout) as { verdict: string; run: { peakRssBytes: number } };
  expect([status, verdict, run.peakRssBytes < 300_000_000]).toEqual([0, 'PASS', true]);
  const [digest] = execFileSync('sha256sum', [file], { encoding: 'utf8' }).split(' ');
  expect(readFileSync(join(folder, `${as}.ndjson`), 'utf8')).toContain(`"bodyDigest":"sha256:${digest}"`);
});
