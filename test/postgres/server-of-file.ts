/** One server for one test file: tests that restart it or break into it disturb nobody else's. */
import { afterAll, beforeAll } from 'vitest';
import { PostgresServer, type ServerOptions } from './server.ts';

/**
 * Starts a server before the tests around the call, and stops it after them.
 *
 * @returns the server, once the tests run
 */
export function serverOfFile(options: ServerOptions = {}): () => PostgresServer {
  let server: PostgresServer | undefined;
  beforeAll(async () => {
    server = await PostgresServer.start(options);
  });
  afterAll(() => server?.stop());
  return () => {
    if (server === undefined) throw new RangeError('the server is there once the tests run');
    return server;
  };
}
