/** How a name is known to be that of a database and not of a file. */
/** What the URL of a database begins with. */
export const DATABASE_SCHEME = /^postgres(?:ql)?:\/\//i;

/** Whether `name` is a connection URL. */
export function isPostgresUrl(name: string): boolean {
  return DATABASE_SCHEME.test(name);
}
