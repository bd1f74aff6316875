/** `evidence-diff prove`: writes a proof file, of one record or of growth. */
import type { Proof } from '../../api/prove.ts';
import { isPostgresUrl } from '../../core/database-url.ts';
import type { Hash } from '../../core/platform.ts';
import { present } from '../../core/present.ts';
import { printable, quoted } from '../../reports/printable.ts';
import { CHAIN_KEYS, type ChainKeyRequest, chainKeysOf } from '../options/chain-keys.ts';
import { defineVerb, flag, required, type Values, value } from '../options/define.ts';
import { notEmpty } from '../options/readers.ts';
import { type PrintedAs, printedAs, progress } from '../options/shared.ts';
import {
  findReading,
  READING_OPTIONS,
  type ReadingRequest,
  readingRequest,
  sourceName,
} from '../options/source-options.ts';
import { expectDigest, findTrust, TRUST_OPTIONS, type TrustRequest, trustInputs } from '../options/trust-options.ts';
import { type ExitCode, UsageError } from '../terminal/exit.ts';
import { checkNotSources, DASH } from '../terminal/outputs.ts';
import type { AskedProgress } from '../terminal/progress.ts';
import type { Session } from '../terminal/session.ts';
import { unfitWords } from './audit-text.ts';

/** Which record of which snapshot, or which two sides. */
type What =
  | { readonly snapshot: string; readonly tenant: string; readonly stream: string; readonly id: string }
  | { readonly from: string; readonly to: string };

export interface ProveArguments {
  readonly what: What;
  readonly output: string;
  readonly signing: { readonly key?: string; readonly upgrade?: string };
  readonly withBody: boolean;
  readonly checkpoint: string | undefined;
  readonly format: PrintedAs;
  readonly progress: AskedProgress | undefined;
  readonly expectDigest: Hash | undefined;
  readonly trust: TrustRequest;
  readonly reading: ReadingRequest;
  readonly chainKey: ChainKeyRequest;
}

const OPTIONS = {
  snapshot: value('<source>', 'the snapshot, or postgres://…, that has the record', sourceName),
  tenant: value('<tenant>', 'its tenant', notEmpty),
  stream: value('<stream>', 'its stream', notEmpty),
  id: value('<id>', 'its id', notEmpty),
  from: value('<source>', 'the side from before', sourceName),
  to: value('<source>', 'the side from after', sourceName),
  output: required(value('<file>', 'the proof file', notEmpty, { writes: 'proof' })),
  key: value('<file>', 'a private key that signs the (newer) file, into the proof', notEmpty),
  upgrade: value('<id>', 'the upgrade that the signature names', notEmpty),
  withBody: flag('put the body of the record into the proof, not its digest alone'),
  checkpoint: value('<file>', 'a signed checkpoint of its stream: the proof is a tlog-proof under it', notEmpty),
  expectDigest,
  format: printedAs,
  ...progress,
  ...TRUST_OPTIONS,
  ...CHAIN_KEYS,
  ...READING_OPTIONS,
};

type Asked = Values<typeof OPTIONS>;

function whatOf({ snapshot, tenant, stream, id, from, to }: Asked): What {
  const record = [snapshot, tenant, stream, id].filter((value) => value !== undefined).length;
  const sides = [from, to].filter((value) => value !== undefined).length;
  if (from !== undefined && to !== undefined && record === 0) return { from, to };
  if (sides === 0 && snapshot !== undefined && tenant !== undefined && stream !== undefined && id !== undefined) {
    return { snapshot, tenant, stream, id };
  }
  throw new UsageError('give --snapshot, --tenant, --stream and --id, or --from and --to');
}

function signingOf(what: What, { key, upgrade }: Asked): ProveArguments['signing'] {
  if (key === undefined) {
    if (upgrade !== undefined) throw new UsageError('--upgrade has no meaning without --key');
    return {};
  }
  const signed = 'from' in what ? what.to : what.snapshot;
  if (signed === DASH || isPostgresUrl(signed)) {
    throw new UsageError('--key: a signature is over a file: capture one with verify-all, and prove from that');
  }
  return { key, ...present({ upgrade }) };
}

function request(options: Asked): ProveArguments {
  const { output, withBody = false, checkpoint } = options;
  if (output === DASH) throw new UsageError('--output -: a proof is written to a file, whole or not at all');
  const what = whatOf(options);
  if (withBody && 'from' in what) throw new UsageError('--with-body: a proof of growth holds no records');
  if (checkpoint !== undefined && ('from' in what || withBody || options.key !== undefined)) {
    throw new UsageError('--checkpoint: it is for one record, without its body, and is signed itself: no --key');
  }
  const signing = signingOf(what, options);
  const { format, progress, chainKey } = options;
  const { expectDigest } = options;
  const demanded = { expectDigest, trust: options, reading: readingRequest(options) };
  return { what, output, signing, withBody, checkpoint, format, progress, chainKey, ...demanded };
}

