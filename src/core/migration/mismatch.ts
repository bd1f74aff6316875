/** A record to which a migration does not apply: a fault of the evidence or of the migration, which becomes a finding. */
export class MapMismatch extends Error {
  override readonly name = 'MapMismatch';
}

/** @throws MapMismatch always */
export function mismatch(why: string): never {
  throw new MapMismatch(why);
}
