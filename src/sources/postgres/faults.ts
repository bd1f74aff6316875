/** What the driver or the server threw, as "could not look": what happened, where, and what to do. */
import { codeOf, EvidenceError } from '../../core/errors.ts';
import type { ConnectionTarget } from './connection-url.ts';

interface Meaning {
  readonly reason: string;
  readonly advice: string;
}

const RUN_AGAIN = 'run the capture again';

const UNKNOWN_CA: Meaning = {
  reason: 'unknown CA',
  advice: 'give sslrootcert=FILE, the certificate of the CA that signed that of the server',
};

/** By SQLSTATE (PostgreSQL, appendix A) or by the code of the operating system. */
const MEANING_OF: ReadonlyMap<string, Meaning> = new Map([
  ['28P01', { reason: 'the server refused the password', advice: 'check user and password' }],
  ['28000', { reason: 'the server refused the login', advice: 'check user, database and pg_hba.conf' }],
  ['3D000', { reason: 'there is no database of that name', advice: 'check the name in the URL' }],
  ['53300', { reason: 'the server has no connection left', advice: 'give fewer --workers, or free some' }],
  ['57P01', { reason: 'the server ended the connection', advice: RUN_AGAIN }],
  ['57P02', { reason: 'the server crashed', advice: `${RUN_AGAIN} when it is up` }],
  ['57P03', { reason: 'the server is starting up or shutting down', advice: RUN_AGAIN }],
  ['57014', { reason: 'the query was cancelled', advice: RUN_AGAIN }],
  ['55P03', { reason: 'a lock could not be had in time', advice: 'wait for the migration, or raise --lock-timeout' }],
  ['40001', { reason: 'the standby needed the rows that were being read', advice: 'capture from the primary' }],
  ['42501', { reason: 'the user may not read it', advice: 'grant SELECT on all tables of the profile' }],
  ['42P01', { reason: 'it is not there', advice: 'check the profile, or --schema' }],
  ['3F000', { reason: 'it is not there', advice: 'check the profile, or --schema' }],
  ['42703', { reason: 'a column of the profile is not there', advice: 'try evidence-diff profile check' }],
  ['22023', { reason: 'the snapshot to share is gone', advice: RUN_AGAIN }],
  ['ECONNREFUSED', { reason: 'nothing answers there', advice: 'check host and port' }],
  ['ECONNRESET', { reason: 'the connection was reset', advice: RUN_AGAIN }],
  ['EPIPE', { reason: 'the connection was closed by the other side', advice: RUN_AGAIN }],
  ['ETIMEDOUT', { reason: 'the connection timed out', advice: 'check host, port and firewall' }],
  ['ENOTFOUND', { reason: 'the host is not known', advice: 'check its name' }],
  [
    'EAI_AGAIN',
    { reason: 'the name of the host could not be looked up', advice: 'check its name, and the name server' },
  ],
  ['EHOSTUNREACH', { reason: 'no way leads to the host', advice: 'check host, port and firewall' }],
  ['ENETUNREACH', { reason: 'no way leads to the host', advice: 'check host, port and firewall' }],
  ['EACCES', { reason: 'the socket may not be used by this user', advice: 'check the rights of its folder' }],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNKNOWN_CA],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNKNOWN_CA],
  ['UNABLE_TO_GET_ISSUER_CERT', UNKNOWN_CA],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNKNOWN_CA],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNKNOWN_CA],
  ['CERT_HAS_EXPIRED', { reason: 'the certificate of the server has expired', advice: 'renew it there' }],
  ['CERT_NOT_YET_VALID', { reason: 'the certificate of the server is not valid yet', advice: 'check both clocks' }],
  [
    'ERR_TLS_CERT_ALTNAME_INVALID',
    { reason: 'the certificate is that of another name', advice: 'connect by a name that is in it' },
  ],
  [
    'ERR_OSSL_X509_KEY_VALUES_MISMATCH',
    { reason: 'the key is not that of our certificate', advice: 'check sslcert and sslkey' },
  ],
  ['53100', { reason: 'the disk of the server is full', advice: 'free some: sorting needs temporary files' }],
  ['53200', { reason: 'the server is out of memory', advice: 'lower work_mem, or free some' }],
  ['ENOENT', { reason: 'there is no socket in that folder', advice: 'check the folder, and that the server runs' }],
]);

