/** Bytes of one file as they come in, with the place of each, and what is made of what goes wrong with them. */

import { EvidenceError, type Where } from '../../core/errors.ts';
import type { ByteWindow } from '../../core/snapshot/byte-window.ts';
import { type Numbers, numbersAt } from '../../sorting/entries.ts';
import type { UnpackedBytes } from '../gunzip.ts';
export class Feed {
  readonly #bytes: UnpackedBytes;
  readonly #file: number;
  readonly #named: Where;
  readonly #settle: () => Promise<void> | undefined;
  readonly window: ByteWindow;
  readonly path: string;
  closed = false;

  /**
   * @param of - `file`: which of the files it is; `path`: under the source; `name`: for messages; `settle`: does what is to
   *   be done from time to time
   * @param window - used for one file after another
   */
  constructor(
    bytes: UnpackedBytes,
    of: {
      readonly file: number;
      readonly path: string;
      readonly name: string;
      readonly settle: () => Promise<void> | undefined;
    },
    window: ByteWindow,
  ) {
    window.reset();
    this.window = window;
    this.#bytes = bytes;
    this.#file = of.file;
    this.#named = { file: of.name };
    this.#settle = of.settle;
    this.path = of.path;
  }

  /** Reads on; after the last bytes the feed is closed. */
  async more(): Promise<void> {
    const bytes = await this.#bytes.read();
    if (bytes === undefined) this.closed = true;
    else this.window.write(bytes);
  }

  /** After an item; to be waited for if it gives something to wait for. */
  settle(): Promise<void> | undefined {
    return this.#settle();
  }

  placeOf(item: number, at: number): ItemPlace {
    const { line, byteOffset } = this.window.placeOf(at);
    return { file: this.#file, item, line, byteOffset };
  }

  /** Adds the place to what `work` throws: that of the fault in the window if it has one, else of the item. */
  placed<T>(work: () => T, item: number | undefined, start: number): T {
    try {
      return work();
    } catch (error) {
      throw error instanceof EvidenceError ? this.fault(error, item, start) : error;
    }
  }

  fault(error: EvidenceError, item: number | undefined, start: number): EvidenceError {
    const at = error.where.byteOffset ?? start;
    return error.at({
      ...this.#named,
      ...this.window.placeOf(at),
      ...(item === undefined || item < 0 ? {} : { item }),
    });
  }
}

/* Where an item was found, and how that goes with its record while it is sorted. */

export interface ItemPlace {
  /** Which of the files. */
  readonly file: number;
  /** Its number in the file, from 0; -1 where it is the file. */
  readonly item: number;
  /** From 1; 0 where lines are not counted. */
  readonly line: number;
  /** -1 where it is not known. */
  readonly byteOffset: number;
}

export function numbersOf({ file, item, line, byteOffset }: ItemPlace): Numbers {
  return [file, item, line, byteOffset];
}

/** The place of the item whose entry begins at `at`. */
export function placeAt(view: DataView, at: number): ItemPlace {
  const [file, item, line, byteOffset] = numbersAt(view, at);
  return { file, item, line, byteOffset };
}
