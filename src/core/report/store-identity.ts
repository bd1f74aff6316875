/** Which store a subject names: what two things that speak of one store must agree in. */
import type { Subject } from '../snapshot/header.ts';

/** Members of a subject that identify a store; what a subject lacks is the empty text. */
export interface StoreIdentity {
  readonly system: string;
  readonly database: string;
  readonly systemIdentifier: string;
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** The store that `subject` names; undefined if it names none. */
export function storeOf(subject: Subject | null | undefined): StoreIdentity | undefined {
  const store: StoreIdentity = {
    system: textOf(subject?.['system']),
    database: textOf(subject?.['database']),
    systemIdentifier: textOf(subject?.['systemIdentifier']),
  };
  return Object.values(store).every((text) => text === '') ? undefined : store;
}

/** Whether both name one and the same store. */
export function isSameStore(one: StoreIdentity, other: StoreIdentity): boolean {
  return (
    one.system === other.system && one.database === other.database && one.systemIdentifier === other.systemIdentifier
  );
}

/** The store in words: `system "prod", database "evidence"`. */
export function storeText({ system, database, systemIdentifier }: StoreIdentity): string {
  const named = [
    ['system', system],
    ['database', database],
    ['system identifier', systemIdentifier],
  ].filter(([, text]) => text !== '');
  return named.map(([what, text]) => `${what} ${JSON.stringify(text)}`).join(', ');
}
