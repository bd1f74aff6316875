/** What becomes of the demands on a baseline: each is closed, and what cannot be told is a finding. */
import { describe, expect, it } from 'vitest';
import { DemandLedger, type DemandState } from '../../src/core/report/demands.ts';
import {
  type BaselineDemands,
  earlyFault,
  judgeHeader,
  type ReadBaseline,
  type SignatureState,
  type StatedTrust,
  TrustDemands,
} from '../../src/trust/trust-demands.ts';

const NOTHING: StatedTrust = { trustedKeys: [], requireSignature: false };
const UPGRADE: StatedTrust = { ...NOTHING, upgrade: '4.2' };
const KEYS: StatedTrust = { ...NOTHING, trustedKeys: ['a.pub', 'b.pub'], threshold: 2, requireSignature: true };

it.each<readonly [string, StatedTrust, SignatureState, readonly DemandState[], number]>([
  ['nothing is demanded', NOTHING, { verified: false }, [], 0],
  ['it holds', { ...KEYS, signature: 's' }, { verified: true }, ['held', 'held', 'held', 'held', 'held'], 0],
  ['it cannot be told', KEYS, { verified: false }, Array(4).fill('impossible'), 1],
  ['it cannot be told for what upgrade it is', UPGRADE, { verified: false }, ['impossible'], 1],
  ['it is wrong', KEYS, { verified: false, fault: 'another file' }, Array(4).fill('refuted'), 0],
  ['it was not looked at', KEYS, { verified: false, unread: 'no file' }, Array(4).fill('impossible'), 0],
  ['it is for the upgrade', UPGRADE, { verified: true }, ['held'], 0],
  ['it is for another', UPGRADE, { verified: true, upgradeFault: 'for 4.1' }, ['refuted'], 0],
  ['it is wrong, and for what upgrade is not known', UPGRADE, { verified: false, fault: 'x' }, ['impossible'], 0],
])('%s', (_, stated, state, states, findings) => {
  const ledger = new DemandLedger();
  const found = new TrustDemands(ledger, stated).settleSignature(state);
  expect(ledger.settled().map((demand) => demand.state)).toEqual(states);
  expect(found.map(({ kind }) => kind)).toEqual(Array(findings).fill('signature-invalid'));
});

describe('times', () => {
  const HOUR = 3_600_000;
  const NOW = Date.UTC(2027, 2, 1, 12);
  const at = (ms: number): string => new Date(ms).toISOString();

  it.each<readonly [string, string | null, RegExp | undefined]>([
    ['of now', at(NOW), undefined],
    ['as old as it may be', at(NOW - HOUR), undefined],
    ['older by a millisecond', at(NOW - HOUR - 1), /longer ago than 3600 s$/],
    ['of a clock that is five minutes ahead', at(NOW + 300_000), undefined],
    ['of one that is further ahead', at(NOW + 300_001), /which is in the future$/],
    ['that is not said', null, /it does not say when it was captured$/],
  ])('a baseline %s', (_, capturedAt, fault) => {
    const ledger = new DemandLedger();
    const demands = new TrustDemands(ledger, { ...NOTHING, maxAgeMs: HOUR });
    const baseline = { header: { capturedAt, subject: {} } } as unknown as ReadBaseline;
    const found = judgeHeader(baseline, { maxAgeMs: HOUR, nowMs: NOW } as BaselineDemands, demands, false);
    expect(found.map(({ message }) => message)).toEqual(fault === undefined ? [] : [expect.stringMatching(fault)]);
    const state = capturedAt === null ? 'impossible' : fault === undefined ? 'held' : 'refuted';
    expect(ledger.settled()).toMatchObject([{ demand: 'max-baseline-age', state }]);
  });

  it('of a stamp may be five minutes before that of the capture', () => {
    expect(earlyFault(at(NOW), null)).toBeUndefined();
    expect(earlyFault(at(NOW), at(NOW + 300_000))).toBeUndefined();
    expect(earlyFault(at(NOW), at(NOW + 300_001))).toMatch(/and stamped before that/);
  });
});
