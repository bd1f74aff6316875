/**
 * Kinds of evidence that others write as JSON: the members by which each is known, and what names one of it by the rule
 * of its own specification.
 *
 * A name of a file decides nothing. A rule may fit no item at hand, since what names a document is optional in most
 * kinds: then it is not used.
 */

import { type Json, JsonNumber, type JsonObject } from '../../core/json/value.ts';
import type { FieldRule } from '../../core/mapping/field.ts';
import { valueAt } from './item.ts';

/** What names an item: a field, or several, of which the canonical JSON array is the id. */
export type IdRule = FieldRule | readonly FieldRule[];

/** A rule, and in which words a report says it. */
export interface NamedRule {
  readonly rule: IdRule;
  readonly words: string;
}

export interface EvidenceKind {
  /** What streams and types of it are called. */
  readonly name: string;
  readonly one: string;
  readonly many: string;
  readonly isOne: (item: JsonObject) => boolean;
  /** What names one: the first that every item has, and each of its own. */
  readonly ids: readonly NamedRule[];
  /** What may name one beside others where these do not: somebody has to decide that it does. */
  readonly names?: readonly NamedRule[];
  /** What one is counted under; the name of the kind where it is not said. */
  readonly type?: FieldRule;
  /** Pointer to when it was made. */
  readonly recordedAt?: string;
  /** Where it is specified what names one. */
  readonly by: string;
}

function text(item: JsonObject, pointer: string): string {
  const value = valueAt(item, pointer);
  return typeof value === 'string' ? value : '';
}

function has(item: JsonObject, ...pointers: readonly string[]): boolean {
  return pointers.every((pointer) => valueAt(item, pointer) !== undefined);
}

function isList(value: Json | undefined): value is readonly Json[] {
  return Array.isArray(value);
}

function isNumber(item: JsonObject, pointer: string): boolean {
  return valueAt(item, pointer) instanceof JsonNumber;
}

/** Of JSON-LD: a text, or a list that has one. */
function contextBegins(item: JsonObject, begin: string): boolean {
  const context = item.get('@context');
  return (isList(context) ? context : [context]).some((one) => typeof one === 'string' && one.startsWith(begin));
}

function payloadDigest(pointer: string): NamedRule {
  return { rule: { digest: pointer, of: 'base64' }, words: 'the SHA-256 of its payload' };
}

const STATEMENT = 'https://in-toto.io/Statement/';
export const CONTENT_RULE: NamedRule = { rule: { digest: '', of: 'json' }, words: 'the SHA-256 of its canonical form' };

function isStatement(item: JsonObject): boolean {
  return text(item, '/_type').startsWith(STATEMENT) && isList(item.get('subject'));
}

function isProvenance(item: JsonObject): boolean {
  return text(item, '/predicateType').startsWith('https://slsa.dev/provenance/');
}

/** The models of OSCAL 1, each the one member of its document. */
const OSCAL_MODELS = [
  'catalog',
  'profile',
  'mapping-collection',
  'component-definition',
  'system-security-plan',
  'assessment-plan',
  'assessment-results',
  'plan-of-action-and-milestones',
] as const;

function oscalOf(model: string): EvidenceKind {
  const words = model.replaceAll('-', ' ');
  return {
    name: `oscal-${model}`,
    one: `OSCAL ${words}`,
    many: `OSCAL documents (${words})`,
    isOne: (item) => has(item, `/${model}/metadata/oscal-version`),
    ids: [{ rule: `/${model}/uuid`, words: 'uuid' }],
    recordedAt: `/${model}/metadata/last-modified`,
    by: 'NIST OSCAL 1.1, "uuid" of each model',
  };
}

const TUF_ROLES = ['root', 'targets', 'snapshot', 'timestamp'] as const;

function isSigned(item: JsonObject, types: readonly string[]): boolean {
  return isList(item.get('signatures')) && types.includes(text(item, '/signed/_type'));
}