function memberOf(fault: unknown, name: string): string {
  const found = fault instanceof Error ? (fault as unknown as Readonly<Record<string, unknown>>)[name] : undefined;
  return typeof found === 'string' ? found : '';
}

/** What the server added to its message, else the message. */
export function detailOf(fault: unknown): string {
  return memberOf(fault, 'detail') || memberOf(fault, 'message');
}

/**
 * `fault` as an {@link EvidenceError}.
 *
 * Neither the driver nor the server puts a password into an error; the query's text is left out all the same.
 *
 * @param place - what was being read, for the message
 */
export function postgresFault(fault: unknown, place: string): EvidenceError {
  if (fault instanceof EvidenceError) return fault;
  if (fault instanceof TypeError || fault instanceof RangeError) throw fault;
  const code = codeOf(fault);
  const said = fault instanceof Error ? fault.message : String(fault);
  const known = MEANING_OF.get(code);
  const where = { file: place };
  // With row_security off the server refuses to filter, and this is how it says so.
  if (code === '42501' && /row-level security/i.test(said)) {
    const advice = 'read as the owner, or as a role with BYPASSRLS';
    return new EvidenceError('source-filtered', 'row-level security would hide rows', { where, advice, cause: fault });
  }
  const reason = known === undefined ? `the database could not be read: ${said}` : `${known.reason} (${said})`;
  return new EvidenceError('source-incomplete', reason, {
    where,
    advice: known?.advice ?? adviceFor(code),
    cause: fault,
  });
}

/** Classes of SQLSTATE that blame the statement, or the files of the server: the next run would end the same way. */
const ADVICE_OF_CLASS: ReadonlyMap<string, string> = new Map([
  ['22', 'see which value it is with evidence-diff profile check, and mend the profile'],
  ['42', 'try evidence-diff profile check, and mend the profile'],
  ['58', 'look into the log of the server'],
  ['XX', 'look into the log of the server, and check the table with pg_amcheck'],
]);

function adviceFor(code: string): string {
  return (isSqlState(code) ? ADVICE_OF_CLASS.get(code.slice(0, 2)) : undefined) ?? RUN_AGAIN;
}

function isSqlState(code: string): boolean {
  // Names of the operating system (EPIPE) have no digit.
  return /^(?=.*\d)[0-9A-Z]{5}$/.test(code);
}

/** What the driver throws before it asks the server: it has no code. */
const NO_PASSWORD = /^SASL: .*password must be/;
const NO_TLS = /^The server does not support SSL connections$/;
const NO_CERTIFICATE = /requires a valid client certificate/;

/** A login that failed: what was missing is said where it can be determined. */
export function loginFault(
  fault: unknown,
  { label, password, noPassword }: Pick<ConnectionTarget, 'label' | 'password' | 'noPassword'>,
): unknown {
  const code = codeOf(fault);
  const said = fault instanceof Error ? fault.message : String(fault);
  const refused = (reason: string, advice: string): EvidenceError =>
    new EvidenceError('source-incomplete', reason, { where: { file: label }, advice, cause: fault });
  if (NO_CERTIFICATE.test(said)) return refused('the server wants a certificate of ours', 'give sslcert and sslkey');
  if (NO_TLS.test(said)) {
    return refused('the server offers no TLS', 'turn `ssl` on there, or allow plain text with --allow-plaintext');
  }
  if (password === '' && (code === '28P01' || NO_PASSWORD.test(said))) {
    const advice = 'put it into EVIDENCE_SOURCE, give passfile=FILE, or --pg-env for PGPASSWORD and ~/.pgpass';
    return refused(`no password: the server asks for one${noPassword === '' ? '' : `; ${noPassword}`}`, advice);
  }
  return fault;
}

/** Whether another server may be tried: this one did not answer, is not up, or is a standby where none is wanted. */
export function isOutOfReach(fault: unknown): fault is EvidenceError {
  if (!(fault instanceof EvidenceError)) return false;
  if (fault.kind === 'source-not-authoritative') return true;
  const code = codeOf(fault.cause);
  return code === '57P03' || code === '53300' || (!isSqlState(code) && !fault.reason.startsWith('no password'));
}
