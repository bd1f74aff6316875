/**
 * Line by line against the oracle: what the engine takes, the reader takes, the audit finds no fault in it, and its leaf,
 * its root and what its id is remembered by are the same. It may take less, but all of what our own writer writes.
 */
import { describe, expect, it } from 'vitest';
import { SideAudit, type SideFault } from '../../../src/core/audit/side-audit.ts';
import { type BatchEngine, newBatchEngine, type WasmHost } from '../../../src/core/batch/batch-engine.ts';
import { EvidenceError } from '../../../src/core/errors.ts';
import type { ChainRule } from '../../../src/core/snapshot/header.ts';
import { BOTH_SIDES, IdSet } from '../../../src/core/snapshot/id-set.ts';
import { type EvidenceRecord, RecordDecoder } from '../../../src/core/snapshot/record.ts';
import { nodePlatform } from '../../../src/engine/node-platform.ts';
import { runs, seed } from '../../long.ts';
import { type PlainRecord, referenceCanonical } from '../../store.ts';
import { Chance } from '../../tamper/value.ts';
import { historyOf } from './canonical-pairs.ts';
import { mutated } from './mutation.ts';
import { respelledLine } from './spelling.ts';

const LINES = runs(5000, 1_000_000, 2500);

const RULES: Readonly<Record<string, ChainRule>> = {
  body: { genesis: 'zeros', recipe: 'sha256-jcs-body', firstSeq: 1 },
  leaps: { genesis: 'zeros', recipe: 'sha256-prev-body', firstSeq: 1, gaps: 'allowed' },
  none: { genesis: 'null', recipe: 'none', firstSeq: 1 },
  prev: { genesis: 'zeros', recipe: 'sha256-prev-body', firstSeq: 1 },
};

const decoder = new RecordDecoder(nodePlatform);

/** One side of its own, up to some record of a stream. */
class Audited {
  readonly faults: SideFault[] = [];
  readonly ids: IdSet = new IdSet(8785);
  readonly audit: SideAudit;

  constructor(engine: BatchEngine) {
    this.audit = new SideAudit({
      platform: nodePlatform,
      ruleOf: (stream) => RULES[stream.split('/')[0] ?? ''],
      ids: this.ids,
      sideBit: 1,
      engine,
      onFault: (fault) => this.faults.push(fault),
    });
  }

  /** The record of `line`, taken; undefined if it is none. */
  append(line: Uint8Array): EvidenceRecord | undefined {
    try {
      const record = decoder.decode(line, 0, line.length);
      this.audit.append(record);
      return record;
    } catch (fault) {
      if (fault instanceof EvidenceError) return undefined;
      throw fault;
    }
  }
}

const { WebAssembly: host } = globalThis as unknown as { readonly WebAssembly: WasmHost };
const engine = newBatchEngine(host) as BatchEngine;

function joined(lines: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(lines.flatMap((line) => [line, Buffer.from('\n')]));
}

/** Makes the engine ready for what follows the last record of `audited`. */
function prepare({ audit, ids }: Audited, needsBody: boolean): void {
  const { steady } = audit;
  // Of one side alone, both are in its stream.
  ids.enter(JSON.stringify([steady?.tenant, steady?.stream]), 2);
  const seeds = ids.seedsOf(BOTH_SIDES) ?? { low: 1, high: 2 };
  if (steady === undefined) throw new Error('the stream is not steady');
  expect(engine.openStream({ ...steady, needsBody, ids: seeds })).toBe(true);
  expect(engine.follow(steady.previous)).toBe(true);
  engine.knowTypes(steady.types.keys());
}

function takenOf(lines: readonly Uint8Array[]): number {
  const text = joined(lines);
  engine.load({ bytes: text, start: 0, end: text.length, commas: false, anySpelling: true });
  const scanned = engine.scan(text.length);
  return scanned === 0 ? 0 : engine.hash(scanned);
}

const EMPTY = Buffer.from('');

