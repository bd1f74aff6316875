/** Finds and reads the config file: that of `--config`, else the one in the working directory, else none. */
import { dirname, isAbsolute, join } from 'node:path';
import { codeOf, EvidenceError } from '../../core/errors.ts';
import type { Config, ConfiguredSource } from '../../wire/config.ts';
import { UsageError } from '../terminal/exit.ts';
import type { Secrets } from '../terminal/redaction.ts';
import type { Surroundings } from '../terminal/session.ts';

export const CONFIG_NAME = 'evidence-diff.config.json';

export interface ConfigFile {
  /** The name by which it was found. */
  readonly path: string;
  readonly config: Config;
}

/** Undefined only for a file that nobody asked for and that is not there. */
async function bytesIfThere(path: string, asked: boolean): Promise<Uint8Array | undefined> {
  const { readOnce } = await import('../../files/read-small-file.ts');
  try {
    return (await readOnce(path, 'a config file')).bytes;
  } catch (fault) {
    if (fault instanceof EvidenceError) throw new UsageError(fault.message);
    const code = codeOf(fault);
    if (code === 'ENOENT' && !asked) return undefined;
    if (code !== 'ENOENT') throw new UsageError(`${path}: the config file cannot be read (${code})`);
    const advice = 'a path is taken from the folder in which the command runs; check it, or leave --config out';
    throw new UsageError(`--config ${path}: there is no such config file; ${advice}`);
  }
}

/** What a config file has that decides what is demanded, or what a gate lets through. */
function decidingMembers({
  trustedKeys,
  signatureThreshold,
  requireSignature,
  chainKeys,
  gates,
}: Config): readonly string[] {
  const demands = Object.entries({ trustedKeys, signatureThreshold, requireSignature, chainKeys });
  const limits = Object.keys(gates?.cutover ?? {}).filter((name) => name !== 'metricsUrl');
  return [
    ...demands.filter(([, value]) => value !== undefined).map(([name]) => name),
    ...limits.map((name) => `gates.cutover.${name}`),
  ];
}

/** Who can write a file into a folder must not say by it which keys are trusted there. */
function requireAsked(path: string, config: Config): void {
  const [first] = decidingMembers(config);
  if (first === undefined) return;
  const reason = `${path} was merely found here, and has ${first}: such a file may name sources and formats alone`;
  throw new UsageError(`${reason}; give it by --config ${path}`);
}

/**
 * Reads the config file.
 *
 * @param asked - what `--config` says
 * @returns undefined if there is none
 * @throws UsageError if it is wrong, was asked for and is not there, or was not asked for and says what is demanded
 */
export async function readConfig(asked: string | undefined, secrets: Secrets): Promise<ConfigFile | undefined> {
  const path = asked ?? CONFIG_NAME;
  const bytes = await bytesIfThere(path, asked !== undefined);
  if (bytes === undefined) return undefined;
  const { parseJson } = await import('../../core/json/parse.ts');
  const { nodePlatform } = await import('../../engine/node-platform.ts');
  const { parseConfig } = await import('../../wire/config.ts');
  try {
    const config = parseConfig(parseJson(nodePlatform, bytes));
    noteConfigured(config, secrets);
    if (asked === undefined) requireAsked(path, config);
    return { path, config };
  } catch (fault) {
    if (fault instanceof EvidenceError) throw new UsageError(fault.at({ file: path }).message);
    throw fault;
  }
}

function noteConfigured({ source, namespaces = {} }: Config, secrets: Secrets): void {
  for (const configured of [source, ...Object.values(namespaces).map((namespace) => namespace.source)]) {
    if (typeof configured === 'string') secrets.note(configured);
  }
}

/** Whether `name` is a path that is taken from the folder of the config file; a URL or `-` is not. */
function isRelativePath(name: string): boolean {
  return name !== '-' && !name.includes('://') && !isAbsolute(name);
}

function pathInConfig({ path }: ConfigFile, name: string): string {
  return isRelativePath(name) ? join(dirname(path), name) : name;
}

/** The profile that the config file names: a built-in one, or a path from its folder. */
export function configuredProfile(file: ConfigFile, profile: string): string {
  return /[./]/.test(profile) ? pathInConfig(file, profile) : profile;
}

/**
 * The source that the config file names at `place`.
 *
 * @throws UsageError if it is in a variable that is not set
 */
export function configuredSource(
  file: ConfigFile,
  configured: ConfiguredSource,
  place: string,
  { env, secrets }: Surroundings,
): string {
  if (typeof configured === 'string') return pathInConfig(file, configured);
  const value = env[configured.env];
  secrets.note(value);
  if (value !== undefined && value !== '') return value;
  throw new UsageError(`${file.path}: ${place} is in the variable ${configured.env}, which is not set`);
}

/** Paths of the public keys that the config file trusts, from its folder. */
export function configuredKeys(file: ConfigFile): readonly string[] {
  return (file.config.trustedKeys ?? []).map((path) => pathInConfig(file, path));
}

/** Paths of the keys of chains that the config file names, from its folder. */
export function configuredChainKeys(file: ConfigFile): readonly { readonly name: string; readonly path: string }[] {
  const keys = Object.entries(file.config.chainKeys ?? {});
  return keys.map(([name, path]) => ({ name, path: pathInConfig(file, path) }));
}
