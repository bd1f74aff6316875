// The lines of a side, one after the other: the record of each in canonical form, where it lies or written anew.
import { areEqual } from "./bytes";
import { behindBlanks, out, respell, ROOM, ROOM_BEHIND } from "./canonical-form";
import { at } from "./canonical-scan";
import { Scanned, scanRecord } from "./scan";

/** Most bytes of one batch, of each side. */
export const INPUT_SIZE: i32 = 1 << 20;

/** Records of one batch that were written anew, those of the first side once more for each that the second alone has. */
const SPELLED_SIZE: i32 = 2 * INPUT_SIZE;
export const SPELLED: usize = memory.data(SPELLED_SIZE + ROOM, 16);
/** Where the next is written. */
let spelled: usize = SPELLED;

/** Where a side is: its next line, and what the record before it has. */
// @ts-ignore: decorator
@unmanaged export class Cursor {
  start: usize;
  next: usize;
  end: usize;
  /** Of the record of the next line, when it was read: behind it, and behind the end of its line. */
  behind: usize; after: usize;
  id: usize; idEnd: usize;
  hash: usize; hashLength: usize;
  seq: f64;
  /** Whether a comma stands between a record and the end of its line, as in the JSON container. */
  hasCommas: bool;
  /** Whether its records may be spelled otherwise than in canonical form, and whether the next one is. */
  hasAnySpelling: bool; isRespelled: bool;
  /** Of the record before the first line: position, bytes of its id and of its hash. */
  lastSeq: f64; lastIdLength: usize; lastHashLength: usize;
}

/** How many bytes were written anew. */
export function spelledBytes(): i32 { return <i32>(spelled - SPELLED); }

/** Of what was written of the batch, when all of it was. */
let seal: u64 = 0;

/** Forgets what was written of the batch before. */
export function beginSpelling(): void { spelled = SPELLED; }

/** Of any two texts that differ in one bit it is another. */
function sumOfSpelling(): u64 {
  let sum: u64 = 0;
  for (let p = SPELLED; p < spelled; p += 8) sum = rotl<u64>(sum, 1) ^ load<u64>(p);
  return sum;
}

/** To be called when all records of a batch were read. */
export function sealSpelling(): void { seal = sumOfSpelling(); }

/** Whether what was written anew is still what was scanned: there are no lines that it could be compared with. */
export function isSpellingIntact(): bool { return sumOfSpelling() == seal; }

/** Whether the line of the record that ends at p ends there, too. */
// @ts-ignore: decorator
@inline function endsLine(side: Cursor, p: usize): bool {
  side.behind = p;
  if (side.hasCommas) {
    side.after = p + 2;
    return load<u16>(p) == 0x0a2c;
  }
  side.after = p + 1;
  return at(p) == 0x0a || (side.hasAnySpelling && blanksEndLine(side, p));
}

function blanksEndLine(side: Cursor, p: usize): bool {
  p = behindBlanks(p);
  side.isRespelled = true;
  side.after = p + 1;
  return at(p) == 0x0a;
}

/** Scans the record of the next line; false if there is none, or if the line goes on behind it. */
export function readRecord(side: Cursor, digits: usize, found: Scanned): bool {
  side.isRespelled = false;
  const end = scanRecord(side.next, digits, found);
  return end ? endsLine(side, end) : side.hasAnySpelling && respelled(side, digits, found);
}

function respelled(side: Cursor, digits: usize, found: Scanned): bool {
  const end = spelled > SPELLED + SPELLED_SIZE ? 0 : respell(side.next, spelled);
  if (!end || scanRecord(spelled, digits, found) != out) return false;
  spelled = out + ROOM_BEHIND;
  side.isRespelled = true;
  return endsLine(side, end);
}

/** Whether the next record of a side is the one that was read on the other, in whatever spelling. */
// @ts-ignore: decorator
@inline export function hasAlso(side: Cursor, record: Scanned, other: Cursor): bool {
  side.isRespelled = other.isRespelled;
  const length = other.behind - other.next;
  if (length < side.end - side.next && areEqual(other.next, side.next, length) && endsLine(side, side.next + length))
    return side.hasAnySpelling || !side.isRespelled;
  return side.hasAnySpelling && isAlso(side, record);
}

function isAlso(side: Cursor, record: Scanned): bool {
  if (spelled > SPELLED + SPELLED_SIZE) return false;
  const end = respell(side.next, spelled), length = record.end - record.start;
  side.isRespelled = true;
  return end != 0 && out - spelled == length && areEqual(record.start, spelled, length) && endsLine(side, end);
}
