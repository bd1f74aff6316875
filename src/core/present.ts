/** Members that are there or not, never there and undefined: what JSON and `exactOptionalPropertyTypes` both mean. */

/** `T` with its members that may be undefined made optional. */
export type Present<T> = { readonly [K in keyof T as undefined extends T[K] ? never : K]: T[K] } & {
  readonly [K in keyof T as undefined extends T[K] ? K : never]?: Exclude<T[K], undefined>;
};

/** The members of `given` that are not undefined, in their order: `{ id, ...present({ seq, path }) }`. */
export function present<T extends object>(given: T): Present<T> {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Present<T>;
}
