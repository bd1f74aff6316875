/** Takes a snapshot of a database and holds it, so that many can read from it. */
import { tablesOf } from '../../wire/table-profile.ts';
import { describeTable } from './catalog.ts';
import { type PostgresOptions, parseConnection } from './connection-url.ts';
import { nameOfHeld } from './held-name.ts';
import { digestOfHeld } from './held-part.ts';
import { identify } from './identity.ts';
import { LOCK_TIMEOUT_MS, STALL_MS } from './limits.ts';
import { Session } from './session.ts';
import { beginCapture, exportSnapshot } from './transaction.ts';

/** A snapshot while it is held. */
export interface Holding {
  readonly name: string;
  /** Asks the session whether it is still there. */
  readonly check: () => Promise<void>;
  readonly close: () => void;
}

/**
 * Takes a snapshot with all tables of the profile locked against what is not MVCC-safe, and holds it until it is closed.
 *
 * @throws EvidenceError that names what stands in the way; no connection stays open then
 */
export async function holdSnapshot(url: string, options: PostgresOptions): Promise<Holding> {
  const session = await Session.open(parseConnection(url, options), options.stallMs ?? STALL_MS);
  try {
    const tables = tablesOf(options.profile);
    await beginCapture(session, tables, options.lockTimeoutMs ?? LOCK_TIMEOUT_MS);
    const identity = await identify(session, options);
    for (const table of tables) await describeTable(session, table, options);
    const id = await exportSnapshot(session);
    const lsn = identity.facts['lsn'];
    const held = { id, capturedAt: identity.capturedAt, lsn: typeof lsn === 'string' ? lsn : null };
    return {
      name: nameOfHeld({ ...held, tables: await digestOfHeld(session, tables, identity, held) }),
      check: async () => void (await session.row({ text: 'SELECT 1::text', columns: 1 })),
      close: () => session.close(),
    };
  } catch (fault) {
    session.close();
    throw fault;
  }
}
