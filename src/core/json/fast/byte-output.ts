/** Bytes written one behind another into a buffer that grows and is used again. */
export class ByteOutput {
  /** What was written, and then what is free. Replaced when it grows, so nobody keeps it across a `reserve`. */
  bytes: Uint8Array = new Uint8Array(4096);
  /** How many bytes are written. */
  length = 0;

  /** Makes sure that `count` more bytes have room. */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const larger = new Uint8Array(needed * 2);
    larger.set(this.bytes.subarray(0, this.length));
    this.bytes = larger;
  }

  /** Writes one byte, for which there must be room. */
  byte(byte: number): void {
    this.bytes[this.length++] = byte;
  }

  /** Writes ASCII text, for which there must be room. */
  ascii(text: string): void {
    for (let i = 0; i < text.length; i++) this.bytes[this.length++] = text.charCodeAt(i);
  }
}
