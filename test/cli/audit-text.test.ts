import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { auditHeadline, auditText } from '../../src/cli/verbs/audit-text.ts';
import { auditSnapshot } from '../../src/index.ts';
import { ndjson } from '../store.ts';
import { temporaryFolder } from '../temporary-folder.ts';

const file = join(temporaryFolder(), 'twice.ndjson');

it('ids that come twice lead to the key of the table, which the profile may not have named', async () => {
  const record = { tenant: 'acme', stream: 'rows', id: 'a', type: 'row' };
  writeFileSync(file, ndjson([1, 2].map((body) => ({ ...record, body }))));
  const audit = await auditSnapshot(file);
  const text = auditText({ audit, headline: auditHeadline(audit) }, false);
  expect(text).toContain('FAIL: 1 duplicate-id');
  expect(text.replaceAll(/\s+/g, ' ')).toContain('name all its columns, e.g. "id": ["a", "b"]');
});
