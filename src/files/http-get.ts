/**
 * One answer over HTTP, within a time and a size. No redirect is followed, no proxy is used, certificates are checked.
 *
 * node:http in place of fetch: `rejectUnauthorized` said here cannot be switched off by a variable of the environment,
 * and an answer is not unpacked before its size is known.
 */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { codeOf, EvidenceError } from '../core/errors.ts';

export interface HttpGetOptions {
  readonly headers?: Readonly<Record<string, string>>;
  /** From the first byte sent to the last one received, in milliseconds. */
  readonly timeoutMs: number;
  /** Longest body, in bytes. */
  readonly mostBytes: number;
}

export interface HttpAnswer {
  readonly status: number;
  /** Media type in lower case, without parameters; empty if there is none. */
  readonly mediaType: string;
  readonly body: Uint8Array;
}

function failure(reason: string, cause?: unknown): EvidenceError {
  return new EvidenceError('source-incomplete', reason, { cause });
}

function ask(url: URL, options: RequestOptions, body?: Uint8Array): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...options, rejectUnauthorized: true }, resolve)
        : httpRequest(url, options, resolve);
    request.on('error', reject);
    // Status 101 comes with no answer, and neither the signal nor an error ends such a request.
    request.on('upgrade', (_, socket) => {
      socket.destroy();
      reject(failure('the server speaks another protocol (status 101): that is no answer'));
    });
    request.end(body);
  });
}

async function bodyOf(answer: IncomingMessage, mostBytes: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Uint8Array>) {
    length += chunk.length;
    if (length > mostBytes) {
      throw new EvidenceError('input-limit', `the answer is longer than ${mostBytes} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

async function answerTo(url: URL, options: RequestOptions, mostBytes: number, sent?: Uint8Array): Promise<HttpAnswer> {
  const answer = await ask(url, options, sent);
  try {
    const { statusCode: status = 0, headers } = answer;
    if (status >= 300 && status < 400) throw failure(`the server leads elsewhere (status ${status}): not followed`);
    const encoding = headers['content-encoding'];
    if (encoding !== undefined && encoding !== 'identity') throw failure('the server has packed its answer, unasked');
    const [mediaType = ''] = (headers['content-type'] ?? '').split(';');
    return { status, mediaType: mediaType.trim().toLowerCase(), body: await bodyOf(answer, mostBytes) };
  } finally {
    answer.destroy();
  }
}

/**
 * GETs `url`.
 *
 * @param url - http or https, without credentials
 * @returns the answer, whatever its status; never a redirect
 * @throws EvidenceError `source-incomplete` if there is no whole answer in time, `input-limit` if it is too long
 */
export function httpGet(url: URL, options: HttpGetOptions): Promise<HttpAnswer> {
  return exchange(url, options);
}

/** POSTs `body` to `url`; all else as `httpGet`. */
export function httpPost(url: URL, body: Uint8Array, options: HttpGetOptions): Promise<HttpAnswer> {
  return exchange(url, options, body);
}

async function exchange(url: URL, options: HttpGetOptions, sent?: Uint8Array): Promise<HttpAnswer> {
  const { timeoutMs, mostBytes, headers } = options;
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeoutMs);
  try {
    const length = sent === undefined ? {} : { 'content-length': String(sent.length) };
    const asked = {
      ...(sent === undefined ? {} : { method: 'POST' }),
      headers: { 'accept-encoding': 'identity', ...length, ...headers },
      agent: false,
      signal: controller.signal,
    };
    return await answerTo(url, asked, mostBytes, sent);
  } catch (fault) {
    if (fault instanceof EvidenceError) throw fault;
    if (controller.signal.aborted)
      throw failure(`no whole answer of ${url.origin} within ${timeoutMs / 1000} s`, fault);
    // The code alone: messages of the system may hold what was sent.
    const code = codeOf(fault);
    throw failure(`no whole answer of ${url.origin} (${code})`, fault);
  } finally {
    clearTimeout(timer);
  }
}
