/** A password that was seen once is struck out wherever it turns up; what is no password stays readable. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { mayHoldPassword, Secrets } from '../../src/cli/terminal/redaction.ts';
import { expectLinear } from '../linear-time.ts';
import { runs } from '../long.ts';

const redactedFresh = (text: string): string => new Secrets().redacted(text);

describe('what is struck out', () => {
  it('is the login of every URL, seen before or not', () => {
    const redacted = redactedFresh;
    expect(redacted('to postgres://reader:s3cret@h:5432/db, again')).toBe('to postgres://***@h:5432/db, again');
    expect(redacted('POSTGRESQL://reader@h/db')).toBe('POSTGRESQL://***@h/db');
    expect(redacted('postgres://a:b/c@d@h/db?x=1')).toBe('postgres://***@h/db?x=1');
    expect(redacted('"postgres://a:b@h/db" and https://example.org/a')).toBe(
      '"postgres://***@h/db" and https://example.org/a',
    );
  });

  it('is what is assigned to a password', () => {
    const redacted = redactedFresh;
    expect(redacted('host=h password=s3cret user=u')).toBe('host=h password=*** user=u');
    expect(redacted("password = 'two words' user=u")).toBe('password = *** user=u');
    expect(redacted('postgres://h/db?password=s3cret&x=1')).toBe('postgres://h/db?password=***&x=1');
    expect(redacted("unknown option '--password=s3cret'")).toBe("unknown option '--password=***'");
  });

  it.each([
    ['an argument', 'postgres://u:one-s3cret@h/db', ['one-s3cret']],
    ['an option with a value', '--source=postgres://u:two-s3cret@h/db', ['two-s3cret']],
    ['percent-encoded', 'postgres://u:thr%65e%2Fs3cret@h/db', ['thr%65e%2Fs3cret', 'three/s3cret', 'three%2Fs3cret']],
    ['with marks of its own', 'postgres://u:fo@ur/s3:cret@h/db?a=b@c', ['fo@ur/s3:cret']],
    ['without a host', 'postgres://u:five-s3cret', ['five-s3cret']],
    ['without a scheme', 'u:six-s3cret@h/db', ['six-s3cret']],
    ['with one slash', 'postgres:/u:seven-s3cret@h', ['seven-s3cret']],
    ['as a part of a connection text', "host=h password='eight s3cret'", ['eight s3cret']],
    ['wrongly encoded', 'postgres://u:nine%zzs3cret@h/db', ['nine%zzs3cret']],
  ])('is the password of %s, also by itself', (_, text, forms) => {
    const secrets = Secrets.of([text], {});
    for (const form of forms) {
      expect(secrets.redacted(`it is <${form}> here`)).toBe('it is <***> here');
    }
    expect(secrets.redacted(text)).not.toContain('s3cret');
  });

  it('is PGPASSWORD, and the passwords of arguments and of EVIDENCE_SOURCE', () => {
    const environment = { PGPASSWORD: 'from-variable', EVIDENCE_SOURCE: 'postgres://u:from-source@h/db' };
    const secrets = Secrets.of(['verify-all', 'postgres://u:from-argument@h/db'], environment);
    expect(secrets.redacted('from-variable, from-source, from-argument')).toBe('***, ***, ***');
  });

  it('is a whole password also where a part of it is another one', () => {
    const secrets = Secrets.of(['postgres://u:abc@h/db', 'postgres://u:xyzabcxyz@h/db'], {});
    expect(secrets.redacted('xyzabcxyz abc')).toBe('*** ***');
  });

  it('is no port, no letter, and nothing of a plain name', () => {
    const secrets = Secrets.of(['postgres://h:5432/db', 'postgres://u:x@h/db', 'C:\\store.json', 'a@b.json', ''], {});
    const line = 'error: store.json at port 5432: xerox, a@b.json';
    expect(secrets.redacted(line)).toBe(line);
  });

  it('is found in linear time', () => {
    const redacting = (size: number) => (): void => {
      const long = `${'//'.repeat(size)}@${':'.repeat(size)}${'@'.repeat(size)}`;
      Secrets.of([long], {}).redacted('password='.repeat(size));
    };
    expectLinear(redacting(4000), redacting(40_000));
  });
});

describe('a name that may hold a password', () => {
  it.each(['postgers://u:p@h', 'postgres:u:p@h', 'x//u:p@h', 'password=p', 'http://h'])('is %s', (name) => {
    expect(mayHoldPassword(name)).toBe(true);
  });

  it.each(['store.json', '-', 'a:b@c', '/abs/olute.json', 'postgres/store.json', ''])('is not %j', (name) => {
    expect(mayHoldPassword(name)).toBe(false);
  });
});

describe('the login of a URL', () => {
  /** What was used before, of one meaning and of quadratic time. */
  const LOGIN = /\/\/[^\s"'`]*@/g;
  const LOGIN_ANYWHERE = /\/\/[^/]*:[^/]*@/;
  const letters = fc.string({
    unit: fc.constantFrom('/', '//', ':', '@', 'a', ' ', '"', "'", '`', '\n', '='),
    maxLength: 12,
  });

  it('is struck out as by the pattern that says what a login is', () => {
    fc.assert(
      fc.property(letters, (text) => {
        expect(redactedFresh(text)).toBe(text.replace(LOGIN, '//***@'));
        // A digit in front: what begins as a URL may hold one in any case.
        expect(mayHoldPassword(`1${text}`)).toBe(LOGIN_ANYWHERE.test(`1${text}`.trim()));
      }),
      { numRuns: runs(1000, 100_000) },
    );
  });

  it('takes time in proportion to the text: a megabyte of slashes or colons is done', () => {
    for (const mark of ['/', ':', '//:', '/ @']) {
      const text = `//${mark.repeat(1_000_000)}`;
      expect(mayHoldPassword(text)).toBe(false);
      expect(redactedFresh(text).length).toBeLessThanOrEqual(text.length);
    }
  });
});

describe('the user of a URL without a password', () => {
  const shown = (url: string): string => {
    const secrets = Secrets.of([url], {});
    return secrets.redacted(`${url}: nothing answers there`);
  };

  it('is struck out of the URL alone, which stays one', () => {
    expect(shown('postgres://dba@127.0.0.1:1/x')).toBe('postgres://***@127.0.0.1:1/x: nothing answers there');
    expect(shown('postgresql://dba@h/x')).toBe('postgresql://***@h/x: nothing answers there');
    expect(shown('https://dba@h/x')).toBe('https://***@h/x: nothing answers there');
  });

  it('is not, where the scheme may be a user and the name its password', () => {
    const secrets = Secrets.of(['x//me://hidden@h/x', 'mypostgres://canary9@h'], {});
    expect(secrets.redacted('as //hidden and //canary9')).toBe('as *** and ***');
  });
});
