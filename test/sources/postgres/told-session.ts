/** A session that answers as it is told to, for what is asked of a server before its rows are read. */
import type { Session, Statement } from '../../../src/sources/postgres/session.ts';

type Cells = readonly (string | null)[];

/** What it was asked, in order. */
export interface Told {
  readonly session: Session;
  readonly ran: string[];
}

/**
 * @param answer - the rows of a statement
 * @param run - what a command does, which is to throw or nothing
 */
export function toldSession(
  answer: (statement: Statement) => readonly Cells[],
  run: (text: string) => void = () => {},
): Told {
  const ran: string[] = [];
  const rows = async (statement: Statement): Promise<readonly Cells[]> => {
    ran.push(statement.text);
    return answer(statement);
  };
  const session = {
    label: 'postgres://u@h/d',
    rows,
    row: async (statement: Statement) => (await rows(statement))[0] ?? [],
    run: async (text: string) => {
      ran.push(text);
      run(text);
    },
  };
  return { session: session as unknown as Session, ran };
}
