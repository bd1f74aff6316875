/** Records as a database gives them, with the canonical text of each, for tests that know what they must be. */
import { canonicalText } from '../../../src/core/json/canonical.ts';
import type { Json } from '../../../src/core/json/value.ts';
import { SnapshotReading } from '../../../src/engine/prove.ts';
import { openPostgres } from '../../../src/sources/postgres/index.ts';
import type { HowToRead } from './one-ledger.ts';

export interface ReadBack {
  readonly tenant: string;
  readonly stream: string;
  readonly id: string;
  /** Text members, as they are; undefined where there is none. */
  readonly of: (member: string) => Json | undefined;
  /** By name, as text. */
  readonly attrs: ReadonlyMap<string, Json>;
  readonly body: Json | undefined;
  /** Canonical text of the body; undefined if there is none. */
  readonly bodyText: string | undefined;
}

/**
 * Every record, in the order in which it comes.
 *
 * @throws EvidenceError, UnsoundSnapshotError
 */
export async function readBack(
  url: string,
  how: HowToRead & Required<Pick<HowToRead, 'profile'>>,
): Promise<ReadBack[]> {
  const reading = await SnapshotReading.open(openPostgres(url, how));
  const records: ReadBack[] = [];
  for await (const { tenant, stream, id, json } of reading) {
    const members = json as ReadonlyMap<string, Json>;
    const body = members.get('body');
    const attrs = (members.get('attrs') ?? new Map()) as ReadonlyMap<string, Json>;
    const of = (member: string): Json | undefined => members.get(member);
    records.push({
      tenant,
      stream,
      id,
      of,
      attrs,
      body,
      bodyText: body === undefined ? undefined : canonicalText(body),
    });
  }
  return records;
}
