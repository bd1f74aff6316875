/** The values of a row as they lie in its message: bytes as the server printed them, and a text only of what needs one. */

const COUNT_BYTES = 2;
const LENGTH_BYTES = 4;

/** What a DataRow holds behind its head (PostgreSQL, "Message Formats"), found to be filled by its values. */
export type RowBytes = Buffer;

export class RowCells {
  bytes: Buffer = Buffer.alloc(0);
  /** How many values there are. */
  count = 0;
  /** Where each begins. */
  starts: Int32Array = new Int32Array(64);
  /** Where each ends; before its beginning for NULL. */
  ends: Int32Array = new Int32Array(64);

  /** Another row is at hand. */
  open(row: RowBytes): this {
    const count = row.readUInt16BE(0);
    if (count > this.starts.length) {
      this.starts = new Int32Array(count);
      this.ends = new Int32Array(count);
    }
    this.bytes = row;
    this.count = count;
    let at = COUNT_BYTES;
    for (let index = 0; index < count; index++) {
      const length = row.readInt32BE(at);
      at += LENGTH_BYTES;
      this.starts[index] = at;
      this.ends[index] = at + length;
      if (length > 0) at += length;
    }
    return this;
  }

  isNull(index: number): boolean {
    return this.endOf(index) < this.startOf(index);
  }

  startOf(index: number): number {
    return this.starts[index] as number;
  }

  endOf(index: number): number {
    return this.ends[index] as number;
  }

  /** The value as text; null for NULL. */
  text(index: number): string | null {
    return this.isNull(index) ? null : this.bytes.toString('utf8', this.startOf(index), this.endOf(index));
  }

  /** Whether both rows have the same under `index`, to the byte. */
  isSame(index: number, other: RowCells): boolean {
    const [start, end, from] = [this.startOf(index), this.endOf(index), other.startOf(index)];
    if (end - start !== other.endOf(index) - from) return false;
    for (let at = start; at < end; at++) if (this.bytes[at] !== other.bytes[from + at - start]) return false;
    return true;
  }
}