export const verb = defineVerb({
  name: 'prove',
  summary: 'writes a proof of a record, or of growth',
  description: 'Writes a proof that verify-proof checks offline: that a record is in a snapshot, or that a store grew.',
  arguments: {},
  options: OPTIONS,
  notes: `With --snapshot, --tenant, --stream and --id: the record, and its path to the global root.
With --from and --to: for every ordered stream, that the records before are the beginning of those after. --from may be
a summary.
With --checkpoint as well: the record, and its path to the root of the log that its ordered stream is, as a proof of
c2sp.org/tlog-proof with the checkpoint in it, cosigned or not.
--expect-digest and the trust options are about the snapshot, or the side of --from: of one that does not meet them
nothing is proven.
What vouches for the roots goes into the proof: the signature beside the file, and with --key a signature as sign makes it.

Exit codes: 0 written; 1 the evidence does not hold; 2 it could not be read, or has no such record; 3 the key cannot be
used, or what is demanded of the snapshot does not hold.`,
  example:
    'prove --snapshot baseline.ndjson --tenant acme --stream evidence-locker/bundles --id sbom:ledger-ui --output sbom.proof.json',
  request,
  run: prove,
});

/** No proof: the source is not sound, or has no such record. */
async function reportWhyNot({ audit }: Proof, { what, format }: ProveArguments, session: Session): Promise<ExitCode> {
  const { name, findings } = audit;
  const verdict = audit.verdict === 'PASS' ? 'INCOMPLETE' : audit.verdict;
  if (audit.verdict === 'PASS') {
    const asked =
      'id' in what
        ? `record ${quoted(what.id)} in stream ${quoted(what.stream)} of tenant ${quoted(what.tenant)}`
        : 'such record';
    session.complain(printable(`INCOMPLETE: ${name} has no ${asked}, or no records to prove with`));
  } else {
    session.complain(printable(`${verdict}: ${name} ${unfitWords(audit)}: nothing is proven of it`));
    for (const { kind, message } of findings.slice(0, 20)) session.complain(printable(`${kind}: ${message}`));
  }
  const nothing = { proof: null, sha256: null, bytes: null, globalRoot: null, findings };
  return session.result(format, verdict, '', { kind: 'evidence-proof-made', version: 1, verdict, ...nothing });
}

async function prove(asked: ProveArguments, session: Session): Promise<ExitCode> {
  const { what, output, signing, withBody, checkpoint, reading } = asked;
  const sources = 'from' in what ? [what.from, what.to] : [what.snapshot];
  if (sources.every((name) => name === DASH) && sources.length > 1) throw new UsageError('only one side can be -');
  const signatures = sources.map((name) => `${name}.dsse.json`);
  const trust = await findTrust(asked.trust, reading.config, session.secrets);
  const given = [signing.key, checkpoint, ...trustInputs(trust)].filter((one) => one !== undefined);
  const inputs = [...sources, ...signatures, ...given];
  const outputs = [{ path: output, format: 'json' }];
  checkNotSources(outputs, inputs);
  const keys = await chainKeysOf({ chainKey: asked.chainKey, config: reading.config, outputs }, session.secrets);
  const source = await findReading(reading, sources, session);
  const interruption = session.listen();
  const meter = session.meter(asked.progress, false);
  const { signal } = interruption;
  const { prove } = await import('../../api/prove.ts');
  const more = {
    ...(withBody ? { withBody } : {}),
    ...present({ checkpoint, expectDigest: asked.expectDigest }),
    ...signing,
    ...keys,
  };
  const proof = await prove({ ...what, output, source, signal, onProgress: meter.update, trust, ...more }).finally(
    meter.done,
  );
  const { written, audit } = proof;
  if (written === null) return reportWhyNot(proof, asked, session);
  const { path, sha256, bytes } = written;
  const globalRoot = audit.summary?.globalRoot ?? null;
  const text = `${printable(`proof ${path}`)}\nsha256 ${sha256}, ${bytes} bytes\nglobal root ${globalRoot}\n`;
  const made = { verdict: 'PASS', proof: path, sha256, bytes, globalRoot, findings: [] };
  return session.result(asked.format, 'PASS', text, { kind: 'evidence-proof-made', version: 1, ...made });
}
