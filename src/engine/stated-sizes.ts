/** Sizes that a trailer states of ordered streams. */
import { placeKey } from '../core/snapshot/place-key.ts';
import type { StatedStream, Trailer } from '../core/snapshot/trailer.ts';

/** By `placeKey`; none of a source that states nothing. */
export function sizesOf(trailer: Trailer | undefined): ReadonlyMap<string, number> {
  const sizes = new Map<string, number>();
  for (const { tenant, streams } of trailer?.tenants ?? []) {
    for (const { stream, ordered, size } of streams satisfies readonly StatedStream[]) {
      // The first records of a set are any records: their root says nothing.
      if (ordered) sizes.set(placeKey({ tenant, stream }), size);
    }
  }
  return sizes;
}
