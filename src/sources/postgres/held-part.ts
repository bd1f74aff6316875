/** What is read of a snapshot that somebody holds: all of it, or one shard, and what says of which whole. */
import { createHash } from 'node:crypto';
import { canonicalBytes, canonicalText } from '../../core/json/canonical.ts';
import { jsonFrom } from '../../core/json/from-plain.ts';
import { portable } from '../../core/platform.ts';
import { type Shard, ShardFinder, type ShardStatement } from '../../core/snapshot/shard.ts';
import { type TableProfile, tableLabel } from '../../wire/table-profile.ts';
import { Cells } from './cells.ts';
import { type HeldSnapshot, nameOfHeld } from './held-name.ts';
import type { Identity } from './identity.ts';
import type { Session } from './session.ts';

export interface HeldPart {
  readonly held?: HeldSnapshot;
  readonly shard?: Shard;
}

/** Whether a shard has a stream; undefined where all are read. */
export function readsOf({
  shard,
}: HeldPart): ((place: { readonly tenant: string; readonly stream: string }) => boolean) | undefined {
  if (shard === undefined) return undefined;
  const finder = new ShardFinder(portable, shard.count);
  return ({ tenant, stream }) => finder.indexOf(tenant, stream) === shard.index;
}

/** Who the server is, at the moment of the snapshot that is held: what it says now is another one for each reader. */
export function identityAt(identity: Identity, { held }: HeldPart): Identity {
  if (held === undefined) return identity;
  return { ...identity, capturedAt: held.capturedAt, facts: { ...identity.facts, lsn: held.lsn } };
}

// Which transactions are seen: the name of a snapshot may be given again, to another one.
const SEEN = 'SELECT pg_catalog.txid_current_snapshot()::text';

type Asked = Pick<Session, 'row' | 'label'>;

async function seenBy(session: Asked): Promise<string> {
  const cells = new Cells(await session.row({ text: SEEN, columns: 1 }), session.label);
  return cells.text(0, 'what the snapshot sees', /^[0-9]+:[0-9]+:[0-9,]*$/);
}

/**
 * The statement of a shard, with a digest over all that identifies the snapshot it was read from, as this session sees it.
 *
 * @throws EvidenceError
 */
export async function shardMember(
  session: Session,
  { liveIdentity }: Identity,
  { held, shard }: HeldPart,
): Promise<{ readonly shard?: ShardStatement }> {
  if (shard === undefined) return {};
  if (held === undefined) throw new RangeError('a shard of a snapshot that nobody holds');
  const seen = await seenBy(session);
  const whole = { snapshot: nameOfHeld(held), seen, of: liveIdentity, shards: shard.count };
  return { shard: { ...shard, whole: portable.sha256(canonicalBytes(jsonFrom(whole))) } };
}

/**
 * `tables` of the name of a snapshot, as who holds it and who reads it find it: the first 64 bits of SHA-256.
 *
 * @param held - what else its name says
 * @throws EvidenceError
 */
export async function digestOfHeld(
  session: Asked,
  tables: readonly TableProfile[],
  { running }: Pick<Identity, 'running'>,
  { capturedAt, lsn }: Pick<HeldSnapshot, 'capturedAt' | 'lsn'>,
): Promise<string> {
  const labels = [...new Set(tables.map(tableLabel))].sort();
  const held = { tables: labels, of: running, seen: await seenBy(session), capturedAt, lsn };
  return createHash('sha256')
    .update(canonicalText(jsonFrom(held)))
    .digest('hex')
    .slice(0, 16);
}
