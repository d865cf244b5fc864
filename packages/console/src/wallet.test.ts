import { WalletId } from '@quorate/wire';
import { expect, test } from 'vitest';
import { phraseOf, shortened, stateOf, whyNotExportable } from './wallet.ts';

const id = WalletId.parse('wa-h1hpp-0u1u8-qrvlnrrcjlgbsft3');

test('an exported wallet is shown as exported, whatever else its status is', () => {
  expect((['Active', 'Inactive', 'Archived'] as const).map((status) => stateOf({ status, exported: true }))).toEqual(['retired', 'retired', 'retired']);
  expect((['Active', 'Inactive', 'Archived'] as const).map((status) => stateOf({ status, exported: false }))).toEqual(['active', 'inactive', 'archived']);
});

test('what no signer would export is not offered; what has been exported is, for the key may have been lost', () => {
  const wallet = { status: 'Active', exported: false, neverExportable: false } as const;
  expect(whyNotExportable({ ...wallet, neverExportable: true })).toContain('never to be exported');
  expect(whyNotExportable({ ...wallet, status: 'Archived' })).toContain('archived');
  expect([whyNotExportable(wallet), whyNotExportable({ ...wallet, exported: true })]).toEqual([null, null]);
});

test('a wallet is confirmed by its name, else its address, else its id', () => {
  expect(phraseOf({ id, address: '0x12', name: ' treasury ' })).toBe('treasury');
  expect(phraseOf({ id, address: '0x12', name: '  ' })).toBe('0x12');
  expect(phraseOf({ id })).toBe(id);
});

test('long addresses are shortened in the middle', () => {
  expect(shortened('0xD30aCF939aee0Cf8B9fDe8853787BCC37FE28449')).toBe('0xD30aCF93…7FE28449');
  expect(shortened('short')).toBe('short');
});
