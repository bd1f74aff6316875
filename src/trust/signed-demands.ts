/** What a signed document says it is of, and what is demanded of that. */
import type { VouchedRoot } from '../core/proof/proof-check.ts';
import { subjectDifferences } from './expected-subject.ts';

/** What is demanded of the documents that vouch for a root. */
export interface SignedDemands {
  /** Members of the subject, and the texts that they must have. */
  readonly subject?: ReadonlyMap<string, string>;
  /** The origin of a checkpoint. */
  readonly origin?: string;
}

/** The system that an origin is the name of; an origin that names more than one is taken as it stands. */
export function systemOfOrigin(origin: string): string {
  try {
    const system = decodeURIComponent(origin);
    return encodeURIComponent(system) === origin ? system : origin;
  } catch {
    return origin;
  }
}

function subjectUnmet(roots: readonly VouchedRoot[], expected: ReadonlyMap<string, string>): readonly string[] {
  const statements = roots.flatMap(({ says }) => (says === undefined ? [] : [says.subject]));
  // A checkpoint says no more than its origin: it is asked where there is no statement.
  const subjects = statements.length > 0 ? statements : roots.map(({ system = null }) => ({ system }));
  return subjects.flatMap((subject) => subjectDifferences(subject, expected)).map((one) => `in what is signed, ${one}`);
}

function originUnmet(roots: readonly VouchedRoot[], expected: string): readonly string[] {
  const origins = roots.filter(({ by }) => by === 'checkpoint').map(({ name }) => name);
  if (origins.includes(expected)) return [];
  const found = origins.length === 0 ? 'no checkpoint' : `a checkpoint of the origin ${JSON.stringify(origins[0])}`;
  return [`signed is ${found}, expected is the origin ${JSON.stringify(expected)}`];
}

/** What the documents that vouch for one root do not meet, each in words. */
export function unmetDemands(roots: readonly VouchedRoot[], { subject, origin }: SignedDemands): readonly string[] {
  return [
    ...(subject === undefined ? [] : subjectUnmet(roots, subject)),
    ...(origin === undefined ? [] : originUnmet(roots, origin)),
  ];
}
