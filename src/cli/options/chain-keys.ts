/** `--chain-key NAME=FILE`: the key of an HMAC that a recipe names. */
import { EvidenceError } from '../../core/errors.ts';
import { readSmallFile } from '../../files/read-small-file.ts';
import type { AuditOptions } from '../../index.ts';
import { UsageError } from '../terminal/exit.ts';
import { checkNotSources, type Output } from '../terminal/outputs.ts';
import type { Secrets } from '../terminal/redaction.ts';
import { configuredChainKeys, readConfig } from './config-file.ts';
import { list } from './define.ts';
import { InvalidArgumentError } from './readers.ts';

/** As it was given. */
export interface NamedFile {
  readonly name: string;
  readonly path: string;
}

/** Keys of HMACs are short; what is longer is another file, given by mistake. */
const MOST_BYTES = 64 * 1024;

function namedFile(text: string): NamedFile {
  const at = text.indexOf('=');
  const [name, path] = [text.slice(0, at), text.slice(at + 1)];
  if (at <= 0 || path === '')
    throw new InvalidArgumentError('Give NAME=FILE: the name that the recipe has for the key.');
  return { name, path };
}

export const CHAIN_KEYS = {
  chainKey: list<NamedFile>('<name=file>', 'the key of an HMAC by the name that a recipe has for it', namedFile, {
    page: 'see [recipes](snapshot.md#declared-recipes); all bytes of the file',
  }),
};

/** What `--chain-key` says; nothing where it was not given. */
export type ChainKeyRequest = readonly NamedFile[] | undefined;

/** Where keys are named, and what is to be written: no output may replace one. */
export interface ChainKeyPlace {
  readonly chainKey?: ChainKeyRequest;
  /** What `--config` says. A config file that was merely found may name no keys, and is not looked for. */
  readonly config?: string | undefined;
  readonly outputs?: readonly Output[];
}

/** Those of the command line, and of the config file those that it does not name. */
export async function chainKeyFiles(
  { chainKey = [], config }: ChainKeyPlace,
  secrets: Secrets,
): Promise<readonly NamedFile[]> {
  const file = config === undefined ? undefined : await readConfig(config, secrets);
  const given = new Set<string>();
  for (const { name } of chainKey) {
    if (given.has(name)) throw new UsageError(`--chain-key ${name}=… was given more than once`);
    given.add(name);
  }
  const configured = file === undefined ? [] : configuredChainKeys(file);
  return [...chainKey, ...configured.filter(({ name }) => !given.has(name))];
}

/**
 * The keys as an option of the library. A key is all bytes of its file, a newline at its end included.
 *
 * @throws UsageError if a name comes twice, a file cannot be read or is empty, or an output would replace one
 */
export async function chainKeysOf(place: ChainKeyPlace, secrets: Secrets): Promise<Pick<AuditOptions, 'chainKeys'>> {
  const files = await chainKeyFiles(place, secrets);
  if (files.length === 0) return {};
  checkNotSources(
    place.outputs ?? [],
    files.map(({ path }) => path),
  );
  const keys: Record<string, Uint8Array> = {};
  for (const { name, path } of files) {
    Object.defineProperty(keys, name, { value: await keyAt(name, path), enumerable: true });
  }
  return { chainKeys: keys };
}

async function keyAt(name: string, path: string): Promise<Uint8Array> {
  try {
    const { bytes } = await readSmallFile(path, MOST_BYTES);
    if (bytes.length > 0) return bytes;
  } catch (fault) {
    if (!(fault instanceof EvidenceError)) throw fault;
    throw new UsageError(`--chain-key ${name}: ${fault.message}`);
  }
  throw new UsageError(`--chain-key ${name}: ${path} is empty`);
}
