/** An output is never written over what is read, nor into a folder that is. */
import { linkSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { faultOfOutput } from '../../src/files/replaced-input.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const folder = temporaryFolder();
const at = (...names: readonly string[]): string => join(folder, ...names);
mkdirSync(at('bundle', 'bodies'), { recursive: true });
mkdirSync(at('bundle-2'));
mkdirSync(at('of-another'));
for (const name of ['input', 'other', join('bundle', 'file')]) writeFileSync(at(name), name);
symlinkSync(at('input'), at('to-input'));
symlinkSync(at('bundle'), at('to-bundle'));
linkSync(at('input'), at('same-file'));

const replaces = (path: string): string => `${at(path)} would replace the input`;
const into = (path: string): string => `${at(path)} would be written into the input`;

it.each<readonly [path: string, input: string, fault: string | undefined]>([
  ['input', 'input', replaces('input')],
  ['to-input', 'input', replaces('to-input')],
  ['input', 'to-input', replaces('input')],
  ['same-file', 'input', replaces('same-file')],
  ['other', 'input', undefined],
  ['new', 'input', undefined],
  ['new', 'not-there', undefined],
  ['bundle', 'bundle', replaces('bundle')],
  ['bundle/new', 'bundle', into('bundle/new')],
  ['bundle/file', 'bundle', into('bundle/file')],
  ['bundle/bodies/new', 'bundle', into('bundle/bodies/new')],
  ['to-bundle/new', 'bundle', into('to-bundle/new')],
  ['bundle/bodies/new', 'to-bundle', into('bundle/bodies/new')],
  ['bundle-2/new', 'bundle', undefined],
  ['of-another/new', 'bundle', undefined],
  ['not-there/new', 'bundle', undefined],
])('%s beside the input %s', (path, input, fault) => {
  expect(faultOfOutput(at(path), [at('of-another', 'absent'), at(input)])).toBe(
    fault === undefined ? undefined : `${fault} ${at(input)}`,
  );
});
