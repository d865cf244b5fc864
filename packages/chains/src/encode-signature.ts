/**
 * A finished signature as clients read it (contract §4.4).
 *
 * @module
 */
import { hex, type SignatureBody } from '@quorate/wire';
import { familyOf } from './digest.ts';
import type { Network } from './networks.ts';

/** ECDSA: `r` and `s` of 32 bytes each, big-endian, `s` in the lower half. */
export interface EcdsaSignature {
  readonly r: Uint8Array;
  readonly s: Uint8Array;
  readonly recid: 0 | 1;
}

/** `r` and `s` as `0x` and 64 hex digits; `encoded` is `0x` r‖s‖v. */
export interface SignatureText {
  readonly r: string;
  readonly s: string;
  readonly recid: 0 | 1;
  readonly encoded?: string;
}

/**
 * `encoded` comes with Ethereum messages only (v = 1b or 1c), which is where wallets expect the 65 bytes; a bare hash
 * has no such form. `network` as in `digestOf`, which must have accepted the same body.
 */
export function encodeSignature(network: Network | null, body: SignatureBody, signature: EcdsaSignature): SignatureText {
  const [r, s, recid] = [hex.encode(signature.r), hex.encode(signature.s), signature.recid];
  const parts = { r: `0x${r}`, s: `0x${s}`, recid };
  if (body.kind !== 'Message' || familyOf(network, body) !== 'evm') return parts;
  return { ...parts, encoded: `0x${r}${s}${recid === 0 ? '1b' : '1c'}` };
}
