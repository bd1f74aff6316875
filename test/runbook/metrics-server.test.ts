/** A metrics server is asked for each figure by its query, with what it wants to know, and its answers are read. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_QUERIES } from '../../src/runbook/cutover/limits.ts';
import { GateRequestError, metricsServer, type ServerAccess } from '../../src/runbook/cutover/metrics-server.ts';
import { askServer } from '../../src/runbook/cutover/read-inputs.ts';
import { type Answer, healthyResult, listen, sample, sendJson, sendVector } from '../e2e/metrics-server.ts';

const secrets: string[] = [];
const serverAt = (url: string, access: ServerAccess = {}) => metricsServer(url, access, (one) => secrets.push(one));

async function readingsOf(answer: Answer, path = '', access: ServerAccess = {}) {
  const server = await listen(answer);
  try {
    return await askServer(serverAt(`${server.url}${path}`, access), DEFAULT_QUERIES, 600, Date.now);
  } finally {
    await server.close();
  }
}

describe('a server', () => {
  it.each(['', '/', '/prometheus', '/prometheus//'])(
    'under the path "%s" is asked for each figure once',
    async (path) => {
      const asked: string[] = [];
      const paths = new Set<string | undefined>();
      const { runs, figures } = await readingsOf((response, query, { url }) => {
        asked.push(query);
        paths.add(url?.split('?')[0]);
        sendVector(response, healthyResult(query, 'stella'));
      }, path);
      expect(asked.sort()).toEqual(Object.values(DEFAULT_QUERIES).sort());
      expect([...paths]).toEqual([`${path.replace(/\/+$/, '')}/api/v1/query`]);
      expect(figures).toMatchObject({
        errorRate: { value: 0.001, doubts: [] },
        p99LatencySeconds: { value: 0.4, doubts: [] },
      });
      expect(runs).toMatchObject({ doubts: [], runs: [{ verdict: 'PASS', inProgress: false, failures: 0 }] });
    },
  );

  it.each<readonly [string, Answer, RegExp]>([
    ['with nothing', (response) => sendVector(response, []), /^no data: the query has an empty result$/],
    ['with two series', (response) => sendVector(response, [sample('1'), sample('2')]), /^the query gives 2 series/],
    ['with no number', (response) => sendVector(response, [sample('NaN')]), /^no data: the query gives NaN$/],
    ['with what is old', (response) => sendVector(response, [sample('1', Date.now() / 1000 - 601)]), /^the sample/],
    ['with a fault', (response) => sendJson(response, { status: 'success' }, 500), /./],
    ['with a page', (response) => response.writeHead(502).end('bad gateway'), /answers with status 502/],
    ['with text', (response) => response.writeHead(200, { 'content-type': 'text/plain' }).end('{}'), /not of type/],
    [
      'with a whole answer of another status',
      (response) =>
        sendJson(response, { status: 'success', data: { resultType: 'vector', result: [sample('1')] } }, 503),
      /answers with status 503/,
    ],
  ])('that answers %s is doubted', async (_, answer, says) => {
    const { figures, runs } = await readingsOf(answer);
    for (const { doubts } of [figures.errorRate, figures.p99LatencySeconds]) {
      expect(doubts).toContainEqual(expect.stringMatching(says));
    }
    // Of runs there may be none, or one that is older: what is empty or twice there is judged with them.
    if (!/query has an empty|series/.test(says.source)) expect(runs.doubts.length).toBeGreaterThan(0);
  });

  it.each<readonly [string, string, ServerAccess, string | undefined]>([
    ['nothing', '', {}, undefined],
    ['a token', '', { bearerToken: 'abc.def' }, 'Bearer abc.def'],
    ['a login', 'user:p%40ss@', {}, `Basic ${Buffer.from('user:p@ss').toString('base64')}`],
  ])('is told %s', async (_, login, access, expected) => {
    let told: string | undefined;
    const server = await listen((response, _query, { headers }) => {
      told = headers.authorization;
      sendVector(response, []);
    });
    await askServer(serverAt(server.url.replace('//', `//${login}`), access), DEFAULT_QUERIES, 600, Date.now);
    await server.close();
    expect(told).toBe(expected);
  });
});

describe('a URL of metrics', () => {
  it.each<readonly [string, ServerAccess, RegExp]>([
    ['no url', {}, /is none/],
    ['ftp://localhost', {}, /not one of http or https/],
    ['http://localhost/?a=b', {}, /a query or a fragment/],
    ['http://localhost/#a', {}, /a query or a fragment/],
    ['http://%zz@localhost', {}, /wrongly encoded/],
    ['http://localhost', { bearerToken: 'a b' }, /one that no header can hold/],
    ['http://localhost', { bearerToken: '' }, /one that no header can hold/],
    ['http://user@localhost', { bearerToken: 'abc' }, /a login in the URL of the metrics, and a token/],
    ['http://:secret@localhost', { bearerToken: 'abc' }, /a login in the URL of the metrics, and a token/],
    ['http://metrics.example', {}, /use https, or say --allow-plaintext/],
    ['http://127.0.0.1.example', {}, /use https, or say --allow-plaintext/],
    ['http://metrics.example', { bearerToken: 'abc', allowPlaintext: true }, /sent unencrypted/],
    ['http://user:secret@metrics.example', { allowPlaintext: true }, /sent unencrypted/],
  ])('%s with %j is refused', (url, access, says) => {
    expect(() => serverAt(url, access)).toThrow(GateRequestError);
    expect(() => serverAt(url, access)).toThrow(says);
  });

  it.each<readonly [string, ServerAccess, object]>([
    ['http://localhost:9090', {}, { label: 'http://localhost:9090/', timeoutMs: 10_000, headers: {} }],
    ['http://127.1.2.3/x', { timeoutSeconds: 3 }, { label: 'http://127.1.2.3/x', timeoutMs: 3000 }],
    ['http://[::1]', { bearerToken: 'abc' }, { headers: { authorization: 'Bearer abc' } }],
    ['https://metrics.example', { bearerToken: 'abc' }, { headers: { authorization: 'Bearer abc' } }],
    ['http://metrics.example', { allowPlaintext: true }, { headers: {} }],
    ['https://user:secret@metrics.example/p', {}, { label: 'https://metrics.example/p' }],
  ])('%s with %j is taken', (url, access, expected) => {
    const server = serverAt(url, access);
    expect(server).toMatchObject(expected);
    expect(server.url.href).not.toMatch(/user|secret/);
  });

  it('has secrets that are told before anything else is', () => {
    secrets.length = 0;
    expect(() => serverAt('http://user:p%40ss@metrics.example')).toThrow();
    expect(secrets).toEqual(['p%40ss', Buffer.from('user:p@ss').toString('base64')]);
    secrets.length = 0;
    expect(() => serverAt('no url', { bearerToken: 'abc' })).toThrow();
    expect(secrets).toEqual(['abc']);
  });
});