const ENVELOPES: readonly EvidenceKind[] = [
  {
    name: 'sigstore-bundle',
    one: 'sigstore bundle',
    many: 'sigstore bundles',
    isOne: (item) => text(item, '/mediaType').startsWith('application/vnd.dev.sigstore.bundle'),
    ids: [
      payloadDigest('/dsseEnvelope/payload'),
      { rule: '/messageSignature/messageDigest/digest', words: 'the digest of the message that it signs' },
    ],
    by: 'the payload is what is signed: DSSE 1.0, "Protocol"; sigstore_bundle.proto, "content"',
  },
  {
    name: 'dsse-envelope',
    one: 'DSSE envelope',
    many: 'DSSE envelopes',
    isOne: (item) => typeof item.get('payload') === 'string' && has(item, '/payloadType', '/signatures'),
    ids: [payloadDigest('/payload')],
    type: { field: '/payloadType' },
    by: 'the payload is what is signed: DSSE 1.0, "Protocol"',
  },
  {
    name: 'slsa-provenance',
    one: 'SLSA provenance',
    many: 'SLSA provenances',
    isOne: (item) => isStatement(item) && isProvenance(item),
    ids: [CONTENT_RULE],
    by: 'in-toto Statement 1.0 has no identifier: it is named by its digest',
  },
  {
    name: 'in-toto-statement',
    one: 'in-toto statement',
    many: 'in-toto statements',
    isOne: isStatement,
    ids: [CONTENT_RULE],
    type: { field: '/predicateType', null: 'in-toto-statement' },
    by: 'in-toto Statement 1.0 has no identifier: it is named by its digest',
  },
  {
    name: 'in-toto-link',
    one: 'in-toto link',
    many: 'in-toto links',
    isOne: (item) => isSigned(item, ['link']),
    ids: [{ rule: ['/signed/name', '/signatures/0/keyid'], words: 'the step and the key that signed it' }],
    by: 'in-toto 1.0, 4.4: the file of a link has the name of its step and the keyid',
  },
  {
    name: 'in-toto-layout',
    one: 'in-toto layout',
    many: 'in-toto layouts',
    isOne: (item) => isSigned(item, ['layout']),
    ids: [],
    by: 'in-toto 1.0 gives a layout no identifier',
  },
  {
    name: 'tuf-metadata',
    one: 'TUF metadata file',
    many: 'TUF metadata files',
    isOne: (item) => isSigned(item, TUF_ROLES) && isNumber(item, '/signed/version'),
    ids: [{ rule: ['/signed/_type', '/signed/version'], words: 'role and version' }],
    type: { field: '/signed/_type' },
    by: 'TUF 1.0.34, 4.2 and 5: the version of a role only ever rises',
  },
];

const DOCUMENTS: readonly EvidenceKind[] = [
  {
    name: 'cyclonedx',
    one: 'CycloneDX SBOM',
    many: 'CycloneDX SBOMs',
    isOne: (item) => item.get('bomFormat') === 'CycloneDX',
    ids: [{ rule: ['/serialNumber', { field: '/version', null: '1' }], words: 'serialNumber + version' }],
    names: [
      { rule: '/serialNumber', words: 'serialNumber' },
      ...['purl', 'bom-ref'].map((name) => ({
        rule: `/metadata/component/${name}`,
        words: `${name} of the component that it is of`,
      })),
      {
        rule: ['/metadata/component/name', '/metadata/component/version'],
        words: 'name + version of the component that it is of',
      },
      { rule: '/metadata/component/name', words: 'name of the component that it is of' },
    ],
    recordedAt: '/metadata/timestamp',
    by: 'CycloneDX, "BOM-Link": serial number and version name a BOM; the default of version is 1',
  },
  {
    name: 'spdx',
    one: 'SPDX document',
    many: 'SPDX documents',
    isOne: (item) => text(item, '/spdxVersion').startsWith('SPDX-') && has(item, '/SPDXID'),
    ids: [{ rule: '/documentNamespace', words: 'documentNamespace' }],
    names: [{ rule: '/name', words: 'name' }],
    recordedAt: '/creationInfo/created',
    by: 'SPDX 2.3, 6.5: the namespace of a document is unique',
  },
  {
    name: 'spdx-3',
    one: 'SPDX 3 document',
    many: 'SPDX 3 documents',
    isOne: (item) => contextBegins(item, 'https://spdx.org/rdf/3') && has(item, '/@graph'),
    // The document may stand anywhere in its graph: a rule that does not fit all of them is not used.
    ids: [0, 1, 2, 3].map((at) => ({
      rule: `/@graph/${at}/spdxId`,
      words: `spdxId of the element ${at} of its graph`,
    })),
    by: 'SPDX 3.0.1, "Element": spdxId names an element',
  },
  {
    name: 'csaf',
    one: 'CSAF advisory',
    many: 'CSAF advisories',
    isOne: (item) => has(item, '/document/csaf_version', '/document/tracking/id'),
    ids: [{ rule: ['/document/tracking/id', '/document/tracking/version'], words: 'tracking id + version' }],
    recordedAt: '/document/tracking/current_release_date',
    by: 'CSAF 2.0, 3.2.1.12: the id of a document and its version',
  },
  {
    name: 'openvex',
    one: 'OpenVEX document',
    many: 'OpenVEX documents',
    isOne: (item) => contextBegins(item, 'https://openvex.dev/ns') && isList(item.get('statements')),
    ids: [{ rule: ['/@id', '/version'], words: '@id + version' }],
    recordedAt: '/timestamp',
    by: 'OpenVEX 0.2.0, "Document": @id names it, version rises with each change',
  },
  {
    name: 'sarif',
    one: 'SARIF log',
    many: 'SARIF logs',
    isOne: (item) => text(item, '/version').startsWith('2.') && isList(item.get('runs')),
    ids: [{ rule: '/runs/0/automationDetails/guid', words: 'guid of its first run' }],
    by: 'SARIF 2.1.0, 3.17.4: the guid of a run',
  },
  {
    name: 'cve',
    one: 'CVE record',
    many: 'CVE records',
    isOne: (item) => item.get('dataType') === 'CVE_RECORD' && has(item, '/cveMetadata/cveId'),
    ids: [{ rule: '/cveMetadata/cveId', words: 'cveId' }],
    recordedAt: '/cveMetadata/dateUpdated',
    by: 'CVE record format 5: cveMetadata.cveId',
  },
  {
    name: 'osv',
    one: 'OSV vulnerability',
    many: 'OSV vulnerabilities',
    isOne: (item) => has(item, '/id', '/modified', '/affected'),
    ids: [{ rule: '/id', words: 'id' }],
    recordedAt: '/modified',
    by: 'OSV 1.7, "id": unique across all databases',
  },
  {
    name: 'scorecard',
    one: 'OpenSSF Scorecard result',
    many: 'OpenSSF Scorecard results',
    isOne: (item) => has(item, '/repo/name', '/repo/commit', '/scorecard/version') && isList(item.get('checks')),
    ids: [{ rule: ['/repo/name', '/repo/commit', '/date'], words: 'repository, commit and date' }],
    by: 'OpenSSF Scorecard, results of a commit at a time',
  },
  ...OSCAL_MODELS.map(oscalOf),
];

