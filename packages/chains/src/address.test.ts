import { secp256k1 } from '@noble/curves/secp256k1.js';
import { hex } from '@quorate/wire';
import fc from 'fast-check';
import { privateKeyToAddress } from 'viem/accounts';
import { describe, expect, test } from 'vitest';
import { addressOf } from './address.ts';
import { type Network, networkOf } from './networks.ts';

const network = (name: string) => networkOf(name) as Network;
const generator = hex.decode('0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798');

describe('addresses', () => {
  test.each([
    ['Ethereum', '0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf'],
    ['PolygonAmoy', '0x7E5F4552091A69125d5DfCb7b8C2659029395Bdf'],
    ['Bitcoin', 'bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4'],
    ['BitcoinTestnet3', 'tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx'],
    ['BitcoinTestnet4', 'tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx'],
    ['BitcoinSignet', 'tb1qw508d6qejxtdg4y5r3zarvary0c5xw7kxpjzsx'],
    ['KeyECDSA', undefined],
  ])('of the generator on %s is the one of EIP-55 and BIP-173', (name, address) => {
    expect(addressOf(network(name), generator)).toBe(address);
  });

  test('of the first receiving key of BIP-84 is the one it publishes', () => {
    const publicKey = hex.decode('0330d54fd0dd420a6e5f8d3624f5f3482cae350f79d5f0753bf5beef9c2d91af3c');
    expect(addressOf(network('Bitcoin'), publicKey)).toBe('bc1qcr8te4kr609gcawutmrza0j4xv80jy8z306fyu');
  });

  test('of any key on Ethereum is what viem derives', () => {
    fc.assert(
      fc.property(fc.bigInt(1n, secp256k1.Point.Fn.ORDER - 1n), (secret) => {
        const key = secp256k1.Point.Fn.toBytes(secret);
        expect(addressOf(network('Ethereum'), secp256k1.getPublicKey(key))).toBe(privateKeyToAddress(`0x${hex.encode(key)}`));
      }),
      { numRuns: 20 },
    );
  });

  test.each(['Ethereum', 'Bitcoin'])('bytes that are no point have no address on %s', (name) => {
    expect(() => addressOf(network(name), hex.decode(`02${'ff'.repeat(32)}`))).toThrow();
    expect(() => addressOf(network(name), new Uint8Array(33))).toThrow();
    expect(addressOf(network(name), generator)).toBeTypeOf('string');
  });
});
