/** Which metrics server is asked, and with which credentials. They go into headers, and into nothing that is shown. */
import { Buffer } from 'node:buffer';
import { codeOf, EvidenceError } from '../../core/errors.ts';
import type { MetricsServer } from '../../runbook/cutover/read-inputs.ts';
import { UsageError } from '../terminal/exit.ts';
import type { Secrets } from '../terminal/redaction.ts';
import type { Surroundings } from '../terminal/session.ts';

export interface ServerRequest {
  /** In seconds. */
  readonly timeout?: number;
  readonly bearerTokenEnv?: string;
  readonly bearerTokenFile?: string;
  readonly allowPlaintext?: boolean;
}

const DEFAULT_TIMEOUT_SECONDS = 10;
const MAX_TOKEN_BYTES = 16 * 1024;

function urlOf(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new UsageError('the URL of the metrics is none: give https://host:port, with a path if it has one');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new UsageError('the URL of the metrics is not one of http or https');
  }
  // What stands there may be a secret: it is not shown.
  if (url.search !== '' || url.hash !== '') {
    throw new UsageError('the URL of the metrics has a query or a fragment: give where the API begins');
  }
  return url;
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.[0-9]{1,3}){3}$/.test(hostname);
}

async function tokenFile(path: string): Promise<string> {
  const { readOnce } = await import('../../files/read-small-file.ts');
  try {
    const { bytes } = await readOnce(path, 'a file with a token', MAX_TOKEN_BYTES);
    return Buffer.from(bytes).toString('latin1').trimEnd();
  } catch (fault) {
    if (fault instanceof EvidenceError) throw new UsageError(`${path}: no file with a token in it`);
    const code = codeOf(fault);
    throw new UsageError(`${path}: the token cannot be read (${code})`);
  }
}

async function tokenOf({ bearerTokenEnv: variable, bearerTokenFile: path }: ServerRequest, around: Surroundings) {
  if (variable !== undefined && path !== undefined) {
    throw new UsageError('--bearer-token-env and --bearer-token-file are two tokens: give one of them');
  }
  const token = variable === undefined ? path && (await tokenFile(path)) : (around.env[variable] ?? '');
  if (token === undefined) return undefined;
  around.secrets.remember(token);
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  throw new UsageError(`${variable ?? path}: there is no token in it, or one that no header can hold`);
}

function basicOf({ username, password }: URL, secrets: Secrets): string | undefined {
  if (username === '' && password === '') return undefined;
  let login: string;
  try {
    login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  } catch {
    throw new UsageError('the login in the URL of the metrics is wrongly encoded');
  }
  const encoded = Buffer.from(login).toString('base64');
  secrets.remember(password);
  secrets.remember(encoded);
  return `Basic ${encoded}`;
}

/**
 * The server that `text` names.
 *
 * @throws UsageError if it is no URL of one, or would be asked in a way that anybody could answer or listen to
 */
export async function metricsServer(
  text: string,
  request: ServerRequest,
  around: Surroundings,
): Promise<MetricsServer> {
  const url = urlOf(text);
  const basic = basicOf(url, around.secrets);
  const token = await tokenOf(request, around);
  if (basic !== undefined && token !== undefined) {
    throw new UsageError('there is a login in the URL of the metrics, and a token: give one of them');
  }
  const authorization = token === undefined ? basic : `Bearer ${token}`;
  url.username = '';
  url.password = '';
  const label = `${url.origin}${url.pathname}`;
  if (url.protocol === 'http:' && !isLoopback(url)) {
    if (authorization !== undefined) {
      throw new UsageError(`${label}: a login or token would be sent unencrypted to another machine: use https`);
    }
    if (request.allowPlaintext !== true) {
      const why = 'without encryption anybody on the way could answer in its place';
      throw new UsageError(`${label}: ${why}: use https, or say --allow-plaintext`);
    }
  }
  return {
    url,
    label,
    headers: authorization === undefined ? {} : { authorization },
    timeoutMs: (request.timeout ?? DEFAULT_TIMEOUT_SECONDS) * 1000,
  };
}
