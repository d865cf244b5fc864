/**
 * Addresses, derived from the public key by each family's rule. Server, signers and client each derive their own.
 *
 * @module
 */
import { NETWORK, p2wpkh, TEST_NETWORK } from '@scure/btc-signer';
import { addr } from 'micro-eth-signer';
import type { Network } from './networks.ts';

const parameters = { bc: NETWORK, tb: TEST_NETWORK } as const;

/**
 * The address of a compressed public key (33 bytes): EIP-55 on the Ethereum family, P2WPKH (BIP-84, BIP-173) on
 * Bitcoin, `undefined` on pseudo networks.
 * @throws on bytes that are no point of the curve
 */
export function addressOf(network: Network, publicKey: Uint8Array): string | undefined {
  switch (network.family) {
    case 'evm':
      return addr.fromPublicKey(publicKey);
    case 'bitcoin':
      return p2wpkh(publicKey, parameters[network.addressPrefix]).address;
    case 'none':
      return undefined;
  }
}
