/** Where an item was found, and how that goes with its record while it is sorted. */
import { type Numbers, numbersAt } from '../../sorting/entries.ts';

export interface ItemPlace {
  /** Which of the files. */
  readonly file: number;
  /** Its number in the file, from 0; -1 where it is the file. */
  readonly item: number;
  /** From 1; 0 where lines are not counted. */
  readonly line: number;
  /** -1 where it is not known. */
  readonly byteOffset: number;
}

export function numbersOf({ file, item, line, byteOffset }: ItemPlace): Numbers {
  return [file, item, line, byteOffset];
}

/** The place of the item whose entry begins at `at`. */
export function placeAt(view: DataView, at: number): ItemPlace {
  const [file, item, line, byteOffset] = numbersAt(view, at);
  return { file, item, line, byteOffset };
}
