/** What becomes of the demands on a signature: each is closed, and what cannot be told is a finding. */
import { expect, it } from 'vitest';
import { DemandLedger, type DemandState } from '../../src/core/report/demands.ts';
import { type SignatureState, type StatedTrust, TrustDemands } from '../../src/trust/trust-demands.ts';

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
