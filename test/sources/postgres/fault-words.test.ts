/** Whatever stops a capture is told in words, with what to do: nobody looks up a SQLSTATE in the middle of an upgrade. */
import { describe, expect, it } from 'vitest';
import { codeOf, EvidenceError } from '../../../src/core/errors.ts';
import { detailOf, isOutOfReach, loginFault, postgresFault } from '../../../src/sources/postgres/faults.ts';

const thrown = (code: string, message = 'it said so'): Error => Object.assign(new Error(message), { code });

describe('a fault of the server or of the way to it', () => {
  it.each([
    ['28P01', 'refused the password', 'user and password'],
    ['28000', 'refused the login', 'pg_hba.conf'],
    ['3D000', 'no database of that name', 'the URL'],
    ['53300', 'no connection left', '--workers'],
    ['57P01', 'ended the connection', 'run the capture again'],
    ['57P02', 'crashed', 'run the capture again when it is up'],
    ['57P03', 'starting up or shutting down', 'run the capture again'],
    ['57014', 'the query was cancelled', 'run the capture again'],
    ['55P03', 'a lock could not be had', '--lock-timeout'],
    ['40001', 'the standby needed the rows', 'the primary'],
    ['42501', 'the user may not read it', 'grant SELECT'],
    ['42P01', 'it is not there', '--schema'],
    ['3F000', 'it is not there', '--schema'],
    ['42703', 'a column of the profile is not there', 'profile check'],
    ['22023', 'the snapshot to share is gone', 'run the capture again'],
    ['ECONNREFUSED', 'nothing answers there', 'host and port'],
    ['ECONNRESET', 'the connection was reset', 'run the capture again'],
    ['EPIPE', 'closed by the other side', 'run the capture again'],
    ['ETIMEDOUT', 'timed out', 'firewall'],
    ['ENOTFOUND', 'the host is not known', 'its name'],
    ['ENOENT', 'no socket in that folder', 'the folder'],
    ['EAI_AGAIN', 'could not be looked up', 'name server'],
    ['EHOSTUNREACH', 'no way leads to the host', 'firewall'],
    ['ENETUNREACH', 'no way leads to the host', 'firewall'],
    ['EACCES', 'may not be used', 'rights of its folder'],
    ['DEPTH_ZERO_SELF_SIGNED_CERT', 'unknown CA', 'give sslrootcert'],
    ['SELF_SIGNED_CERT_IN_CHAIN', 'unknown CA', 'give sslrootcert'],
    ['UNABLE_TO_GET_ISSUER_CERT', 'unknown CA', 'give sslrootcert'],
    ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'unknown CA', 'give sslrootcert'],
    ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'unknown CA', 'give sslrootcert'],
    ['CERT_HAS_EXPIRED', 'has expired', 'renew it'],
    ['CERT_NOT_YET_VALID', 'not valid yet', 'clocks'],
    ['ERR_TLS_CERT_ALTNAME_INVALID', 'of another name', 'by a name that is in it'],
    ['ERR_OSSL_X509_KEY_VALUES_MISMATCH', 'not that of our certificate', 'sslkey'],
    ['53100', 'disk of the server is full', 'free some'],
    ['53200', 'out of memory', 'work_mem'],
    ['22003', 'the database could not be read: it said so', 'mend the profile'],
    ['42883', 'the database could not be read: it said so', 'mend the profile'],
    ['58030', 'the database could not be read: it said so', 'the log of the server'],
    ['XX000', 'the database could not be read: it said so', 'pg_amcheck'],
    ['08006', 'the database could not be read: it said so', 'run the capture again'],
  ])('%s', (code, reason, advice) => {
    const fault = postgresFault(thrown(code), 'public.t');
    expect(fault).toMatchObject({ kind: 'source-incomplete', where: { file: 'public.t' } });
    expect(fault.reason).toContain(reason);
    expect(fault.reason).toContain('it said so');
    expect(fault.advice).toContain(advice);
  });

  it('that hides rows is source-filtered, and no other refusal is', () => {
    const hidden = postgresFault(thrown('42501', 'query would be affected by Row-Level Security policy'), 't');
    expect(hidden).toMatchObject({ kind: 'source-filtered', reason: 'row-level security would hide rows' });
    expect(hidden.advice).toContain('BYPASSRLS');
    expect(postgresFault(thrown('42P01', 'row-level security'), 't').kind).toBe('source-incomplete');
  });

  it('that has its words already keeps them, and a mistake of ours is no fault of the server', () => {
    const known = new EvidenceError('input-limit', 'too long');
    expect(postgresFault(known, 't')).toBe(known);
    for (const mistake of [new TypeError('x'), new RangeError('x')]) {
      expect(() => postgresFault(mistake, 't')).toThrow(mistake);
    }
    expect(postgresFault('text', 't').reason).toBe('the database could not be read: text');
  });

  it('has its code and its detail, else its message', () => {
    expect([codeOf(thrown('57014')), codeOf(new Error('x'))]).toEqual(['57014', 'unknown fault']);
    expect(detailOf(Object.assign(new Error('message'), { detail: 'detail' }))).toBe('detail');
    expect(detailOf(new Error('message'))).toBe('message');
  });
});

describe('another server is asked', () => {
  const PLACE = { label: 'postgres://u@h/d', password: '', noPassword: '' };
  const faultOf = (code: string): unknown => postgresFault(loginFault(thrown(code), PLACE), PLACE.label);

  it.each(['ECONNREFUSED', 'ETIMEDOUT', 'ENOTFOUND', '57P03', '53300'])('where one cannot be reached: %s', (code) => {
    expect(isOutOfReach(faultOf(code))).toBe(true);
  });

  it.each(['28P01', '28000', '3D000', '42501'])('and never where one has refused us: %s', (code) => {
    expect(isOutOfReach(faultOf(code))).toBe(false);
  });

  it('never where it is we who have no password, and not by what is no fault of a server', () => {
    const missing = loginFault(new Error('SASL: client password must be a string'), PLACE);
    expect(missing).toMatchObject({ kind: 'source-incomplete', reason: 'no password: the server asks for one' });
    expect(isOutOfReach(missing)).toBe(false);
    expect(isOutOfReach(new TypeError('x'))).toBe(false);
    expect(isOutOfReach(new EvidenceError('source-not-authoritative', 'it is a standby'))).toBe(true);
  });
});
