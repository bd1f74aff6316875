/** Documents that zod checks are refused in one form: what it is not, where, and why. */
import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseManifest } from '../../src/bundle/document.ts';
import { EvidenceError } from '../../src/core/errors.ts';
import type { Json } from '../../src/core/json/value.ts';
import { portable } from '../../src/core/platform.ts';
import type { PlainJson } from '../../src/core/snapshot/header.ts';
import { parseConfig } from '../../src/wire/config.ts';
import { parseContinuityReport } from '../../src/wire/continuity-report.ts';
import { parseDocument } from '../../src/wire/document.ts';
import { jsonOf } from '../../src/wire/plain.ts';
import { parseProfile } from '../../src/wire/profile.ts';
import { parsePrometheusAnswer } from '../../src/wire/prometheus.ts';
import { parseRoots } from '../../src/wire/roots.ts';

/** All readers of such documents, and the member `kind` of those that have one to tell them by. */
interface Reader {
  readonly what: string;
  readonly read: (json: Json) => unknown;
  readonly kind?: string;
}

const READERS: readonly Reader[] = [
  { what: 'a config file', read: parseConfig },
  { what: 'a profile', read: (json) => parseProfile(json, 'p.json') },
  { what: 'a file of roots', read: parseRoots, kind: 'evidence-roots' },
  {
    what: 'a continuity report',
    read: (json) => parseContinuityReport(portable, json),
    kind: 'evidence-continuity-report',
  },
  { what: 'the manifest of a bundle', read: parseManifest, kind: 'evidence-bundle' },
  { what: 'the answer of a Prometheus server to an instant query', read: parsePrometheusAnswer },
];

function faultOf(work: () => unknown): EvidenceError {
  try {
    work();
  } catch (fault) {
    expect(fault).toBeInstanceOf(EvidenceError);
    return fault as EvidenceError;
  }
  throw new Error('it was taken');
}

describe.each(READERS)('$what', ({ what, read, kind }) => {
  const refusal = (value: PlainJson): EvidenceError => faultOf(() => read(jsonOf(value)));

  it('is refused by its name where it has another form', () => {
    const head = kind === undefined ? {} : { kind, version: 1 };
    const { kind: found, reason } = refusal(kind === undefined ? [1] : { ...head, wrong: 1 });
    expect(found).toBe('schema-violation');
    expect(reason).toMatch(new RegExp(`^not ${what}(?: at /[^:]+)?: \\S`));
  });

  it.runIf(kind !== undefined)('is told from documents of other kinds and versions', () => {
    const other = refusal({ kind: 'x', version: 1 });
    expect([other.kind, other.reason]).toEqual(['unsupported-version', `it is of kind "x": not ${what}`]);
    const later = refusal({ kind: kind ?? '', version: 2 });
    const reason = `it is ${what} of another version: this one reads version 1`;
    expect([later.kind, later.reason]).toEqual(['unsupported-version', reason]);
  });
});

describe('a document', () => {
  const schema = z.strictObject({ a: z.array(z.strictObject({ b: z.int() })) });

  it('is what its schema has', () => {
    expect(parseDocument(schema, 'a thing', { a: [{ b: 1 }] })).toEqual({ a: [{ b: 1 }] });
  });

  it('is refused with the place of the first fault, and what its reader adds', () => {
    const read = (): unknown =>
      parseDocument(schema, 'a thing', { a: [{ b: 1 }, { b: 'x' }] }, { where: { file: 'f' }, advice: 'mend it' });
    expect(faultOf(read).message).toMatch(/^f: not a thing at \/a\/1\/b: .*; mend it$/);
  });

  it('without `kind` is called so, and of a long one only the beginning is said', () => {
    const read = (value: unknown) => (): unknown => parseDocument(schema, 'a thing', value, { kind: 'thing' });
    expect(faultOf(read({ a: [] })).reason).toBe('it has no `kind`: not a thing');
    expect(faultOf(read([])).kind).toBe('unsupported-version');
    expect(faultOf(read({ kind: 'x'.repeat(1000) })).reason.length).toBeLessThan(120);
  });
});
