/** Many rows into a table at once: COPY … FROM STDIN in its text format, which the driver can speak but has no call for. */
import { once } from 'node:events';
import type { Socket } from 'node:net';
import type pg from 'pg';

const CHUNK_LENGTH = 65_536;

/** What COPY takes for one row; null is NULL. */
export type CopyRow = readonly (string | number | null)[];

const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' };

function fieldText(field: string | number | null): string {
  if (field === null) return '\\N';
  return typeof field === 'number'
    ? String(field)
    : field.replace(/[\\\t\n\r]/g, (character) => ESCAPES[character] ?? '');
}

function* chunksOf(rows: Iterable<CopyRow>): Generator<Buffer> {
  let text = '';
  for (const row of rows) {
    text += `${row.map(fieldText).join('\t')}\n`;
    if (text.length < CHUNK_LENGTH) continue;
    yield Buffer.from(text);
    text = '';
  }
  yield Buffer.from(text);
}

/** The driver's own connection, of which its types say nothing. */
interface CopyConnection {
  readonly stream: Socket;
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(message: string): void;
}

/** What the driver takes in place of a query: it calls these as the server answers. */
class CopyIn {
  readonly #text: string;
  readonly #rows: Iterable<CopyRow>;
  readonly #settle: { readonly done: () => void; readonly failed: (fault: unknown) => void };

  constructor(text: string, rows: Iterable<CopyRow>, done: () => void, failed: (fault: unknown) => void) {
    this.#text = text;
    this.#rows = rows;
    this.#settle = { done, failed };
  }

  submit(connection: unknown): void {
    (connection as CopyConnection).query(this.#text);
  }

  handleCopyInResponse(connection: CopyConnection): void {
    this.#send(connection).catch((fault: unknown) => {
      this.#settle.failed(fault);
      connection.sendCopyFail('the rows failed');
    });
  }

  async #send(connection: CopyConnection): Promise<void> {
    for (const chunk of chunksOf(this.#rows)) {
      connection.sendCopyFromChunk(chunk);
      if (connection.stream.writableNeedDrain) await once(connection.stream, 'drain');
    }
    connection.endCopyFrom();
  }

  handleCommandComplete(): void {}

  handleError(fault: Error): void {
    this.#settle.failed(fault);
  }

  handleReadyForQuery(): void {
    this.#settle.done();
  }
}

/**
 * Puts `rows` into a table.
 *
 * @param into - table and columns as SQL: `public.t (a, b)`
 * @throws Error of the server, or of whoever makes the rows; then no row is in
 */
export async function copyIn(client: pg.Client, into: string, rows: Iterable<CopyRow>): Promise<void> {
  await new Promise<void>((done, failed) => {
    client.query(new CopyIn(`COPY ${into} FROM STDIN`, rows, done, failed));
  });
}
