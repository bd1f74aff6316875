/** A source that stops at a row of the tester's choice, for something to happen to what it reads from. */
import type { EvidenceSource } from '../../../src/core/audit/evidence-source.ts';
import type { PostgresSource } from '../../../src/sources/postgres/postgres-source.ts';

export type Happening = () => unknown;

/** The same source, but before row `at` (counted from 0, or the end) `happening` comes to its end first. */
export class PausedSource implements EvidenceSource {
  readonly #source: PostgresSource;
  readonly #at: number;
  readonly #happening: Happening;
  #rows = 0;
  #happened = false;

  constructor(source: PostgresSource, at: number, happening: Happening) {
    this.#source = source;
    this.#at = at;
    this.#happening = happening;
  }

  get happened(): boolean {
    return this.#happened;
  }

  get name(): string {
    return this.#source.name;
  }

  get bytes(): Uint8Array {
    return this.#source.bytes;
  }

  get start(): number {
    return this.#source.start;
  }

  get end(): number {
    return this.#source.end;
  }

  get trailer(): undefined {
    return this.#source.trailer;
  }

  get bytesRead(): number {
    return this.#source.bytesRead;
  }

  get bytesTotal(): null {
    return this.#source.bytesTotal;
  }

  get recordsTotal(): number | null {
    return this.#source.recordsTotal;
  }

  derivedOf(...place: Parameters<PostgresSource['derivedOf']>): ReturnType<PostgresSource['derivedOf']> {
    return this.#source.derivedOf(...place);
  }

  where(): ReturnType<PostgresSource['where']> {
    return this.#source.where();
  }

  open(): ReturnType<PostgresSource['open']> {
    return this.#source.open();
  }

  next(): 'record' | 'more' | 'end' {
    if (this.#rows === this.#at && !this.#happened) return 'more';
    const found = this.#source.next();
    if (found === 'record') this.#rows++;
    return found;
  }

  async fill(): Promise<void> {
    if (this.#rows !== this.#at || this.#happened) return this.#source.fill();
    await this.#happening();
    this.#happened = true;
  }

  finish(): Promise<null> {
    return this.#source.finish();
  }

  close(): Promise<void> {
    return this.#source.close();
  }
}
