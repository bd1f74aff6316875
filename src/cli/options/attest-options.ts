/** The options that say how a verdict is attested, and what an attestation must be about. */
import { PREDICATE_NAMES } from '../../api/verdict-options.ts';
import type { Hash } from '../../core/platform.ts';
import { SIDE_NAMES, type VerdictPredicate } from '../../wire/verdict-statement.ts';
import { UsageError } from '../terminal/exit.ts';
import { grouped, list, type Values, value, withDefault } from './define.ts';
import { fileName, InvalidArgumentError, notEmpty, oneOf, sha256Digest } from './readers.ts';

/** `NAME=sha256:…`: the last `=` counts, as references of images may have one. */
function artifact(text: string): readonly [name: string, sha256: Hash] {
  const at = text.lastIndexOf('=');
  if (at <= 0) throw new InvalidArgumentError('Give NAME=sha256: and 64 lower-case hexadecimal digits.');
  return [text.slice(0, at), sha256Digest(text.slice(at + 1))];
}

/** What is demanded of a signed verdict: `--expect-artifact`. */
export const expectArtifact = list('<name=digest>', 'what it must be about as well, as NAME=sha256:…', artifact);

const GROUP = 'A signed verdict:';

/** What every attestation is made with, wherever its report comes from. */
export const SIGNED_VERDICT_OPTIONS = grouped(GROUP, {
  artifact: list(
    '<name=digest>',
    'what the verdict is about as well, such as the image of a release, as NAME=sha256:…',
    artifact,
    { page: 'by your word' },
  ),
  predicate: withDefault(
    value<VerdictPredicate>(
      '<name>',
      'vsa: SLSA Verification Summary v1 (default); svr: Simple Verification Result v0.2, of PASS alone (else vsa); test-result: Test Result v0.1',
      oneOf(PREDICATE_NAMES),
    ),
    'vsa',
  ),
});

/** How a comparison attests its verdict. */
export const ATTEST_OPTIONS = {
  ...grouped(GROUP, {
    attest: value('<file>', 'sign the verdict: a Sigstore bundle that others can verify (needs --key)', notEmpty, {
      page: 'written with the reports or not at all: see [trust.md](trust.md#a-verdict-that-others-can-verify)',
      writes: 'attestation',
    }),
    key: value('<file>', 'the private key in PEM (PKCS #8) that signs it', fileName),
  }),
  ...SIGNED_VERDICT_OPTIONS,
};

export interface AttestRequest {
  readonly path: string;
  readonly key: string;
  readonly artifacts: Readonly<Record<string, Hash>>;
  readonly predicate: VerdictPredicate;
}

/**
 * Artefacts by name.
 *
 * @throws UsageError for a name that was given twice, or is one of the attestation's own
 */
export function artifactsOf(
  given: readonly (readonly [name: string, sha256: Hash])[] = [],
  option = '--artifact',
): Readonly<Record<string, Hash>> {
  const own: readonly string[] = Object.values(SIDE_NAMES);
  const names = given.map(([name]) => name);
  const wrong = names.find((name, at) => own.includes(name) || names.indexOf(name) !== at);
  if (wrong !== undefined) {
    const why = own.includes(wrong) ? 'is a name of the attestation itself' : 'was given more than once';
    throw new UsageError(`${option} ${wrong} ${why}`);
  }
  // A null prototype: `__proto__` is a name like any other.
  return Object.assign(Object.create(null), Object.fromEntries(given));
}

/**
 * What a comparison is to attest; undefined for nothing.
 *
 * @throws UsageError if the options contradict each other
 */
export function attestRequest(options: Values<typeof ATTEST_OPTIONS>, allowSame: boolean): AttestRequest | undefined {
  const { attest, key, artifact: artifacts, predicate } = options;
  if (attest === undefined) {
    const stray = key !== undefined ? '--key' : artifacts !== undefined ? '--artifact' : undefined;
    if (stray !== undefined || predicate !== 'vsa') {
      throw new UsageError(`${stray ?? '--predicate'} has no meaning without --attest`);
    }
    return undefined;
  }
  if (attest === '-') throw new UsageError('--attest -: give a file: a signed verdict is no report');
  if (key === undefined) throw new UsageError('--attest needs --key: the private key that signs the verdict');
  if (allowSame)
    throw new UsageError('--attest and --allow-same contradict each other: one input beside itself shows nothing');
  return { path: attest, key, artifacts: artifactsOf(artifacts), predicate };
}
