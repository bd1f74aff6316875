/** PostgreSQL as a source. Loads the driver: to be imported when a connection URL was given, and not before. */
export { checkProfile } from './check-profile.ts';
export type { PostgresOptions } from './connection-url.ts';
export { holdSnapshot } from './hold.ts';

import type { PostgresOptions } from './connection-url.ts';
import { PostgresSource } from './postgres-source.ts';

/**
 * The source that a connection URL stands for. Nothing is opened until it is read.
 *
 * @param url - `postgres://user:password@host:port/database`
 */
export function openPostgres(url: string, options: PostgresOptions): PostgresSource {
  return new PostgresSource(url, options);
}
