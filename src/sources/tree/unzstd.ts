/**
 * Unpacks zstd (RFC 8878) with fzstd, since the oldest Node that is supported has none. It does not verify the checksum
 * of a frame: who reads an archive through it holds digests against its files, or captures what was unpacked.
 */
import { Decompress } from 'fzstd';
import { EvidenceError } from '../../core/errors.ts';
import type { ByteSource } from '../bytes.ts';

/** As of gzip. */
const MOST_TIMES_SMALLER = 200;
const SUSPICIOUS_FROM_BYTES = 64 * 1024 * 1024;
/** What other decoders allow where nobody says more: the window is held in memory. */
const MOST_WINDOW_BYTES = 128 * 1024 * 1024;
/** Fed in small parts: all that comes of one is held at once. */
const PART_BYTES = 16 * 1024;

/** Bytes of the window that the frame asks for (RFC 8878, 3.1.1.1.2); 0 where it is the content itself. */
function windowOf(frame: Uint8Array): number {
  const isSingle = ((frame[4] ?? 0) & 0x20) !== 0;
  if (isSingle) return 0;
  const descriptor = frame[5] ?? 0;
  const base = 2 ** (10 + (descriptor >> 3));
  return base + (base / 8) * (descriptor & 7);
}

/** The unpacked bytes of `source`, of which `first` has been read. */
export function unzstd(
  source: ByteSource,
  first: Uint8Array,
): { readonly read: () => Promise<Uint8Array | undefined>; readonly close: () => void } {
  const where = { file: source.name };
  if (windowOf(first) > MOST_WINDOW_BYTES) {
    throw new EvidenceError('input-limit', 'zstd: the frame asks for a window of more than 128 MiB', { where });
  }
  const ready: Uint8Array[] = [];
  let produced = 0;
  const decoder = new Decompress((chunk) => {
    produced += chunk.length;
    if (produced > SUSPICIOUS_FROM_BYTES && produced > MOST_TIMES_SMALLER * source.bytesRead) {
      const reason = `the file unpacks to more than ${MOST_TIMES_SMALLER} times its size`;
      throw new EvidenceError('input-limit', reason, { where, advice: 'unpack it yourself if it is honest' });
    }
    if (chunk.length > 0) ready.push(chunk.slice());
  });
  const push = (bytes: Uint8Array, final: boolean): void => {
    try {
      decoder.push(bytes, final);
    } catch (fault) {
      if (fault instanceof EvidenceError) throw fault;
      const text = fault instanceof Error ? fault.message : 'unknown fault';
      const kind = /EOF/i.test(text) ? 'input-truncated' : 'input-malformed';
      throw new EvidenceError(kind, `zstd: ${text}`, { where, cause: fault });
    }
  };
  let packed = first;
  let ended = false;
  const read = async (): Promise<Uint8Array | undefined> => {
    while (ready.length === 0 && !ended) {
      if (packed.length === 0) {
        const more = await source.read();
        if (more === undefined) {
          ended = true;
          push(new Uint8Array(0), true);
          break;
        }
        packed = more;
      }
      // Copied: it is kept until the block that it belongs to is complete.
      push(packed.slice(0, PART_BYTES), false);
      packed = packed.subarray(PART_BYTES);
    }
    return ready.shift();
  };
  return { read, close: () => {} };
}
