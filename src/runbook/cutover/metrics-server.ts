/** Which metrics server is asked, and with which credentials. They go into headers, and into nothing that is shown. */
import { Buffer } from 'node:buffer';
import type { MetricsServer } from './read-inputs.ts';

/** How a server is asked. */
export interface ServerAccess {
  /** For each whole answer, in seconds; default 10. */
  readonly timeoutSeconds?: number;
  /** Sent to it, in place of a login in the URL. */
  readonly bearerToken?: string;
  /** Whether a server on another machine may be asked without encryption. */
  readonly allowPlaintext?: boolean;
}

/** What was asked of the gate cannot be asked: a mistake of whoever asked, found before anything is read. */
export class GateRequestError extends TypeError {
  override readonly name: string = 'GateRequestError';
}

const DEFAULT_TIMEOUT_SECONDS = 10;

function urlOf(text: string): URL {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    throw new GateRequestError('the URL of the metrics is none: give https://host:port, with a path if it has one');
  }
  if (url.protocol !== 'https:' && url.protocol !== 'http:') {
    throw new GateRequestError('the URL of the metrics is not one of http or https');
  }
  // What stands there may be a secret: it is not shown.
  if (url.search !== '' || url.hash !== '') {
    throw new GateRequestError('the URL of the metrics has a query or a fragment: give where the API begins');
  }
  return url;
}

function isLoopback({ hostname }: URL): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(?:\.[0-9]{1,3}){3}$/.test(hostname);
}

function loginOf({ username, password }: URL): string | undefined {
  if (username === '' && password === '') return undefined;
  try {
    const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
    return Buffer.from(login).toString('base64');
  } catch {
    throw new GateRequestError('the login in the URL of the metrics is wrongly encoded');
  }
}

/**
 * Whether a header can hold `token`.
 *
 * @param token - as it was given
 */
export function isToken(token: string): boolean {
  return /^[\x21-\x7e]+$/.test(token);
}

/**
 * The server that `text` names.
 *
 * @param remember - called with every secret in it before anything else is said: they are to be shown nowhere
 * @throws GateRequestError if it is no URL of one, or would be asked in a way that anybody could answer or listen to
 */
export function metricsServer(
  text: string,
  { bearerToken, allowPlaintext = false, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS }: ServerAccess,
  remember: (secret: string) => void,
): MetricsServer {
  if (bearerToken !== undefined) remember(bearerToken);
  const url = urlOf(text);
  const login = loginOf(url);
  if (login !== undefined) {
    remember(url.password);
    remember(login);
  }
  if (bearerToken !== undefined && !isToken(bearerToken)) {
    throw new GateRequestError('the token for the metrics is one that no header can hold');
  }
  if (login !== undefined && bearerToken !== undefined) {
    throw new GateRequestError('there is a login in the URL of the metrics, and a token: give one of them');
  }
  const basic = login === undefined ? undefined : `Basic ${login}`;
  const authorization = bearerToken === undefined ? basic : `Bearer ${bearerToken}`;
  url.username = '';
  url.password = '';
  const label = `${url.origin}${url.pathname}`;
  if (url.protocol === 'http:' && !isLoopback(url)) {
    if (authorization !== undefined) {
      throw new GateRequestError(`${label}: a login or token would be sent unencrypted to another machine: use https`);
    }
    if (!allowPlaintext) {
      const why = 'without encryption anybody on the way could answer in its place';
      throw new GateRequestError(`${label}: ${why}: use https, or say --allow-plaintext (allowPlaintext)`);
    }
  }
  return {
    url,
    label,
    headers: authorization === undefined ? {} : { authorization },
    timeoutMs: timeoutSeconds * 1000,
  };
}
