/** A comparison that attests its verdict: the bundle is one of its outputs, the last of the files, over all the others. */
import { basename } from 'node:path';
import type { DemandLedger } from '../../core/report/demands.ts';
import type { ContinuityReport } from '../../core/report/report.ts';
import type { PrivateKey } from '../../trust/keys.ts';
import type { AttestedReport } from '../../wire/verdict-statement.ts';
import type { AttestRequest } from '../options/attest-options.ts';
import { DASH, type Drawn, type Output } from '../terminal/outputs.ts';

/** The format of no report. */
const BUNDLE = 'attestation';

const MEDIA_TYPES: ReadonlyMap<string, string> = new Map([
  ['json', 'application/json'],
  ['ndjson', 'application/x-ndjson'],
  ['html', 'text/html'],
  ['pdf', 'application/pdf'],
  ['markdown', 'text/markdown'],
  ['junit', 'application/xml'],
]);

/** The output that the bundle is; none where nothing is attested. */
export function bundleOutputs(request: AttestRequest | undefined): readonly Output[] {
  return request === undefined ? [] : [{ path: request.path, format: BUNDLE, option: '--attest' }];
}

export class Attesting {
  readonly #request: AttestRequest;
  readonly #key: PrivateKey;
  readonly #written: AttestedReport[] = [];

  private constructor(request: AttestRequest, key: PrivateKey) {
    this.#request = request;
    this.#key = key;
  }

  /**
   * Reads the key, before anything else is.
   *
   * @throws TrustError for a key that cannot be used
   */
  static async begin(request: AttestRequest | undefined): Promise<Attesting | undefined> {
    if (request === undefined) return undefined;
    const { privateKeyAt } = await import('../../api/key-file.ts');
    return new Attesting(request, await privateKeyAt(request.key));
  }

  /** Takes down what is demanded, once its file is open. */
  takeDown(demands: DemandLedger): void {
    const { path, artifacts } = this.#request;
    demands.open('attest', path).held();
    for (const [name, sha256] of Object.entries(artifacts)) demands.open('artifact', `${name}=sha256:${sha256}`).held();
  }

  /** Takes note of a report as it is written: its digest will be in the bundle. */
  async noted({ path, format }: Output, drawn: Drawn): Promise<Drawn> {
    if (path === DASH || format === BUNDLE) return drawn;
    const { createHash } = await import('node:crypto');
    const digest = createHash('sha256');
    const note = (): void => {
      const mediaType = MEDIA_TYPES.get(format) ?? 'text/plain';
      this.#written.push({ name: basename(path), mediaType, sha256: digest.digest('hex') });
    };
    if (typeof drawn === 'string' || drawn instanceof Uint8Array) {
      digest.update(drawn);
      note();
      return drawn;
    }
    return (async function* () {
      for await (const piece of drawn) {
        digest.update(piece);
        yield piece;
      }
      note();
    })();
  }

  /** The bundle over the verdict of `report`; undefined for an output that is a report. */
  async draw(report: ContinuityReport, { format }: Output): Promise<string | undefined> {
    if (format !== BUNDLE) return undefined;
    const { artifactsOf, attestationOf, attestedReports } = await import('../../api/attest.ts');
    const { artifacts, predicate } = this.#request;
    const reports = attestedReports(report, this.#written);
    const verifiedAt = report.run.finishedAt;
    const attested = { key: this.#key, predicate, artifacts: artifactsOf(artifacts), reports, verifiedAt };
    return attestationOf(report, attested).bundle;
  }
}
