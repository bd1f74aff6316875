/** The table of all edits. */
import type { Edit } from './edit.ts';
import { CONTENT_EDITS } from './edits-content.ts';
import { ENVELOPE_EDITS } from './edits-envelope.ts';
import { LINK_EDITS } from './edits-links.ts';
import { PLACE_EDITS } from './edits-places.ts';
import { POSITION_EDITS } from './edits-positions.ts';
import { RECORD_EDITS } from './edits-records.ts';

export const EDITS: readonly Edit[] = [
  ...CONTENT_EDITS,
  ...RECORD_EDITS,
  ...PLACE_EDITS,
  ...LINK_EDITS,
  ...POSITION_EDITS,
  ...ENVELOPE_EDITS,
];
