import { networkOf } from '@quorate/chains';
import { KeyId, WalletId } from '@quorate/wire';
import { expect, test } from 'vitest';
import { namesOfCopies } from './copies.ts';

test('copies of a wallet have names of the right form, no two the same, and the same ones again', () => {
  const network = networkOf('Ethereum');
  if (network === null) throw new Error('there is no Ethereum');
  const copies = namesOfCopies('a', network, 1_200);
  expect(copies).toHaveLength(1_200);
  for (const name of ['keyId', 'walletId', 'challenge', 'executionId', 'publicKey', 'address'] as const)
    expect(new Set(copies.map((copy) => copy[name])).size).toBe(1_200);
  for (const { keyId, walletId, publicKey, address } of copies) {
    KeyId.parse(keyId);
    WalletId.parse(walletId);
    expect(publicKey).toMatch(/^0[23][0-9a-f]{64}$/);
    expect(address).toMatch(/^0x[0-9a-fA-F]{40}$/);
  }
  expect(namesOfCopies('a', network, 3)).toEqual(copies.slice(0, 3));
  expect(namesOfCopies('b', network, 1)).not.toEqual(copies.slice(0, 1));
});
