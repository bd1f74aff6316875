/** XML 1.0 with nothing in it but characters that XML allows, whatever the text was. */
import { printable } from '../printable.ts';

const ENTITY_OF: ReadonlyMap<string, string> = new Map([
  ['&', '&amp;'],
  ['<', '&lt;'],
  // Also in text: `]]>` must not stand there.
  ['>', '&gt;'],
  ['"', '&quot;'],
]);

/** `text` on one line, for the content of an element or between double quotes. */
export function xmlText(text: string): string {
  // What is printable has no character that XML forbids: no controls, surrogates or noncharacters.
  return printable(text).replace(/[&<>"]/g, (character) => ENTITY_OF.get(character) ?? '');
}

/** A start tag without its end; attributes in the order given. */
export function xmlTag(name: string, attributes: Readonly<Record<string, string | number>>): string {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${xmlText(String(value))}"`);
  return `<${name}${pairs.join('')}`;
}
