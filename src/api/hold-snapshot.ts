/** The verb `snapshot` by names: hold, show. */
import { setTimeout as wait } from 'node:timers/promises';
import { isPostgresUrl } from '../core/database-url.ts';
import { type HeldSnapshot, heldSnapshotOf } from '../sources/postgres/held-name.ts';
import { oneOf, readOptions, text } from './options.ts';
import { HOLD_OPTIONS, type HoldOptions } from './shard-options.ts';

/** How often the session is asked whether it is still there, in milliseconds. */
const CHECK_MS = 5000;

/** @throws as `snapshot` of on-demand.ts says */
export async function snapshot(
  action: 'hold' | 'show',
  name: string,
  given: Partial<HoldOptions>,
): Promise<HeldSnapshot | undefined> {
  oneOf(['hold', 'show'])(action, 'snapshot: the action');
  text(name, 'snapshot: name');
  if (action === 'hold') return hold(name, readOptions<HoldOptions>(given, HOLD_OPTIONS, 'snapshot', ['onHeld']));
  readOptions<object>(given, {}, 'snapshot');
  const held = heldSnapshotOf(name);
  if (held === undefined) throw new TypeError('snapshot: it is no name that `snapshot hold` gives');
  return held;
}

async function hold(url: string, { source = {}, signal, holdMs, onHeld }: HoldOptions): Promise<undefined> {
  if (!isPostgresUrl(url)) throw new TypeError('snapshot: hold needs a database: postgres://…');
  const { holdSnapshot } = await import('../sources/postgres/index.ts');
  const { loadProfile } = await import('./profiles.ts');
  const { profile, schema, records: _, map: __, profileNamed: ___, ...reading } = source;
  const holding = await holdSnapshot(url, { ...reading, profile: await loadProfile(profile, schema) });
  try {
    await onHeld(holding.name);
    const until = holdMs === undefined ? Number.POSITIVE_INFINITY : performance.now() + holdMs;
    for (;;) {
      const left = until - performance.now();
      if (left <= 0 || (await isStopped(Math.min(left, CHECK_MS), signal))) return undefined;
      await holding.check();
    }
  } finally {
    holding.close();
  }
}

/** Whether `signal` comes within that time. */
async function isStopped(withinMs: number, signal: AbortSignal | undefined): Promise<boolean> {
  if (signal === undefined) await wait(withinMs);
  else await wait(withinMs, undefined, { signal }).catch(() => undefined);
  return signal?.aborted === true;
}
