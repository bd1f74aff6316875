/** Which profile the options mean; the profile `generic` is made of options alone. */
import { EvidenceError } from '../../core/errors.ts';
import type { Profile } from '../../wire/profile.ts';
import { UsageError } from '../terminal/usage-error.ts';

export interface ProfileWish {
  readonly profile?: string;
  readonly table?: string;
  readonly map?: readonly string[];
  readonly where?: string;
}

const GENERIC = 'generic';

function mapOf(entries: readonly string[]): ReadonlyMap<string, string> {
  const map = new Map<string, string>();
  for (const entry of entries) {
    const at = entry.indexOf('=');
    const [member, column] = [entry.slice(0, at), entry.slice(at + 1)];
    if (at <= 0 || column === '' || column === '=') {
      throw new UsageError(`--map ${entry}: give member=column, or member==text for a fixed text`);
    }
    if (map.has(member)) throw new UsageError(`--map ${member}=… was given more than once`);
    map.set(member, column);
  }
  return map;
}

async function generic({ table, map = [], where }: ProfileWish): Promise<Profile> {
  if (table === undefined || map.length === 0) {
    throw new UsageError('--profile generic needs --table schema.table and --map member=column');
  }
  const { genericProfile } = await import('../../wire/profile.ts');
  try {
    return genericProfile(table, mapOf(map), where);
  } catch (fault) {
    if (fault instanceof EvidenceError) throw new UsageError(fault.message);
    throw fault;
  }
}

/**
 * The profile that is meant; undefined for the default one.
 *
 * @param configured - what the config file says, where the command line says nothing
 * @throws UsageError if the options contradict each other
 */
export async function profileOf(wish: ProfileWish, configured?: string): Promise<Profile | string | undefined> {
  const chosen = wish.profile ?? configured;
  if (chosen === GENERIC) return generic(wish);
  if (wish.table !== undefined || wish.map !== undefined || wish.where !== undefined) {
    throw new UsageError('--table, --map and --where make the profile generic: give --profile generic with them');
  }
  return chosen;
}