/** Not `id`: that one comes twice is found by the set of ids, which the engine does not have. */
const MEMBERS = ['seq', 'seq', 'prev', 'hash', 'recordedAt', 'type', 'body', 'bodyDigest'] as const;

/** `line` with a member of the one before it, or without it: well-formed, and most often wrong where it stands. */
function repeated(chance: Chance, line: Uint8Array, before: Uint8Array): Uint8Array {
  const [record, previous] = [line, before].map((bytes) => JSON.parse(Buffer.from(bytes).toString()) as PlainRecord);
  const member = chance.pick(MEMBERS);
  const members = Object.entries({ ...record, [member]: previous?.[member] });
  return Buffer.from(referenceCanonical(Object.fromEntries(members.filter(([, value]) => value !== undefined))));
}

/** Streams of sound histories, as lines. */
function streamsOf(chance: Chance): readonly (readonly Uint8Array[])[] {
  const streams = new Map<string, Uint8Array[]>();
  for (const record of historyOf(chance).records as readonly PlainRecord[]) {
    const key = JSON.stringify([record.tenant, record.stream]);
    const line = Buffer.from(referenceCanonical(record));
    streams.set(key, [...(streams.get(key) ?? []), line]);
  }
  return [...streams.values()];
}

/** The audit of the first `at` lines of a stream, with the engine ready for the next. */
function readyAt(stream: readonly Uint8Array[], at: number): Audited {
  const audited = new Audited(engine);
  for (const before of stream.slice(0, at)) audited.append(before);
  prepare(audited, false);
  return audited;
}

/** What is wrong with `line`, which the engine has taken after what `audited` has. */
function wrongWith(line: Uint8Array, audited: Audited): readonly string[] {
  const [low = 0, high = 0] = engine.ids;
  const leaf = engine.leaf(0);
  const { range, types } = audited.audit.steady ?? {};
  const known = new Set(types?.keys());
  const [size, grown] = [range?.size ?? 0, engine.grow(range?.size ?? 0, range?.nodes ?? [], 1)];
  const record = audited.append(line);
  return [
    ...(record === undefined ? ['the reader does not take it'] : []),
    ...audited.faults.map(({ message }) => message),
    ...(record?.leaf === leaf ? [] : ['another leaf']),
    ...(known.has(record?.type ?? '') ? [] : ['a type that is new']),
    // In another stream the tree would be new.
    ...(audited.audit.streamSize === size + 1 ? [] : ['another stream']),
    ...(JSON.stringify(grown) === JSON.stringify(range?.nodes) ? [] : ['another tree']),
    ...(audited.ids.addMany(Uint32Array.of(low, high), 1, 'any', BOTH_SIDES) === 0
      ? []
      : ['its id is remembered otherwise']),
  ];
}

/** The line of a set whose body is spelled so, one character of `body` a byte. */
function lineOf(id: string, body: string): Uint8Array {
  return Buffer.from(`{"body":${body},"id":"${id}","stream":"bodies","tenant":"acme","type":"sbom"}`, 'latin1');
}

/** All ways to put together one of each of `parts`. */
function products(...parts: readonly (readonly string[])[]): readonly string[] {
  return parts.reduce((heads, tails) => heads.flatMap((head) => tails.map((tail) => head + tail)), ['']);
}

