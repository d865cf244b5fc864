/**
 * Checks that an act was answered with its certificate: a quorum of the genesis's signers has it, so that no server can
 * take it back.
 *
 * @module
 */
import { nextHead, verifyAcks } from '@quorate/authority';
import { type Evidence, type Genesis, readGenesis, Refusal, SignedAck, type SignerId } from '@quorate/wire';

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
 * `evidence`: what the caller signed (`onAction` of `guard` and `connect`).
 * @throws {Refusal} `authority/uncertified` with fewer than t valid acknowledgements; `authority/conflict` when the
 *   certificate is for another act than the one signed; `genesis/invalid`
 */
export async function verifyCertified(
  trust: { readonly genesis: Genesis; readonly genesisHash: string },
  certified: CertifiedLike | undefined,
  evidence?: Evidence,
): Promise<VerifiedAct> {
  const genesis = readGenesis(trust.genesis, trust.genesisHash);
  if (certified === undefined) throw new Refusal('authority/uncertified', { good: 0, needed: genesis.threshold });
  const { number, head } = certified;
  const acks = certified.acks.flatMap((ack) => {
    const parsed = SignedAck.safeParse(ack);
    return parsed.success ? [parsed.data] : [];
  });
  const signers = await verifyAcks(genesis, trust.genesisHash, { number, hash: head }, acks);
  if (signers.length < genesis.threshold) throw new Refusal('authority/uncertified', { good: signers.length, needed: genesis.threshold });
  return { number, head, signers, ownAct: evidence !== undefined && isOwn(evidence, number, head) };
}

function isOwn(evidence: Evidence, number: number, head: string): boolean {
  const before = { number: Number(evidence.statement.headNumber), hash: evidence.statement.headHash };
  if (number <= before.number) throw new Refusal('authority/conflict', { number });
  if (number > before.number + 1) return false;
  if (nextHead({ head: before }, evidence).hash !== head) throw new Refusal('authority/conflict', { number });
  return true;
}
