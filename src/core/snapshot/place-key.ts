/** A tenant and a stream as the key of a table. */

/** One text for a tenant and a stream; JSON, so that no two places have the same. */
export function placeKey({ tenant, stream }: { readonly tenant: string; readonly stream: string }): string {
  return JSON.stringify([tenant, stream]);
}
