/** Whether an input is of evidence-diff itself: such a one is never foreign, whatever state it is in. */
import { EvidenceError } from '../../core/errors.ts';
import { JsonWalk } from '../../core/json/fast/walk.ts';
import type { Platform } from '../../core/platform.ts';
import { ByteWindow } from '../../core/snapshot/byte-window.ts';
import { FileBytes } from '../bytes.ts';
import { UnpackedBytes } from '../gunzip.ts';

/** What makes an object ours: it is never foreign. */
export const OURS = ['/kind', '/tenant', '/stream', '/id'] as const;

/** What to do with what is ours and cannot be read, or only seems to be. */
export const OURS_ADVICE =
  'if it is a snapshot, or was cut out of one, give the whole of it, from header to trailer, without a profile; if others ' +
  'wrote it, call tenant, stream or id something else where it is made: an item with all three is a record of a snapshot';

function ours(what: string): EvidenceError {
  return new EvidenceError('input-malformed', `it is no foreign evidence but ${what}`, { advice: OURS_ADVICE });
}

/** What an object is that has these under `OURS`; undefined for a foreign one. */
export function oursBy([kind, ...names]: readonly unknown[]): string | undefined {
  if (typeof kind === 'string' && kind.startsWith('evidence-')) return `of kind ${kind.slice(0, 64)}`;
  const isRecord = names.length === OURS.length - 1 && names.every((name) => name !== undefined);
  return isRecord ? 'a record of a snapshot: it has tenant, stream and id' : undefined;
}

/** @throws EvidenceError `input-malformed` for what is ours, and must not come in by another door */
export function requireForeign(values: readonly unknown[]): void {
  const what = oursBy(values);
  if (what !== undefined) throw ours(what);
}

/** So far the first object, or line, is looked at. */
const LOOKED_AT_BYTES = 1024 * 1024;

/** As much is looked at at once: a snapshot says what it is in its first hundreds of bytes, and may be one large object. */
const PIECE_BYTES = 1024;

/** Whether the file begins with an object that is ours. What cannot be read is not: reading it says what is wrong. */
export async function isOurs(path: string, platform: Platform): Promise<boolean> {
  // What made it ours stays: a member that comes twice is refused.
  return oursBy(await firstTexts(path, platform, (texts) => oursBy(texts) !== undefined)) !== undefined;
}

/** The member `kind` of the object with which the file begins; undefined if it has none, or cannot be read. */
export async function kindIn(path: string, platform: Platform): Promise<string | undefined> {
  const [kind] = await firstTexts(path, platform, ([one]) => one !== undefined);
  return typeof kind === 'string' ? kind : undefined;
}

/** What the object with which the file begins has under `OURS`, as far as it was read until `isEnough`. */
async function firstTexts(
  path: string,
  platform: Platform,
  isEnough: (texts: readonly unknown[]) => boolean,
): Promise<readonly unknown[]> {
  const bytes = new UnpackedBytes(new FileBytes(path));
  const walk = new JsonWalk(platform, { wanted: OURS });
  const window = new ByteWindow();
  const isDecided = (): boolean => walk.done || isEnough(walk.texts);
  try {
    while (!isDecided() && window.end < LOOKED_AT_BYTES) {
      const chunk = await bytes.read();
      if (chunk === undefined) break;
      for (let at = 0; at < chunk.length && !isDecided(); at += PIECE_BYTES) {
        window.write(chunk.subarray(at, at + PIECE_BYTES));
        window.consume(walk.write(window.bytes, window.start, window.end, false));
      }
    }
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
  } finally {
    await bytes.close();
  }
  return walk.texts;
}
