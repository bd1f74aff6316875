/** A strict reader of the XML that reports use: refuses what XML 1.0 refuses, and all that needs a DTD or a namespace. */

export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: readonly Element[];
  /** Character data directly in it. */
  readonly text: string;
}

const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
]);

/** Char of XML 1.0, section 2.2. */
function isChar(code: number): boolean {
  if (code === 0x9 || code === 0xa || code === 0xd) return true;
  return (
    (code >= 0x20 && code <= 0xd7ff) || (code >= 0xe000 && code <= 0xfffd) || (code >= 0x10000 && code <= 0x10ffff)
  );
}

function unescaped(text: string): string {
  if (text.includes('<') || text.includes(']]>')) throw new Error(`not allowed in text: ${JSON.stringify(text)}`);
  return text.replace(/&([^;]*)(;?)/g, (_, name: string, end: string) => {
    const character = ENTITIES.get(name);
    if (character === undefined || end === '') throw new Error(`no such entity: &${name}`);
    return character;
  });
}

function attributesOf(text: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const rest = text.replace(/ ([A-Za-z-]+)="([^"<]*)"/g, (_, name: string, value: string) => {
    if (found.has(name)) throw new Error(`twice: ${name}`);
    found.set(name, unescaped(value));
    return '';
  });
  if (rest !== '') throw new Error(`no attributes: ${JSON.stringify(rest)}`);
  return found;
}

interface Open {
  name: string;
  attributes: ReadonlyMap<string, string>;
  children: Element[];
  text: string;
}

/** The root element of `xml`; throws if it is not well-formed. */
export function readXml(xml: string): Element {
  for (const character of xml) {
    if (!isChar(character.codePointAt(0) ?? 0)) throw new Error(`no XML character: ${JSON.stringify(character)}`);
  }
  const declaration = '<?xml version="1.0" encoding="UTF-8"?>\n';
  if (!xml.startsWith(declaration)) throw new Error('no XML declaration');
  const root: Open = { name: '', attributes: new Map(), children: [], text: '' };
  const stack = [root];
  for (const [, tag, text = ''] of xml.slice(declaration.length).matchAll(/<([^>]*)>|([^<]+)/g)) {
    const top = stack.at(-1) as Open;
    if (tag === undefined) top.text += unescaped(text);
    else if (tag.startsWith('/')) {
      if (stack.length === 1 || top.name !== tag.slice(1)) throw new Error(`not open: ${tag}`);
      stack.pop();
    } else {
      const end = tag.endsWith('/') ? '/' : '';
      const [, name = '', attributes = ''] = /^([a-z-]+)(.*)$/s.exec(tag.slice(0, tag.length - end.length)) ?? [];
      if (name === '') throw new Error(`no tag: ${tag}`);
      const element: Open = { name, attributes: attributesOf(attributes), children: [], text: '' };
      top.children.push(element);
      if (end === '') stack.push(element);
    }
  }
  const [only, more] = root.children;
  if (stack.length !== 1 || only === undefined || more !== undefined || root.text.trim() !== '') {
    throw new Error('not one element');
  }
  return only;
}
