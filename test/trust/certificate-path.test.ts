/** How far the way from a certificate to one that is given may be; what stands on it is tried in timestamp.test.ts. */
import type { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { requireTrusted } from '../../src/trust/certificate-path.ts';
import { readCertificates } from '../../src/trust/verify-timestamp.ts';
import { temporaryFolder } from '../temporary-folder.ts';
import { Authority, opensslMissing, skippedWithoutOpenssl } from './authority.ts';

const folder = temporaryFolder();

describe.skipIf(opensslMissing)(`the way up from a certificate${skippedWithoutOpenssl}`, () => {
  /** The root, the issuers below it one after the other, and a certificate of the last of them and one of the last but one. */
  let root: X509Certificate;
  const issuers: X509Certificate[] = [];
  let [far, near]: X509Certificate[] = [];

  beforeAll(() => {
    const authority = new Authority(join(folder, 'authority'));
    const read = (name: string): X509Certificate =>
      readCertificates(readFileSync(authority.at(`${name}.crt`), 'utf8'), name)[0] as X509Certificate;
    root = read('root');
    for (let nth = 1; nth <= 6; nth++) {
      authority.issue(`i${nth}`, 'ec', 'root', undefined, undefined, nth === 1 ? 'root' : `i${nth - 1}`);
      issuers.push(read(`i${nth}`));
    }
    authority.issue('near', 'ec', 'stamps', undefined, undefined, 'i5');
    authority.issue('far', 'ec', 'stamps', undefined, undefined, 'i6');
    [far, near] = [read('far'), read('near')];
  }, 300_000);

  const isTrusted = (one: X509Certificate | undefined, given: readonly X509Certificate[]): boolean => {
    try {
      requireTrusted(one as X509Certificate, given, issuers, Date.now());
      return true;
    } catch (fault) {
      expect(fault).toMatchObject({ kind: 'key-untrusted' });
      return false;
    }
  };

  it('has five certificates between the two at most', () => {
    expect(isTrusted(near, [root])).toBe(true);
    expect(isTrusted(far, [root])).toBe(false);
    expect(isTrusted(far, issuers.slice(0, 1))).toBe(true);
  });

  it('may end at once, and leads to nothing that is not above it', () => {
    expect(isTrusted(near, [near as X509Certificate])).toBe(true);
    expect(isTrusted(near, issuers.slice(5))).toBe(false);
    expect(isTrusted(near, [])).toBe(false);
    expect(() => requireTrusted(near as X509Certificate, [], [], Date.now())).toThrow(
      'no certificate that is given is its own, or has issued it',
    );
  });
});
