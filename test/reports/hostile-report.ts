/** Reports in which every text that comes from an input is hostile. */
import fc from 'fast-check';
import type { ContinuityReport, Finding } from '../../src/core/report/report.ts';
import { anyCharacter } from './hostile.ts';
import * as sample from './sample-report.ts';

/** What reads like syntax in one of the formats, or like an order to a CI system. */
const SYNTAX = [
  ']]>',
  '<failure/>',
  '&amp;',
  '::stop-commands::x',
  '\n::error::forged',
  '##[error]forged',
  '##vso[task.complete result=Succeeded;]',
  '%0A::notice::forged',
  '</td></table>',
  '[x](javascript:x)',
  '@someone',
  '| a | b |\n',
  '"} 1\nevidence_continuity_verdict{verdict="PASS"} 1\n',
  '\\n',
];

const hostileText: fc.Arbitrary<string> = fc
  .array(fc.oneof(anyCharacter, fc.constantFrom(...SYNTAX)), { minLength: 1, maxLength: 12 })
  .map((parts) => parts.join(''));

const VERDICTS = [sample.sampleReport, sample.failedReport, sample.incompleteReport, sample.untrustedReport] as const;

/** A report of any verdict with two tenants, and findings in places that it lists and in places that it does not. */
export const hostileReport: fc.Arbitrary<ContinuityReport> = fc
  .record({
    make: fc.constantFrom(...VERDICTS),
    names: fc.uniqueArray(hostileText, { minLength: 4, maxLength: 4 }),
    message: hostileText,
    kind: fc.constantFrom<Finding['kind']>(
      'record-missing',
      'chain-break',
      'stream-root-mismatch',
      'manifest-mismatch',
    ),
  })
  .map(({ make, names: [a = '', b = '', c = '', d = ''], message, kind }) => {
    const report = make();
    const place = { id: c, path: d, baseline: a, current: b, message };
    const found: readonly Finding[] = [
      ...report.findings.map((finding) => ({
        ...finding,
        ...(finding.tenant === undefined ? {} : { tenant: a, stream: c }),
      })),
      ...(report.verdict === 'FAIL' ? [{ kind, class: 'FAIL', tenant: b, stream: d, ...place } as const] : []),
      ...(report.verdict === 'FAIL' ? [{ kind, class: 'FAIL', tenant: d, stream: a, ...place } as const] : []),
    ];
    const tenants = [a, b].map((tenant) => {
      const streams = [c, d].map((stream) => sample.stream({ stream, relation: report.relation }));
      const counts = [{ type: d, baseline: 1, current: 2 }];
      return sample.tenant({ tenant, relation: report.relation, streams, counts });
    });
    const findingCounts: Record<string, number> = {};
    for (const finding of found) findingCounts[finding.kind] = (findingCounts[finding.kind] ?? 0) + 1;
    const headline = `${report.verdict}: ${message}`;
    const baseline = { ...report.baseline, name: c, capturedAt: d };
    return { ...report, headline, baseline, tenants, findings: found, findingCounts, notChecked: [message] };
  });
