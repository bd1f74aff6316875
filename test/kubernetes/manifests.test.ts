/**
 * What the manifests run is a command line of this version, and it is the one that the page describes; and they are what
 * the API of Kubernetes takes.
 */
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import { parseVerb } from '../../src/cli/options/parse.ts';
import { verb as compareVerb } from '../../src/cli/verbs/compare.ts';
import { verbNamed } from '../../src/cli/verbs/index.ts';
import { textOf } from '../e2e/documents.ts';
import { faultsOf, type Part } from './published-types.ts';

const JOB = textOf('docs/kubernetes/job.yaml');
const COMPARE = textOf('docs/kubernetes/compare.yaml');
const WORKFLOW = textOf('docs/kubernetes/workflow.yaml');
const NAME = '00000003-0000001B-1@2027-03-01T10:00:00.000Z@0/16B3748@0123456789abcdef';

/** The words of each command, as a shell gives them. */
function commandsOf(manifest: string): readonly (readonly string[])[] {
  return [...manifest.matchAll(/(?:exec|^ +) ?evidence-diff (.*)$/gm)].map(([, line = '']) =>
    line
      .replace('"$(cat /evidence/snapshot-name)"', NAME)
      .replaceAll('$JOB_COMPLETION_INDEX', '3')
      .replaceAll('{{inputs.parameters.index}}', '3')
      .replaceAll('"', '')
      .replace('shard-*', 'shard-0.ndjson /evidence/shard-1')
      .replace('report-*', 'report-0.json /reports/report-1')
      .split(' '),
  );
}

type Plain = Readonly<Record<string, unknown>>;

function documentsOf(manifest: string): readonly Plain[] {
  return parseAllDocuments(manifest).map((document) => {
    expect(document.errors).toEqual([]);
    return document.toJS() as Plain;
  });
}

interface Template {
  readonly name: string;
  readonly container?: unknown;
  readonly dag?: {
    readonly tasks: readonly { readonly template: string; readonly dependencies?: readonly string[] }[];
  };
}

interface WorkflowSpec {
  readonly entrypoint: string;
  readonly securityContext: unknown;
  readonly volumes: readonly unknown[];
  readonly templates: readonly Template[];
}

const [claim, workflow] = documentsOf(WORKFLOW);
const spec = workflow?.['spec'] as WorkflowSpec;

/** The parts of the workflow that are Kubernetes' own: what Argo has besides is not held against anything here. */
const PARTS: readonly Part[] = [
  ['PersistentVolumeClaim', claim],
  ['PodSecurityContext', spec.securityContext],
  ...spec.volumes.map((volume): Part => ['Volume', volume]),
  ...spec.templates.flatMap(({ name, container }): Part[] =>
    container === undefined ? [] : [['Container', { name, ...(container as Plain) }]],
  ),
];

describe.each([
  ['job.yaml', JOB, ['snapshot', 'verify-all', 'merge']],
  ['compare.yaml', COMPARE, ['/before/shard-3.ndjson', 'merge']],
  ['workflow.yaml', WORKFLOW, ['snapshot', 'verify-all', 'merge']],
])('the manifest %s', (_, manifest, verbs) => {
  const commands = commandsOf(manifest);

  it.each(commands)('%s %s', async (...words) => {
    const [name = '', ...args] = words;
    const named = (await verbNamed(name)?.load())?.verb;
    expect(named === undefined ? parseVerb(compareVerb, words) : parseVerb(named, args)).toHaveProperty('run');
  });

  it('holds, reads and joins', () => {
    expect(commands.map(([name]) => name)).toEqual(verbs);
  });
});

it('the Jobs start as many readers as there are shards, and join as many', () => {
  const numbers = [/completions: (\d+)/, /parallelism: (\d+)/, /-ge (\d+)/];
  const of = (manifest: string, all: readonly RegExp[]) => new Set(all.map((it) => it.exec(manifest)?.[1]));
  expect(of(JOB, [...numbers, /--shard \/(\d+)/])).toEqual(new Set(['16']));
  expect(of(COMPARE, numbers)).toEqual(new Set(['16']));
});

describe('the workflow', () => {
  it('starts as many readers as there are shards', () => {
    const numbers = [/count: "(\d+)"/, /index}}\/(\d+)/].map((it) => it.exec(WORKFLOW)?.[1]);
    expect(new Set(numbers)).toEqual(new Set(['16']));
  });

  it('holds first, joins last, and has every template that it names', () => {
    const graph = spec.templates.find(({ name }) => name === spec.entrypoint)?.dag?.tasks ?? [];
    expect(graph.map(({ template, dependencies = [] }) => [template, ...dependencies])).toEqual([
      ['hold'],
      ['shard', 'hold'],
      ['merge', 'shards'],
    ]);
    expect(spec.templates.map(({ name }) => name)).toEqual(['capture', ...graph.map(({ template }) => template)]);
  });
});

describe('the published types of Kubernetes', { timeout: 300_000 }, () => {
  it('are those of the Jobs', () => {
    const parts = documentsOf(JOB).map((document) => [document['kind'], document] as unknown as Part);
    expect(parts.map(([kind]) => kind)).toEqual(['PersistentVolumeClaim', 'Job', 'Job', 'Job']);
    expect(faultsOf(parts)).toEqual([]);
  });

  it('are those of the Jobs that compare', () => {
    const parts = documentsOf(COMPARE).map((document) => [document['kind'], document] as unknown as Part);
    expect(parts.map(([kind]) => kind)).toEqual(['PersistentVolumeClaim', 'Job', 'Job']);
    expect(faultsOf(parts)).toEqual([]);
  });

  it('are those of the parts of the workflow', () => {
    expect(PARTS.map(([kind]) => kind)).toEqual([
      'PersistentVolumeClaim',
      'PodSecurityContext',
      'Volume',
      'Container',
      'Container',
      'Container',
    ]);
    expect(faultsOf(PARTS)).toEqual([]);
  });

  it('find a member that there is not, and a value of another type', () => {
    const faults = faultsOf([
      ['Container', { name: 'a', imagee: 'b' }],
      ['Container', { name: 'a', command: 'sh' }],
      ['Job', { apiVersion: 'batch/v2', kind: 'Job' }],
      ['Container', { image: 'b' }],
      ['Container', { name: 'a', image: 'b' }],
    ]);
    expect(faults).toHaveLength(4);
    expect(faults[0]).toMatch(/imagee.* does not exist/);
  });
});