const EVENTS: readonly EvidenceKind[] = [
  {
    name: 'cloudtrail',
    one: 'CloudTrail event',
    many: 'CloudTrail events',
    isOne: (item) => has(item, '/eventID', '/eventVersion', '/eventSource', '/eventName'),
    ids: [{ rule: '/eventID', words: 'eventID' }],
    type: { field: '/eventName' },
    recordedAt: '/eventTime',
    by: 'AWS CloudTrail, "Record contents": a GUID for each event',
  },
  {
    name: 'kubernetes-audit',
    one: 'Kubernetes audit event',
    many: 'Kubernetes audit events',
    isOne: (item) => text(item, '/apiVersion').startsWith('audit.k8s.io/') && has(item, '/auditID'),
    ids: [{ rule: ['/auditID', '/stage'], words: 'auditID + stage' }],
    type: { field: '/verb', null: 'event' },
    recordedAt: '/stageTimestamp',
    by: 'Kubernetes, audit.k8s.io/v1: one event for each request and stage',
  },
  {
    name: 'google-cloud-log',
    one: 'Google Cloud log entry',
    many: 'Google Cloud log entries',
    isOne: (item) => has(item, '/insertId', '/logName', '/timestamp'),
    ids: [{ rule: ['/logName', '/timestamp', '/insertId'], words: 'logName + timestamp + insertId' }],
    recordedAt: '/timestamp',
    by: 'Google Cloud Logging, LogEntry.insertId',
  },
  {
    name: 'ocsf',
    one: 'OCSF event',
    many: 'OCSF events',
    isOne: (item) => isNumber(item, '/class_uid') && isNumber(item, '/category_uid') && has(item, '/metadata/version'),
    ids: [{ rule: '/metadata/uid', words: 'metadata.uid' }],
    type: { field: '/class_name', null: 'event' },
    by: 'OCSF 1.3, "metadata.uid": the logging system\'s identifier of the event',
  },
  {
    name: 'ecs',
    one: 'ECS event',
    many: 'ECS events',
    isOne: (item) => has(item, '/@timestamp') && (has(item, '/ecs/version') || has(item, '/ecs.version')),
    ids: [
      { rule: '/event/id', words: 'event.id' },
      { rule: '/event.id', words: 'event.id' },
    ],
    recordedAt: '/@timestamp',
    by: 'Elastic Common Schema 8, "event.id"',
  },
  {
    name: 'cloudevents',
    one: 'CloudEvent',
    many: 'CloudEvents',
    isOne: (item) => has(item, '/specversion', '/id', '/source', '/type'),
    ids: [{ rule: ['/source', '/id'], words: 'source + id' }],
    type: { field: '/type' },
    recordedAt: '/time',
    by: 'CloudEvents 1.0.2: source and id together are unique for each event',
  },
];

/** All kinds, the more particular ones first: the first that knows an item is its kind. */
export const KINDS: readonly EvidenceKind[] = [...ENVELOPES, ...DOCUMENTS, ...EVENTS];

/** The kind of an item; undefined for one that is none of them. */
export function kindOf(item: Json): EvidenceKind | undefined {
  return item instanceof Map ? KINDS.find(({ isOne }) => isOne(item as JsonObject)) : undefined;
}
