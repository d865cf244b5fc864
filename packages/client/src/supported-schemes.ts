/**
 * The kinds of key this client can put together again, in the order Dfns's own client states them (contract §4.5).
 *
 * @module
 */
import type { Curve, Protocol } from '@quorate/wire';

export const supportedSchemes = [
  { protocol: 'CGGMP21', curve: 'secp256k1' },
  { protocol: 'CGGMP21', curve: 'stark' },
  { protocol: 'FROST', curve: 'ed25519' },
  { protocol: 'FROST_BITCOIN', curve: 'secp256k1' },
] as const satisfies readonly { readonly protocol: Protocol; readonly curve: Curve }[];
