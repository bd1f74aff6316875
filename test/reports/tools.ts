/** Other people's checkers of formats; a test that needs one says in its title that it was skipped. */
import { spawnSync } from 'node:child_process';

export interface Checked {
  readonly status: number | null;
  readonly output: string;
}

function run(command: string, args: readonly string[], input: string): Checked {
  const { status, stdout, stderr } = spawnSync(command, args, { input, encoding: 'utf8', maxBuffer: 1 << 26 });
  return { status, output: `${stdout}${stderr}` };
}

/** Undefined where the command is not installed. */
function tool(command: string): ((args: readonly string[], input?: string) => Checked) | undefined {
  const { error } = spawnSync(command, ['--version']);
  return error === undefined ? (args, input = '') => run(command, args, input) : undefined;
}

export const xmllint: ReturnType<typeof tool> = tool('xmllint');
export const promtool: ReturnType<typeof tool> = tool('promtool');

/** What a title says of a test that needs `found`. */
export function skippedWithout(name: string, found: unknown): string {
  return found === undefined ? ` (skipped: ${name} is not installed)` : '';
}
