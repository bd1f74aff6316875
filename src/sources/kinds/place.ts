/** What was found of foreign evidence: where items lie, and how they would become records. */
import type { Json } from '../../core/json/value.ts';
import type { EvidenceKind } from './kinds.ts';
import type { Proposal } from './propose.ts';
import type { Form } from './survey.ts';

/** Where items of one form lie, and how they become records. */
export interface Place {
  readonly form: Form;
  /** Which files, under the folder; of a file that was named itself undefined. */
  readonly glob: string | undefined;
  readonly proposal: Proposal;
  /** All kinds that there are among its items. */
  readonly kinds: ReadonlySet<EvidenceKind>;
  /** How many items were looked at, and whether these are all. */
  readonly count: number;
  readonly cut: boolean;
  /** The first of them, by which a recipe of hashes may be found. */
  readonly first: readonly Json[];
}

/** So many of the first items of a place are kept. */
export const MOST_FIRST = 512;

export interface Look {
  /** What it is, in words: `an array of 5 CycloneDX SBOMs`. */
  readonly what: string;
  /** Whether it is of this project's formats, be it as damaged as it may: then nothing else is said of it. */
  readonly isOurs: boolean;
  readonly places: readonly Place[];
  /** Members around the items, and files, that no place reads. */
  readonly unread: readonly string[];
  /** The files among them. */
  readonly unreadFiles: readonly string[];
  /** Of an array without items. */
  readonly empty?: Form;
}
