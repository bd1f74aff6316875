/** A session with a server that says by itself what it is asked to say: how it is asked, and what is believed of the answer. */
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseConnection } from '../../../src/sources/postgres/connection-url.ts';
import { Session } from '../../../src/sources/postgres/session.ts';
import { message, rowOf } from '../../postgres/liar.ts';

const LOGIN = [
  message('R', Buffer.alloc(4)),
  message('S', 'client_encoding\0UTF8\0'),
  message('K', Buffer.alloc(8)),
  message('Z', 'I'),
];

function described(): Buffer {
  return message('T', Buffer.concat([Buffer.from([0, 1]), Buffer.from('name\0'), Buffer.alloc(18)]));
}

const answered = (value: string): readonly Buffer[] => [
  ...[message('1'), message('2'), described(), rowOf([Buffer.from(value)])],
  ...[message('C', 'SELECT 1\0'), message('Z', 'I')],
];

const sockets = new Set<Socket>();
/** The first byte of all that it was asked. */
let asked = '';
/** What it says to a query, or nothing at all, not even to a login. */
let says: string | undefined;
let server: Server;

beforeAll(async () => {
  server = createServer((socket) => {
    sockets.add(socket);
    let isIn = false;
    socket.on('error', () => undefined);
    socket.on('data', (bytes) => {
      if (says === undefined) return;
      if (isIn) asked += bytes.toString('latin1', 0, 1);
      // A driver may send one request in several pieces: the last of them ends in a Sync.
      if (!isIn) socket.write(Buffer.concat(LOGIN));
      else if (bytes.includes(message('S')) || bytes[0] === 0x51) socket.write(Buffer.concat([...answered(says)]));
      isIn = true;
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
});
afterAll(() => {
  for (const socket of sockets) socket.destroy();
  server.close();
});

function open(parameters = ''): Promise<Session> {
  const { port } = server.address() as AddressInfo;
  return Session.open(parseConnection(`postgres://u:p@127.0.0.1:${port}/d?sslmode=disable${parameters}`, {}), 20_000);
}

describe('a session', () => {
  it('asks each statement by itself, so that nothing stands behind it', async () => {
    says = 'one';
    asked = '';
    const session = await open();
    expect(await session.row({ text: 'SELECT 1', columns: 1 })).toEqual(['one']);
    expect(asked).toMatch(/^P/);
    expect(asked).not.toContain('Q');
    session.close();
  });

  it('is with a primary where that was asked for, and with no standby', async () => {
    says = 'false';
    const session = await open('&target_session_attrs=primary');
    session.close();
    says = 'true';
    await expect(open('&target_session_attrs=primary')).rejects.toMatchObject({ kind: 'source-not-authoritative' });
  });

  it('says what to look at where nothing comes at all', async () => {
    says = undefined;
    await expect(open('&connect_timeout=1')).rejects.toMatchObject({
      kind: 'source-incomplete',
      reason: expect.stringMatching(/^no answer for \d+ s$/),
      advice: 'check host, port and firewall',
    });
  });
});
