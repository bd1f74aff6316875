/** Profiles by name or by file. */
import { codeOf, EvidenceError } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import type { Json } from '../core/json/value.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { readOnce } from '../files/read-small-file.ts';
import { PROFILES } from '../sources/postgres/profiles.ts';
import { inSchema, type Profile, type ProfileInput, parseProfile, profileFrom } from '../wire/profile.ts';
import type { ProfileInput2 } from '../wire/profile-items.ts';

/** What is read where no profile is named. */
const DEFAULT_PROFILE = 'stella-ledger';

/**
 * The profile in a file, as JSON.
 *
 * @throws EvidenceError if there is none, or it is no JSON
 */
export async function readProfile(path: string): Promise<Json> {
  try {
    return parseJson(nodePlatform, (await readOnce(path, 'a profile')).bytes);
  } catch (fault) {
    if (fault instanceof EvidenceError) throw fault.at({ file: path });
    const code = codeOf(fault);
    const advice = `the built-in ones are ${[...PROFILES.keys()].join(', ')}`;
    const reason =
      code === 'ENOENT' ? 'no profile of that name, and no such file' : `the profile cannot be read (${code})`;
    throw new EvidenceError('source-incomplete', reason, { where: { file: path }, advice, cause: fault });
  }
}

/** Whether `name` is that of a built-in profile. */
export function isBuiltIn(name: string): boolean {
  return PROFILES.has(name);
}

/** What a built-in profile is called, and what it is for. */
export interface BuiltInProfile {
  readonly name: string;
  readonly description: string;
}

/** The names of the built-in profiles, with what they are for. */
export function builtInProfiles(): readonly BuiltInProfile[] {
  return [...PROFILES.values()].map(({ name, description }) => ({ name, description }));
}

/**
 * The profile of that name, or in that file, or that itself; built-in ones go first.
 *
 * @param schema - where its tables are, in place of what it says itself
 * @throws EvidenceError if there is none, or it is not one
 */
export async function loadProfile(
  profile: ProfileInput | ProfileInput2 | string = DEFAULT_PROFILE,
  schema?: string,
): Promise<Profile> {
  const found =
    typeof profile === 'string'
      ? (PROFILES.get(profile) ?? parseProfile(await readProfile(profile), profile))
      : profileFrom(profile, 'the profile');
  return schema === undefined ? found : inSchema(found, schema);
}
