/**
 * A file for one's own use that leaves nothing behind: made in a private folder (mode 0700), and its name is gone as soon
 * as it is open. So it ends with the process, whatever ends that.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { codeOf, EvidenceError } from '../core/errors.ts';

function unusable(fault: unknown): EvidenceError {
  const reason = `there is no room for what has to be sorted (${codeOf(fault)})`;
  const advice = 'TMPDIR names the folder for temporary files: give one with as much room as the input has';
  return new EvidenceError('source-incomplete', reason, { where: { file: tmpdir() }, advice, cause: fault });
}

export class TemporaryFile {
  readonly #file: FileHandle;
  #length = 0;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  /** @throws EvidenceError `source-incomplete` if there is no place for it */
  static async make(): Promise<TemporaryFile> {
    try {
      // Made and removed at once, with nothing to wait for that a signal could come into.
      const folder = mkdtempSync(join(tmpdir(), 'evidence-diff-'));
      try {
        return new TemporaryFile(await open(join(folder, 'run'), 'wx+', 0o600));
      } finally {
        rmSync(folder, { recursive: true, force: true });
      }
    } catch (fault) {
      throw unusable(fault);
    }
  }

  get length(): number {
    return this.#length;
  }

  /** @throws EvidenceError `source-incomplete` if there is no room */
  async append(bytes: Uint8Array): Promise<void> {
    try {
      for (let at = 0; at < bytes.length; ) {
        const { bytesWritten } = await this.#file.write(bytes, at, bytes.length - at, this.#length);
        at += bytesWritten;
        this.#length += bytesWritten;
      }
    } catch (fault) {
      throw unusable(fault);
    }
  }

  /**
   * Reads what lies at `position` into `bytes[start, end)`, as much as there is.
   *
   * @returns how many bytes came
   */
  async read(bytes: Uint8Array, start: number, end: number, position: number): Promise<number> {
    try {
      const { bytesRead } = await this.#file.read(bytes, start, end - start, position);
      return bytesRead;
    } catch (fault) {
      throw unusable(fault);
    }
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}
