/** A proof as the text of its file. */
import { canonicalText } from '../json/canonical.ts';
import { jsonFrom } from '../json/from-plain.ts';
import { utf8 } from '../platform.ts';
import { type ProofDocument, proofJson } from './proof-document.ts';

/**
 * The file: one member a line, each in canonical form, so that no number and no text in it is changed.
 */
export function proofText(document: ProofDocument): Uint8Array {
  const members = Object.entries(proofJson(document)).map(
    ([name, value]) => `  ${JSON.stringify(name)}: ${canonicalText(jsonFrom(value))}`,
  );
  return utf8(`{\n${members.join(',\n')}\n}\n`);
}
