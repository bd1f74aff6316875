/** A comparison of what others wrote, without a profile: what is of a known kind is taken by the rule of that kind. */
import { stat } from 'node:fs/promises';
import { EvidenceError } from '../core/errors.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import type { ByteSource } from '../sources/bytes.ts';
import type { Look, Place } from '../sources/kinds/place.ts';
import { counterpartOf, profileOfPlace, recognisedAs, type SoundPlace, soundPlaceOf } from '../sources/kinds/taken.ts';
import { SnapshotSource } from '../sources/snapshot-source.ts';
import { archiveOf, headOf } from '../sources/tree/open-tree.ts';
import { initAdvice, lookAtForeign } from './foreign-advice.ts';
import { isLayoutFolder, layoutOf } from './layouts.ts';
import { openItems } from './open-import.ts';
import { type OpenedSource, openSource, type SourceOptions } from './open-source.ts';

/** A side that nobody said how to read. */
export interface ForeignSide {
  readonly name: string;
  readonly options: SourceOptions;
  /** Whether it is of others, and not of evidence-diff itself. */
  readonly isForeign: boolean;
}

/** Bytes of no snapshot, which say why as soon as one is looked for in them. */
function refusedBytes(name: string, fault: EvidenceError): ByteSource {
  return {
    name,
    bytesRead: 0,
    bytesTotal: null,
    read: () => Promise.reject(fault),
    finish: () => Promise.resolve(null),
    close: () => Promise.resolve(),
  };
}

/** What a file or folder is, though nothing of it is read: two names of one input are told apart all the same. */
async function identitiesOf(name: string): Promise<readonly string[] | undefined> {
  const stats = await stat(name, { bigint: true }).catch(() => undefined);
  return stats === undefined ? undefined : [`${stats.dev} ${stats.ino}`];
}

/** @param advice - what to do about it */
async function refused(name: string, what: string, why: string, advice: string): Promise<OpenedSource> {
  const identities = await identitiesOf(name);
  const fault = new EvidenceError('schema-violation', `it is ${what}, not a snapshot, and ${why}`, {
    where: { file: name },
    advice,
  });
  return {
    source: new SnapshotSource(refusedBytes(name, fault), { platform: nodePlatform }),
    identities: () => identities,
  };
}

/** Of two sides that lie alike one profile reads both, and `--profile` can be given once. */
const LIKEWISE =
  'if its items lie as those of the other side do, one profile reads both; else give each its own: --baseline-profile, --current-profile';

async function lookOf({ name, isForeign }: ForeignSide): Promise<Look | undefined> {
  return isForeign ? lookAtForeign(name) : undefined;
}

async function taken(name: string, look: Look, sound: SoundPlace, place: Place): Promise<OpenedSource> {
  return openItems(name, profileOfPlace(look, sound, place), recognisedAs(sound));
}

/** A folder in a published layout says by itself how it is read, as it does in an archive. */
async function openAlone(side: ForeignSide, look: Look | undefined, advice: string): Promise<OpenedSource> {
  if (look === undefined || look.places.length === 0 || (await layoutOf(side.name)) !== undefined) {
    return openSource(side.name, side.options);
  }
  const sound = soundPlaceOf(look);
  const why = typeof sound === 'string' ? sound : 'the other side was not recognised';
  return refused(side.name, look.what, why, advice);
}

/** Whether a folder or an archive in a published layout is there: then a document on the other side is read likewise. */
async function isPacked(name: string, look: Look | undefined): Promise<boolean> {
  if (await isLayoutFolder(name)) return true;
  return (look === undefined || look.places.length === 0) && (await layoutOf(name)) !== undefined;
}

/** What may be taken of the baseline; else why not. A layout is read by its own rules, which check more than a kind's. */
async function soundIn(name: string, look: Look | undefined, isOtherPacked: boolean): Promise<SoundPlace | string> {
  if (look === undefined) return 'there is none';
  const isLayout = isOtherPacked ? (await layoutOf(name)) !== undefined : await isLayoutFolder(name);
  return isLayout ? 'it is in a published layout' : soundPlaceOf(look);
}

/** An archive, an image: reading it as what it is not would say less than its name. */
async function saysMoreByItself(name: string, look: Look | undefined, { place }: SoundPlace): Promise<boolean> {
  if (place.glob === undefined && look?.places.length === 0 && look.empty === undefined) return true;
  return archiveOf(name, await headOf(name)) !== undefined;
}

/**
 * Both sides, where one of them at least is of others, and nobody said how it is read. The rule of the baseline is that of
 * both.
 */
export async function openKnownKinds(
  baseline: ForeignSide,
  current: ForeignSide,
): Promise<readonly [OpenedSource, OpenedSource]> {
  const [was, is] = [await lookOf(baseline), await lookOf(current)];
  const sound = await soundIn(baseline.name, was, await isPacked(current.name, is));
  if (was === undefined || typeof sound === 'string' || !current.isForeign) {
    const both = was !== undefined && current.isForeign;
    return [
      await openAlone(baseline, was, initAdvice(baseline.name, both ? '--profile' : '--baseline-profile')),
      await openAlone(current, is, both ? LIKEWISE : initAdvice(current.name, '--current-profile')),
    ];
  }
  const opened = await taken(baseline.name, was, sound, sound.place);
  const look: Look = is ?? { what: '', isOurs: false, places: [], unread: [], unreadFiles: [] };
  if (await saysMoreByItself(current.name, is, sound)) return [opened, await openSource(current.name, current.options)];
  const place = counterpartOf(sound, look);
  if (typeof place !== 'string') return [opened, await taken(current.name, look, sound, place)];
  const why = `the baseline is ${was.what}: ${place}`;
  return [opened, await refused(current.name, look.what, why, initAdvice(current.name, '--current-profile'))];
}
