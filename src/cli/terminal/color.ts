/** Whether standard output may be coloured. */
type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The option beats the environment; of the environment, what forbids beats what demands.
 *
 * @param allowed - false with `--no-color`
 * @param isTerminal - whether the stream is a terminal
 */
export function wantsColor(allowed: boolean, environment: Environment, isTerminal: boolean): boolean {
  if (!allowed) return false;
  const set = (name: string): string | undefined => environment[name] || undefined;
  if (set('NO_COLOR') !== undefined) return false;
  const forced = set('FORCE_COLOR');
  if (forced !== undefined) return forced !== '0' && forced !== 'false';
  return isTerminal && environment['TERM'] !== 'dumb';
}
