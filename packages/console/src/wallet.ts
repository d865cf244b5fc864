/**
 * A wallet as people see it: what it is called, and whether it still signs.
 *
 * @module
 */
import type { getWallet, ReplyRead } from '@quorate/wire';

export type Wallet = ReplyRead<typeof getWallet>;

export type WalletState = 'active' | 'inactive' | 'retired' | 'archived';

/** An exported key never signs again, whatever else is said of its wallet. */
export function stateOf({ exported, status }: Pick<Wallet, 'exported' | 'status'>): WalletState {
  if (exported) return 'retired';
  switch (status) {
    case 'Active':
      return 'active';
    case 'Inactive':
      return 'inactive';
    case 'Archived':
      return 'archived';
  }
}

export const stateWords: Readonly<Record<WalletState, { readonly label: string; readonly about: string }>> = {
  active: { label: 'Active', about: 'Signs.' },
  inactive: { label: 'Inactive', about: 'Signs nothing for now.' },
  retired: { label: 'Exported', about: 'Its key was exported and retired: the signers never sign with it again.' },
  archived: { label: 'Archived', about: 'Its key is archived: it signs nothing, and is exported no more.' },
};

export const titleOf = ({ name, network }: Pick<Wallet, 'name' | 'network'>): string => name ?? `${network} wallet without a name`;

/** What its owner types to show that this very wallet is meant: its name, else its address, else its id. */
export const phraseOf = ({ name, address, id }: Pick<Wallet, 'name' | 'address' | 'id'>): string => name?.trim() || (address ?? id);

/** Why no signer would export it, or `null`. */
export function whyNotExportable(wallet: Pick<Wallet, 'exported' | 'status' | 'neverExportable'>): string | null {
  if (wallet.neverExportable) return 'This key was made, or declared, never to be exported: no signer releases its share.';
  return stateOf(wallet) === 'archived' ? 'An archived key is exported no more.' : null;
}

/** Kept short for lists; the whole stands in the page of its wallet. */
export const shortened = (text: string): string => (text.length <= 20 ? text : `${text.slice(0, 10)}…${text.slice(-8)}`);
