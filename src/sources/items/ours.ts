/** Whether an input is of evidence-diff itself: such a one is never foreign, whatever state it is in. */
import { EvidenceError } from '../../core/errors.ts';
import { JsonWalk } from '../../core/json/fast/walk.ts';
import type { Platform } from '../../core/platform.ts';
import { ByteWindow } from '../../core/snapshot/byte-window.ts';
import { FileBytes } from '../bytes.ts';
import { UnpackedBytes } from '../gunzip.ts';
import { OURS, oursBy } from './json-items.ts';

/** So far the first object, or line, is looked at. */
const LOOKED_AT_BYTES = 1024 * 1024;

/** Whether the file begins with an object that is ours. What cannot be read is not: reading it says what is wrong. */
export async function isOurs(path: string, platform: Platform): Promise<boolean> {
  const bytes = new UnpackedBytes(new FileBytes(path));
  const walk = new JsonWalk(platform, { wanted: OURS });
  const window = new ByteWindow();
  try {
    while (!walk.done && window.end < LOOKED_AT_BYTES) {
      const chunk = await bytes.read();
      if (chunk === undefined) break;
      window.write(chunk);
      window.consume(walk.write(window.bytes, window.start, window.end, false));
    }
  } catch (error) {
    if (!(error instanceof EvidenceError)) throw error;
  } finally {
    await bytes.close();
  }
  return oursBy(walk.texts) !== undefined;
}