/** Texts of JSON values in spellings that are canonical, nearly so, or none: one character a byte. */
function bodies(): readonly string[] {
  const utf8 = (text: string): string => Buffer.from(text).toString('latin1');
  const digits = ['0', '00', '01', '1', '10', '9'.repeat(21), '9'.repeat(22), ''];
  const fractions = ['', '.', '.0', '.5', '.50', '.05', '.000001', '.0000001', '.00000012', `.${'3'.repeat(30)}`];
  const numbers = products(['', '-', '+'], digits, fractions, ['', 'e1', 'E1', 'e+21', 'e-7']);
  const names = [
    '',
    'a',
    'aa',
    'b',
    '\\"',
    '\\u0001',
    '\\n',
    'é',
    '\ud7ff',
    '\ue000',
    '\ufb33',
    '\u{10000}',
    '\u{10ffff}',
  ];
  const objects = products(
    ['{'],
    names.map((name) => `"${utf8(name)}":1`),
    [','],
    names.map((name) => `"${utf8(name)}":[]`),
    ['}'],
  );
  const bytes = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));
  const hex = bytes.map((_, code) => code.toString(16).padStart(4, '0'));
  const leads = ['\xc1', '\xc2', '\xdf', '\xe0', '\xed', '\xef', '\xf0', '\xf4', '\xf5'];
  const strings = [
    ...bytes,
    ...products(['\\'], bytes),
    ...products(['\\u'], [...hex, ...hex.map((code) => code.toUpperCase())]),
    ...products(
      leads,
      ['\x7f', '\x80', '\x8f', '\x90', '\x9f', '\xa0', '\xbf', '\xc0'],
      ['', '\x80', '\xc0'],
      ['', '\x80', '\x7f'],
    ),
  ];
  const nested = [127, 128, 129].flatMap((deep) =>
    ['[]', '{}'].map((at) => `${'['.repeat(deep - 2)}${at}${']'.repeat(deep - 2)}`),
  );
  const others = [
    'true',
    'false',
    'null',
    'tru',
    'nulll',
    'True',
    '[1,]',
    '[,1]',
    '{}',
    '[ ]',
    '{"a":1,}',
    '{"a"}',
    '[1 ]',
    '[[]]',
  ];
  return [...numbers, ...objects, ...strings.map((text) => `"${text}"`), ...nested, ...others];
}

