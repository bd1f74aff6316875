/** A real HTTP server on this machine that answers instant queries as it is told to. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What is answered to a request; `query` is its PromQL. */
export type Answer = (response: ServerResponse, query: string, request: IncomingMessage) => void;

export interface RunningServer {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** Listens until it is closed. */
export async function listen(answer: Answer): Promise<RunningServer> {
  const server: Server = createServer((request, response) => {
    response.on('error', () => undefined);
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://localhost');
    if (!pathname.endsWith('/api/v1/query')) {
      response.writeHead(404).end();
      return;
    }
    answer(response, searchParams.get('query') ?? '', request);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return { url: `http://127.0.0.1:${port}`, close };
}

/** The value that a healthy system gives for each of the default queries about the service. */
function healthy(query: string): string {
  return query.includes('histogram') ? '0.4' : '0.001';
}

export function sample(value: string, atSeconds: number = Date.now() / 1000, metric: object = {}): object {
  return { metric, value: [atSeconds, value] };
}

/**
 * The result of each default query where all is well: two numbers of the service, and what one run over the store
 * `system` says, each series with the labels that Prometheus gives it.
 */
export function healthyResult(query: string, system: string): readonly object[] {
  const target = { instance: 'green-1:9100', job: 'node' };
  const now = Date.now() / 1000;
  const one = (value: string, labels: object = {}): object =>
    sample(value, now, { __name__: 'x', ...target, ...labels });
  if (query === 'evidence_store_info') {
    return [one('1', { store_system: system, store_database: '', store_system_identifier: '' })];
  }
  if (query === 'evidence_soundness_verdict') return [];
  if (query === 'evidence_continuity_verdict') {
    const verdicts = ['PASS', 'FAIL', 'INCOMPLETE', 'UNTRUSTED'];
    return verdicts.map((verdict) => one(verdict === 'PASS' ? '1' : '0', { verdict }));
  }
  if (query === 'evidence_verify_in_progress') return [one('0')];
  if (query === 'evidence_verify_last_run_timestamp_seconds') return [one(String(now - 5))];
  if (query.includes('failures')) return [sample('0', now, target)];
  return [sample(healthy(query))];
}

/** Answers with JSON, as Prometheus does. */
export function sendJson(response: ServerResponse, body: unknown, status = 200): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

/** A successful answer with `result`, and what else there is to say. */
export function sendVector(response: ServerResponse, result: readonly object[], more: object = {}): void {
  sendJson(response, { status: 'success', data: { resultType: 'vector', result }, ...more });
}
