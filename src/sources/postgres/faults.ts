/** What the driver or the server threw, as "could not look": what happened, where, and what to do. */
import { codeOf, EvidenceError } from '../../core/errors.ts';

interface Meaning {
  readonly reason: string;
  readonly advice: string;
}

const RUN_AGAIN = 'run the capture again';

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
  return new EvidenceError('source-incomplete', reason, { where, advice: known?.advice ?? RUN_AGAIN, cause: fault });
}
