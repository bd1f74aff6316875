/** How a file of attestations begins: most files are none, and for those no reader of layouts is loaded. */

const ENVELOPE = /^\s*\{\s*"(payload|payloadType|signatures)"\s*:/;
const BUNDLE =
  /^\s*\{\s*("mediaType"\s*:\s*"application\/vnd\.dev\.sigstore\.bundle|"(verificationMaterial|dsseEnvelope|messageSignature)"\s*:)/;

export function beginsEnvelope(head: string): boolean {
  return ENVELOPE.test(head);
}

export function beginsSigstore(head: string): boolean {
  return BUNDLE.test(head);
}
