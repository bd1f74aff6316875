/**
 * The files in which libpq keeps what a URL leaves out: passwords and services (PostgreSQL, "The Password File", "The
 * Connection Service File").
 */
import { readFileSync, statSync } from 'node:fs';
import { codeOf, EvidenceError } from '../../core/errors.ts';

/** What a line of a password file is found by. */
export interface PasswordPlace {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** The password, or why there is none, for the message of a login that was refused. */
export interface FoundPassword {
  readonly password: string;
  readonly why: string;
}

const MOST_BYTES = 1024 * 1024;
const FOR_OTHERS = 0o077;
const SOCKET_FOLDERS: ReadonlySet<string> = new Set(['/tmp', '/run/postgresql', '/var/run/postgresql']);

function linesOf(path: string): readonly string[] {
  if (statSync(path).size > MOST_BYTES) throw new RangeError('too large');
  return readFileSync(path, 'utf8').split(/\r?\n/);
}

/** Its fields; a backslash takes the next character as it is. */
function fieldsOf(line: string): readonly string[] {
  const fields = [''];
  for (const [part] of line.matchAll(/\\[\s\S]|[\s\S]/gu)) {
    if (part === ':' && fields.length < 5) fields.push('');
    else fields[fields.length - 1] += part.startsWith('\\') && part.length > 1 ? part.slice(1) : part;
  }
  return fields;
}

function isMeant(line: string, { host, port, database, user }: PasswordPlace): string | undefined {
  if (line.startsWith('#')) return undefined;
  const [atHost, atPort, inDatabase, ofUser, password] = fieldsOf(line);
  const hosts = SOCKET_FOLDERS.has(host) ? [host, 'localhost'] : [host];
  const fits = (field: string | undefined, values: readonly string[]): boolean =>
    field === '*' || values.includes(field ?? '');
  const isFit =
    fits(atHost, hosts) && fits(atPort, [String(port)]) && fits(inDatabase, [database]) && fits(ofUser, [user]);
  return isFit ? password : undefined;
}

/**
 * The password that the first fitting line of a password file gives. A file that others can read is passed over, as libpq
 * does.
 *
 * @returns with an empty password where there is none: not every server asks for one
 */
export function passwordFrom(path: string, place: PasswordPlace): FoundPassword {
  const none = (why: string): FoundPassword => ({ password: '', why: `${path} ${why}` });
  try {
    const { mode } = statSync(path);
    if (process.platform !== 'win32' && (mode & FOR_OTHERS) !== 0) {
      return none('was passed over: others can read it (chmod 600)');
    }
    for (const line of linesOf(path)) {
      const password = isMeant(line, place);
      if (password !== undefined && password !== '') return { password, why: '' };
    }
    return none('has no line for this host, port, database and user');
  } catch (fault) {
    return none(codeOf(fault) === 'ENOENT' ? 'is not there' : 'could not be read');
  }
}

/** What a service file may say that has no say in what is read, or where. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'client_encoding',
  'fallback_application_name',
  'gssencmode',
  'keepalives',
  'keepalives_count',
  'keepalives_idle',
  'keepalives_interval',
  'tcp_user_timeout',
]);

function sectionOf(lines: readonly string[], name: string): readonly string[] | undefined {
  const at = lines.findIndex((line) => line.trim() === `[${name}]`);
  if (at < 0) return undefined;
  const rest = lines.slice(at + 1).map((line) => line.trim());
  const end = rest.findIndex((line) => line.startsWith('['));
  return (end < 0 ? rest : rest.slice(0, end)).filter((line) => line !== '' && !line.startsWith('#'));
}

type Refuse = (reason: string, advice: string) => never;

function settingsOf(
  section: readonly string[],
  known: ReadonlySet<string>,
  where: string,
  refuse: Refuse,
): ReadonlyMap<string, string> {
  const settings = new Map<string, string>();
  for (const line of section) {
    const [, key = '', value = ''] = /^([a-z_]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (WITHOUT_EFFECT.has(key)) continue;
    const what = key === '' ? 'a line that is no setting' : `the setting ${key}`;
    if (settings.has(key)) refuse(`${where} has ${what} twice`, 'leave one of them out');
    if (!known.has(key) || value.includes('\0')) {
      refuse(`${where} has ${what}, which is not known`, `known are ${[...known].join(', ')}`);
    }
    settings.set(key, value);
  }
  return settings;
}

/**
 * The settings of a service, from the first of `paths` that has it.
 *
 * @param label - for the message: whose connection it is
 * @param known - the settings that are understood; what is not would make another connection than psql makes
 * @throws EvidenceError `source-incomplete`; its message holds no value of the file
 */
export function serviceFrom(
  name: string,
  paths: readonly string[],
  known: ReadonlySet<string>,
  label: string,
): ReadonlyMap<string, string> {
  const refuse: Refuse = (reason, advice) => {
    throw new EvidenceError('source-incomplete', reason, { where: { file: label }, advice });
  };
  for (const path of paths) {
    const section = sectionOf(linesIfThere(path, refuse), name);
    if (section !== undefined) return settingsOf(section, known, `the service ${name} in ${path}`, refuse);
  }
  const advice = 'give its file by servicefile=FILE or PGSERVICEFILE';
  return refuse(`there is no service ${name} in ${paths.join(', ')}`, advice);
}

function linesIfThere(path: string, refuse: Refuse): readonly string[] {
  try {
    return linesOf(path);
  } catch (fault) {
    if (codeOf(fault) === 'ENOENT') return [];
    return refuse(`the service file ${path} could not be read`, 'check the file and its permissions');
  }
}
