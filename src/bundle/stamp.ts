/** The time stamp of a bundle (RFC 3161), beside its manifest, which stands for all that is in it. */
import type { InputFault } from '../core/audit/evidence-source.ts';
import { EvidenceError } from '../core/errors.ts';
import { MOST_REPLY_BYTES } from '../core/limits.ts';
import type { Hash } from '../core/platform.ts';
import type { SnapshotHeader } from '../core/snapshot/header.ts';
import { type ByteSource, wholeOf } from '../sources/bytes.ts';

/** What was found of a time stamp that is demanded. */
export interface FoundStamp {
  /** Where it is, or would be. */
  readonly name: string;
  /** Undefined if there is none. */
  readonly reply: Uint8Array | undefined;
  /** SHA-256 of the manifest, by which everything else was checked; undefined if there is none. */
  readonly manifest: Hash | undefined;
  /** When what is in the bundle was captured; undefined if that is not known. */
  readonly capturedAt: string | undefined;
}

/** Says what is wrong with the time stamp that is demanded of a bundle; undefined if it holds. */
export type JudgeStamp = (found: FoundStamp) => InputFault | undefined;

/** How a bundle is read. */
export interface StampOptions {
  /** Without it a time stamp is not looked at. */
  readonly judgeStamp?: JudgeStamp | undefined;
}

/**
 * Reads the time stamp, closes it, and has it judged.
 *
 * @param bytes - undefined if there is none
 * @returns what is wrong with it
 */
export async function checkStamp(
  bytes: ByteSource | undefined,
  found: Pick<FoundStamp, 'name' | 'manifest'>,
  header: SnapshotHeader | undefined,
  judge: JudgeStamp,
): Promise<InputFault | undefined> {
  try {
    const reply = bytes === undefined ? undefined : await wholeOf(bytes, 'a time stamp', MOST_REPLY_BYTES);
    return judge({ ...found, reply, capturedAt: header?.capturedAt ?? undefined });
  } catch (fault) {
    if (!(fault instanceof EvidenceError)) throw fault;
    return { kind: fault.kind, message: fault.message };
  } finally {
    await bytes?.close();
  }
}
