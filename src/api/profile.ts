/** The verb `profile` by names: list, show, check. */

import { isPostgresUrl } from '../core/database-url.ts';
import type { ProfileCheck } from '../sources/postgres/check-profile.ts';
import type { Profile, ProfileInput } from '../wire/profile.ts';
import type { SourceOptions } from './open-source.ts';
import { oneOf, readOptions, SOURCE_OPTIONS, text } from './options.ts';
import { type BuiltInProfile, builtInProfiles, loadProfile } from './profiles.ts';

/** @throws as `profile` of on-demand.ts says */
export async function profile(
  action: 'list' | 'show' | 'check',
  which: ProfileInput | string | undefined,
  given: SourceOptions,
): Promise<readonly BuiltInProfile[] | Profile | ProfileCheck> {
  oneOf(['list', 'show', 'check'])(action, 'profile: the action');
  if (action === 'list') {
    if (which !== undefined) throw new TypeError('profile: list takes no argument');
    readOptions<object>(given, {}, 'profile');
    return builtInProfiles();
  }
  if (action === 'show') {
    const { schema } = readOptions<Pick<SourceOptions, 'schema'>>(given, { schema: text }, 'profile');
    return loadProfile(SOURCE_OPTIONS.profile(which, 'profile: which'), schema);
  }
  const url = text(which, 'profile: the database');
  if (!isPostgresUrl(url)) throw new TypeError('profile: check needs a database: postgres://…');
  const {
    profile: named,
    schema,
    profileNamed: _,
    ...reading
  } = readOptions<SourceOptions>(given, SOURCE_OPTIONS, 'profile');
  const { checkProfile } = await import('../sources/postgres/index.ts');
  return checkProfile(url, { ...reading, profile: await loadProfile(named, schema) });
}
