/** The canonical form that the engine writes of lines in other spellings, line by line against the reader and `canonicalize`. */
import canonicalize from 'canonicalize';
import { expect, it } from 'vitest';
import { fromBase64 } from '../../../src/core/base64.ts';
import type { WasmHost } from '../../../src/core/batch/batch-engine.ts';
import { ENGINE_BYTES } from '../../../src/core/batch/engine-bytes.ts';
import { EvidenceError } from '../../../src/core/errors.ts';
import { canonicalBytes } from '../../../src/core/json/canonical.ts';
import { parseJson } from '../../../src/core/json/parse.ts';
import { nodePlatform } from '../../../src/engine/node-platform.ts';
import { runs, seed } from '../../long.ts';
import { referenceCanonical } from '../../store.ts';
import { Chance } from '../../tamper/value.ts';
import { historyOf } from './canonical-pairs.ts';
import { mutated } from './mutation.ts';
import { anySpelling, respelledLine, spelled, TAMPERS } from './spelling.ts';

const LINES = runs(5000, 1_000_000, 2500);

interface Engine {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly INPUTS: { readonly value: number };
  readonly INPUT_SIZE: { readonly value: number };
  respell(from: number, to: number): number;
}

const { WebAssembly: host } = globalThis as unknown as { readonly WebAssembly: WasmHost };
const engine = new host.Instance(new host.Module(fromBase64(ENGINE_BYTES) ?? new Uint8Array())).exports as Engine;
const memory = Buffer.from(engine.memory.buffer);
const [from, to] = [engine.INPUTS.value, engine.INPUTS.value + engine.INPUT_SIZE.value];

/** The canonical form of a line, as the engine writes it; undefined where it leaves the line. */
function written(line: Uint8Array): string | undefined {
  memory.set(line, from);
  memory.set(Buffer.from('\n'), from + line.length);
  memory.fill(0, from + line.length + 1, from + line.length + 65);
  const end = engine.respell(from, to);
  if (end === 0) return undefined;
  const rest = memory.toString('latin1', end, from + line.length);
  // What stands behind the record is for the caller to look at.
  if (/[^ \t\r]/.test(rest)) return undefined;
  return memory.toString('latin1', to, memory.indexOf(0, to));
}

/** The same by the reader and the canonical writer; undefined where they do not take it. */
function expected(line: Uint8Array): string | undefined {
  try {
    return Buffer.from(canonicalBytes(parseJson(nodePlatform, line))).toString('latin1');
  } catch (fault) {
    if (fault instanceof EvidenceError) return undefined;
    throw fault;
  }
}

function utf8(text: string): Uint8Array {
  return Buffer.from(text);
}

function requireSame(line: Uint8Array): boolean {
  const is = written(line);
  if (is !== undefined && is !== expected(line))
    expect({ line: Buffer.from(line).toString('latin1'), is }).toEqual({ is: expected(line) });
  return is !== undefined;
}

it('is that of the reader, of lines in any spelling with and without damage', { timeout: 3_600_000 }, () => {
  const chance = new Chance(`canonical form ${seed}`);
  const [sound, damaged] = [
    { taken: 0, left: 0 },
    { taken: 0, left: 0 },
  ];
  while (sound.taken + sound.left < LINES) {
    for (const record of historyOf(chance).records) {
      const line = respelledLine(chance, referenceCanonical(record));
      if (line.length > 4000) continue;
      sound[requireSame(utf8(line)) ? 'taken' : 'left']++;
      for (const bad of [mutated(chance, utf8(line)), utf8(chance.pick(Object.values(TAMPERS))(line, chance))])
        damaged[requireSame(bad) ? 'taken' : 'left']++;
    }
  }
  // Names of two characters from U+E000 on are left, since their bytes do not tell their order.
  expect(sound.left).toBeLessThan(sound.taken / 20);
  expect(damaged.taken).toBeGreaterThan(LINES / 10);
  expect(damaged.left).toBeGreaterThan(LINES / 10);
});

const NAMES = [
  '',
  'a',
  'aa',
  'b',
  '\\',
  '"',
  '\n',
  '\u0001',
  '\u007f',
  'é',
  '\ud7ff',
  '\ue000',
  '\ufb33',
  '\u{10000}',
  '\u{10ffff}',
];
const LONG = ['recordedAt', 'recorded', 'recordedAs', 'recordedA', 'recorded\\'];

