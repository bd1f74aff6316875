/**
 * Looks at a file or folder of foreign evidence, and says what it is and how it could be read: a profile, the rule of its
 * ids, and what nothing would read.
 */

import { stat } from 'node:fs/promises';
import type { Platform } from '../../core/platform.ts';
import { FileBytes } from '../bytes.ts';
import { lookAtFolder } from './look-folder.ts';
import { type Look, MOST_FIRST } from './place.ts';
import { kindsOf, proposeMapping } from './propose.ts';
import { BEGINNING_BYTES, beginningOf, MOST_ITEMS, surveyOf } from './survey.ts';
import { surveyInWords } from './words.ts';

/**
 * Looks at a file.
 *
 * @throws EvidenceError if it cannot be read, or begins as JSON and is malformed
 */
async function lookAtFile(platform: Platform, path: string): Promise<Look> {
  const survey = surveyOf(platform, await beginningOf(new FileBytes(path), BEGINNING_BYTES));
  const { form, items, cut } = survey;
  const what = surveyInWords(survey);
  if (survey.isOurs) return { what, isOurs: true, places: [], unread: [], unreadFiles: [] };
  if (form.is === 'other' || items.length === 0) {
    const emptyArray = form.is === 'array' ? { empty: form } : {};
    return { what, isOurs: false, places: [], unread: [], unreadFiles: [], ...emptyArray };
  }
  const looked = items.slice(0, MOST_ITEMS);
  const sample = { items: looked, bare: form.is === 'columns', cut: cut || items.length > MOST_ITEMS };
  const proposal = proposeMapping(platform, sample, form.is === 'document');
  const unread = form.is === 'array' ? form.others : [];
  return {
    what,
    isOurs: false,
    places: [
      {
        form,
        glob: undefined,
        proposal,
        kinds: kindsOf(items),
        count: looked.length,
        cut: sample.cut,
        first: items.slice(0, MOST_FIRST),
      },
    ],
    unread,
    unreadFiles: [],
  };
}

/**
 * Looks at a file or folder.
 *
 * @throws EvidenceError if it cannot be read, or a file begins as JSON and is malformed
 */
export async function lookAt(platform: Platform, name: string): Promise<Look> {
  const isFolder = await stat(name).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
  return isFolder ? lookAtFolder(platform, name) : lookAtFile(platform, name);
}
