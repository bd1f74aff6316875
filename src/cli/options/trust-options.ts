/** The options that say what is demanded of a baseline before it is believed. */
import type { TrustOptions } from '../../api/open-trust.ts';
import { present } from '../../core/present.ts';
import { readExpectedSubject } from '../../trust/trust-demands.ts';
import { UsageError } from '../terminal/exit.ts';
import type { Secrets } from '../terminal/redaction.ts';
import { configuredKeys, readConfig } from './config-file.ts';
import { flag, flagOf, grouped, list, type Values, value } from './define.ts';
import { fileName, notEmpty, positive, seconds, sha256Digest } from './readers.ts';

const GROUP = 'Trust in the baseline:';

/** Which keys are trusted. */
export const KEY_OPTIONS = grouped(GROUP, {
  trustedKey: list('<file>', 'a public key (PEM) that may vouch for it', fileName),
  signature: value('<file>', 'the DSSE envelope; default: the name of the file and .dsse.json', fileName),
  threshold: value('<n>', 'how many distinct trusted keys must have signed (default 1)', positive),
});

/** Which system something must be of. */
export const SUBJECT_OPTION = grouped(GROUP, {
  expectSubject: list('<name>', 'the system that it must be of, or member=text of its subject', notEmpty),
});

/** What a checkpoint must be of. */
export const ORIGIN_OPTION = grouped(GROUP, {
  expectOrigin: value('<origin>', 'the origin of the checkpoint', notEmpty),
});

/** Certificates of time-stamping authorities (RFC 3161), or of who has issued theirs. */
export const tsaCertificate = (help: string) => list('<file>', help, fileName);

/** What is demanded of a baseline. */
export const TRUST_OPTIONS = {
  ...KEY_OPTIONS,
  ...grouped(GROUP, {
    requireSignature: flag('demand a signature by a trusted key, whatever the config file says'),
    maxBaselineAge: value('<duration>', 'no older than this, e.g. 7d, 36h', (age) => seconds(age) * 1000),
  }),
  ...SUBJECT_OPTION,
  ...grouped(GROUP, {
    expectUpgrade: value('<id>', 'the upgrade that it must have been signed for', notEmpty),
    tsaCertificate: tsaCertificate(
      'certificates in PEM: an authority with or by one must have stamped it (RFC 3161, <file>.tsr)',
    ),
    witnessPolicy: value(
      '<file>',
      'witnesses that must have cosigned its checkpoints (c2sp.org/tlog-policy)',
      fileName,
    ),
    baselineCheckpoint: list('<path>', 'a checkpoint of it, or a folder of them', fileName),
  }),
};

/** Which digest the baseline must have. */
export const expectDigest = value(
  '<digest>',
  'sha256:<64 hex digits> of the baseline file; any other file is UNTRUSTED',
  sha256Digest,
  { page: 'the digits in lower case' },
);

/** What is demanded; the age in milliseconds. */
export type TrustRequest = Values<typeof TRUST_OPTIONS>;

const DEMANDS = ['migration', ...Object.keys(TRUST_OPTIONS), 'expectDigest'];

/**
 * Refuses demands on a baseline where there is none: they would be passed over.
 *
 * @throws UsageError that names the first
 */
export function requireNoDemands(options: Readonly<Record<string, unknown>>): void {
  const given = DEMANDS.find((name) => options[name] !== undefined);
  if (given === undefined) return;
  throw new UsageError(`${flagOf(given)} is about the baseline, and there is none: give --baseline`);
}

/**
 * What `--expect-subject` says.
 *
 * @throws UsageError if it cannot be meant
 */
export function expectedSubject(asked: readonly string[]): Readonly<Record<string, string>> {
  const expected = readExpectedSubject(asked);
  if (typeof expected === 'string') throw new UsageError(`--expect-subject ${expected}`);
  // A null prototype: `__proto__` is a member like any other.
  return Object.assign(Object.create(null), Object.fromEntries(expected));
}

/** Every file that is read to decide whether a baseline can be believed, but for what lies beside it. */
export function trustInputs(trust: TrustOptions): readonly string[] {
  const { trustedKeys = [], tsaCertificates = [], baselineCheckpoints = [], signature, witnessPolicy } = trust;
  const named = [signature, witnessPolicy].filter((path) => path !== undefined);
  return [...trustedKeys, ...tsaCertificates, ...baselineCheckpoints, ...named];
}

function keysText(count: number): string {
  return count === 1 ? '1 key is' : `${count} keys are`;
}

/**
 * What is demanded, with the keys that the config file trusts where the command line names none.
 *
 * The config file is looked for in any case: a key in it that nobody reads would be a signature that nobody checks.
 *
 * @param config - what `--config` says
 * @throws UsageError if the options contradict each other, or the config file is wrong
 */
export async function findTrust(
  request: TrustRequest,
  config: string | undefined,
  secrets: Secrets,
): Promise<TrustOptions> {
  const { trustedKey, signature, threshold, requireSignature, maxBaselineAge, expectSubject, expectUpgrade } = request;
  const { witnessPolicy, baselineCheckpoint } = request;
  if ((witnessPolicy === undefined) !== (baselineCheckpoint === undefined)) {
    throw new UsageError('--witness-policy and --baseline-checkpoint have no meaning without each other');
  }
  const file = await readConfig(config, secrets);
  const trustedKeys = trustedKey ?? (file === undefined ? [] : configuredKeys(file));
  if (trustedKeys.length === 0) {
    const needsKey = Object.entries({ signature, threshold, expectUpgrade }).find(([, value]) => value !== undefined);
    const name = { signature: '--signature', threshold: '--threshold', expectUpgrade: '--expect-upgrade' };
    if (needsKey !== undefined) {
      throw new UsageError(`${name[needsKey[0] as keyof typeof name]} has no meaning without --trusted-key`);
    }
  }
  const asked = threshold ?? file?.config.signatureThreshold;
  if (trustedKeys.length > 0 && asked !== undefined && asked > trustedKeys.length) {
    throw new UsageError(`${asked} signatures are demanded, and ${keysText(trustedKeys.length)} trusted`);
  }
  return {
    ...(trustedKeys.length === 0 ? {} : { trustedKeys }),
    ...(asked === undefined ? {} : { threshold: asked }),
    requireSignature: requireSignature === true || file?.config.requireSignature === true,
    ...present({ signature }),
    ...(maxBaselineAge === undefined ? {} : { maxBaselineAgeMs: maxBaselineAge }),
    ...(expectSubject === undefined ? {} : { expectSubject: expectedSubject(expectSubject) }),
    ...present({ expectUpgrade, tsaCertificates: request.tsaCertificate }),
    ...present({ witnessPolicy, baselineCheckpoints: baselineCheckpoint }),
  };
}
