/** The body of an entry of an upgrade journal: everything that the entry says, so that its hash seals all of it. */
import { z } from 'zod';
import { EvidenceError } from '../core/errors.ts';
import type { Json } from '../core/json/value.ts';
import { plainOf } from './plain.ts';
import { isTimestamp } from './timestamp.ts';

/** What a step of a runbook is called: `12`, `R3`. */
export const STEP: RegExp = /^[A-Za-z0-9][A-Za-z0-9._-]{0,31}$/;
/** What kind of entry it is: `approval`, `hand-off`, `decision`. */
export const TYPE: RegExp = /^[a-z][a-z0-9.-]{0,63}$/;
export const MOST_NOTE_LENGTH = 4000;
export const MOST_NAME_LENGTH = 256;
export const MOST_FILES = 100;

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const name = z.string().min(1).max(MOST_NAME_LENGTH);
const timestamp = z.string().refine(isTimestamp, { message: 'expected an RFC 3339 date and time' });
const count = z.int().min(0);

const bodySchema = z.strictObject({
  version: z.literal(1),
  upgrade: name,
  step: z.string().regex(STEP),
  type: z.string().regex(TYPE),
  recordedAt: timestamp,
  at: timestamp.optional(),
  actor: name.optional(),
  note: z.string().min(1).max(MOST_NOTE_LENGTH).optional(),
  files: z
    .array(z.strictObject({ path: z.string().min(1).max(4096), sha256: hash, bytes: count }))
    .min(1)
    .max(MOST_FILES)
    .optional(),
  repaired: z.strictObject({ sha256: hash, bytes: count }).optional(),
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
  /** When it happened, where that was told apart. */
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
  const result = bodySchema.safeParse(plainOf(json));
  // What zod gives back is of the checked form; optional members are absent, never undefined.
  if (result.success) return result.data as JournalBody;
  const [issue] = result.error.issues;
  const path = issue === undefined || issue.path.length === 0 ? '' : ` at /${issue.path.map(String).join('/')}`;
  throw new EvidenceError(
    'schema-violation',
    `not the body of a journal entry${path}: ${issue?.message ?? 'wrong form'}`,
  );
}
