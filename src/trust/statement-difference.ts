/** Whether a signed statement and the file that it is about say the same. */
import { canonicalText } from '../core/json/canonical.ts';
import type { PlainJson } from '../core/snapshot/header.ts';
import { jsonOf } from '../wire/plain.ts';
import type { SignedTenant, SnapshotStatement } from '../wire/statement.ts';
import type { ReadBaseline } from './baseline-demands.ts';

function same(one: unknown, other: unknown): boolean {
  return canonicalText(jsonOf(one as PlainJson)) === canonicalText(jsonOf(other as PlainJson));
}

/** The tenants as a statement names them. */
export function signedTenants({ summary }: Pick<ReadBaseline, 'summary'>): readonly SignedTenant[] {
  return summary.tenants.map(({ tenant, records, root, counts }) => {
    // A null prototype: `__proto__` is a type like any other.
    const byType: Record<string, number> = Object.create(null);
    for (const [type, count] of counts) byType[type] = count;
    return { tenant, records, root, counts: byType };
  });
}

/**
 * The first thing that `statement` says otherwise than `file` turned out to be; undefined if there is none.
 *
 * With equal digests there cannot be one, unless the signer signed what he had not looked at.
 */
export function statementDifference(statement: SnapshotStatement, file: ReadBaseline): string | undefined {
  const { summary, header } = file;
  if (statement.globalRoot !== summary.globalRoot)
    return `global root ${statement.globalRoot}, not ${summary.globalRoot}`;
  if (statement.records !== summary.records) return `${statement.records} records, not ${summary.records}`;
  if (!same(statement.tenants, signedTenants(file))) return 'other tenants, counts or roots';
  if (statement.depth !== header?.depth) return `depth ${statement.depth}, not ${header?.depth}`;
  if (statement.capturedAt !== header.capturedAt)
    return `captured at ${statement.capturedAt}, not ${header.capturedAt}`;
  return same(statement.subject, header.subject) ? undefined : 'another subject';
}
