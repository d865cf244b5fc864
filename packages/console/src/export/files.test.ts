import { expect, test } from 'vitest';
import type { Wallet } from '../wallet.ts';
import { keyFile, receiptFile } from './files.ts';

const wallet = {
  id: 'wa-h1hpp-0u1u8-qrvlnrrcjlgbsft3',
  network: 'Ethereum',
  address: '0x12',
  signingKey: { curve: 'secp256k1', publicKey: '02ab' },
} as unknown as Wallet;

test('a key’s file says whose key it is; without a key there is no file', () => {
  const file = keyFile(wallet, 'cd'.repeat(32));
  expect(file?.name).toBe('wa-h1hpp-0u1u8-qrvlnrrcjlgbsft3.private-key.json');
  expect(JSON.parse(file?.text ?? '')).toEqual({
    wallet: wallet.id,
    network: 'Ethereum',
    address: '0x12',
    curve: 'secp256k1',
    publicKey: '02ab',
    privateKey: 'cd'.repeat(32),
  });
  expect(keyFile(wallet, null)).toBeNull();
});

test('a receipt’s file is the receipt, byte by byte', () => {
  expect(receiptFile(wallet, '{"v":"1"}')).toEqual({ name: 'wa-h1hpp-0u1u8-qrvlnrrcjlgbsft3.receipt.json', text: '{"v":"1"}' });
  expect(receiptFile(wallet, null)).toBeNull();
});
