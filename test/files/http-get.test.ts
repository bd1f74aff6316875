/** One answer over HTTP, of servers that answer wrongly: a clear fault each, within the time, and never a part of an answer. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { httpGet, httpPost } from '../../src/files/http-get.ts';

/** What is written to a socket once it has asked. */
type Behaviour = (socket: Socket) => void;

const HEAD = 'HTTP/1.1 200 OK\r\ncontent-type: Text/Plain; charset=x\r\n';
const whole = (body: string): string => `${HEAD}content-length: ${body.length}\r\n\r\n${body}`;

const sockets = new Set<Socket>();
let behaviour: Behaviour;
let asked = 0;
/** The head of what was asked last. */
let head = '';
let server: Server;
let url: URL;

beforeAll(async () => {
  server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', (data) => {
      asked++;
      [head = ''] = data.toString('latin1').split('\r\n\r\n');
      behaviour(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

const LIMITS = { timeoutMs: 60_000, mostBytes: 1000 };

/** Each of these stays open, so that nothing but the answer itself can end it. */
const REFUSED: Readonly<Record<string, readonly [says: RegExp, answer: string]>> = {
  'another protocol': [/status 101/, 'HTTP/1.1 101 Switching\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
  'another place': [/302.*not followed/, `HTTP/1.1 302 Found\r\nlocation: /x\r\ncontent-length: 0\r\n\r\n`],
  'a file': [/301.*not followed/, `HTTP/1.1 301 Gone\r\nlocation: file:///etc/hosts\r\ncontent-length: 0\r\n\r\n`],
  'packed, unasked': [/has packed its answer/, `${HEAD}content-encoding: gzip\r\ncontent-length: 2\r\n\r\nxx`],
  'two lengths': [/no whole answer/, `${HEAD}content-length: 1\r\ncontent-length: 2\r\n\r\nxx`],
  'a length and pieces': [/no whole answer/, `${HEAD}content-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n`],
  'no HTTP': [/no whole answer/, '\x30\x03\x02\x01\x00'.repeat(20)],
  'headers without end': [/no whole answer/, `HTTP/1.1 200 OK\r\n${'x: y\r\n'.repeat(100_000)}`],
  'too much at once': [/longer than 1000 bytes/, whole('x'.repeat(1001))],
};

it.each(Object.keys(REFUSED))('refuses %s, and waits for nothing then', async (name) => {
  const [says, answer] = REFUSED[name] ?? [/never/, ''];
  behaviour = (socket) => socket.write(answer);
  asked = 0;
  await expect(httpPost(url, Buffer.from('query'), LIMITS)).rejects.toThrow(says);
  expect(asked).toBe(1);
});

it.each([
  ['that is cut', whole('0123456789').slice(0, -1)],
  ['that is cut between its pieces', `${HEAD}transfer-encoding: chunked\r\n\r\n5\r\n01234\r\n`],
  ['of nothing', ''],
])('takes no answer %s', async (_, answer) => {
  behaviour = (socket) => socket.end(answer);
  await expect(httpGet(url, LIMITS)).rejects.toThrow(/no whole answer/);
});

it.each<[string, Behaviour]>([
  ['says nothing', () => undefined],
  ['begins and goes on no more', (socket) => socket.write(whole('0123456789').slice(0, -1))],
  ['asks for patience', (socket) => socket.write('HTTP/1.1 102 Processing\r\n\r\n'.repeat(3))],
])('does not wait longer than it was told for a server that %s', async (_, next) => {
  behaviour = next;
  await expect(httpGet(url, { ...LIMITS, timeoutMs: 50 })).rejects.toThrow(/no whole answer .* within 0.05 s/);
});

it('asks for what is there with GET, and with POST only where it sends something', async () => {
  behaviour = (socket) => socket.write(whole('x'));
  await httpGet(url, { ...LIMITS, headers: { 'x-asked': 'yes' } });
  expect(head).toMatch(/^GET \/ HTTP\/1\.1\r\n/);
  expect(head).toMatch(/\r\nx-asked: yes\r\n/);
  expect(head).not.toMatch(/content-length/i);
  await httpPost(url, Buffer.from('query'), LIMITS);
  expect(head).toMatch(/^POST \/ HTTP\/1\.1\r\n/);
  expect(head).toMatch(/\r\ncontent-length: 5\r\n/);
  expect(head).toMatch(/\r\naccept-encoding: identity\r\n/);
});

it('takes the first answer alone, and what is not worth a word', async () => {
  behaviour = (socket) => socket.write(`HTTP/1.1 103 Early\r\nlink: x\r\n\r\n${whole('first')}${whole('second')}`);
  const { status, mediaType, body } = await httpGet(url, LIMITS);
  expect([status, mediaType, Buffer.from(body).toString()]).toEqual([200, 'text/plain', 'first']);
});
