/**
 * Which page is shown, kept behind the `#` of the address: the server of the files sees none of it.
 *
 * @module
 */
import { WalletId } from '@quorate/wire';

export type Place = { readonly at: 'wallets' } | { readonly at: 'wallet'; readonly id: WalletId } | { readonly at: 'export'; readonly id: WalletId };

/** Whatever is no place leads to the wallets. */
export function placeIn(hash: string): Place {
  const [, area, text, action, ...rest] = hash.replace(/^#/, '').split('/');
  const id = WalletId.safeParse(text);
  if (area !== 'wallets' || !id.success || rest.length > 0) return { at: 'wallets' };
  if (action === undefined) return { at: 'wallet', id: id.data };
  return action === 'export' ? { at: 'export', id: id.data } : { at: 'wallets' };
}

export function hashOf(place: Place): string {
  switch (place.at) {
    case 'wallets':
      return '#/wallets';
    case 'wallet':
      return `#/wallets/${place.id}`;
    case 'export':
      return `#/wallets/${place.id}/export`;
  }
}
