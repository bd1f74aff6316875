/** Profiles by name or by file. */
import { open } from 'node:fs/promises';
import { EvidenceError } from '../core/errors.ts';
import { parseJson } from '../core/json/parse.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { PROFILES } from '../sources/postgres/profiles/index.ts';
import { inSchema, type Profile, parseProfile } from '../wire/profile.ts';

/** What is read where no profile is named. */
const DEFAULT_PROFILE = 'stella-ledger';

/** A profile is a page or two: what is longer is another file, given by mistake. */
const MAX_BYTES = 1024 * 1024;

async function bytesOf(path: string): Promise<Uint8Array> {
  const file = await open(path, 'r');
  try {
    const buffer = new Uint8Array(MAX_BYTES + 1);
    let length = 0;
    for (;;) {
      const { bytesRead } = await file.read(buffer, length, buffer.length - length, null);
      length += bytesRead;
      if (bytesRead === 0 || length === buffer.length) break;
    }
    if (length > MAX_BYTES) throw new EvidenceError('input-limit', `a profile has at most ${MAX_BYTES} bytes`);
    return buffer.subarray(0, length);
  } finally {
    await file.close();
  }
}

async function readProfile(path: string): Promise<Profile> {
  try {
    return parseProfile(parseJson(nodePlatform, await bytesOf(path)), path);
  } catch (fault) {
    if (fault instanceof EvidenceError) throw fault.at({ file: path });
    const code = fault instanceof Error && 'code' in fault ? String(fault.code) : String(fault);
    const advice = `the built-in ones are ${[...PROFILES.keys()].join(', ')}`;
    const reason =
      code === 'ENOENT' ? 'no profile of that name, and no such file' : `the profile cannot be read (${code})`;
    throw new EvidenceError('source-incomplete', reason, { where: { file: path }, advice, cause: fault });
  }
}

/** The names of the built-in profiles, with what they are for. */
export function builtInProfiles(): readonly { readonly name: string; readonly description: string }[] {
  return [...PROFILES.values()].map(({ name, description }) => ({ name, description }));
}

/**
 * The profile of that name, or in that file; built-in ones go first.
 *
 * @param schema - where its tables are, in place of what it says itself
 * @throws EvidenceError if there is none, or it is not one
 */
export async function loadProfile(profile: Profile | string = DEFAULT_PROFILE, schema?: string): Promise<Profile> {
  const found = typeof profile === 'string' ? (PROFILES.get(profile) ?? (await readProfile(profile))) : profile;
  return schema === undefined ? found : inSchema(found, schema);
}
