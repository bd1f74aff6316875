/** What keeps a file from being written is named, with what to do about it. */
import { describe, expect, it } from 'vitest';
import { LOOK_AT_TARGET, writeFault } from '../../src/files/write-whole-file.ts';

function saidOf(code: string, what = 'write the file'): string {
  return writeFault('/reports/report.json', what, Object.assign(new Error('no'), { code })).message;
}

describe('a fault of the file system', () => {
  it.each([
    ['ENOENT', 'create the folder first'],
    ['ENOTDIR', 'a part of the path is a file: give a path inside a folder'],
    ['EISDIR', 'give the name of a file, not of a folder'],
    ['EACCES', 'write to a folder that you may write to'],
    ['EPERM', 'write to a folder that you may write to'],
    ['EROFS', 'the file system is read-only: write elsewhere'],
    ['ENOSPC', 'free some space or write to another disk'],
    ['EDQUOT', 'free some space or write to another disk'],
    ['EFBIG', 'the size limit of this process or file system is too small: raise it or write elsewhere'],
    ['ENAMETOOLONG', 'give a shorter name'],
    ['ELOOP', 'a link in its path leads to itself: mend or remove that link, or give another folder'],
    ['EIO', 'write it elsewhere'],
  ])('%s says: %s', (code, advice) => {
    expect(saidOf(code)).toBe(`/reports/report.json: could not write the file (${code}); ${advice}`);
  });

  it('of a folder that is not there is that, where nothing else can be missing', () => {
    expect(saidOf('ENOENT', LOOK_AT_TARGET)).toBe('/reports/report.json: there is no folder /reports; create it first');
    expect(saidOf('EACCES', LOOK_AT_TARGET)).toContain('could not look at the target (EACCES)');
  });

  it('that has its words already keeps them', () => {
    const fault = writeFault('/a', 'write', Object.assign(new Error('no'), { code: 'EIO' }));
    expect(writeFault('/b', 'rename', fault)).toBe(fault);
  });
});
