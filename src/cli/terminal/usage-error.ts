/** The command line was wrong: nothing was read, exit code 64. */
export class UsageError extends Error {
  override readonly name: string = 'UsageError';
}
