/** The version, from package.json beside dist/: read without loading anything of the program. */
import { readFileSync } from 'node:fs';

/** E.g. `1.0.0`. */
export function packageVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  if (typeof manifest === 'object' && manifest !== null && 'version' in manifest) return String(manifest.version);
  throw new TypeError('package.json has no version');
}
