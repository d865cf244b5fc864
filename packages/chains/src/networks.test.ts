import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { networkOf, networks } from './networks.ts';

describe('networks', () => {
  test('every Ethereum-family network of the stock SDK is there, and no other', () => {
    const types = readFileSync(new URL('../../../node_modules/@dfns/sdk/generated/networks/types.d.ts', import.meta.url), 'utf8');
    // The SDK lists them where it estimates fees by EIP-1559: the one list of names with Ethereum and without Bitcoin.
    const lists = types.match(/"\w+"(?: \| "\w+")+/g) ?? [];
    const list = lists.find((names) => names.includes('"Ethereum"') && !names.includes('"Bitcoin"')) ?? '';
    const wanted = list.split(' | ').map((name) => JSON.parse(name) as string);
    expect(wanted.length).toBe(63);
    expect(networks.flatMap((network) => (network.family === 'evm' ? [network.name] : [])).sort()).toEqual(wanted.sort());
  });

  test('names are distinct and find themselves', () => {
    expect(new Set(networks.map((network) => network.name)).size).toBe(networks.length);
    for (const network of networks) expect(networkOf(network.name)).toBe(network);
  });

  test.each(['KeyEdDSA', 'KeyECDSAStark', 'Solana', 'BitcoinCash', 'ethereum', '', '__proto__', 'constructor'])('%j is not offered', (name) => {
    expect(networkOf(name)).toBeNull();
    expect(networkOf('Ethereum')).not.toBeNull();
  });
});
