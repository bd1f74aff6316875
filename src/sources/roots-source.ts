/** A file of roots as one side of a comparison: a summary that has roots and sizes, and no counts by type. */
import type { EvidenceSource } from '../core/audit/evidence-source.ts';
import { EvidenceError, type Where } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import { type Hash, type Platform, portable } from '../core/platform.ts';
import { DEFAULT_LIMITS } from '../core/snapshot/framer.ts';
import type { SnapshotHeader } from '../core/snapshot/header.ts';
import type { Trailer } from '../core/snapshot/trailer.ts';
import { type ByteSource, wholeOf } from './bytes.ts';

const NOTHING = new Uint8Array(0);

/** Such a file says neither what it is of nor when it was made. */
const HEADER: SnapshotHeader = { depth: 'summary', subject: {}, capturedAt: null, tool: null, chains: new Map() };

export class RootsSource implements EvidenceSource {
  readonly #bytes: ByteSource;
  readonly #platform: Platform;
  readonly #maxBytes: number;
  #trailer: Trailer | undefined;
  readonly recordsTotal = null;
  readonly bytes: Uint8Array = NOTHING;
  readonly start = 0;
  readonly end = 0;

  /**
   * @param bytes - the input; it is this source's from now on
   * @param options - `maxBytes`: it is held in memory as a whole, so there is a limit, that of a snapshot's trailer
   */
  constructor(bytes: ByteSource, options: { readonly platform?: Platform; readonly maxBytes?: number } = {}) {
    this.#bytes = bytes;
    this.#platform = options.platform ?? portable;
    this.#maxBytes = options.maxBytes ?? DEFAULT_LIMITS.maxEnvelopeBytes;
  }

  get name(): string {
    return this.#bytes.name;
  }

  get bytesRead(): number {
    return this.#bytes.bytesRead;
  }

  get bytesTotal(): number | null {
    return this.#bytes.bytesTotal;
  }

  get trailer(): Trailer | undefined {
    return this.#trailer;
  }

  where(): Where {
    return { file: this.name };
  }

  async open(): Promise<SnapshotHeader> {
    const text = await wholeOf(this.#bytes, 'a file of roots', this.#maxBytes);
    const { parseRoots } = await import('../wire/roots.ts');
    try {
      const { trailer, nulls } = parseRoots(parseJson(this.#platform, text));
      this.#trailer = trailer;
      return { ...HEADER, nulls };
    } catch (error) {
      if (!(error instanceof EvidenceError)) throw error;
      const { advice = 'give what `roots-export --format json` has written' } = error;
      throw new EvidenceError(error.kind, error.reason, { where: { ...error.where, ...this.where() }, advice });
    }
  }

  next(): 'end' {
    return 'end';
  }

  async fill(): Promise<void> {}

  finish(): Promise<Hash | null> {
    return this.#bytes.finish();
  }

  close(): Promise<void> {
    return this.#bytes.close();
  }
}
