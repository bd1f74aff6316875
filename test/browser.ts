/** A real browser for tests: Debian's chromium, without a window and without a word to the network of its own. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';
import { afterAll, beforeAll } from 'vitest';

const CHROMIUM = '/usr/bin/chromium';

/** Whether there is a browser; a test that needs one is skipped without it, and says so. */
export const hasBrowser: boolean = existsSync(CHROMIUM);

const FLAGS: readonly string[] = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // The shared memory of a container is too small for a page of some megabytes.
  '--disable-dev-shm-usage',
];

/**
 * Starts the browser once for the tests of a file, and ends it after them.
 *
 * @returns gives the browser while tests run
 */
export function sharedBrowser(): () => Browser {
  let browser: Browser | undefined;
  beforeAll(async () => {
    if (hasBrowser) browser = await chromium.launch({ executablePath: CHROMIUM, args: [...FLAGS] });
  });
  afterAll(() => browser?.close());
  return () => {
    if (browser === undefined) throw new Error(`no browser: ${CHROMIUM} is not there, or did not start`);
    return browser;
  };
}
