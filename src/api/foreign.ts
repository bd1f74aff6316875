/** Whether what a name stands for was written by others: asked before every comparison, so little is loaded for it. */
import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MANIFEST_NAME } from '../bundle/layout.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { isOurs } from '../sources/items/ours.ts';

/** Whether it is evidence of others: of a folder its manifest says so, of a file its first object. */
export async function isForeign(name: string): Promise<boolean> {
  const stats = await stat(name).catch(() => undefined);
  if (stats === undefined || !(stats.isFile() || stats.isDirectory())) return false;
  return !(await isOurs(stats.isDirectory() ? join(name, MANIFEST_NAME) : name, nodePlatform));
}
