/** What a name stands for, as a tree, by content and not by the ending of the name. */
import { EvidenceError } from '../../core/errors.ts';
import { FileBytes } from '../bytes.ts';
import { ArchiveTree, unpackerOf } from './archive-tree.ts';
import { beginsTar, beginsZip } from './magic.ts';

/** Enough to know a tar by, or JSON by the names of its first members. */
const HEAD_BYTES = 64 * 1024;

/** The first unpacked bytes of a file; none where it cannot be read, which reading it says better. */
export async function headOf(name: string): Promise<Uint8Array> {
  const bytes = new FileBytes(name);
  let head = new Uint8Array(0);
  try {
    const unpacked = await unpackerOf(bytes, await bytes.read());
    try {
      while (head.length < HEAD_BYTES) {
        const chunk = await unpacked.read();
        if (chunk === undefined) break;
        const longer = new Uint8Array(head.length + chunk.length);
        longer.set(head);
        longer.set(chunk, head.length);
        head = longer;
      }
    } finally {
      unpacked.close();
    }
  } catch (fault) {
    if (!(fault instanceof EvidenceError)) throw fault;
  } finally {
    await bytes.close();
  }
  return head.subarray(0, HEAD_BYTES);
}

/** The archive whose first bytes, unpacked, are `head`; undefined for what is none. */
export function archiveOf(name: string, head: Uint8Array): ArchiveTree | undefined {
  if (beginsZip(head)) return new ArchiveTree(name, 'zip');
  return beginsTar(head) ? new ArchiveTree(name, 'tar') : undefined;
}
