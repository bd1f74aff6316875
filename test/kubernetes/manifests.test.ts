/** What the manifests run is a command line of this version, and it is the one that the page describes. */
import { describe, expect, it } from 'vitest';
import { parseVerb } from '../../src/cli/options/parse.ts';
import { verbNamed } from '../../src/cli/verbs/index.ts';
import { textOf } from '../e2e/documents.ts';

const JOB = textOf('docs/kubernetes/job.yaml');
const NAME = '00000003-0000001B-1@2027-03-01T10:00:00.000Z@0/16B3748@0123456789abcdef';

/** The words of each command, as a shell gives them. */
const commands = [...JOB.matchAll(/exec evidence-diff (.*)$/gm)].map(([, line = '']) =>
  line
    .replace('"$(cat /evidence/snapshot-name)"', NAME)
    .replace('$JOB_COMPLETION_INDEX', '3')
    .replaceAll('"', '')
    .replace('shard-*', 'shard-0.ndjson /evidence/shard-1')
    .split(' '),
);

describe('the manifests for Kubernetes', () => {
  it.each(commands)('%s %s', async (...words) => {
    const [name = '', ...args] = words;
    const verb = (await verbNamed(name)?.load())?.verb;
    if (verb === undefined) throw new Error(`there is no verb ${name}`);
    expect(parseVerb(verb, args)).toHaveProperty('run');
  });

  it('hold, read and join', () => {
    expect(commands.map(([name]) => name)).toEqual(['snapshot', 'verify-all', 'merge']);
  });

  it('start as many readers as there are shards, and join as many', () => {
    const numbers = [/completions: (\d+)/, /parallelism: (\d+)/, /--shard \/(\d+)/, /-ge (\d+)/].map(
      (it) => it.exec(JOB)?.[1],
    );
    expect(new Set(numbers)).toEqual(new Set(['16']));
  });
});
