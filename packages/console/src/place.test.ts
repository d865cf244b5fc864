import { WalletId } from '@quorate/wire';
import { expect, test } from 'vitest';
import { hashOf, type Place, placeIn } from './place.ts';

const id = WalletId.parse('wa-h1hpp-0u1u8-qrvlnrrcjlgbsft3');

test('each place has an address that leads back to it', () => {
  const places: Place[] = [{ at: 'wallets' }, { at: 'wallet', id }, { at: 'export', id }];
  for (const place of places) expect(placeIn(hashOf(place))).toEqual(place);
});

test('an address that somebody made up leads to the wallets', () => {
  for (const hash of ['', '#', '#/keys', '#/wallets/..%2fauth', `#/wallets/${id}/delete`, `#/wallets/${id}/export/now`, '#/wallets/<b>']) {
    expect(placeIn(hash)).toEqual({ at: 'wallets' });
  }
  expect(placeIn(`#/wallets/${id}`)).toEqual({ at: 'wallet', id });
});
