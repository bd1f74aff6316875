/** Records in other spellings than the canonical one: any order of members, blanks, escapes; and damage to such lines. */
import { type PlainRecord, referenceCanonical } from '../../store.ts';
import type { Chance } from '../../tamper/value.ts';

/** How often there is a blank, an escape or a disorder: once in so many places; 0 for never. */
export interface Spelling {
  readonly blanks: number;
  readonly escapes: number;
  readonly disorder: number;
}

/** From one blank in a line to a text of which next to nothing is canonical. */
export function anySpelling(chance: Chance): Spelling {
  const often = (): number => chance.pick([0, 1, 3, 20]);
  return { blanks: often(), escapes: often(), disorder: often() };
}

const SHORT: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '\b': 'b',
  '\t': 't',
  '\n': 'n',
  '\f': 'f',
  '\r': 'r',
};

function happens(chance: Chance, once: number): boolean {
  return once > 0 && chance.below(once) === 0;
}

/** One code unit, escaped one way or another if it must be or by chance. */
function unitText(chance: Chance, unit: string, { escapes }: Spelling, mustBeLong: boolean): string {
  const must = unit < ' ' || unit === '"' || unit === '\\';
  if (!must && !mustBeLong) return unit === '/' && happens(chance, escapes) ? '\\/' : unit;
  const short = SHORT[unit];
  if (short !== undefined && !mustBeLong) return `\\${short}`;
  const digits = unit.charCodeAt(0).toString(16).padStart(4, '0');
  return `\\u${[...digits].map((digit) => (chance.below(2) === 0 ? digit : digit.toUpperCase())).join('')}`;
}

function stringText(chance: Chance, text: string, spelling: Spelling): string {
  // Both halves of a pair are escaped, or neither.
  const characters = [...text].map((character) => {
    const isLong = happens(chance, spelling.escapes);
    return character.split('').map((unit) => unitText(chance, unit, spelling, isLong));
  });
  return `"${characters.flat().join('')}"`;
}

function blank(chance: Chance, { blanks }: Spelling): string {
  return happens(chance, blanks) ? chance.pick([' ', ' ', ' ', '\t', '\r', '  ', ' \t\r ']) : '';
}

/** `value` in some spelling, always of the same value to the reader. */
export function spelled(chance: Chance, value: unknown, spelling: Spelling): string {
  const around = (text: string): string => blank(chance, spelling) + text + blank(chance, spelling);
  const inner = (one: unknown): string => around(spelled(chance, one, spelling));
  if (typeof value === 'string') return stringText(chance, value, spelling);
  if (typeof value !== 'object' || value === null) return referenceCanonical(value);
  if (Array.isArray(value)) return `[${value.length === 0 ? around('') : value.map(inner).join(',')}]`;
  const names = Object.keys(value).sort();
  if (happens(chance, spelling.disorder)) {
    for (let at = names.length - 1; at > 0; at--) {
      const other = chance.below(at + 1);
      [names[at], names[other]] = [names[other] ?? '', names[at] ?? ''];
    }
  }
  const members = names.map(
    (name) =>
      `${around(stringText(chance, name, spelling))}:${inner((value as Readonly<Record<string, unknown>>)[name])}`,
  );
  return `{${members.length === 0 ? around('') : members.join(',')}}`;
}

/** A line of JSON in another spelling, blanks before and behind it as well. */
export function respelledLine(chance: Chance, line: string, spelling: Spelling = anySpelling(chance)): string {
  const record = JSON.parse(line) as PlainRecord;
  return blank(chance, spelling) + spelled(chance, record, spelling) + blank(chance, spelling);
}

/** Whether all lines are JSON: one that is not is respelled by nobody. */
export function mayBeRespelled(text: string): boolean {
  try {
    for (const line of text.trimEnd().split('\n')) JSON.parse(line);
    return true;
  } catch {
    return false;
  }
}

/** A snapshot in NDJSON whose records are spelled otherwise, one line in `once`, in one way or each in its own. */
export function respelledText(chance: Chance, text: string, once = 1): string {
  const spelling = chance.below(2) === 0 ? anySpelling(chance) : undefined;
  const lines = text.trimEnd().split('\n');
  const isRecord = (at: number): boolean => at > 0 && at < lines.length - 1 && chance.below(once) === 0;
  return `${lines.map((line, at) => (isRecord(at) ? respelledLine(chance, line, spelling) : line)).join('\n')}\n`;
}

function someDigit(chance: Chance, line: string): string {
  const places = [...line.matchAll(/\d/g)].map(({ index }) => index);
  const at = chance.pick(places);
  return `${line.slice(0, at)}${(Number(line[at]) + chance.between(1, 9)) % 10}${line.slice(at + 1)}`;
}

/** What may be done to a line, whatever its spelling: some of it means nothing, some changes the record or makes it none. */
export const TAMPERS: Readonly<Record<string, (line: string, chance: Chance) => string>> = {
  'one digit': (line, chance) => someDigit(chance, line),
  'a number in another spelling': (line) => line.replace(/:( *)(\d+)(?=[ ,}])/, ':$1$2.0'),
  'a number with an exponent': (line) => line.replace(/:( *)(\d+)(?=[ ,}])/, ':$1$2e0'),
  'the order within the body': (line, chance) => respelledLine(chance, line, { blanks: 0, escapes: 0, disorder: 1 }),
  'a member twice': (line) => line.replace(/^(\s*)\{(\s*"[^"]+"\s*:)/, '$1{$2"twice",$2'),
  'a member twice, once with an escape': (line) => line.replace(/\{/, '{"typ\\u0065":"sbom",'),
  'a member of the body twice': (line) => line.replace(/("body"\s*:\s*)\{/, '$1{"a":1,'),
  'an unknown member': (line) => line.replace('{', '{"surplus":1,'),
  'an escape of another character': (line, chance) =>
    line.replace(/[a-z](?=[^":]*"\s*[,}])/, () => `\\u00${chance.pick(['61', '7A', 'e9'])}`),
  'half of a pair': (line) => line.replace(/"(?=\s*[,}])/, '\\ud83d"'),
  'the other half': (line) => line.replace(/"(?=\s*[,}])/, '\\uDE00"'),
  'an unknown escape': (line) => line.replace(/"(?=\s*[,}])/, '\\x"'),
  'characters behind': (line, chance) => `${line}${chance.pick(['x', '}', ' {}', ',', '\0', ' 1'])}`,
  'a carriage return behind': (line) => `${line}\r`,
  'a byte order mark': (line) => `\ufeff${line}`,
  'an end of line within': (line) => line.replace(/,/, ',\n'),
  'a raw control character': (line) => line.replace(/"(?=\s*[,}])/, '\u0007"'),
  'a literal that is none': (line) => line.replace(/:( *)(\d+)(?=[ ,}])/, ':$1nul'),
  'no end': (line) => line.slice(0, -2),
};
