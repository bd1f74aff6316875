/** The body of an entry of an upgrade journal: everything that the entry says, so that its hash seals all of it. */

import { isDateTime, momentOf } from '../core/instant.ts';
import {
  count,
  type Form,
  filledText,
  hash,
  listOf,
  object,
  oneOf,
  optional,
  requireForm,
  textForm,
} from '../core/json/form.ts';
import type { Json } from '../core/json/value.ts';
import { plainOf } from './plain.ts';

/** What a step of a runbook is called: `12`, `R3`. */
export const STEP: RegExp = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;
/** What kind of entry it is: `approval`, `hand-off`, `decision`. */
export const TYPE: RegExp = /^[a-z][a-z0-9.-]{0,63}$/;
export const MOST_NOTE_LENGTH = 4000;
export const MOST_NAME_LENGTH = 256;
export const MOST_FILES = 100;
const CLOCK_SKEW_MS = 60_000;

/**
 * Whether the time `at` lies in the future, by more than clocks differ: nothing happens before it has.
 *
 * @param at - RFC 3339
 * @param nowMs - milliseconds since 1970
 */
export function isAhead(at: string, nowMs: number): boolean {
  const moment = momentOf(at);
  return moment !== undefined && moment > nowMs + CLOCK_SKEW_MS;
}

const name = filledText(MOST_NAME_LENGTH);
const timestamp = textForm('an RFC 3339 date and time', isDateTime);

function matching(pattern: RegExp): Form {
  return textForm(`a string like ${pattern.source}`, (value) => pattern.test(value), { pattern: pattern.source });
}

export const journalForm: Form = object({
  version: oneOf(1),
  upgrade: name,
  step: matching(STEP),
  type: matching(TYPE),
  recordedAt: timestamp,
  at: optional(timestamp),
  actor: optional(name),
  note: optional(filledText(MOST_NOTE_LENGTH)),
  files: optional(listOf(object({ path: filledText(4096), sha256: hash, bytes: count }), 1, MOST_FILES)),
  repaired: optional(object({ sha256: hash, bytes: count })),
});

/** A file as it was when it was noted. */
export interface NotedFile {
  readonly path: string;
  readonly sha256: string;
  /** Length in bytes. */
  readonly bytes: number;
}

export interface JournalBody {
  readonly version: 1;
  /** The upgrade that the journal is of. */
  readonly upgrade: string;
  readonly step: string;
  readonly type: string;
  /** When the entry was written, by the clock of the machine: RFC 3339. */
  readonly recordedAt: string;
  /** When it happened, where that is stated besides. */
  readonly at?: string;
  /** Who it was, as they say themselves. */
  readonly actor?: string;
  readonly note?: string;
  readonly files?: readonly NotedFile[];
  /** An unfinished line that was cut off before this entry; a copy of it was kept. */
  readonly repaired?: { readonly sha256: string; readonly bytes: number };
}

/**
 * The body that `json` is.
 *
 * @throws EvidenceError `schema-violation`
 */
export function parseJournalBody(json: Json): JournalBody {
  const value = plainOf(json);
  requireForm('not the body of a journal entry', journalForm, value);
  return value as unknown as JournalBody;
}