it('has the members in the order of `canonicalize`, by code units, whatever their names', () => {
  const chance = new Chance(`names ${seed}`);
  let taken = 0;
  for (const one of [...NAMES, ...LONG]) {
    for (const other of [...NAMES, ...LONG]) {
      for (const third of [undefined, 'b', 'zz']) {
        const names = [...new Set([one, other, ...(third === undefined ? [] : [third])])];
        const value = Object.fromEntries(names.map((name, at) => [name, at]));
        // As they come, and in the order of the names as they were given.
        const given = `{${names.map((name, at) => `${JSON.stringify(name)}:${at}`).join(', ')}}`;
        for (const text of [given, spelled(chance, value, { ...anySpelling(chance), disorder: 1 })]) {
          const is = written(utf8(text));
          if (is === undefined) continue;
          taken++;
          expect(is).toBe(Buffer.from(canonicalize(value) ?? '').toString('latin1'));
        }
      }
    }
  }
  expect(taken).toBeGreaterThan(1000);
});

it('has each character that a long escape stands for as `canonicalize` writes it, and no half of a pair', () => {
  const wrong: string[] = [];
  const check = (spelling: string, text: string | undefined): void => {
    if (written(utf8(`{"a":["${spelling}"]}`)) !== text) wrong.push(spelling);
  };
  const canonical = (character: string): string =>
    Buffer.from(canonicalize({ a: [character] }) ?? '').toString('latin1');
  for (let unit = 0; unit < 0x10000; unit++) {
    const digits = unit.toString(16).padStart(4, '0');
    const text = unit >= 0xd800 && unit <= 0xdfff ? undefined : canonical(String.fromCharCode(unit));
    for (const spelling of [digits, digits.toUpperCase()]) check(`\\u${spelling}`, text);
  }
  for (let code = 0x10000; code <= 0x10ffff; code += 97) {
    const character = String.fromCodePoint(code);
    const [high, low] = character.split('').map((half) => `\\u${half.charCodeAt(0).toString(16)}`);
    check(`${high}${low}`, canonical(character));
    check(`${low}${high}`, undefined);
  }
  expect(wrong).toEqual([]);
});

it('is none of two members of one name, in whatever spelling and wherever they stand', () => {
  const names = ['a', '\\u0061', 'b', '\\u00e9', 'é', 'recordedAt', 'recordedA\\u0074', 'z'];
  for (const one of names) {
    for (const other of names) {
      for (const between of ['', '"y":[{"q":1}],', '"A":2,"c":3,']) {
        for (const text of [
          `{"${one}":1,${between}"${other}":2}`,
          `{"z9":0,"${one}":1,${between}"${other}":2,"0":1}`,
        ]) {
          const [a, b] = [one, other].map((name) => JSON.parse(`"${name}"`) as string);
          const line = utf8(text);
          if (a === b) expect({ text, is: written(line) }).toEqual({ text, is: undefined });
          else expect({ text, is: written(line) }).toEqual({ text, is: expected(line) });
        }
      }
    }
  }
});

it('is none of a line that is longer than a record may be, deeper, or has many members out of order', () => {
  const members = (count: number): string[] =>
    Array.from({ length: count }, (_, at) => `"${String(at).padStart(3, '0')}": 1`);
  const taken = (text: string): boolean => requireSame(utf8(text));
  expect([4095, 4096, 8000].map((length) => taken(`{"a": "${'x'.repeat(length - 9)}"}`))).toEqual([true, false, false]);
  const nested = (depth: number): string => `{"a": ${'['.repeat(depth - 1)}${']'.repeat(depth - 1)}}`;
  expect([127, 128, 129].map((depth) => taken(nested(depth)))).toEqual([true, true, false]);
  expect([64, 65, 300].map((count) => taken(`{${members(count).reverse().join(',')}}`))).toEqual([true, false, false]);
  expect([64, 65, 300].map((count) => taken(`{${members(count).join(',')}}`))).toEqual([true, true, true]);
  const many = Array.from({ length: 600 }, () => '"":1');
  const nest = `${'{"a": '.repeat(100)}1${'}'.repeat(100)}`;
  expect([taken(nest), taken(`{${many.join(',')}}`)]).toEqual([true, false]);
});