describe('a line that the engine takes', () => {
  it('is one that the reader takes and in which the audit finds no fault, with the same leaf', {
    timeout: 3_600_000,
  }, () => {
    const chance = new Chance(`lines ${seed}`);
    const seen = { taken: 0, left: 0 };
    while (seen.taken + seen.left < LINES) {
      for (const stream of streamsOf(chance)) {
        if (stream.length < 3) continue;
        const at = chance.between(1, Math.min(4, stream.length - 1));
        let audited = readyAt(stream, at);
        for (let again = 0; again < 50; again++) {
          const [before, sound] = [stream[at - 1] ?? EMPTY, stream[at] ?? EMPTY];
          const one = chance.below(10) === 0 ? repeated(chance, sound, before) : sound;
          const text = Buffer.from(one).toString();
          const other = chance.below(2) === 0 ? one : Buffer.from(respelledLine(chance, text));
          const line = one === sound ? mutated(chance, other) : other;
          if (takenOf([line]) === 0) {
            seen.left++;
            continue;
          }
          seen.taken++;
          const wrong = wrongWith(line, audited);
          if (wrong.length > 0) expect({ line: Buffer.from(line).toString('latin1'), wrong }).toEqual({ wrong: [] });
          audited = readyAt(stream, at);
        }
      }
    }
    expect(seen.taken).toBeGreaterThan(LINES / 10);
    expect(seen.left).toBeGreaterThan(LINES / 10);
  });

  it('is every one that our writer writes, of a stream whose types are known', () => {
    const chance = new Chance('all');
    let all = 0;
    for (let history = 0; history < 20; history++) {
      for (const stream of streamsOf(chance)) {
        const audited = new Audited(engine);
        for (const line of stream) audited.append(line);
        const types = new Map(audited.audit.steady?.types);
        const again = new Audited(engine);
        again.append(stream[0] ?? EMPTY);
        prepare(again, false);
        engine.knowTypes(types.keys());
        const taken = takenOf(stream.slice(1));
        const stopped = stream[taken + 1]?.toString();
        expect({ taken, stopped }).toEqual({ taken: stream.length - 1, stopped: undefined });
        all += stream.length - 1;
        const { range } = again.audit.steady ?? { range: undefined };
        const nodes = engine.grow(range?.size ?? 0, range?.nodes ?? [], stream.length - 1);
        expect(nodes).toEqual(audited.audit.steady?.range.nodes);
      }
    }
    expect(all).toBeGreaterThan(500);
  });

  it('has the leaf of its body in the one canonical spelling', () => {
    const wrong: string[] = [];
    let taken = 0;
    readyAt([lineOf('a', '1')], 1);
    for (const body of bodies()) {
      const line = lineOf('b', body);
      if (takenOf([line]) === 0) continue;
      taken++;
      // Of any spelling the reader takes the leaf of the canonical one, if it takes it at all.
      const leaf = engine.leaf(0);
      try {
        if (decoder.decode(line, 0, line.length).leaf !== leaf) wrong.push(body);
      } catch (fault) {
        wrong.push(`${body}: ${fault}`);
      }
    }
    expect(wrong).toEqual([]);
    expect(taken).toBeGreaterThan(300);
  });

  it('has a time that the reader takes, of every day of a year and a leap year and in every spelling', () => {
    const lineAt = (recordedAt: string, id: string): Uint8Array =>
      Buffer.from(referenceCanonical({ tenant: 'acme', stream: 'times', type: 'sbom', id, recordedAt, body: 1 }));
    const two = (numbers: number): readonly string[] =>
      Array.from({ length: numbers }, (_, at) => String(at).padStart(2, '0'));
    const days = ['2023', '2024'].flatMap((year) =>
      two(14).flatMap((month) => two(33).map((day) => `${year}-${month}-${day}T10:00:00Z`)),
    );
    const clocks = [...two(25).map((hour) => `${hour}:00:60`), ...two(62).map((n) => `10:${n}:${n}`), '10:59:61'];
    const ends = [
      '',
      'Z',
      'z',
      '.Z',
      '.5Z',
      '.5',
      '+00:00',
      '-23:59',
      '+24:00',
      '+23:60',
      '+0100',
      'Z ',
      '.5+01:00',
      'X',
    ];
    const spellings = clocks.flatMap((clock) => ['T', 't', ' ', '_'].map((t) => `2027-02-28${t}${clock}Z`));
    let taken = 0;
    readyAt([lineAt('2027-02-28T10:00:00Z', 'a')], 1);
    for (const time of [...days, ...spellings, ...ends.map((end) => `2027-02-28T10:00:00${end}`)]) {
      const line = lineAt(time, 'b');
      if (takenOf([line]) === 0) continue;
      expect(() => decoder.decode(line, 0, line.length), time).not.toThrow();
      taken++;
    }
    expect(taken).toBeGreaterThan(2 * 12 * 28);
  });

  it('has the leaf and the body digest of any length that it takes', () => {
    const place = { tenant: 'acme', stream: 'lengths', type: 'sbom' };
    const lines = Array.from({ length: 4000 }, (_, length) => {
      const record = { ...place, id: String(length).padStart(5, '0'), body: 'x'.repeat(length) };
      return Buffer.from(referenceCanonical(record));
    });
    const audited = new Audited(engine);
    audited.append(lines[0] ?? EMPTY);
    let [at, longest] = [1, 0];
    while (at < lines.length) {
      prepare(audited, true);
      const batch = lines.slice(at, at + 200);
      const taken = takenOf(batch);
      const leaves = Array.from({ length: taken }, (_, record) => engine.leaf(record));
      const records = batch.slice(0, Math.max(1, taken)).map((line) => audited.append(line));
      expect(leaves).toEqual(records.slice(0, taken).map((record) => record?.leaf));
      if (taken > 0) longest = at + taken - 1;
      at += Math.max(1, taken);
    }
    expect(longest).toBeGreaterThan(3800);
  });
});

it('there is no engine where there is no WebAssembly, or none with SIMD', () => {
  expect(newBatchEngine(undefined)).toBe(undefined);
  const withoutSimd = { ...host, validate: () => false };
  expect(newBatchEngine(withoutSimd)).toBe(undefined);
});
