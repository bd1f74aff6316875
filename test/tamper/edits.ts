/** The table of all edits. */
import type { Edit } from './edit.ts';
import { CONTENT_EDITS } from './edits-content.ts';
import { CUSTODY_EDITS } from './edits-custody.ts';
import { ENVELOPE_EDITS } from './edits-envelope.ts';
import { RECORD_EDITS } from './edits-records.ts';

export const EDITS: readonly Edit[] = [...CONTENT_EDITS, ...RECORD_EDITS, ...CUSTODY_EDITS, ...ENVELOPE_EDITS];
