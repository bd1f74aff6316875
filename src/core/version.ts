/**
 * The version, as a constant of the build: a bundle of this code has no package.json of ours beside it, and may have one
 * of somebody else's. A test holds it to package.json.
 */
export const VERSION = '0.1.0';
