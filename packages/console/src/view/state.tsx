/**
 * Whether a wallet signs, as a small mark with words: never by its colour alone.
 *
 * @module
 */
import type { ReactNode } from 'react';
import { stateOf, stateWords, type Wallet } from '../wallet.ts';

export function State({ wallet }: { readonly wallet: Pick<Wallet, 'exported' | 'status'> }): ReactNode {
  const state = stateOf(wallet);
  return (
    <span className={`state ${state}`} title={stateWords[state].about}>
      {stateWords[state].label}
    </span>
  );
}
