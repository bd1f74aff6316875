/** Where changes are concentrated: the groups of a report, turned round by tenant, type, day or pointer. */
import { compareUtf8 } from '../core/json/utf8.ts';
import type { ChangeGroup, ChangeShare } from '../core/report/changes.ts';

/** By what changes can be asked where they are. */
export const CONCENTRATIONS = ['tenant', 'type', 'day', 'pointer'] as const;

export type ConcentrationBy = (typeof CONCENTRATIONS)[number];

/** What changed at one of them. */
export interface ConcentratedChange {
  /** A group of the report by its place in `changes`, from 0. */
  readonly group: number;
  readonly records: number;
}

export interface Concentration {
  readonly name: string;
  /** Modified records there. By pointer one record counts at each of its pointers. */
  readonly records: number;
  readonly changes: readonly ConcentratedChange[];
}

function sharesOf(group: ChangeGroup, by: ConcentrationBy): readonly ChangeShare[] {
  if (by === 'tenant') return group.tenants ?? [];
  if (by === 'type') return group.types ?? [];
  if (by === 'day') return group.days ?? [];
  const pointers = new Set(group.places.map(({ pointer }) => pointer));
  return [...pointers].map((name) => ({ name, count: group.count }));
}

/**
 * The names that hold more of a change than their share, those with the most modified records first.
 *
 * A report lists of each group at most ten tenants, types and days, and of tenants and types those alone that hold more of it
 * than of the baseline: so what is not named here is spread, not absent.
 */
export function concentrationsOf(changes: readonly ChangeGroup[], by: ConcentrationBy): readonly Concentration[] {
  const found = new Map<string, ConcentratedChange[]>();
  for (const [at, group] of changes.entries()) {
    for (const { name, count } of sharesOf(group, by)) {
      const all = found.get(name) ?? [];
      all.push({ group: at, records: count });
      found.set(name, all);
    }
  }
  const entries = [...found].map(([name, all]) => ({
    name,
    records: all.reduce((sum, { records }) => sum + records, 0),
    changes: all.toSorted((a, b) => b.records - a.records || a.group - b.group),
  }));
  return entries.sort((a, b) => b.records - a.records || compareUtf8(a.name, b.name));
}
