/**
 * Checks that an act was answered with its certificate: a quorum of the genesis's signers has it, so that no server can
 * take it back.
 *
 * @module
 */
import { nextHead, verifyAcks } from '@quorate/authority';
import { type Evidence, Refusal, SignedAck, type SignerId } from '@quorate/wire';
import { type RosterTrust, rosterIn } from './learn-roster.ts';

export interface CertifiedLike {
  readonly number: number;
  readonly head: string;
  readonly acks: readonly unknown[];
}

export interface VerifiedAct {
  readonly number: number;
  readonly head: string;
  /** Who holds the act, by their own signature. */
  readonly signers: readonly SignerId[];
  /**
   * Whether the head was recomputed from the caller's own request. It can be if the act came right after the head that
   * the request named; otherwise the acts between are missing here.
   */
  readonly ownAct: boolean;
}

/**
 * With `trust.roster` (`learnRoster`) the keys count that signers have now, and no key that was replaced before this act;
 * without it those of the genesis, so that signers with rotated keys are missing. `evidence`: what the caller signed (`onAction` of `guard` and `connect`).
 * @throws {Refusal} `authority/uncertified` with fewer than t valid acknowledgements; `authority/conflict` when the
 *   certificate is for another act than the one signed, or than the roster knows; `authority/behind` when the roster is not
 *   from right before this act or later; `genesis/invalid`
 */
export async function verifyCertified(trust: RosterTrust, certified: CertifiedLike | undefined, evidence?: Evidence): Promise<VerifiedAct> {
  const roster = rosterIn(trust);
  const { genesis } = roster;
  if (certified === undefined) throw new Refusal('authority/uncertified', { good: 0, needed: genesis.threshold });
  const { number, head } = certified;
  const acks = certified.acks.flatMap((ack) => {
    const parsed = SignedAck.safeParse(ack);
    return parsed.success ? [parsed.data] : [];
  });
  if (trust.roster !== undefined) requireKnown(trust.roster, number, head);
  const signers = await verifyAcks(roster, { number, hash: head }, acks);
  if (signers.length < genesis.threshold) throw new Refusal('authority/uncertified', { good: signers.length, needed: genesis.threshold });
  return { number, head, signers, ownAct: evidence !== undefined && isOwn(evidence, number, head) };
}

/** Whose keys count for an act is known only with all acts before it. */
function requireKnown({ head, heads }: NonNullable<RosterTrust['roster']>, number: number, hash: string): void {
  if (head.number < number - 1) throw new Refusal('authority/behind', { number: number - 1, head: head.number });
  const known = heads.get(number);
  if (known !== undefined && known !== hash) throw new Refusal('authority/conflict', { number });
}

function isOwn(evidence: Evidence, number: number, head: string): boolean {
  const before = { number: Number(evidence.statement.headNumber), hash: evidence.statement.headHash };
  if (number <= before.number) throw new Refusal('authority/conflict', { number });
  if (number > before.number + 1) return false;
  if (nextHead({ head: before }, evidence).hash !== head) throw new Refusal('authority/conflict', { number });
  return true;
}
