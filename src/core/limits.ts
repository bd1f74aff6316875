/**
 * Bounds on what is held in memory at once: the one table of them. Where a bound depends on the memory that there is, it
 * depends on that alone, so a report stays a function of the inputs, the options and the size of the heap; and the heap
 * decides of nothing but whether an input is refused (`input-limit`).
 */
const KIB = 1024;
const MIB = 1024 * KIB;

/** Longest record, in bytes of its JSON text. */
export const MOST_RECORD_BYTES: number = 8 * MIB;

/**
 * Longest item of foreign evidence that is held whole, in bytes. What is longer goes by as a stream, so that the members
 * of its body must be in canonical order.
 */
export const MOST_HELD_ITEM_BYTES: number = 32 * MIB;

/** Longest body that is streamed into its digest, in bytes. */
export const MOST_BODY_BYTES: number = 1024 * MIB;

/** Longest header or trailer, file of roots, proof, envelope, manifest or report, in bytes: an entry for each stream. */
export const MOST_ENVELOPE_BYTES: number = 256 * MIB;

/** Longest reply of a time-stamping authority, in bytes: longer than any. */
export const MOST_REPLY_BYTES: number = MIB;

/**
 * Heap for each value of a document that is held whole, in bytes. An empty object takes 216 as it is read, and most
 * documents are turned into something else while they are still there.
 */
export const HEAP_BYTES_A_VALUE = 512;

/** So many bytes of a string, a name or a number count as one more value. */
export const TEXT_BYTES_A_VALUE = 64;

/** Where nobody says how large the heap is: half a gigabyte, which every browser gives. */
export const PORTABLE_MOST_VALUES: number = (512 * MIB) / HEAP_BYTES_A_VALUE;

/** Of the values that a document may have, the share of each of two records whose difference is looked for. */
export const RECORD_SHARE = 1 / 4;

/** Of the heap, the share for what is kept of the tenants, streams and types of one side. */
export const SUMMARY_SHARE = 1 / 6;

/** Of the heap, the share for the texts of the findings that are listed. */
export const FINDINGS_SHARE = 1 / 16;

/** Longest `hash`, `prev`, `bodyDigest` or `recordedAt` that is kept as it is, in UTF-16 code units. */
export const MOST_LINK_UNITS = 1024;

/** Longest JSON Pointer in a finding, in UTF-16 code units: a place that lies deeper is named by one around it. */
export const MOST_POINTER_UNITS = 1024;

/** Longest message of a finding, in UTF-16 code units. */
export const MOST_MESSAGE_UNITS = 4096;

/** Longest value that a finding shows, in UTF-16 code units: it is no place for a whole SBOM. */
export const MOST_SHOWN_UNITS = 200;
