/**
 * The full audit of a receipt: every act from the genesis on, and the request against the state that they make. What
 * the signers only said without it is computed here, and so is which keys they have had.
 *
 * @module
 */
import {
  type AuthorityState,
  applyRecord,
  authorize,
  genesisState,
  keyRecordOf,
  lastActOf,
  nextHead,
  plainEvidence,
  type Roster,
  verifyAcks,
  verifyEvidence,
} from '@quorate/authority';
import {
  type ActRecord,
  canonicalJson,
  type Genesis,
  type Head,
  isRefusal,
  type Json,
  type KeyCertificateBody,
  type Receipt,
  Refusal,
  type UserId,
} from '@quorate/wire';

export interface VerifiedChain {
  /** That the acts make. */
  readonly roster: Roster;
  /** What acts have made of the key that stands in the way of an export by this user; in words. */
  readonly against: readonly string[];
}

/** @throws {Refusal} `receipt/chain` saying which act, or what the request lacks */
export async function verifyReceiptChain(genesis: Genesis, receipt: Receipt, acts: readonly ActRecord[]): Promise<VerifiedChain> {
  const { evidence, authorization, certificate } = receipt;
  const { body } = authorization;
  const { state, last } = await replay(genesis, acts, body.headNumber);
  if (state.head.number !== body.headNumber || state.head.hash !== body.headHash) {
    throw new Refusal('receipt/chain', { reason: 'leads to another head', number: state.head.number });
  }
  // A further wallet is on its key by an act; the wallet that the key was made with, by the certificate.
  const { keyId, walletId } = certificate.body;
  const named = body.walletId === '' || state.wallets.get(body.walletId)?.keyId === keyId || body.walletId === walletId;
  if (!named) throw new Refusal('receipt/chain', { reason: 'the wallet is not on this key' });
  if (!state.settings.exportEnabled) throw new Refusal('receipt/chain', { reason: 'export/disabled' });
  try {
    const verified = await verifyEvidence(state, evidence, { freshness: 'waived' });
    authorize(state, verified);
    if (verified.credential.publicKey !== body.publicKey) throw new Refusal('action/credential-unknown');
  } catch (error) {
    throw isRefusal(error) ? new Refusal('receipt/chain', { reason: error.code }, { cause: error }) : error;
  }
  // Later acts than the request's are there for the keys that something is signed with, and for nothing else.
  if (last.head.number !== (await lastActOf(last, receipt)))
    throw new Refusal('receipt/chain', { reason: 'more acts than it needs', number: last.head.number });
  return { roster: last, against: againstIn(state, certificate.body, body.userId) };
}

/**
 * No reason to refuse the receipt: signers finish an export that had begun before an archive or a renunciation, and take no
 * notice of a delegation where the key was not made for one. Which of it was so stands in no act.
 */
function againstIn(state: AuthorityState, { keyId, walletId }: KeyCertificateBody, userId: UserId): string[] {
  const { archivedAt, neverExportable, delegation } = keyRecordOf(state, keyId);
  const byWallet = walletId === '' ? undefined : state.walletDelegations.get(walletId);
  const [first] = [delegation, byWallet].filter((one) => one != null).sort((a, b) => a.number - b.number);
  return [
    ...(archivedAt === null ? [] : ['the key was archived']),
    ...(neverExportable ? ['the key was made never exportable'] : []),
    ...(first === undefined || first.to === userId ? [] : [`act ${first.number} delegated the key to ${first.to}`]),
  ];
}

/** The state at the head of the request, and after the last act. */
async function replay(genesis: Genesis, acts: readonly ActRecord[], headNumber: number): Promise<{ state: AuthorityState; last: AuthorityState }> {
  let last = genesisState(genesis);
  let state = last;
  const heads: Head[] = [];
  const refuse = (number: number, reason: string): never => {
    throw new Refusal('receipt/chain', { number, reason });
  };
  for (const [i, act] of acts.entries()) {
    const number = i + 1;
    const ranks = act.acks.map(({ signerId }) => genesis.signers.findIndex(({ id }) => id === signerId));
    if (ranks.some((rank, k) => rank < 0 || (k > 0 && rank <= (ranks[k - 1] ?? 0)))) refuse(number, 'acknowledgements are foreign, twice or not in order');
    if (canonicalJson(plainEvidence(act.evidence) as Json) !== canonicalJson(act.evidence as Json)) refuse(number, 'not in its one form');
    heads.push(nextHead(last, act.evidence));
    try {
      last = await applyRecord(last, act);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refuse(number, error.code);
    }
    if (number <= headNumber) state = last;
  }
  for (const [i, act] of acts.entries()) {
    // A quorum would do for the act; that none is false is what makes the file one of a kind. Some may have come late, with
    // keys of later acts.
    const good = await verifyAcks(last, heads[i] as Head, act.acks);
    if (good.length !== act.acks.length) refuse(i + 1, 'an acknowledgement does not hold');
  }
  return { state, last };
}
