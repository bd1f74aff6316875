/** The canonical form of one value, given away in pieces while the text around it is read. */
import { utf8 } from '../../platform.ts';
import { ByteOutput } from './copy-string.ts';

/** So much gathers before it is given away. */
const GATHERED_BYTES = 64 * 1024;

export class PieceOutput {
  readonly #emit: (bytes: Uint8Array) => void;
  readonly #gathered: ByteOutput = new ByteOutput();
  /** Whether what is read is part of the value. */
  isOpen = false;
  /** How long it is so far. */
  length = 0;

  constructor(emit: (bytes: Uint8Array) => void) {
    this.#emit = emit;
  }

  byte(byte: number): void {
    if (!this.isOpen) return;
    this.#gathered.reserve(1);
    this.#gathered.byte(byte);
    this.#flushIfFull();
  }

  ascii(text: string): void {
    if (!this.isOpen) return;
    this.#gathered.reserve(text.length);
    this.#gathered.ascii(text);
    this.#flushIfFull();
  }

  /** `text`, and the byte that stands behind it. */
  text(text: string, behind: number): void {
    const bytes = utf8(text);
    this.#gathered.reserve(bytes.length + 1);
    for (const byte of bytes) this.#gathered.byte(byte);
    this.#gathered.byte(behind);
    this.#flushIfFull();
  }

  /** Bytes that are given away as they are. */
  piece(bytes: Uint8Array, from: number, to: number): void {
    if (!this.isOpen || to === from) return;
    this.flush();
    this.length += to - from;
    this.#emit(bytes.subarray(from, to));
  }

  #flushIfFull(): void {
    if (this.#gathered.length >= GATHERED_BYTES) this.flush();
  }

  flush(): void {
    const gathered = this.#gathered;
    if (gathered.length === 0) return;
    this.length += gathered.length;
    this.#emit(gathered.bytes.subarray(0, gathered.length));
    gathered.length = 0;
  }
}
