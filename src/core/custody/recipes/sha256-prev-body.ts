import { utf8 } from '../../platform.ts';
import type { Recipe } from '../recipe.ts';

/** SHA-256 of the ASCII of `prev` followed by the canonical body. */
export const sha256PrevBody: Recipe = {
  name: 'sha256-prev-body',
  expectedHash: (platform, record) => {
    if (record.body === undefined)
      return { why: 'recipe sha256-prev-body needs the bodies, and they are not in the snapshot' };
    const prev = utf8(record.prev ?? '');
    const input = new Uint8Array(prev.length + record.body.length);
    input.set(prev);
    input.set(record.body, prev.length);
    return platform.sha256(input);
  },
};
