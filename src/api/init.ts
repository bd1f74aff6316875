/** The verb `init`: a profile for what lies there. */

import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { isPostgresUrl } from '../core/database-url.ts';
import { EvidenceError } from '../core/errors.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { writeNew } from '../files/write-new-file.ts';
import type { Layout } from '../layouts/layout.ts';
import { OURS_ADVICE } from '../sources/items/ours.ts';
import { lookAt } from '../sources/kinds/look.ts';
import { lookAtArchive } from '../sources/kinds/look-folder.ts';
import { type Look, profileOf, undecidedOf } from '../sources/kinds/place.ts';
import { archiveOf, headOf } from '../sources/tree/open-tree.ts';
import type { ProfileInput2 } from '../wire/profile-items.ts';
import { requireOwnOutput } from './file-words.ts';
import { layoutIn } from './layouts.ts';
import { INIT_OPTIONS, type InitOptions, readOptions, text } from './options.ts';
import { withRecipes } from './propose-chain.ts';
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
    throw new EvidenceError('schema-violation', 'it is of evidence-diff itself, and needs no profile', {
      where,
      advice: OURS_ADVICE,
    });
  }
  const advice = 'docs/profile.md says what a profile can read, and how one is written';
  throw new EvidenceError('schema-violation', `no profile is known for it: ${what}`, { where, advice });
}

/** A file, a folder, or an archive, which is read as a folder is. */
async function lookAtAny(source: string): Promise<Look> {
  const isFile = await stat(source).then(
    (stats) => stats.isFile(),
    () => false,
  );
  const archive = isFile ? archiveOf(source, await headOf(source)) : undefined;
  return archive === undefined ? lookAt(nodePlatform, source) : lookAtArchive(nodePlatform, archive);
}

/** A profile by which items could not be told apart would be refused by whatever is read by it. */
function requireIds(source: string, { places }: Look): void {
  const place = places.find(({ proposal }) => proposal.fault !== undefined);
  const fault = place?.proposal.fault;
  if (fault === undefined) return;
  const advice =
    'give each item an id of its own where it is made, or write by hand what names it: docs/profile.md, `id`';
  throw new EvidenceError('schema-violation', `nothing in it can be the id: ${fault}`, {
    where: { file: source },
    advice,
  });
}

function named(source: string, fault: unknown): never {
  throw fault instanceof EvidenceError && fault.where.file === undefined ? fault.at({ file: source }) : fault;
}

/** @throws as `init` of on-demand.ts says */
export async function init(name: string, given: InitOptions = {}): Promise<ProposedProfile> {
  const { output } = readOptions<InitOptions>(given, INIT_OPTIONS, 'init');
  const source = text(name, 'init: the source');
  if (source === '-' || isPostgresUrl(source)) throw new TypeError('init: the source must be a file or folder');
  if (output !== undefined) requireOwnOutput('init: output', output, [source]);
  const layout = await layoutIn(source);
  const look = layout === undefined ? await lookAtAny(source).catch((fault) => named(source, fault)) : undefined;
  if (look === undefined) return written(proposalOfLayout(source, layout as Layout), output);
  if (look.places.length === 0) refuse(source, look);
  requireIds(source, look);
  const { profile, undecided } = withRecipes(look, profileOf(look, nameFor(source)));
  const proposed: ProposedProfile = {
    kind: 'evidence-profile-proposal',
    version: 1,
    source,
    found: look.what,
    rules: [...new Set(look.places.map(({ proposal }) => proposal.rule))],
    unread: look.unread,
    undecided: [...undecidedOf(look), ...undecided],
    profile,
  };
  return written(proposed, output);
}

async function written(proposed: ProposedProfile, output: string | undefined): Promise<ProposedProfile> {
  const text = `${JSON.stringify(proposed.profile, null, 2)}\n`;
  if (output !== undefined) await writeNew(output, new TextEncoder().encode(text));
  return proposed;
}

/** A layout says by itself how it is read: its profile is there to be put beside others, or given another tenant. */
function proposalOfLayout(source: string, { id, title }: Layout): ProposedProfile {
  const name = nameFor(source);
  return {
    kind: 'evidence-profile-proposal',
    version: 1,
    source,
    found: `${title}, which every verb reads as it is, without a profile`,
    rules: [`the layout ${id}`],
    unread: [],
    undecided: [],
    profile: {
      kind: 'evidence-profile',
      version: 2,
      name,
      description: `made for ${title}`,
      items: [{ from: { layout: id } }],
    },
  };
}
