/** The options of `timestamp`, as options.ts has those of everything else. */
import { listOf, type OptionTable, text, textLike } from '../core/options.ts';

/** How a time stamp comes about. With certificates alone the one that is there is verified; without any the query is written. */
export interface TimestampOptions {
  /** A time-stamping authority that is asked: http or https, without a login. */
  readonly timestampUrl?: string;
  /** Path of the reply to the query that was written, which somebody has brought back. */
  readonly reply?: string;
  /** Paths of certificates in PEM: that of the authority, or of who has issued it. Nothing is verified without. */
  readonly tsaCertificates?: readonly string[];
}

/** Whether an authority can be asked there. */
export function isAuthorityUrl(given: string): boolean {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  return url !== undefined && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
}

export const TIMESTAMP_OPTIONS = {
  timestampUrl: textLike(isAuthorityUrl, 'a URL of http or https, without a login'),
  reply: text,
  tsaCertificates: listOf(text),
} satisfies OptionTable<TimestampOptions>;
