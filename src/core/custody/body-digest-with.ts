import type { DerivedRecipe } from './derived-rule.ts';

/**
 * SHA-256 of the canonical body, where the body has the member `name`: in a stream in which some bodies are whole
 * envelopes and some are not, each envelope is still held to its hash.
 */
export function bodyDigestWith(name: string): DerivedRecipe {
  return {
    name: `sha256-jcs-body with member ${JSON.stringify(name)}`,
    expected: (platform, { body, bodyDigest }) => {
      if (body === undefined) return undefined;
      const value: unknown = JSON.parse(platform.text(body, 0, body.length));
      const isWhole = typeof value === 'object' && value !== null && Object.hasOwn(value, name);
      return isWhole ? bodyDigest.slice('sha256:'.length) : undefined;
    },
  };
}
