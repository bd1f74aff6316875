/** The options that say what is demanded of a baseline before it is believed. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import type { TrustOptions } from '../../api/open-trust.ts';
import type { Hash } from '../../core/platform.ts';
import { readExpectedSubject } from '../../trust/trust-demands.ts';
import { UsageError } from '../terminal/exit.ts';
import type { Secrets } from '../terminal/redaction.ts';
import { each, notEmpty, seconds, sha256Digest, valueOption, wholeNumber } from './command-line.ts';
import { configuredKeys, readConfig } from './config-file.ts';
import { comparisonHelp } from './words.ts';

export interface TrustRequest {
  readonly trustedKey?: readonly string[];
  readonly signature?: string;
  readonly threshold?: number;
  readonly requireSignature?: boolean;
  /** In milliseconds. */
  readonly maxBaselineAge?: number;
  readonly expectSubject?: readonly string[];
  readonly expectUpgrade?: string;
}

export const SUBJECT_HELP = 'the system that it must be of, or member=text of its subject; may be repeated';

export const TRUST_GROUP = 'Trust in the baseline:';

function fromOne(value: string): number {
  const count = wholeNumber(value);
  if (count === 0) throw new InvalidArgumentError('It is 0.');
  return count;
}

/** The option that says which digest the baseline must have. */
export function expectDigestOption(): Option {
  return valueOption('--expect-digest <digest>', comparisonHelp.expectDigest, sha256Digest);
}

/**
 * Refuses demands on a baseline where there is none: they would be passed over.
 *
 * @throws UsageError that names the first
 */
export function requireNoDemands(request: TrustRequest & { readonly expectDigest?: Hash | undefined }): void {
  const options = {
    '--trusted-key': request.trustedKey,
    '--signature': request.signature,
    '--threshold': request.threshold,
    '--require-signature': request.requireSignature,
    '--max-baseline-age': request.maxBaselineAge,
    '--expect-subject': request.expectSubject,
    '--expect-upgrade': request.expectUpgrade,
    '--expect-digest': request.expectDigest,
  };
  const [given] = Object.entries(options).filter(([, value]) => value !== undefined);
  if (given !== undefined)
    throw new UsageError(`${given[0]} is about the baseline, and there is none: give --baseline`);
}

/** Adds the options that say which keys are trusted. */
export function addKeyOptions(command: Command): Command {
  const options = [
    new Option('--trusted-key <file>', 'a public key (PEM) that may vouch for it; may be repeated').argParser(each),
    valueOption('--signature <file>', 'the DSSE envelope; default: the name of the file and .dsse.json', notEmpty),
    valueOption('--threshold <n>', 'how many distinct trusted keys must have signed (default 1)', fromOne),
  ];
  for (const option of options) command.addOption(option.helpGroup(TRUST_GROUP));
  return command;
}

/** Adds the options that say what is demanded of a baseline. */
export function addTrustOptions(command: Command): Command {
  addKeyOptions(command);
  const options = [
    new Option('--require-signature', 'demand a signature by a trusted key, whatever the config file says'),
    valueOption('--max-baseline-age <duration>', 'no older than this, e.g. 7d, 36h', (age) => seconds(age) * 1000),
    new Option('--expect-subject <name>', SUBJECT_HELP).argParser(each),
    valueOption('--expect-upgrade <id>', 'the upgrade that it must have been signed for', notEmpty),
  ];
  for (const option of options) command.addOption(option.helpGroup(TRUST_GROUP));
  return command;
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
    throw new UsageError(`${asked} signatures are demanded, and ${trustedKeys.length} keys are trusted`);
  }
  return {
    ...(trustedKeys.length === 0 ? {} : { trustedKeys }),
    ...(asked === undefined ? {} : { threshold: asked }),
    requireSignature: requireSignature === true || file?.config.requireSignature === true,
    ...(signature === undefined ? {} : { signature }),
    ...(maxBaselineAge === undefined ? {} : { maxBaselineAgeMs: maxBaselineAge }),
    ...(expectSubject === undefined ? {} : { expectSubject: expectedSubject(expectSubject) }),
    ...(expectUpgrade === undefined ? {} : { expectUpgrade }),
  };
}
