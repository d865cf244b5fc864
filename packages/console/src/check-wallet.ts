/**
 * Holds a wallet against the signers' certificate of its key.
 *
 * @module
 */
import { verifyWallet, type VerifiedWallet } from '@quorate/client';
import { isRefusal } from '@quorate/wire';
import type { Session } from './session.ts';
import type { Wallet } from './wallet.ts';

export interface CheckedWallet {
  readonly verified: VerifiedWallet;
  /** How many signers made the key. */
  readonly signers: number;
}

/**
 * By the keys of the genesis first; the acts, which may be many, are read only for keys made after signers rotated theirs.
 * @throws {Refusal} `certificate/invalid`, `genesis/invalid`
 */
export async function checkWallet(session: Session, wallet: Wallet): Promise<CheckedWallet> {
  const trust = await session.genesis();
  const signers = trust.genesis.signers.length;
  try {
    return { verified: await verifyWallet(wallet as never, trust), signers };
  } catch (error) {
    if (!isRefusal(error, 'certificate/invalid')) throw error;
    const present = await session.roster();
    if (present.roster === undefined) throw error;
    return { verified: await verifyWallet(wallet as never, present), signers };
  }
}
