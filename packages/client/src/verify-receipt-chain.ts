/**
 * The full audit of a receipt: every act from the genesis on, and the request against the state that they make. What
 * the signers only said without it is computed here.
 *
 * @module
 */
import { type AuthorityState, applyRecord, authorize, genesisState, nextHead, plainEvidence, verifyAcks, verifyEvidence } from '@quorate/authority';
import { type ActRecord, canonicalJson, type Genesis, isRefusal, type Json, type Receipt, Refusal } from '@quorate/wire';

/** @throws {Refusal} `receipt/chain` saying which act, or what the request lacks */
export async function verifyReceiptChain(genesis: Genesis, { evidence, authorization, certificate }: Receipt, acts: readonly ActRecord[]): Promise<void> {
  const { body } = authorization;
  const state = await replay(genesis, acts);
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
}

async function replay(genesis: Genesis, acts: readonly ActRecord[]): Promise<AuthorityState> {
  let state = genesisState(genesis);
  for (const act of acts) {
    const refuse = (reason: string): never => {
      throw new Refusal('receipt/chain', { number: state.head.number + 1, reason });
    };
    const ranks = act.acks.map(({ signerId }) => genesis.signers.findIndex(({ id }) => id === signerId));
    if (ranks.some((rank, i) => rank < 0 || (i > 0 && rank <= (ranks[i - 1] ?? 0)))) refuse('acknowledgements are foreign, twice or not in order');
    if (canonicalJson(plainEvidence(act.evidence) as Json) !== canonicalJson(act.evidence as Json)) refuse('not in its one form');
    // A quorum would do for the act; that none is false is what makes the file one of a kind.
    const good = await verifyAcks(genesis, state.genesisHash, nextHead(state, act.evidence), act.acks);
    if (good.length !== act.acks.length) refuse('an acknowledgement does not hold');
    try {
      state = await applyRecord(state, act);
    } catch (error) {
      if (!isRefusal(error)) throw error;
      refuse(error.code);
    }
  }
  return state;
}
