/**
 * What an earlier run has read and need not be read again: the first records of ordered streams whose head is still
 * there, with as many rows before it as there were.
 */
import { placeKey } from '../../core/snapshot/place-key.ts';
import type { Relation } from './catalog.ts';
import type { Run } from './census.ts';
import type { ResumePoint, ResumePoints } from './options.ts';
import { rowsUpTo, type StreamIndex } from './plan.ts';
import type { Session } from './session.ts';

/** By `placeKey`. */
export type Taken = ReadonlyMap<string, ResumePoint>;

const NONE: Taken = new Map();

async function isStillThere(session: Session, run: Run, { size, lastSeq, head }: ResumePoint): Promise<boolean> {
  const row = await session.row({ ...rowsUpTo(run, lastSeq), place: `${session.label} ${run.relation.label}` });
  return row[0] === String(size) && row[1] === head;
}

/**
 * The points of `resume` that still hold in this snapshot; none if they were read from another source.
 *
 * @param how - the index by which a table's streams are read; without one a stream cannot be entered in its middle
 * @throws EvidenceError
 */
export async function stillThere(
  session: Session,
  runs: readonly Run[],
  how: ReadonlyMap<Relation, { readonly index: StreamIndex | undefined }>,
  identity: string,
  resume: ResumePoints | undefined,
): Promise<Taken> {
  if (resume?.identity !== identity) return NONE;
  const byPlace = new Map(runs.map((run) => [placeKey(run), run]));
  const taken = new Map<string, ResumePoint>();
  for (const point of resume.points) {
    const run = byPlace.get(placeKey(point));
    if (run === undefined || how.get(run.relation)?.index === undefined) continue;
    if (run.relation.profile.hash === undefined) continue;
    if (await isStillThere(session, run, point)) taken.set(placeKey(point), point);
  }
  return taken;
}
