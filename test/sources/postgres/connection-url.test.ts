/** Connection URLs: what is not said is not guessed, and nothing makes a connection weaker. */
import { userInfo } from 'node:os';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { EvidenceError } from '../../../src/core/errors.ts';
import { parseConnection, postgresLabel } from '../../../src/sources/postgres/connection-url.ts';

const REMOTE = 'postgres://u:pw@db.example/store';

describe('a connection URL', () => {
  it.each([
    [
      REMOTE,
      {
        host: 'db.example',
        port: 5432,
        user: 'u',
        password: 'pw',
        database: 'store',
        label: 'postgres://u@db.example/store',
      },
    ],
    [
      'postgresql://a%40b:p%3A%2F%23@[::1]:99/a%2Fb',
      { host: '::1', port: 99, user: 'a@b', password: 'p:/#', database: 'a/b' },
    ],
    ['POSTGRES://127.0.0.1:80/d', { host: '127.0.0.1', port: 80, user: userInfo().username, password: '' }],
    ['postgres://u@/d?host=/var/run/postgresql', { host: '/var/run/postgresql', tls: undefined }],
    ['postgres://u@%2Ftmp/d', { host: '/tmp', tls: undefined }],
    ['postgres://u:a:b@c@h/d', { password: 'a:b@c', host: 'h' }],
  ])('%s is read', (url, target) => {
    expect(parseConnection(url)).toMatchObject(target);
  });

  it.each([
    ['postgres://h', /no database is named/],
    ['postgres://h/', /no database is named/],
    ['postgres://h/d/e', /not a connection URL/],
    ['postgres://h/d#e', /not a connection URL/],
    ['postgres://u:p#w@h/d', /not a connection URL/],
    ['postgres://u:p?w@h/d', /not a connection URL/],
    ['postgres://h:x/d', /not a connection URL/],
    ['postgres://h:1:2/d', /not a connection URL/],
    ['postgres://[::1/d', /not a connection URL/],
    ['postgres://h:0/d', /port is not a number/],
    ['postgres://h:65536/d', /port is not a number/],
    ['postgres://h:99999999999999999999/d', /port is not a number/],
    ['postgres://u%zz@h/d', /not percent-encoded/],
    ['postgres://u%ff@h/d', /not percent-encoded/],
    ['postgres://u%00options%00-crow_security%3Don@h/d', /has NUL in it/],
    ['postgres://u:%00@h/d', /has NUL in it/],
    ['postgres://h/d%00replication%00database', /has NUL in it/],
    ['postgres://h%00.example/d', /has NUL in it/],
    ['postgres:///d?host=/tmp%00x', /has NUL in it/],
    ['postgres://127.0.0.1/d?host=db.example', /a second host/],
    ['postgres:///d?host=db.example', /no folder of a socket/],
    ['postgres://127.0.0.1/d?host=/tmp', /a second host/],
    ['postgres://h/d?host=', /no folder of a socket/],
    ['postgres://h/d?hostaddr=127.0.0.1', /unknown parameter `hostaddr`/],
    ['postgres://h/d?ssl=false', /unknown parameter `ssl`/],
    ['postgres://h/d?SSLMODE=disable', /unknown parameter `SSLMODE`/],
    ['postgres://h/d?uselibpqcompat=true&sslmode=require', /unknown parameter `uselibpqcompat`/],
    ['postgres://h/d?options=-csearch_path%3Devil', /unknown parameter `options`/],
    ['postgres://h/d?user=other', /unknown parameter `user`/],
    ['postgres://h/d?sslmode=verify-full&sslmode=disable', /parameter `sslmode` comes twice/],
    ['postgres://h/d?sslmode=verify-full&%73slmode=disable', /parameter `sslmode` comes twice/],
    ['postgres://h/d?__proto__=x', /unknown parameter/],
  ])('%s is refused', (url, says) => {
    expect(() => parseConnection(url, { allowPlaintext: true })).toThrow(says);
  });

  it.each(['disable', 'allow', 'prefer', 'no-verify', '', 'DISABLE', 'verify-full ', 'true'])(
    'never lets sslmode=%j weaken a connection to another machine',
    (mode) => {
      const url = `${REMOTE}?sslmode=${encodeURIComponent(mode)}`;
      expect(() => parseConnection(url)).toThrow(EvidenceError);
      if (mode !== 'disable') expect(() => parseConnection(url, { allowPlaintext: true })).toThrow('does not verify');
    },
  );

  const OTHER_MACHINES = [
    'db.example',
    '10.0.0.1',
    '0.0.0.0',
    '126.0.0.1',
    '127.evil.example',
    '127.0.0.1.evil.example',
    'localhost.evil.example',
    '127.0.0.1,evil.example',
    'LOCALHOST.',
    '[::2]',
    '[::ffff:127.0.0.1]',
    '2130706433',
    '0x7f.1',
    '127.1',
  ];

  it.each(OTHER_MACHINES)('%s is reached over verified TLS, and in the clear only if that is allowed', (host) => {
    const url = `postgres://u@${host}/d`;
    expect(parseConnection(url).tls).toEqual({ caFile: undefined });
    expect(() => parseConnection(`${url}?sslmode=disable`)).toThrow('--allow-plaintext');
    expect(parseConnection(url, { allowPlaintext: true }).tls).toBeUndefined();
    expect(parseConnection(`${url}?sslmode=require`, { allowPlaintext: true }).tls).toEqual({ caFile: undefined });
    expect(parseConnection(`${url}?sslrootcert=ca`, { allowPlaintext: true }).tls).toEqual({ caFile: 'ca' });
  });

  it.each(['localhost', '127.0.0.1', '127.8.9.1', '[::1]', '%2Frun'])('%s is this machine', (host) => {
    expect(parseConnection(`postgres://u@${host}/d`).tls).toBeUndefined();
  });

  describe('with the environment allowed', () => {
    const ALL_SET = { PGHOST: 'env.example', PGPORT: '99', PGUSER: 'eve', PGPASSWORD: 'epw', PGDATABASE: 'edb' };

    it('takes from it what is left out, and nothing else', () => {
      const environment = { ...ALL_SET, PGOPTIONS: '-c x=y', PGREQUIRESSL: '0', PGHOSTADDR: '192.0.2.1' };
      expect(parseConnection('postgres://', { environment })).toEqual({
        ...{ label: 'postgres://', noPassword: '', others: [], applicationName: 'evidence-diff', primaryOnly: false },
        ...{ host: 'env.example', port: 99, user: 'eve', password: 'epw', database: 'edb', tls: { caFile: undefined } },
      });
      expect(parseConnection('postgres://u:pw@h:1/d', { environment })).toMatchObject({
        ...{ host: 'h', port: 1, user: 'u', password: 'pw', database: 'd' },
      });
      expect(() => parseConnection('postgres://', {})).toThrow('no database is named');
    });

    it.each(['disable', 'allow', 'prefer', 'no-verify', 'nonsense', ''])(
      'PGSSLMODE=%j weakens nothing',
      (PGSSLMODE) => {
        const environment = { ...ALL_SET, PGSSLMODE };
        expect(parseConnection('postgres://', { environment }).tls).toEqual({ caFile: undefined });
        expect(parseConnection(`${REMOTE}?sslmode=verify-full`, { environment }).tls).toEqual({ caFile: undefined });
      },
    );

    it.each(['require', 'verify-ca', 'verify-full'])('PGSSLMODE=%s makes stricter what would be plain', (PGSSLMODE) => {
      const environment = { PGSSLMODE, PGSSLROOTCERT: 'ca' };
      expect(parseConnection('postgres://u@localhost/d', { environment }).tls).toEqual({ caFile: 'ca' });
      expect(parseConnection(REMOTE, { environment, allowPlaintext: true }).tls).toEqual({ caFile: 'ca' });
      expect(parseConnection(`${REMOTE}?sslrootcert=own`, { environment }).tls).toEqual({ caFile: 'own' });
    });
  });

  it('never shows a password, nor a host that is not the one that is meant', () => {
    const part = fc.string({ unit: fc.constantFrom(...'ab:/@?#[]%0=&. \n'), maxLength: 12 });
    fc.assert(
      fc.property(part, part, part, (before, host, rest) => {
        const url = `postgres://${before}:CANARY@${host}/${rest}`;
        expect(postgresLabel(url)).not.toContain('CANARY');
        try {
          parseConnection(url);
        } catch (fault) {
          expect(fault).toBeInstanceOf(EvidenceError);
          expect(String(fault)).not.toContain('CANARY');
        }
      }),
    );
  });
});
