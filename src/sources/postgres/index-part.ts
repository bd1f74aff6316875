/** The built-in profiles: to add one, add its file and its line here. */
import { type Profile, profileFrom } from '../../wire/profile.ts';
import { stellaLedger } from './profiles.ts';
import { stellaLocker } from './stella-locker.ts';

/** Every built-in profile by its name. */
export const PROFILES: ReadonlyMap<string, Profile> = new Map(
  [stellaLedger, stellaLocker].map((profile) => [profile.name, profileFrom(profile, `profile ${profile.name}`)]),
);
