/**
 * Evidence becomes a decision here: verified against this signer's own state, for the effect that it is used for.
 *
 * @module
 */
import { type AuthorityState, authorize, type Freshness, verifyEvidence, type Verified } from '@quorate/authority';
import { type Effect, type Evidence, Refusal } from '@quorate/wire';
import type { Chain } from './chain.ts';

export interface Decision {
  /** The state it was verified against. */
  readonly state: AuthorityState;
  readonly verified: Verified;
}

/**
 * Catches up to the head that the evidence names, then verifies it by this signer's clock. Permission is not asked here.
 * @throws {Refusal} `authority/behind`, `auth/forbidden` or `export/disabled` by an act that is acknowledged only,
 *   `action/expired` for what was issued before a rollback, `action/mismatch` for another effect's evidence, or as
 *   `verifyEvidence`
 */
export async function decide(chain: Chain, evidence: Evidence, effect: Exclude<Effect, null>, now: number): Promise<Decision> {
  if (evidence.statement.genesisHash === chain.state.genesisHash) await chain.reach(Number(evidence.statement.headNumber));
  // What was spent before a rollback is not known any more; what was issued after it was not spent before.
  if (Number(evidence.statement.issuedAt) < chain.floors.evidence) throw new Refusal('action/expired');
  const decision = await decideIn(chain.state, evidence, effect, { now });
  if (chain.acknowledged !== null) await forbidBy(chain.acknowledged, evidence, effect, now);
  return decision;
}

/**
 * An act that was answered with this signer's word binds it from then on, whoever holds the certificate back: what the act
 * takes away is gone. What it gives comes with its certificate.
 */
async function forbidBy(acknowledged: AuthorityState, evidence: Evidence, effect: Exclude<Effect, null>, now: number): Promise<void> {
  const { verified } = await decideIn(acknowledged, evidence, effect, { now });
  authorize(acknowledged, verified);
  if (effect === 'export' && !acknowledged.settings.exportEnabled) throw new Refusal('export/disabled');
}

/** The same against a given state. @throws {Refusal} as {@link decide} */
export async function decideIn(state: AuthorityState, evidence: Evidence, effect: Exclude<Effect, null>, freshness: Freshness): Promise<Decision> {
  const verified = await verifyEvidence(state, evidence, freshness);
  // What the user signed says what it is for; the call that brings it does not.
  if (verified.command.effect !== effect) throw new Refusal('action/mismatch', { member: 'effect' });
  return { state, verified };
}
