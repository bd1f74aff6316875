/** The verb `init`: a profile for what lies there. */
import { basename } from 'node:path';
import { isPostgresUrl } from '../core/database-url.ts';
import { EvidenceError } from '../core/errors.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { writeWhole } from '../files/write-whole-file.ts';
import { lookAt } from '../sources/kinds/look.ts';
import type { Look } from '../sources/kinds/place.ts';
import { profileOf, undecidedOf } from '../sources/kinds/profile-of.ts';
import type { ProfileInput2 } from '../wire/profile-items.ts';
import { INIT_OPTIONS, type InitOptions, readOptions, text } from './options.ts';
import { requireOwnOutput } from './own-output.ts';

/** A profile, and what it rests on. */
export interface ProposedProfile {
  readonly kind: 'evidence-profile-proposal';
  readonly version: 1;
  readonly source: string;
  /** What is there: `an array of 5 CycloneDX SBOMs`. */
  readonly found: string;
  /** By which rules items get their ids. */
  readonly rules: readonly string[];
  /** Members around the items, and files, that the profile does not read. */
  readonly unread: readonly string[];
  /** What was guessed: to be looked at before anything rests on it. */
  readonly undecided: readonly string[];
  readonly profile: ProfileInput2;
}

function nameFor(source: string): string {
  return basename(source).replace(/\..*$/, '') || 'evidence';
}

function refuse(source: string, { what, isOurs }: Look): never {
  const where = { file: source };
  if (isOurs) {
    const advice = 'give it to a comparison, or to verify-all, as it is; if it is damaged, they say where';
    throw new EvidenceError('schema-violation', 'it is of evidence-diff itself, and needs no profile', {
      where,
      advice,
    });
  }
  const advice = 'docs/profile.md says what a profile can read, and how one is written';
  throw new EvidenceError('schema-violation', `no profile is known for it: ${what}`, { where, advice });
}

/** @throws as `init` of on-demand.ts says */
export async function init(name: string, given: InitOptions = {}): Promise<ProposedProfile> {
  const { output } = readOptions<InitOptions>(given, INIT_OPTIONS, 'init');
  const source = text(name, 'init: the source');
  if (source === '-' || isPostgresUrl(source)) throw new TypeError('init: the source must be a file or folder');
  if (output !== undefined) requireOwnOutput('init: output', output, [source]);
  const look = await lookAt(nodePlatform, source);
  if (look.places.length === 0) refuse(source, look);
  const profile = profileOf(look, nameFor(source));
  if (output !== undefined) await writeWhole(output, new TextEncoder().encode(`${JSON.stringify(profile, null, 2)}\n`));
  return {
    kind: 'evidence-profile-proposal',
    version: 1,
    source,
    found: look.what,
    rules: [...new Set(look.places.map(({ proposal }) => proposal.rule))],
    unread: look.unread,
    undecided: undecidedOf(look),
    profile,
  };
}
