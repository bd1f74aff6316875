/** The token for a metrics server, out of a variable or a file: never an argument, which everybody on the machine sees. */
import { Buffer } from 'node:buffer';
import { codeOf, EvidenceError } from '../../core/errors.ts';
import { UsageError } from '../terminal/exit.ts';
import type { Surroundings } from '../terminal/session.ts';

export interface TokenRequest {
  readonly bearerTokenEnv?: string;
  readonly bearerTokenFile?: string;
}

const MAX_TOKEN_BYTES = 16 * 1024;

async function tokenFile(path: string): Promise<string> {
  const { readOnce } = await import('../../files/read-small-file.ts');
  try {
    const { bytes } = await readOnce(path, 'a file with a token', MAX_TOKEN_BYTES);
    return Buffer.from(bytes).toString('latin1').trimEnd();
  } catch (fault) {
    if (fault instanceof EvidenceError) throw new UsageError(`${path}: no file with a token in it`);
    throw new UsageError(`${path}: the token cannot be read (${codeOf(fault)})`);
  }
}

/**
 * The token that is meant, if there is one.
 *
 * @throws UsageError if two are named, or there is none where one is named
 */
export async function bearerToken(
  { bearerTokenEnv: variable, bearerTokenFile: path }: TokenRequest,
  { env, secrets }: Surroundings,
): Promise<string | undefined> {
  if (variable !== undefined && path !== undefined) {
    throw new UsageError('--bearer-token-env and --bearer-token-file are two tokens: give one of them');
  }
  const token = variable === undefined ? path && (await tokenFile(path)) : (env[variable] ?? '');
  if (token === undefined) return undefined;
  secrets.remember(token);
  const { isToken } = await import('../../runbook/cutover/metrics-server.ts');
  if (isToken(token)) return token;
  throw new UsageError(`${variable ?? path}: there is no token in it, or one that no header can hold`);
}
