/** Password and service files, several hosts and limits of time, as libpq knows them, without a server. */
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { passwordFrom } from '../../../src/sources/postgres/connection-files.ts';
import { parseConnection, postgresLabel } from '../../../src/sources/postgres/connection-url.ts';
import { temporaryFolder } from '../../temporary-folder.ts';

const folder = temporaryFolder();
let files = 0;

function file(text: string, mode = 0o600): string {
  const path = join(folder, `file${++files}`);
  writeFileSync(path, text);
  chmodSync(path, mode);
  return path;
}

describe('a password file', () => {
  const place = { host: 'h', port: 5432, database: 'd:1', user: 'u' };
  it.each([
    ['h:5432:d\\:1:u:right', 'right'],
    ['*:*:*:*:right', 'right'],
    ['# h:5432:*:u:no\nx:*:*:*:no\nh:5433:*:u:no\nh:5432:d:u:no\nh:*:*:v:no\n*:*:*:u:first\n*:*:*:*:second', 'first'],
    ['*:*:*:*:a\\:b\\\\c:d', 'a:b\\c:d'],
    ['*:*:*:*:windows\r\n', 'windows'],
  ])('%j', (text, password) => {
    expect(passwordFrom(file(text), place)).toEqual({ password, why: '' });
  });

  it.each([
    ['h:5432:other:u:x', 0o600, /has no line for this host, port, database and user$/],
    ['*:*:*:*:', 0o600, /has no line/],
    ['*:*:*:*:canary', 0o640, /was passed over: others can read it \(chmod 600\)$/],
  ])('%j of mode %o has none', (text, mode, why) => {
    const found = passwordFrom(file(text, mode), place);
    expect(found).toEqual({ password: '', why: expect.stringMatching(why) });
    expect(found.why).not.toContain('canary');
  });

  it('that is not there, or no file, has none', () => {
    expect(passwordFrom(join(folder, 'nowhere'), place).why).toMatch(/is not there$/);
    expect(passwordFrom(folder, place).why).toMatch(/could not be read$|others can read it/);
  });

  it('knows the folder of a socket as this machine', () => {
    const of = (host: string) => passwordFrom(file('localhost:*:*:*:here'), { ...place, host }).password;
    expect([of('/var/run/postgresql'), of('/home/x'), of('localhost')]).toEqual(['here', '', 'here']);
  });
});

describe('what a service, several hosts and limits come to', () => {
  const services = file(
    `# ours\n[ours]\nhost=db.example\nport=5433\ndbname=store\nuser=reader\npassword=p=w #1\nsslmode=disable\nkeepalives=1\n\n[next]\nhost=x\n[odd]\noptions=-c x=y\n[line]\nnonsense\n[twice]\nhost=a\nhost=b\n`,
  );
  const url = (more = ''): string => `postgres://?service=ours&servicefile=${encodeURIComponent(services)}${more}`;

  it('a service fills in what the URL leaves out, and weakens nothing', () => {
    const target = { host: 'db.example', port: 5433, database: 'store', user: 'reader', password: 'p=w #1' };
    expect(parseConnection(url())).toMatchObject({ ...target, tls: { caFile: undefined } });
    const named = url().replace('//?', '//me:pw@127.0.0.1:1/mine?');
    expect(parseConnection(named)).toMatchObject({ host: '127.0.0.1', port: 1, user: 'me', password: 'pw' });
    const environment = { PGSERVICE: 'ours', PGSERVICEFILE: services, PGHOST: 'no', PGUSER: 'no' };
    expect(parseConnection('postgres://', { environment })).toMatchObject(target);
    expect(() => parseConnection('postgres://', {})).toThrow('no database is named');
  });

  it.each([
    ['odd', /the setting options, which is not known/],
    ['line', /a line that is no setting/],
    ['twice', /the setting host twice/],
    ['none', /there is no service none in/],
  ])('a service is refused: %s', (name, says) => {
    expect(() => parseConnection(url().replace('=ours', `=${name}`))).toThrow(says);
  });

  it('several hosts are several places, under the rule of the strictest', () => {
    expect(parseConnection('postgres://u:p@a:1,b,[::1]:3/d')).toMatchObject({
      ...{ label: 'postgres://u@a:1,b,[::1]:3/d', host: 'a', port: 1, tls: { caFile: undefined } },
      others: [
        { host: 'b', port: 5432, password: 'p' },
        { host: '::1', port: 3, password: 'p' },
      ],
    });
    expect(parseConnection('postgres://u@localhost,127.0.0.1/d').tls).toBeUndefined();
    expect(() => parseConnection('postgres://u@localhost,db.example/d?sslmode=disable')).toThrow('--allow-plaintext');
    const environment = { PGHOST: 'a,b', PGPORT: '1,2', PGDATABASE: 'd' };
    expect(parseConnection('postgres://', { environment })).toMatchObject({
      port: 1,
      others: [{ host: 'b', port: 2 }],
    });
    const wrong = { ...environment, PGPORT: '1,2,3' };
    expect(() => parseConnection('postgres://', { environment: wrong })).toThrow('2 hosts and 3 ports');
    expect(postgresLabel('postgres://u:12,34/x')).not.toContain('34');
  });

  it('each host has the password of its own line', () => {
    const passfile = encodeURIComponent(file('a:*:*:*:one\nb:*:*:*:two\n'));
    expect(parseConnection(`postgres://u@a,b/d?passfile=${passfile}`)).toMatchObject({
      password: 'one',
      others: [{ password: 'two' }],
    });
    expect(parseConnection(`postgres://u:own@a/d?passfile=${passfile}`).password).toBe('own');
  });

  it.each([
    ['connect_timeout=x', /no number of seconds/],
    ['connect_timeout=-1', /no number of seconds/],
    ['connect_timeout=99999', /no number of seconds/],
    ['target_session_attrs=nearest', /known are any, primary, read-write/],
    ['sslcert=a', /`sslcert` and `sslkey` go together/],
    ['sslkey=a', /`sslcert` and `sslkey` go together/],
  ])('%s is refused', (parameter, says) => {
    expect(() => parseConnection(`postgres://u@localhost/d?${parameter}`)).toThrow(says);
  });

  it('limits and names', () => {
    const more = 'connect_timeout=7&application_name=nightly&target_session_attrs=primary&sslcert=c&sslkey=k';
    expect(parseConnection(`postgres://u@localhost/d?${more}`)).toMatchObject({
      ...{ connectMs: 7000, applicationName: 'nightly', primaryOnly: true, tls: { certFile: 'c', keyFile: 'k' } },
    });
    expect(parseConnection('postgres://u@localhost/d?connect_timeout=0').connectMs).toBeUndefined();
    const environment = { PGCONNECT_TIMEOUT: '3', PGAPPNAME: 'x', PGTARGETSESSIONATTRS: 'read-write' };
    expect(parseConnection('postgres://u@localhost/d', { environment })).toMatchObject({
      ...{ connectMs: 3000, applicationName: 'x', primaryOnly: true },
    });
  });
});
