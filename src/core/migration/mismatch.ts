/** A record to which a migration does not apply: a fault of the evidence or of the migration, which becomes a finding. */
export class MapMismatch extends Error {
  override readonly name = 'MapMismatch';
}

/** @throws MapMismatch always */
export function mismatch(why: string): never {
  throw new MapMismatch(why);
}

/** Where an operation has nothing to work on: it is never passed over, since what was lost would look the same. */
export function nothingAt(pointer: string): never {
  mismatch(
    `there is nothing at ${pointer}: the record is without that member, or its column is SQL NULL, and no operation passes over that`,
  );
}
