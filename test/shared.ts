/** Conformance data that lies beside the project, read in place and never copied; absent in a bare clone. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The folder ../shared/`name`, or undefined where it is not there and its tests are to be skipped. */
export function sharedFolder(name: string): string | undefined {
  const folder = fileURLToPath(new URL(`../../shared/${name}`, import.meta.url));
  return existsSync(folder) ? folder : undefined;
}

/** What a skipped title says, so that nobody takes the skip for a pass. */
export function skippedWithout(name: string): string {
  return sharedFolder(name) === undefined ? ` (skipped: no ../shared/${name})` : '';
}
