/** What to do with evidence of others that nobody said how to read. */
import { basename } from 'node:path';
import { EvidenceError } from '../core/errors.ts';
import { nodePlatform } from '../engine/node-platform.ts';
import { shellWord } from '../reports/repeat.ts';
import { OURS_ADVICE } from '../sources/items/ours.ts';
import type { Look } from '../sources/kinds/place.ts';

/** A file of the folder where the command runs: that of the source may be one that nobody writes to. */
function profileName(name: string): string {
  return `${basename(name).replace(/(?<=.)\..*$/, '') || 'evidence'}.profile.json`;
}

/**
 * The commands that make a profile and take it.
 *
 * @param option - by which the profile is given to the verb at hand
 */
export function initAdvice(name: string, option = '--profile'): string {
  const profile = shellWord(profileName(name));
  const source = shellWord(name);
  return (
    `\`evidence-diff init ${source} --output ${profile}\` writes how it may be read: look at that, then give ` +
    `\`${option} ${profile}\` here, or make a snapshot: \`evidence-diff import ${source} --profile ${profile} --output FILE\``
  );
}

/** What lies there; undefined for what cannot be read. */
async function lookOf(name: string): Promise<Look | undefined> {
  // Every comparison of files has the advice at hand; what looks at evidence of others is loaded where there is some.
  const { lookAt } = await import('../sources/kinds/look.ts');
  try {
    return await lookAt(nodePlatform, name);
  } catch (fault) {
    if (fault instanceof EvidenceError) return undefined;
    throw fault;
  }
}

/** What lies there; undefined for what cannot be read, or is of evidence-diff itself. */
export async function lookAtForeign(name: string): Promise<Look | undefined> {
  const look = await lookOf(name);
  return look?.isOurs === true ? undefined : look;
}

/**
 * What is wrong with a file that is no snapshot.
 *
 * @param fault - what its reader said
 * @returns undefined where nothing better is known
 */
export async function faultOfOther(name: string, fault: EvidenceError): Promise<EvidenceError | undefined> {
  const look = await lookOf(name);
  if (look === undefined) return undefined;
  // A header that has lost its kind is what its reader says that it is.
  if (look.isOurs) return fault.advising(OURS_ADVICE);
  if (look.places.length === 0) return undefined;
  return new EvidenceError('schema-violation', `it is ${look.what}, not a snapshot`, {
    where: { file: name },
    advice: initAdvice(name),
  });
}
