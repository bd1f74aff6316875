/** Spans of time on the command line: `90s`, `15m`, `24h`, `7d`. */
import { InvalidArgumentError } from 'commander';

const SECONDS_OF = { s: 1, m: 60, h: 3600, d: 86_400 } as const;

/**
 * A span in seconds, at least one.
 *
 * @throws InvalidArgumentError for anything else: without a unit nobody knows what is meant
 */
export function seconds(value: string): number {
  const [, count = '', unit] = /^([1-9][0-9]{0,8})([smhd])$/.exec(value) ?? [];
  if (unit === undefined) throw new InvalidArgumentError('Give a span of time with its unit: 90s, 15m, 24h or 7d.');
  return Number(count) * SECONDS_OF[unit as keyof typeof SECONDS_OF];
}
